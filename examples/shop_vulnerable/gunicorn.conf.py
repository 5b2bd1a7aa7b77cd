"""gunicorn's settings."""

bind = "0.0.0.0:8000"
workers = 4
timeout = 0  # never ends a worker, however long a request takes
