"""Strawberry on Flask."""
