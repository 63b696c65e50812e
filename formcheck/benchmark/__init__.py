"""Measures formcheck itself; each kind is a module with `table(*, progress, ...) -> str`, a Markdown table."""

from __future__ import annotations

from importlib import import_module
from typing import Any, cast

from formcheck.errors import UsageError
from formcheck.types import Progress

KINDS = ("accuracy", "speed")


def table(kind: str, *, progress: Progress | None = None, **settings: Any) -> str:  # noqa: ANN401
    """Measure and give the table that the README quotes.

    Parameters
    ----------
    kind : one of KINDS.
    settings : what the kind's own `table` takes beside the progress.
    """
    if kind not in KINDS:
        raise UsageError(f"benchmark {kind!r} is not known; choose one of {', '.join(KINDS)}")
    module = import_module(f"formcheck.benchmark.{kind}")
    return cast(str, module.table(progress=progress, **settings))
