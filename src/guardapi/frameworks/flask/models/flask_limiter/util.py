"""Key functions."""

from flask import request


def get_remote_address():
    return request.remote_addr or "127.0.0.1"


def get_ipaddr():
    return request.remote_addr or "127.0.0.1"
