"""The speed table: stages are timed from progress reports."""

import time

from formcheck.benchmark import KINDS
from formcheck.benchmark.speed import StageClock, StageTime, machine, rows


def test_stages_are_timed_in_their_order_and_passed_on():
    heard = []
    clock = StageClock(lambda *report: heard.append(report))
    time.sleep(0.02)
    clock("Tracking", 0, 2)
    time.sleep(0.05)
    clock("Tracking", 2, 2)
    clock("Writing", 0, 1)
    stages = clock.stop()
    assert [s.stage for s in stages] == ["Preparing", "Tracking", "Writing"]
    assert 0.02 <= stages[0].seconds < 30
    assert 0.05 <= stages[1].seconds < 30
    assert heard == [("Tracking", 0, 2), ("Tracking", 2, 2), ("Writing", 0, 1)]


def test_rates_count_frames_and_the_total_leaves_scoring_again_out():
    lines = rows((StageTime("Tracking", 10.0), StageTime("Writing", 5.0)), StageTime("Again", 0.5), 600, 20.0)
    assert lines[2:] == [
        "| Tracking | 10.0 | 60 | 0.50 |",
        "| Writing | 5.0 | 120 | 0.25 |",
        "| **All of it** | 15.0 | 40 | 0.75 |",
        "| Again | 0.5 | 1200 | 0.03 |",
    ]


def test_the_machine_is_named():
    assert "Python" in machine()
    assert "speed" in KINDS
