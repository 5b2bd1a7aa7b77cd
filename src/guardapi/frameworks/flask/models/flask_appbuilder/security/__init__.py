"""Users, roles and permissions of Flask-AppBuilder."""
