"""The speed table: stages are timed from progress reports, ratios against pose inference alone."""

import time
from dataclasses import replace

import numpy as np
import pytest
from motions import squat_clip

from formcheck.benchmark import KINDS, speed, speed_floor, speed_run
from formcheck.benchmark.speed import Measured, machine, repeated, stage_row, told
from formcheck.benchmark.speed_floor import Floor
from formcheck.benchmark.speed_run import StageClock, Timed
from formcheck.types import VideoInfo

INFO = VideoInfo("clip.mp4", "", 720, 1280, 0, 20.0, 600, 30.0, None, False)
FLOORS = {1: Floor(30.0, 25.0), 2: Floor(31.0, 26.0)}
RUN = Timed(12.0, 20.0, 300.0, 280.0, {"Preparing": 2.0, "Finding the athlete": 10.0}, 600, 310, 20.0)


def test_stages_are_timed_in_their_order_and_passed_on():
    heard = []
    clock = StageClock(lambda *report: heard.append(report))
    time.sleep(0.02)
    clock("Tracking", 0, 2)
    time.sleep(0.05)
    clock("Tracking", 2, 2)
    clock("Writing", 0, 1)
    stages = clock.stop()
    assert list(stages) == ["Preparing", "Tracking", "Writing"]
    assert 0.02 <= stages["Preparing"] < 1
    assert 0.05 <= stages["Tracking"] < 1
    assert heard == [("Tracking", 0, 2), ("Tracking", 2, 2), ("Writing", 0, 1)]


def test_ratios_are_to_the_floor_of_all_cores(monkeypatch):
    monkeypatch.setattr(speed, "allowed_cores", lambda: 2)
    hd = replace(RUN, seconds=45.0, duration_s=60.0, worker_mb=310.0)
    running = replace(RUN, n_frames=900, n_read=900, seconds=15.0)
    measured = Measured(
        INFO,
        FLOORS,
        RUN,
        replace(RUN, seconds=18.0),
        by_workers={1: RUN, 2: RUN},
        running=running,
        running_floor=Floor(25.0, 24.0),
        hd=hd,
        assess_s={20_000: 0.2},
    )
    assert measured.floor_s == 600 * 0.030 / 2
    text = "\n".join(told(measured))
    assert "30.0 ms a frame with 1 process at once, 31.0 ms a frame with 2 processes at once" in text
    assert "| `analyse` without overlay ÷ floor | ≤1.10 | 1.33 | 12.0 |" in text
    assert "| `analyse` with overlay, report, PDF ÷ floor | ≤1.30 | 2.00 | 18.0 |" in text
    assert "the pose model reads 310 of the frames" in text
    assert "900 of 900 frames read) without overlay ÷ its floor | ≤1.10 | 1.33 | 15.0 |" in text
    assert "| the squats in processor time, which other work disturbs less |  | 1.33 |  |" in text
    assert "÷ its length | <1 | 0.75 | 45.0 |" in text
    assert "| memory of the program, of each worker | ≤500, ≤450 MB | 300, 310 MB |  |" in text
    assert stage_row("Finding the athlete", 10.0, 600, 20.0) in text


def test_rates_count_frames():
    assert stage_row("Tracking", 10.0, 600, 20.0) == "| Tracking | 10.0 | 60 | 0.50 |"


def test_a_longer_clip_is_a_shorter_one_over_and_over():
    pose = squat_clip().pose
    longer = repeated(pose, 2 * len(pose) + 5)
    assert len(longer) == 2 * len(pose) + 5
    assert (np.diff(longer.time_s) > 0).all()
    assert np.array_equal(longer.xy_px[len(pose) : 2 * len(pose)], pose.xy_px)


@pytest.mark.slow
def test_the_floor_and_an_analysis_are_measured_on_a_real_clip(tmp_path):
    from formcheck import capture
    from formcheck.samples import find_sample

    video, short = find_sample("step_down"), tmp_path / "short.mp4"
    info = capture.probe(video)
    frames = list(capture.read_frames(video, info, stop=300))
    capture.write_video(short, [f.rgb for f in frames], times_s=[f.time_s for f in frames])
    assert speed_floor.measure_floor(short, capture.probe(short), processes=1).cpu_ms > 1
    run = speed_run.timed(short, tmp_path / "out", overlay=False, workers=1)
    assert run.n_frames == 300
    assert 140 <= run.n_read <= 200, "of a step-down every other frame, and some that are learnt from"
    assert run.seconds == pytest.approx(sum(run.stages.values()), rel=0.01)
    assert 50 < run.parent_mb < 500
    assert 50 < run.worker_mb < 450


def test_the_machine_is_named():
    assert "Python" in machine()
    assert "speed" in KINDS
