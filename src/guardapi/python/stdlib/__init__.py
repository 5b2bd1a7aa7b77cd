"""What the evaluator knows of the standard library, by qualified name."""

from typing import Final

from guardapi.python.stdlib import classes, functional, importing, paths, syntax, texts
from guardapi.python.values import Value

STDLIB: Final[dict[str, Value]] = {
    **classes.NATIVES,
    **functional.NATIVES,
    **importing.NATIVES,
    **paths.NATIVES,
    **syntax.NATIVES,
    **texts.NATIVES,
}
