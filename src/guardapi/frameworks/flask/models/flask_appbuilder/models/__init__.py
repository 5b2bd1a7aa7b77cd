"""Data models; nothing here adds a route."""
