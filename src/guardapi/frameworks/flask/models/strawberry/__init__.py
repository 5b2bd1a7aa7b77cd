"""Strawberry: only its Flask view matters here."""
