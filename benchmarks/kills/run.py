"""One kill after another: a command is begun, killed, looked at, and given once more."""

from __future__ import annotations

import random
import shutil
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.command_line import CommandLine, Ended
from benchmarks.kills.tasks import TASKS, Task

LIMIT_S = 900.0
TRIES = 4


class Round:
    """One kill and what it left.

    Parameters
    ----------
    usual_s : how long the task takes; the moment is drawn from it. A task that ends before its moment was quicker than
        thought: it is looked at, and begun again with a moment from within the time that it took.
    """

    def __init__(self, number: int, name: str, usual_s: float, seed: str, folder: Path) -> None:
        self.number, self.name = number, name
        self._share = random.Random(seed).uniform(0.0, 1.0)
        self._usual_s = usual_s
        self._place = folder / f"round-{number}"
        self.faults: list[str] = []
        self.killed = False

    def run(self, command_line: CommandLine) -> Round:
        """Prepare, kill, look, and run again to the end."""
        for _ in range(TRIES):
            if not self.killed and not self.faults:
                self._once(command_line)
        return self

    def _once(self, command_line: CommandLine) -> None:
        task = TASKS[self.name]
        after_s = self._share * self._usual_s
        self._place.mkdir()
        task.prepare(self._place)
        first = call(command_line, task, self._place, kill_after_s=after_s)
        self.killed = first.status == -9
        self._usual_s = min(self._usual_s, first.seconds)  # a first run finds nothing in the caches
        self.faults += [f"killed after {after_s:.2f} s: {f}" for f in task.check(self._place, not self.killed)]
        if self.killed and not self.faults and not self._is_restored():
            again = call(command_line, task, self._place)
            said = (self._place / "said").read_text(errors="replace").strip()
            self.faults += [f"then status {again.status}: {said}"] if again.status else []
            self.faults += [f"then: {fault}" for fault in task.check(self._place, True)]
        shutil.rmtree(self._place)

    def _is_restored(self) -> bool:
        """A restore that had come to its end when it was killed: a second would keep the first one's home aside."""
        return self.name == "restore" and any(p.name.startswith("home-before-") for p in self._place.iterdir())


def call(command_line: CommandLine, task: Task, place: Path, kill_after_s: float | None = None) -> Ended:
    """Give the task's command in its folder."""
    return command_line.call(
        task.words,
        cwd=place,
        variables={"TMPDIR": str(place)},
        said=place / "said",
        printed=place / "printed",
        limit_s=LIMIT_S,
        kill_after_s=kill_after_s,
    )


def usual_s(name: str, folder: Path, command_line: CommandLine) -> float:
    """How long a task takes when nobody kills it; raises where it does not come to a good end."""
    place = folder / f"usual-{name}"
    place.mkdir()
    TASKS[name].prepare(place)
    ended = call(command_line, TASKS[name], place)
    faults = TASKS[name].check(place, True)
    if ended.status or faults:
        raise AssertionError(f"{name}: {ended}, {faults}, {(place / 'said').read_text()}")
    shutil.rmtree(place)
    return ended.seconds


def rounds(times: int, seed: int | str, jobs: int, only: str = "") -> Iterator[Round]:
    """`times` kills, spread over the tasks by their share."""
    names = [name for name, task in TASKS.items() if only in name for _ in range(task.share)]
    with tempfile.TemporaryDirectory(prefix="kills-") as given, ThreadPoolExecutor(jobs) as pool:
        folder, own, made = Path(given), threading.local(), []
        with CommandLine() as first:
            lasts = {name: usual_s(name, folder, first) for name in dict.fromkeys(names)}

        def run(number: int) -> Round:
            if not hasattr(own, "command_line"):
                own.command_line = CommandLine()
                made.append(own.command_line)
            name = names[number % len(names)]
            return Round(number, name, lasts[name], f"{seed}/{number}", folder).run(own.command_line)

        yield from pool.map(run, range(times))
        for command_line in made:
            command_line.close()
