"""What a request can cause: sinks that a handler reaches, and what of it the caller chooses.

The set-up is *evaluated* (`guardapi.python`), handlers are *read*: each function once for each kind of arguments,
following where data of the caller flows and what bounds it (`flow`), names resolved to what they mean (`names`).
"""
