"""What the workers of a Dask cluster do in tests; a plain module, which they import from their parent's search path."""

import os
import time


def slow_the_first_time(job):
    """Tell the process that works on a clip, and take a long time unless it was begun before."""
    mark = job.out.with_suffix(".pid")
    if mark.exists():
        return f"begun again by {os.getpid()}"
    mark.write_text(str(os.getpid()))
    time.sleep(60)
    return "not killed"


def named(job):
    if "bad" in job.video.name:
        raise KeyError("hip")
    return f"{job.video.name} here"
