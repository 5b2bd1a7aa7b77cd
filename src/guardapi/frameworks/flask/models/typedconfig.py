"""typedconfig: a key that no source sets has its default; one that is required is not known."""

from typedconfig.source import _Sources

NOT_GIVEN = object()


def key(section_name=None, key_name=None, required=True, default=NOT_GIVEN, cast=None, **options):
    if default is not NOT_GIVEN:
        return default
    return _Sources().value if required else None


def group_key(cls, **options):
    return cls()


def section(name):
    return lambda cls: cls


class Config:
    def __init__(self, section_name=None, sources=None, provider=None):
        self.sources = sources or []

    def add_source(self, source):
        self.sources.append(source)

    def read(self):
        return None

    def get_key(self, section_name, key_name):
        return _Sources().value
