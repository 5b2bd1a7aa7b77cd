"""Tables of sinks, one file a family of libraries: each a tuple `SINKS`, found by itself.

Every fact that a table adds to a sink is documented at the table that adds it. `timeout` is seconds, `none` (waits for
ever) or `unknown`.
"""
