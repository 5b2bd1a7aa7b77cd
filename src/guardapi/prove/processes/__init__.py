"""Processes that are started for a proof: their families, what they say, the folder that they may write to."""
