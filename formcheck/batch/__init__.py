"""Many videos: planned from a folder or a manifest, analysed side by side, resumable, summed up in one table.

A clip is done when its result folder stands with the video's checksum, this version of formcheck and of the
criteria, and the same settings; run again, the batch passes over it. One bad clip never stops the rest.
"""

from formcheck.batch.planning import Job, plan
from formcheck.batch.running import run
from formcheck.batch.summary import Row

__all__ = ["Job", "Row", "plan", "run"]
