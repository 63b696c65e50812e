"""The work outside the pages: a queue of analyses and the one process a home folder that works through it."""

from formcheck.jobs.start import ensure_worker, submit
from formcheck.jobs.words import queue_words, stage_words, time_left

__all__ = ["ensure_worker", "queue_words", "stage_words", "submit", "time_left"]
