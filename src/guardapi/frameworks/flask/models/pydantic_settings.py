"""pydantic-settings: settings classes whose unset values count with their defaults."""

from pydantic import BaseSettings


def SettingsConfigDict(**options):
    return options
