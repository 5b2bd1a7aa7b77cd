"""Small parts of Flask-AppBuilder."""
