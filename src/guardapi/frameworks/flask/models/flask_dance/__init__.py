"""Flask-Dance: blueprints that log in at another site."""
