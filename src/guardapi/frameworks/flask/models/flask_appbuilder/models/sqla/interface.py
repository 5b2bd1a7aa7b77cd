"""The link between a view and its model; it adds no route."""


class SQLAInterface:
    filter_converter_class = None

    def __init__(self, obj, session=None):
        self.obj = obj
        self.session = session
