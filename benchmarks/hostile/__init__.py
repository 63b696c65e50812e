"""Broken and hostile inputs by the thousand, made from a seed and fed to the real command line."""

from benchmarks.hostile.cases import Case, cases
from benchmarks.hostile.run import Outcome, run_case

__all__ = ["Case", "Outcome", "cases", "run_case"]
