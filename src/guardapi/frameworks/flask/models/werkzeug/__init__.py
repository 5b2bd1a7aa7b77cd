"""Werkzeug, as far as routing goes."""
