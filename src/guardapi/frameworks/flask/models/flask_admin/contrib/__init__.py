"""Views of Flask-Admin for databases and files."""
