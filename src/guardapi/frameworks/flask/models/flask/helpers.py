"""Helpers that set-up code calls; the rest of `flask.helpers` acts on requests."""


def get_root_path(import_name):
    return __root_path__(import_name)
