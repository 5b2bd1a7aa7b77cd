"""Pydantic, as far as settings classes go: fields with their defaults. Nothing is validated or converted."""


class FieldInfo:
    def __init__(self, default=..., default_factory=None):
        self.default = default
        self.default_factory = default_factory

    def get_default(self):
        if self.default_factory is not None:
            return self.default_factory()
        return self.default


def Field(default=..., default_factory=None, **facts):
    return FieldInfo(default, default_factory)


PrivateAttr = Field


def _fields_of(cls):
    """The names of the fields with their defaults; `...` where there is none."""
    found = {}
    for base in reversed(cls.__mro__):
        if not __known__(base):
            continue
        names = vars(base)
        for name in names.get("__annotations__", {}):
            if not name.startswith("_") and name != "model_config":
                found[name] = names.get(name, ...)
    return found


class BaseModel:
    def __init__(self, **data):
        for name, default in _fields_of(type(self)).items():
            if name in data:
                value = data[name]
            elif isinstance(default, FieldInfo):
                value = default.get_default()
            else:
                value = default
            if value is not ...:
                setattr(self, name, value)

    @classmethod
    def model_construct(cls, **data):
        return cls(**data)

    @classmethod
    def model_validate(cls, data):
        return cls(**data)

    parse_obj = model_validate

    def model_dump(self, **options):
        found = {}
        for name in _fields_of(type(self)):
            value = getattr(self, name, None)
            found[name] = value.model_dump() if isinstance(value, BaseModel) else value
        return found

    dict = model_dump

    def model_copy(self, update=None, **options):
        values = self.model_dump()
        values.update(update or {})
        return type(self)(**values)


class BaseSettings(BaseModel):
    """What the environment sets is not known: what is unset counts with its default."""


def create_model(name, __base__=None, **fields):
    base = __base__ if __base__ is not None else BaseModel
    names = {"__annotations__": {}}
    for key, value in fields.items():
        names["__annotations__"][key] = None
        if isinstance(value, tuple):
            value = value[1]
        if value is not ...:
            names[key] = value
    return type(name, (base,), names)


def ConfigDict(**options):
    return options


def _decorator_factory(*args, **options):
    if args and callable(args[0]) and not options:
        return args[0]
    return lambda function: function


field_validator = _decorator_factory
model_validator = _decorator_factory
field_serializer = _decorator_factory
model_serializer = _decorator_factory
validator = _decorator_factory
root_validator = _decorator_factory
validate_call = _decorator_factory


def computed_field(function=None, **options):
    if function is None:
        return lambda f: f
    return function
