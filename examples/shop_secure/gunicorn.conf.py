"""gunicorn's settings."""

bind = "0.0.0.0:8000"
workers = 4
timeout = 20
max_requests = 10_000
max_requests_jitter = 1_000
