"""The catalogue: one rule a file, and nothing else."""
