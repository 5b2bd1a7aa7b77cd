"""Security on SQLAlchemy."""
