"""Feeds one case to the command line, under limits, and judges what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from benchmarks.command_line import CommandLine, Ended
from benchmarks.hostile.cases import Case, clear
from formcheck.batch.state import FILE
from formcheck.batch.summary import NAMES
from formcheck.cli.commands import SOME_FAILED

WALL_S = 300.0
"""No case may take longer, even on a machine that does other work beside it."""
MEMORY_BYTES = 2_000_000_000
"""Most that any process of a case may hold."""


@dataclass(frozen=True)
class Outcome:
    """What came of a case; `faults` is empty where it went as it should."""

    case: Case
    ended: Ended
    said: str
    faults: tuple[str, ...]


def run_case(case: Case, scratch: Path, command_line: CommandLine) -> Outcome:
    """Make a case in an empty folder, run it, judge it, and remove it.

    Parameters
    ----------
    scratch : a folder of this case's own; it must not exist.
    """
    given, out, temporary = scratch / "given", scratch / "out", scratch / "temporary"
    for folder in (given, out, temporary):
        folder.mkdir(parents=True)
    command, *words = case.build(given)
    before = _listing(given)
    home = out / "home"
    more = ["--home", str(home)] if command == "restore" else ["--out", str(out / "result")]
    more += ["--workers", "1"] if command in ("analyse", "batch") else []
    ended = command_line.call(
        [command, *more, *words],
        cwd=given,
        variables={"TMPDIR": str(temporary), "FORMCHECK_HOME": str(home)},
        said=scratch / "said",
        printed=scratch / "printed",
        limit_s=WALL_S,
    )
    said = (scratch / "said").read_text(errors="replace")
    faults = [*_of_words(ended, command, said), *_of_remains(ended, command, out, temporary)]
    if _listing(given) != before:
        faults.append("the input's own folder was changed")
    clear(scratch)
    return Outcome(case, ended, said, tuple(faults))


def _of_words(ended: Ended, command: str, said: str) -> list[str]:
    lines = said.splitlines()
    faults = []
    done = (0, SOME_FAILED) if command == "batch" else (0,)
    if ended.status in done and lines:
        faults.append("words on standard error beside a result")
    elif ended.status in (2, 3) and not (len(lines) == 1 and lines[0].startswith("formcheck: ")):
        faults.append(f"{len(lines)} lines on standard error instead of one")
    elif ended.status not in (*done, 2, 3):
        faults.append(f"exit status {ended.status}")
    if ended.late:
        faults.append(f"not over after {WALL_S:.0f} s")
    if ended.peak_bytes > MEMORY_BYTES:
        faults.append(f"{ended.peak_bytes / 1e9:.1f} GB of memory")
    if ended.orphans:
        faults.append("a process was left behind")
    return faults


def _of_remains(ended: Ended, command: str, out: Path, temporary: Path) -> list[str]:
    """What lies there that should not: all of it after a refusal, except the summary that a batch always writes."""
    allowed = {"result", "home"} if ended.status == 0 else set()
    if command == "batch" and {path.name for path in (out / "result").glob("*")} <= {*NAMES, FILE}:
        allowed = {"result"}
    stray = sorted(path.name for path in (*out.iterdir(), *temporary.iterdir()) if path.name not in allowed)
    return [f"left behind: {', '.join(stray)}"] if stray else []


def _listing(folder: Path) -> list[tuple[str, int]]:
    return sorted((path.name, path.lstat().st_size) for path in folder.rglob("*"))
