"""What Werkzeug before 1.0 kept apart."""
