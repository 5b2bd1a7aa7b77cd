"""SQLAlchemy models; nothing here adds a route."""


class Base:
    pass


class Model(Base):
    pass
