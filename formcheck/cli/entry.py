"""Entry point: runs a command and turns what went wrong into one line and an exit status.

Exit status 0: done. 2: the words of the call are off. 3: the input cannot be used. 4: some clips of a batch could not
be used, the others are done. 130: stopped by the user.
1: a fault of formcheck's own.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Sequence
from types import TracebackType

import typer
import typer.main

from formcheck.cli.bounds import MEMORY_VARIABLE, memory_bytes, set_bounds
from formcheck.cli.commands import app
from formcheck.cli.stopping import STATUS, WORDS, Stop, leave
from formcheck.errors import FormcheckError

DEBUG_VARIABLE = "FORMCHECK_DEBUG"


def main() -> None:
    """Run the console script."""
    _prepare()
    leave(run(sys.argv[1:]))


def run(words: Sequence[str]) -> int:
    """Run one call and give its exit status.

    Parameters
    ----------
    words : the call without the program's name, such as `["analyse", "run.mp4"]`.
    """
    stop = Stop()
    with stop.heard():
        try:
            status = _carry_out(words)
        except BaseException:
            if not stop.asked:
                raise
            status = STATUS  # whatever a library made of being broken off
    if status == STATUS or stop.asked:
        print(WORDS, file=sys.stderr)
        return STATUS
    return status


def _carry_out(words: Sequence[str]) -> int:
    """Run one call; what went wrong is told in one line."""
    try:
        status = typer.main.get_command(app)(
            args=list(words) or ["--help"], prog_name="formcheck", standalone_mode=False
        )
    except typer.TyperException as error:
        return _fail(f"{error.format_message()} (formcheck --help lists the commands)", 2)
    except typer.Abort:
        return STATUS
    except FormcheckError as error:
        return _fail(str(error), error.exit_status)
    except MemoryError:
        most = f"{memory_bytes() / 1e9:.0f} GB; {MEMORY_VARIABLE} changes that"
        return _fail(f"this needs more memory than formcheck takes ({most}); cut the clip to the test itself", 3)
    return status if isinstance(status, int) else 0


def _fail(message: str, status: int) -> int:
    line = " ".join(message.split())
    print(f"formcheck: {line}", file=sys.stderr)
    return status


def _prepare() -> None:
    """Keep to bounds, quieten the libraries underneath, and let no fault reach the user as a traceback."""
    set_bounds()
    os.environ.setdefault("GLOG_minloglevel", "2")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    if not os.environ.get(DEBUG_VARIABLE):
        warnings.simplefilter("ignore")
        sys.excepthook = _own_fault


def _own_fault(kind: type[BaseException], fault: BaseException, _trace: TracebackType | None) -> None:
    _fail(
        f"a fault of formcheck's own ({kind.__name__}: {fault}); set {DEBUG_VARIABLE}=1 to see where, and report it", 1
    )
