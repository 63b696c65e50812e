"""How fast formcheck is: against pose inference alone, over workers and clips, in time and in memory, in one run."""

from __future__ import annotations

import os
import platform
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from formcheck import analysis, capture, results
from formcheck.benchmark.speed_floor import Floor, measure_floor
from formcheck.benchmark.speed_run import Timed, timed
from formcheck.cores import allowed_cores
from formcheck.pose import default_workers
from formcheck.samples import find_sample
from formcheck.types import FloatArray, PoseSequence, Progress, VideoInfo

LONG, SHORT, RUN = "squat_left", "step_down", "run_rear"
_HD_PX = (1080, 1920)
_HD_S = 60.0
_ASSESSED = (5_000, 20_000)
_STEPS = 7
_STAGE = "Measuring speed"


@dataclass(frozen=True)
class Measured:
    """All that one run of the benchmark measured; the floor by how many processes ran at once.

    running, running_floor : of a run, in which the pose model looks at every frame.
    """

    info: VideoInfo
    floors: dict[int, Floor]
    plain: Timed
    whole: Timed
    by_workers: dict[int, Timed]
    running: Timed
    running_floor: Floor
    hd: Timed
    assess_s: dict[int, float]

    @property
    def floor_s(self) -> float:
        """Pose inference alone on all cores: frames × one process' time a frame ÷ cores."""
        return _floor_s(self.plain.n_frames, self.floors[1])

    @property
    def running_floor_s(self) -> float:
        """The same for the run."""
        return _floor_s(self.running.n_frames, self.running_floor)


def _floor_s(n_frames: int, floor: Floor) -> float:
    return n_frames * floor.wall_ms / 1000.0 / allowed_cores()


def table(*, progress: Progress | None = None) -> str:
    """Measure, and give the Markdown tables that README and docs/performance.md quote."""
    return "\n".join(told(measure(progress)))


def measure(progress: Progress | None = None) -> Measured:
    """Measure everything once; on a quiet machine of two cores it takes about four minutes."""

    def step(done: int) -> None:
        if progress is not None:
            progress(_STAGE, done, _STEPS)

    video, short = find_sample(LONG), find_sample(SHORT)
    info, cores = capture.probe(video), default_workers(10_000)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        step(0)
        floor = {count: measure_floor(video, info, processes=count) for count in sorted({1, cores})}
        step(1)
        plain = timed(video, out / "plain", overlay=False, workers=cores)
        step(2)
        whole = timed(video, out / "whole", overlay=True, workers=cores)
        step(3)
        counts = sorted({1, cores, *(n for n in (2, 4, 8) if n < cores)})
        by_workers = {n: timed(short, out / f"short{n}", overlay=False, workers=n) for n in counts}
        step(4)
        hd = timed(_enlarged(video, info, out / "hd.mp4"), out / "hd", overlay=False, workers=cores)
        step(5)
        run = find_sample(RUN)
        running_floor = measure_floor(run, capture.probe(run), processes=1)
        running = timed(run, out / "run", overlay=False, workers=cores)
        step(6)
        raw = results.read_landmarks(out / "plain" / "landmarks.csv")
        assessed = {n: _assess_s(repeated(raw, n), info) for n in _ASSESSED}
        step(7)
    return Measured(info, floor, plain, whole, by_workers, running, running_floor, hd, assessed)


def told(m: Measured) -> list[str]:
    """The measurements in lines of Markdown."""
    name, clip_s = f"{m.info.name}", m.plain.duration_s
    head = (
        f"{name}: {m.info.width_px}×{m.info.height_px}, {m.plain.n_frames} frames, {clip_s:.0f} s. {machine()} "
        f"Pose inference alone: {_floor_words(m)}, so the floor for this clip is {m.floor_s:.1f} s. "
        f"Its squats are slow enough that the pose model reads {m.plain.n_read} of the frames."
    )
    return [head, "", *_ratios(m), "", *_stages(m), "", *_curves(m)]


def _floor_words(m: Measured) -> str:
    return ", ".join(
        f"{floor.wall_ms:.1f} ms a frame with {n} process{'es' * (n > 1)} at once" for n, floor in m.floors.items()
    )


