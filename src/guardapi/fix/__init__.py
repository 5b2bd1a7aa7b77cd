"""Writes remedies into the source: an edit in, splices of the text out; whatever they do not name stays as it is."""
