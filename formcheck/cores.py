"""How many processor cores this process may use: affinity and the quotas of containers, not what the machine has."""

from __future__ import annotations

import math
import os
from functools import cache
from pathlib import Path

_V2, _V1 = "cpu.max", ("cpu.cfs_quota_us", "cpu.cfs_period_us")


def allowed_cores(*, root: Path = Path("/sys/fs/cgroup"), own: Path = Path("/proc/self/cgroup")) -> int:
    """Cores that may be used at once, at least 1.

    Parameters
    ----------
    root, own : where Linux tells of control groups, and which of them this process is in.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = min((_quota(folder) for folder in _groups(root, own)), default=math.inf)
    return max(1, math.floor(min(cores, quota) + 0.01))


@cache
def one_thread_for_products() -> None:
    """Have matrix products of this process run on one thread, in the libraries loaded so far.

    All of them are small here: more threads wait for each other, and take the processes' cores.
    """
    from threadpoolctl import threadpool_limits

    threadpool_limits(1, user_api="blas")


def _groups(root: Path, own: Path) -> list[Path]:
    """Folders of this process' control groups and of those above them."""
    try:
        lines = own.read_text().splitlines()
    except OSError:
        lines = []
    folders = {root, root / "cpu"}
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers == "" or "cpu" in controllers.split(","):
            start = root / (controllers and "cpu") / path.lstrip("/")
            folders |= {start, *(parent for parent in start.parents if root in parent.parents)}
    return sorted(folders)


def _quota(folder: Path) -> float:
    """Cores that a control group allows; infinite where it sets no limit."""
    try:
        if (folder / _V2).is_file():
            limit, period = (folder / _V2).read_text().split()
        else:
            limit, period = ((folder / name).read_text().strip() for name in _V1)
        return math.inf if limit == "max" or int(limit) <= 0 else int(limit) / int(period)
    except (OSError, ValueError):
        return math.inf
