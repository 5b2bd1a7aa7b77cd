"""Tables of sinks, one file a family of libraries: each a tuple `SINKS`, found by itself.

Every fact that a table adds to a sink is documented at the table that adds it. `timeout` is seconds, `none` (waits for
ever) or `unknown`; for `none`, `bounded_at` is the place of the call and the keyword that a timeout is passed by, where
that is known.
"""
