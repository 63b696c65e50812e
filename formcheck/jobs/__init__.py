"""The work outside the pages: a queue of analyses and the one process a home folder that works through it."""

from formcheck.jobs.start import ensure_worker, submit
from formcheck.jobs.words import plain_line, queue_words, share_done, stage_words, time_left

__all__ = ["ensure_worker", "plain_line", "queue_words", "share_done", "stage_words", "submit", "time_left"]
