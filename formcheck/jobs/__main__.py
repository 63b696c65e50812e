"""`python -m formcheck.jobs HOME`: works through the queue of a home folder, and ends when there is nothing to do."""

from __future__ import annotations

import logging
import os
import sys
from contextlib import suppress
from pathlib import Path

from formcheck.jobs.worker import run

NICE = 5


def main() -> None:
    """Work below the priority of what the user looks at, with a log on standard error."""
    step_back()
    os.umask(0o077)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(process)d %(message)s", stream=sys.stderr)
    run(Path(sys.argv[1]))


def step_back() -> None:
    """Lower the priority of this process, and of its session: Linux first shares the cores among sessions."""
    if hasattr(os, "nice"):
        os.nice(NICE)
    with suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(NICE), encoding="ascii")


if __name__ == "__main__":
    main()
