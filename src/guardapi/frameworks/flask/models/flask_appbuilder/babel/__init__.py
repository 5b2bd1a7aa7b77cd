"""Languages of Flask-AppBuilder."""
