def search(**values):
    return []


def create(**values):
    return {}


def post(**values):
    return {}


def get(**values):
    return {}


def remove(**values):
    return {}


def file(**values):
    return {}


class Pet:
    @staticmethod
    def get(**values):
        return {}


class PetsView:
    def search(self, **values):
        return []

    def post(self, **values):
        return {}

    def get(self, **values):
        return {}
