"""`METADATA` and `PKG-INFO`: what a built distribution says of itself."""

from email.parser import HeaderParser

from guardapi.deployment.file import DeploymentFile, Facts
from guardapi.deployment.requirements import required


def read(file: DeploymentFile) -> Facts:
    """The packages that it requires, those of its extras included."""
    lines = HeaderParser().parsestr(file.text).get_all("Requires-Dist", [])
    return Facts(packages=required(str(line) for line in lines))
