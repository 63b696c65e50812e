"""One analysis in a process of its own, timed; run as a module with VIDEO OUT OVERLAY WORKERS.

Prints what `Timed` holds as JSON. Kept apart so that start-up, memory and the end of the workers are those of a call
of `formcheck analyse`, and not of a benchmark that has run before.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from formcheck.child import python_command
from formcheck.types import Progress

_MB = 1e6


@dataclass(frozen=True)
class Timed:
    """One analysis: wall-clock and processor seconds, and the most memory of the parent and of one worker, in MB.

    n_frames, n_read : frames of the clip, and those in which the pose model looked.
    """

    seconds: float
    cpu_s: float
    parent_mb: float
    worker_mb: float
    stages: dict[str, float]
    n_frames: int
    n_read: int
    duration_s: float


class StageClock:
    """Listens to progress reports and times the stages; what comes before the first report is `Preparing`."""

    def __init__(self, listener: Progress | None = None) -> None:
        self._listener = listener
        self._marks: list[tuple[str, float]] = [("Preparing", time.perf_counter())]
        self.n_read = 0

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Note the moment a stage is heard of first, and pass the report on."""
        if stage != self._marks[-1][0]:
            self._marks.append((stage, time.perf_counter()))
        if stage == "Finding the athlete":
            self.n_read = done
        if self._listener is not None:
            self._listener(stage, done, total)

    def stop(self) -> dict[str, float]:
        """Seconds of each stage in their order, until the next one began, the last one until now."""
        ends = [began for _, began in self._marks[1:]] + [time.perf_counter()]
        return {stage: end - began for (stage, began), end in zip(self._marks, ends, strict=True)}


def timed(video: Path, out: Path, *, overlay: bool, workers: int) -> Timed:
    """Analyse a clip in a fresh process; the seconds are those of the whole process."""
    command = python_command("formcheck.benchmark.speed_run", str(video), str(out), str(int(overlay)), str(workers))
    began = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    seconds = time.perf_counter() - began
    said = json.loads(done.stdout.splitlines()[-1])
    said["stages"]["Preparing"] += seconds - said["seconds"]
    return Timed(**{**said, "seconds": seconds})


def main() -> None:
    """Analyse, and tell how it went."""
    video, out, overlay, workers = sys.argv[1:]
    began, clock, memory = time.perf_counter(), StageClock(), _Memory()
    from formcheck import analysis

    assessment = analysis.analyse(
        Path(video), Path(out), overlay=overlay == "1", workers=int(workers), progress=memory.also(clock)
    )
    stages = clock.stop()
    told = Timed(
        time.perf_counter() - began,
        _cpu_s(),
        memory.most_mb("self"),
        memory.worker_mb,
        stages,
        len(assessment.pose),
        clock.n_read,
        assessment.video.duration_s,
    )
    sys.stdout.write(json.dumps(asdict(told)) + "\n")


class _Memory:
    """The most that processes held at any time, as Linux tells it; NaN elsewhere.

    The kernel's own summary of ended children would count what their parent held when it started them.
    """

    def __init__(self) -> None:
        self.worker_mb = math.nan

    def also(self, listener: Progress) -> Progress:
        """A listener that looks at the workers now and then and passes every report on."""

        def heard(stage: str, done: int, total: int) -> None:
            if done % 25 == 0 or done == total:
                self._look()
            listener(stage, done, total)

        return heard

    def _look(self) -> None:
        for children in Path("/proc/self/task").glob("*/children"):
            for pid in children.read_text().split():
                self.worker_mb = float(np.fmax(self.worker_mb, self.most_mb(pid)))

    @staticmethod
    def most_mb(pid: str) -> float:
        """The most that a process held, in MB."""
        try:
            lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        except OSError:
            return math.nan
        held = next((line.split()[1] for line in lines if line.startswith("VmHWM:")), None)
        return math.nan if held is None else int(held) * 1024 / _MB


def _cpu_s() -> float:
    """Processor seconds of this process and of its workers, which have ended."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


if __name__ == "__main__":
    main()
