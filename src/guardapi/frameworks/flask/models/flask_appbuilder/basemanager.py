"""The base of what registers views for an AppBuilder, addons included."""


class BaseManager:
    def __init__(self, appbuilder):
        self.appbuilder = appbuilder

    def register_views(self):
        pass

    def pre_process(self):
        pass

    def post_process(self):
        pass
