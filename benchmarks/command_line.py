"""The command line called again and again: a process that has everything loaded forks, and its child is the program.

Loading takes ten times as long as refusing a file; what a call does from its words on is the same. Run as
`python -m benchmarks.command_line`, it reads one call a line from standard input and answers each with one line.
"""

from __future__ import annotations

import atexit
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_LOADED = ("formcheck.analysis", "formcheck.batch", "formcheck.store", "formcheck.capture", "formcheck.models", "cv2")
_LOOK_EVERY_S = 0.02
_GRACE_S = 10.0


@dataclass(frozen=True)
class Ended:
    """How a call ended. `late`: it was killed for taking too long. `orphans`: processes of it were left running."""

    status: int
    peak_bytes: int
    seconds: float
    late: bool
    orphans: bool


class CommandLine:
    """Context manager: calls of `formcheck`, one after the other.

    Parameters
    ----------
    memory_bytes : what the kernel refuses a process beyond, so that a call that goes wrong does not take the machine.
    """

    def __init__(self, memory_bytes: int = 8_000_000_000) -> None:
        words = [sys.executable, "-m", "benchmarks.command_line", str(memory_bytes)]
        self._program = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self) -> CommandLine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process behind it."""
        self._program.communicate()

    def call(
        self,
        words: Sequence[str],
        *,
        cwd: Path,
        variables: Mapping[str, str],
        said: Path,
        printed: Path,
        limit_s: float,
        kill_after_s: float | None = None,
    ) -> Ended:
        """Run `formcheck WORDS` to its end.

        Parameters
        ----------
        said, printed : files for standard error and standard output.
        limit_s : seconds after which it is killed and counts as late.
        kill_after_s : seconds after which it is killed on purpose, with every process that it started.
        """
        assert self._program.stdin is not None and self._program.stdout is not None
        wanted = {
            "words": list(words),
            "cwd": str(cwd),
            "variables": dict(variables),
            "said": str(said),
            "printed": str(printed),
            "limit_s": limit_s,
            "kill_after_s": kill_after_s,
        }
        said.touch()  # a call that is killed at once makes neither
        printed.touch()
        self._program.stdin.write(json.dumps(wanted) + "\n")
        self._program.stdin.flush()
        return Ended(**json.loads(self._program.stdout.readline()))


def serve(memory_bytes: int) -> None:
    """Answer calls until standard input ends."""
    for name in _LOADED:
        __import__(name)
    for line in sys.stdin:
        wanted = json.loads(line)
        started_s = time.monotonic()
        child = os.fork()
        if not child:
            _be_the_program(wanted, memory_bytes)
        ended = _watch(child, started_s, wanted["limit_s"], wanted["kill_after_s"])
        print(json.dumps(ended.__dict__), flush=True)


def _be_the_program(wanted: dict[str, object], memory_bytes: int) -> None:
    """Become `formcheck WORDS`; does not return."""
    status = 70
    try:
        os.setsid()
        resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        os.chdir(str(wanted["cwd"]))
        os.environ.update(wanted["variables"])  # type: ignore[call-overload]
        tempfile.tempdir = None
        for number, name in ((1, "printed"), (2, "said")):
            os.dup2(os.open(str(wanted[name]), os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        sys.argv = ["formcheck", *wanted["words"]]  # type: ignore[misc]
        from formcheck.cli.entry import main

        try:
            main()
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else 1
        except BaseException as fault:  # noqa: BLE001 - told as the interpreter tells it
            sys.excepthook(type(fault), fault, fault.__traceback__)
            status = 1
        atexit._run_exitfuncs()  # as at the end of any program; without them pools say that they were cut off
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(status)


def _watch(child: int, started_s: float, limit_s: float, kill_after_s: float | None) -> Ended:
    late = False
    while True:
        pid, raw, used = os.wait4(child, os.WNOHANG)
        passed_s = time.monotonic() - started_s
        if pid:
            status = os.waitstatus_to_exitcode(raw)
            return Ended(status, used.ru_maxrss * 1024, passed_s, late, _is_left(child))
        if passed_s > limit_s or (kill_after_s is not None and passed_s > kill_after_s):
            late = late or passed_s > limit_s
            _end_group(child)
        time.sleep(_LOOK_EVERY_S)


def _is_left(group: int) -> bool:
    """Whether something of a call lives on; what ends by itself within a moment of its parent does not count."""
    until = time.monotonic() + _GRACE_S
    while time.monotonic() < until:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return False
        time.sleep(_LOOK_EVERY_S)
    return _end_group(group)


def _end_group(group: int) -> bool:
    """Kill what is left of a call; whether there was anything."""
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    serve(int(sys.argv[1]))
