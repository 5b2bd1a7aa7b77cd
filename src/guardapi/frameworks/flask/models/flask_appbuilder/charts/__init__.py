"""Chart pages of Flask-AppBuilder."""
