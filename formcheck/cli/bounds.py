"""What a run of formcheck may take of its machine, and who may read what it writes."""

from __future__ import annotations

import os

MEMORY_VARIABLE = "FORMCHECK_MEMORY_GB"
_USUAL_BYTES = 6_000_000_000
_SHARE = 0.75
_LEAST_BYTES = 2_000_000_000


def set_bounds() -> None:
    """Keep this process, and each that it starts, to a bearable amount of memory; keep what they write private.

    A file made to exhaust a machine then ends in one line. Linux holds to the amount; macOS and Windows have nothing
    like it.
    """
    if os.name != "posix":
        return
    os.umask(0o077)
    import resource

    wanted = memory_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    limits = [limit for limit in (wanted, soft, hard) if limit != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_DATA, (min(limits), hard))


def memory_bytes() -> int:
    """Most memory that one process of formcheck takes: 6 GB, three quarters of a smaller machine, or as told."""
    try:
        return max(_LEAST_BYTES, int(float(os.environ[MEMORY_VARIABLE]) * 1e9))
    except (KeyError, ValueError, OverflowError):
        here = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        return max(_LEAST_BYTES, min(_USUAL_BYTES, int(_SHARE * here)))
