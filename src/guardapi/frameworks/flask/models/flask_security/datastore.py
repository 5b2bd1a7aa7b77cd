"""Stores of users and roles; none adds a route."""


class UserDatastore:
    def __init__(self, *models, **options):
        self.models = models


class SQLAlchemyUserDatastore(UserDatastore):
    pass


class SQLAlchemySessionUserDatastore(UserDatastore):
    pass


class FSQLALiteUserDatastore(UserDatastore):
    pass


class MongoEngineUserDatastore(UserDatastore):
    pass


class PeeweeUserDatastore(UserDatastore):
    pass


class PonyUserDatastore(UserDatastore):
    pass
