"""How fast formcheck is: frames a second of every stage of the main job, on a sample video."""

from __future__ import annotations

import os
import platform
import tempfile
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from formcheck import analysis
from formcheck.samples import find_sample
from formcheck.types import Progress


@dataclass(frozen=True)
class StageTime:
    """One stage of the main job and the wall-clock seconds it took."""

    stage: str
    seconds: float


class StageClock:
    """Listens to progress reports and times the stages; what comes before the first report is `preparing`."""

    def __init__(self, listener: Progress | None = None) -> None:
        self._listener = listener
        self._marks: list[tuple[str, float]] = [("Preparing", time.perf_counter())]

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Note the moment a stage is heard of first, and pass the report on."""
        if stage != self._marks[-1][0]:
            self._marks.append((stage, time.perf_counter()))
        if self._listener is not None:
            self._listener(stage, done, total)

    def stop(self) -> tuple[StageTime, ...]:
        """The stages in their order, each until the next one began, the last one until now."""
        ends = [began for _, began in self._marks[1:]] + [time.perf_counter()]
        return tuple(StageTime(stage, end - began) for (stage, began), end in zip(self._marks, ends, strict=True))


def table(*, progress: Progress | None = None) -> str:
    """Analyse a sample once and score its landmarks once; a Markdown table of both."""
    video = find_sample()
    with tempfile.TemporaryDirectory() as folder:
        clock = StageClock(progress)
        assessment = analysis.analyse(video, Path(folder) / "analysed", progress=clock)
        stages = clock.stop()
        began = time.perf_counter()
        landmarks = Path(folder) / "analysed" / "landmarks.csv"
        analysis.assess_file(landmarks, Path(folder) / "assessed", protocol=assessment.protocol)
        again = StageTime("Scoring the landmark file again (assess)", time.perf_counter() - began)
    head = (
        f"{video.name}: {assessment.video.width_px}×{assessment.video.height_px}, {assessment.video.n_frames} frames, "
        f"{assessment.video.duration_s:.0f} s. {machine()}"
    )
    return "\n".join([head, "", *rows(stages, again, assessment.video.n_frames, assessment.video.duration_s)])


def rows(stages: tuple[StageTime, ...], again: StageTime, n_frames: int, duration_s: float) -> list[str]:
    """The table's lines; `again` is not part of the total."""
    total = StageTime("**All of it**", sum(stage.seconds for stage in stages))
    lines = ["| stage | seconds | frames a second | share of the clip's length |", "|---|---|---|---|"]
    for stage in (*stages, total, again):
        rate = n_frames / stage.seconds if stage.seconds > 0 else float("inf")
        lines.append(f"| {stage.stage} | {stage.seconds:.1f} | {rate:.0f} | {stage.seconds / duration_s:.2f} |")
    return lines


def machine() -> str:
    """What it was measured on, in one line."""
    return (
        f"{os.cpu_count()} cores ({platform.machine()}, {platform.system()}), "
        f"Python {platform.python_version()}, mediapipe {version('mediapipe')}."
    )
