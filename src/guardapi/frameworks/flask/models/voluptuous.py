"""Schemas of Voluptuous: what fits one comes out as it went in."""


class Schema:
    def __init__(self, schema, required=False, extra=0):
        self.schema = schema

    def __call__(self, data):
        return data

    def extend(self, schema, required=None, extra=None):
        return Schema(schema)


class Marker:
    def __init__(self, schema, msg=None, default=None, description=None):
        self.schema = schema


class Required(Marker):
    pass


class Optional(Marker):
    pass
