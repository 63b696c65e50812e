"""Carries a batch out: in processes on this machine, or on a Dask cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from formcheck.batch import summary
from formcheck.batch.cluster import run_on_cluster
from formcheck.batch.planning import Job
from formcheck.batch.state import State
from formcheck.batch.summary import Row, RowStatus
from formcheck.cores import allowed_cores
from formcheck.errors import FormcheckError, UsageError
from formcheck.types import Progress
from formcheck.workers import Task, Workers

_STAGE = "Analysing videos"
DIED = (
    "the process that analysed it died twice, most likely for want of memory; analyse it alone with formcheck analyse"
)

_PATIENCE_S = 0.5
"""What a process has to take away a result that it has half written, when the batch is stopped."""

Report = Callable[[Job, str], None]
"""Told of a finished job, and why it failed (empty: it did not)."""


def run(
    jobs: Sequence[Job],
    out: Path,
    *,
    workers: int | None = None,
    scheduler: str | None = None,
    progress: Progress | None = None,
) -> tuple[Row, ...]:
    """Analyse what is not done yet and write the summary.

    Parameters
    ----------
    out : holds one result folder a video, the summary and the batch's state.
    workers : clips at once; None for one a core.
    scheduler : address of a Dask cluster that sees the same paths; None for processes on this machine.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"--out {out} cannot be made ({error.strerror}); name a folder that can be written") from error
    state = State(out)
    rows = {job: _row(job, "skipped") for job in jobs if state.is_done(job)}
    waiting = [job for job in jobs if job not in rows]

    def report(job: Job, error: str) -> None:
        rows[job] = _row(job, "failed" if error else "analysed", error)
        if not error:
            state.note(job)
        if progress:
            progress(_STAGE, len(rows), len(jobs))

    if progress:
        progress(_STAGE, len(rows), len(jobs))
    if scheduler:
        run_on_cluster(work, waiting, out, scheduler, report)
    elif waiting:
        _run_here(waiting, min(workers or allowed_cores(), len(waiting)), report)
    done = tuple(rows[job] for job in jobs)
    summary.write(out, done)
    return done


def _row(job: Job, status: RowStatus, error: str = "") -> Row:
    return Row(job.video, job.out, job.client, status, error)


def work(job: Job, cores: int = 1) -> str:
    """Analyse one job; gives an empty text, or the one line that says why not."""
    from formcheck import analysis

    try:
        analysis.analyse(job.video, job.out, workers=cores, **job.settings)
    except FormcheckError as error:
        return str(error)
    return ""


def carry_out(number: int, job: Job, cores: int) -> Iterator[tuple[int, str]]:
    """`work` as a task of a worker process; gives the job's number and what `work` gives."""
    try:
        yield number, work(job, cores)
    except Exception as fault:  # noqa: BLE001 - one clip's fault must not stop the others
        yield number, own_fault(fault)


def own_fault(fault: BaseException) -> str:
    """The line for a fault that formcheck should not have."""
    return f"a fault of formcheck's own ({type(fault).__name__}: {fault}); please report it".replace("\n", " ")


def _run_here(jobs: Sequence[Job], at_once: int, report: Report) -> None:
    """Processes on this machine; a clip whose process dies is tried once more. Fewer clips share the cores."""
    cores = max(1, allowed_cores() // at_once)
    tasks = [Task(carry_out, (number, job, cores)) for number, job in enumerate(jobs)]
    with Workers(at_once, patience_s=_PATIENCE_S) as pool:
        for number, error in pool.run(tasks, lost=lambda task: (task.arguments[0], DIED)):
            report(jobs[number], error)