def _ratios(m: Measured) -> list[str]:
    most = max(_ASSESSED)
    parent, worker = (max(getattr(t, f"{who}_mb") for t in (m.plain, m.whole, m.hd)) for who in ("parent", "worker"))
    rows = [
        ("`analyse` without overlay ÷ floor", "≤1.10", f"{m.plain.seconds / m.floor_s:.2f}", m.plain.seconds),
        ("`analyse` with overlay, report, PDF ÷ floor", "≤1.30", f"{m.whole.seconds / m.floor_s:.2f}", m.whole.seconds),
        (
            f"a run ({RUN}, {m.running.n_read} of {m.running.n_frames} frames read) without overlay ÷ its floor",
            "≤1.10",
            f"{m.running.seconds / m.running_floor_s:.2f}",
            m.running.seconds,
        ),
        ("the squats in processor time, which other work disturbs less", "", _in_cpu(m, m.plain), None),
        ("... with overlay, report, PDF", "", _in_cpu(m, m.whole), None),
        ("pose inference a frame and core", "≤25 ms", f"{m.floors[1].wall_ms:.1f} ms", None),
        (
            "60 s of 1080p at 30 frames a second ÷ its length",
            "<1",
            f"{m.hd.seconds / m.hd.duration_s:.2f}",
            m.hd.seconds,
        ),
        (f"scoring {most} frames again", "≤0.3 s", f"{m.assess_s[most]:.2f} s", None),
        ("memory of the program, of each worker", "≤500, ≤450 MB", f"{parent:.0f}, {worker:.0f} MB", None),
    ]
    lines = ["| what | target | measured | seconds |", "|---|---|---|---|"]
    return lines + [f"| {a} | {b} | {c} | {'' if d is None else f'{d:.1f}'} |" for a, b, c, d in rows]


def _in_cpu(m: Measured, run: Timed) -> str:
    """Processor time of a run ÷ that of mediapipe alone."""
    return f"{run.cpu_s / (run.n_frames * m.floors[1].cpu_ms / 1000.0):.2f}"


def _stages(m: Measured) -> list[str]:
    lines = ["| stage | seconds | frames a second | share of the clip's length |", "|---|---|---|---|"]
    rows = [*m.whole.stages.items(), ("**All of it**", m.whole.seconds)]
    return lines + [stage_row(stage, seconds, m.whole.n_frames, m.whole.duration_s) for stage, seconds in rows]


def stage_row(stage: str, seconds: float, n_frames: int, duration_s: float) -> str:
    """A line of the table of stages."""
    rate = n_frames / seconds if seconds > 0 else float("inf")
    return f"| {stage} | {seconds:.1f} | {rate:.0f} | {seconds / duration_s:.2f} |"


def _curves(m: Measured) -> list[str]:
    lines = [
        "| clip | workers | seconds | processor seconds | frames a second |",
        "|---|---|---|---|---|",
    ]
    cores = max(m.by_workers)
    rows = [(SHORT, n, t) for n, t in m.by_workers.items()]
    rows += [(LONG, cores, m.plain), (f"{LONG}, with overlay, report, PDF", cores, m.whole)]
    rows += [(f"{LONG}, 1080p", cores, m.hd)]
    return lines + [
        f"| {name}, {t.n_frames} frames | {n} | {t.seconds:.1f} | {t.cpu_s:.1f} | {t.n_frames / t.seconds:.0f} |"
        for name, n, t in rows
    ]


def _enlarged(video: Path, info: VideoInfo, target: Path) -> Path:
    """The clip in 1080p, a minute long: its beginning comes again at its end."""
    import cv2

    step_s = info.duration_s / info.n_frames
    count = round(_HD_S / step_s)

    def pictures() -> Iterator[NDArray[np.uint8]]:
        made = 0
        while made < count:
            for frame in capture.read_frames(video, info, stop=count - made):
                yield np.asarray(cv2.resize(frame.rgb, _HD_PX, interpolation=cv2.INTER_LINEAR), np.uint8)
                made += 1

    capture.write_video(target, pictures(), times_s=np.arange(count) * step_s)
    return target


def repeated(raw: PoseSequence, n_frames: int) -> PoseSequence:
    """A clip of so many frames: the landmarks of a shorter one over and over."""
    times = -(-n_frames // len(raw))
    turn_s = float(raw.time_s[-1] - raw.time_s[0]) + float(np.median(np.diff(raw.time_s)))

    def tiled(values: FloatArray) -> FloatArray:
        return np.asarray(np.concatenate([values] * times)[:n_frames])

    return replace(
        raw,
        time_s=np.concatenate([raw.time_s + k * turn_s for k in range(times)])[:n_frames],
        xy_px=tiled(raw.xy_px),
        visibility=tiled(raw.visibility),
        extras={name: tiled(column) for name, column in raw.extras.items()},
    )


def _assess_s(raw: PoseSequence, info: VideoInfo) -> float:
    """Seconds to assess landmarks that are in memory; the better of two."""
    spent = []
    for _ in range(2):
        began = time.perf_counter()
        analysis.assess(raw, replace(info, n_frames=len(raw)))
        spent.append(time.perf_counter() - began)
    return min(spent)


def machine() -> str:
    """What it was measured on, in one line."""
    return (
        f"{allowed_cores()} of {os.cpu_count()} cores ({platform.machine()}, {platform.system()}), "
        f"Python {platform.python_version()}, mediapipe {version('mediapipe')}."
    )
