"""A progress bar with the time left, on standard error; silent where nobody watches."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from formcheck.types import Progress

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """Give a callable to report progress to; it draws only where standard error is a terminal."""
    if not sys.stderr.isatty():
        yield _silent
        return
    with _rich_bar() as bar:
        yield _Stages(bar).report


def _silent(stage: str, done: int, total: int) -> None:
    """Report nothing: standard error is a pipe or a file, and belongs to error messages."""


def _rich_bar() -> RichProgress:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        TextColumn("left"),
        console=Console(stderr=True),
        transient=True,
    )


class _Stages:
    """One line for each stage, in the order in which they are first heard of."""

    def __init__(self, bar: RichProgress) -> None:
        self._bar = bar
        self._tasks: dict[str, TaskID] = {}

    def report(self, stage: str, done: int, total: int) -> None:
        """Move a stage's bar; a total of 0 means that the end is not known."""
        if stage not in self._tasks:
            self._tasks[stage] = self._bar.add_task(stage, total=total or None)
        self._bar.update(self._tasks[stage], completed=done, total=total or None)
