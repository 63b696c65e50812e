"""Processes that carry out pieces of work side by side: fresh interpreters, one a core, and their certain end."""

from formcheck.workers.pool import Task, Workers

__all__ = ["Task", "Workers"]
