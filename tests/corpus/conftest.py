"""Makes the modules of `benchmarks/` importable: accuracy is measured there, and held to its floors here."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))
