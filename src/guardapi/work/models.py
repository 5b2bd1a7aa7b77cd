"""Classes whose objects are rows: which they are, and what their columns say about equality."""

import ast
import re
from functools import cache
from typing import Final

from guardapi.python.values import MISSING, Call, Class, External, Instance
from guardapi.work.names import outside_base
from guardapi.work.queries import Narrowed

MODELS: Final = re.compile(
    r"(?P<flask_sqlalchemy>flask_sqlalchemy\.SQLAlchemy\(\)\.Model|flask_sqlalchemy\.(?:model\.)?Model)"
    r"|(?P<sqlalchemy>sqlalchemy\.(?:[\w.]+\.)?(?:declarative_base\(\)|automap_base\(\)|DeclarativeBase|MappedAsDataclass"
    r"|registry\(\)\.generate_base\(\)|AbstractConcreteBase|DeclarativeBaseNoMeta)|sqlmodel\.(?:main\.)?SQLModel|flask_appbuilder\.(?:models\.\w+\.)?Model"
    r"|advanced_alchemy\.\w+\.\w+|sqlalchemy_utils\.\w+|alchemical\.(?:\w+\.)*(?:Alchemical\(\)\.)?Model)"
    r"|(?P<peewee>(?:peewee|playhouse\.\w+)\.(?:\w*Model|FlaskDB\(\)\.Model|\w+\(\)\.Model))"
    r"|(?P<mongoengine>(?:mongoengine|flask_mongoengine)\.(?:[\w.()]+\.)?(?:Dynamic|Embedded)?Document)"
    r"|(?P<pony>pony\.orm\.(?:core\.)?Database\(\)\.Entity)"
)
KEY_NAMES: Final = frozenset(
    {"id", "_id", "pk", "uuid", "guid", "oid", "public_id", "slug", "email", "username", "key"}
)
KEY_NAMES_OF_ANY: Final = re.compile(
    r"(?:^|_)(?:uuid|guid|token|hash|api_key|session_id|sid|email|username|login)$"
)
PARENT: Final = re.compile(
    r"_(?:id|uuid|pk|fk|key)$|^(?:user|owner|author|account|customer|parent|creator)$|Id$"
)
COLUMN: Final = re.compile(r"(?:^|\.)(?:Column|mapped_column|\w*Field|Required|PrimaryKey|Optional)\(\)$")
RELATION: Final = re.compile(r"\.(?:relationship|backref|dynamic_loader)\(\)$")


def library_of(cls: Class | None) -> str | None:
    """The library whose rows the objects of a class are, or None."""
    base = outside_base(cls) if cls is not None else None
    if base is not None and (found := MODELS.fullmatch(base)) is not None:
        return found.lastgroup
    if cls is not None and (cls.find("__tablename__") is not MISSING or cls.find("__table__") is not MISSING):
        return "sqlalchemy"
    return None


def name_of(cls: Class) -> str:
    """What people call the rows."""
    return cls.name


def attribute_made(cls: Class | None, name: str) -> tuple[str, Call | None]:
    """The call that a column or relationship of a class is made by, and its arguments."""
    found = cls.find(name) if cls is not None else MISSING
    if type(found) is External:
        made = [arguments for path, arguments in found.calls or () if f"{path}()" == found.name]
        return found.name, made[-1] if made and isinstance(made[-1], Call) else None
    if type(found) is Instance:
        return f"{found.cls.qualified}()", None
    return "", None


def column_of(cls: Class | None, name: str) -> Narrowed:
    """How far equality of a column with one value narrows down."""
    made, arguments = attribute_made(cls, name)
    if arguments is not None:
        if any(arguments.kwargs.get(option) is True for option in ("primary_key", "unique")):
            return Narrowed.KEY
        if any(_is_foreign(value) for value in arguments.args):
            return Narrowed.PARENT
    if "Foreign" in made or "Reference" in made:
        return Narrowed.PARENT
    if made.endswith(
        (".PrimaryKey()", ".AutoField()", ".PrimaryKeyField()", ".UUIDField()", ".ObjectIdField()")
    ):
        return Narrowed.KEY
    if name in {"id", "_id", "pk"}:
        return Narrowed.KEY
    if RELATION.search(made) or PARENT.search(name):
        return Narrowed.PARENT
    if arguments is None and (name in KEY_NAMES or KEY_NAMES_OF_ANY.search(name)):
        return Narrowed.KEY
    return Narrowed.MATCHING


def _is_foreign(value: object) -> bool:
    return type(value) is External and value.name.endswith("ForeignKey()")


def is_column(cls: Class, name: str) -> bool:
    """Whether a class attribute is a column."""
    made, _ = attribute_made(cls, name)
    return bool(COLUMN.search(made)) or (cls.find(name) is MISSING and name in annotated(cls))


@cache
def annotated(cls: Class) -> frozenset[str]:
    """The names that a class and its bases declare by annotation alone."""
    return frozenset(
        statement.target.id
        for base in cls.mro
        if isinstance(base, Class) and base.node is not None
        for statement in base.node.body
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name)
    )


def is_relation(cls: Class, name: str) -> bool:
    """Whether a class attribute leads to other rows."""
    made, _ = attribute_made(cls, name)
    return bool(RELATION.search(made))
