"""A bound on memory for a moment, where a file alone decides how much is taken."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

_ONE_AT_A_TIME = Lock()

if sys.platform == "linux":
    import resource

    @contextmanager
    def little_memory(more_bytes: int) -> Iterator[None]:
        """Let this process take so much more memory meanwhile; what asks for more is told that there is none.

        It holds for the whole process: other threads share what is granted, and wait with a bound of their own.
        """
        with _ONE_AT_A_TIME:
            soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
            bound = _taken_bytes() + more_bytes
            known = [limit for limit in (soft, hard) if limit != resource.RLIM_INFINITY]
            resource.setrlimit(resource.RLIMIT_DATA, (min(bound, *known) if known else bound, hard))
            try:
                yield
            finally:
                resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))

    def _taken_bytes() -> int:
        """What counts against the bound at the moment."""
        lines = Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmData:"))

else:

    @contextmanager
    def little_memory(more_bytes: int) -> Iterator[None]:
        """Set no bound: macOS and Windows know none that holds."""
        yield
