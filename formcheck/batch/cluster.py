"""A batch on a Dask cluster that stands already: one task a clip, on workers that see the same paths.

Addresses such as `tls://host:8786` are spoken to with the certificates of Dask's own settings
(`DASK_DISTRIBUTED__COMM__TLS__CA_FILE` and its neighbours).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from formcheck import __version__
from formcheck.batch.planning import Job
from formcheck.errors import UsageError

LEAST_MEMORY = 1_000_000_000
"""Bytes that a worker must be allowed: what the analysis of one clip takes at most, whatever its length."""
_PATIENCE_S = 20
_MUST_AGREE = ("formcheck", "mediapipe", "numpy", "opencv-contrib-python", "av")
_DIED = "the workers that analysed it died, most likely for want of memory; give Dask's workers more, or fewer threads"

Report = Callable[[Job, str], None]


def run_on_cluster(work: Callable[[Job], str], jobs: Sequence[Job], out: Path, address: str, report: Report) -> None:
    """Carry jobs out on the cluster at an address and report each.

    Raises
    ------
    UsageError : Dask is not installed, the address does not answer, or its workers do not fit.
    """
    try:
        from distributed import Client, KilledWorker, as_completed
    except ImportError as error:
        raise UsageError('--scheduler needs Dask; install it with pip install "formcheck[cluster]"') from error
    try:
        client = Client(address, timeout=_PATIENCE_S)
    except (OSError, ValueError) as error:
        raise UsageError(f"--scheduler {address} does not answer; give an address such as tcp://host:8786") from error
    with client:
        fit = _fitting(client, address, out)
        futures = {client.submit(work, job, pure=False, workers=fit): job for job in jobs}
        for future in as_completed(list(futures)):
            fault = future.exception()
            if fault is None:
                report(futures[future], future.result())
            else:
                report(futures[future], _DIED if isinstance(fault, KilledWorker) else _own_fault(fault))


def _own_fault(fault: BaseException) -> str:
    from formcheck.batch.running import own_fault

    return own_fault(fault)


def _fitting(client: Any, address: str, out: Path) -> list[str] | None:  # noqa: ANN401 - Dask carries no types
    """The workers that may be used; None where all of them fit and so may those that come later."""
    try:
        client.wait_for_workers(1, timeout=_PATIENCE_S)
    except TimeoutError as error:
        raise UsageError(f"--scheduler {address} has no workers; start some with dask worker {address}") from error
    told: dict[str, dict[str, Any]] = client.run(describe, str(out.resolve()))
    ours = versions()
    for worker, said in told.items():
        if said["versions"] != ours:
            name = next(name for name in _MUST_AGREE if said["versions"].get(name) != ours[name])
            raise UsageError(
                f"the worker {worker} has {name} {said['versions'].get(name)}, here it is {ours[name]}; "
                "install the same versions everywhere"
            )
        if not said["sees_out"]:
            raise UsageError(f"the worker {worker} does not see {out}; batch needs paths that all machines share")
    roomy = [worker for worker, said in told.items() if not 0 < said["memory"] < LEAST_MEMORY]
    if not roomy:
        raise UsageError(
            f"no worker of {address} may use {LEAST_MEMORY / 1e9:.0f} GB; start them with --memory-limit 2GB or more"
        )
    return None if len(roomy) == len(told) else roomy


def describe(out: str, dask_worker: Any = None) -> dict[str, Any]:  # noqa: ANN401 - Dask hands the worker in
    """What a worker of the cluster says of itself: versions, memory it may use (0: no limit), whether it sees `out`."""
    limit = getattr(getattr(dask_worker, "memory_manager", None), "memory_limit", None)
    return {"versions": versions(), "memory": limit or 0, "sees_out": Path(out).is_dir()}


def versions() -> dict[str, str]:
    """Versions of what a result depends on."""
    found = {"formcheck": __version__}
    for name in _MUST_AGREE[1:]:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found
