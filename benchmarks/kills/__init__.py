"""The power goes at a random moment, again and again: nothing finished may be lost."""

from benchmarks.kills.run import rounds

__all__ = ["rounds"]
