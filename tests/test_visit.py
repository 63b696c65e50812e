"""The clips of a visit as one: each value from the clip that measures it best, and one verdict over all."""

from dataclasses import replace

import pytest
from athletes import run, squat

from formcheck import visit
from formcheck.errors import UsageError
from formcheck.types import Finding, MetricResult, Verdict


def value(metric_id, side, number, error, n=10):
    return MetricResult(metric_id, side, "deg", number, None, (number,) * n, tuple(range(n)), error)


def clip(protocol, *metrics, leg=None, status="pass", base=None):
    made = base or (run(protocol=protocol) if protocol.startswith("treadmill") else squat())
    found = tuple(Finding(m.id, m.side, "within", f"{protocol} {m.id}") for m in metrics)
    return replace(
        made, protocol=protocol, leg=leg, metrics=metrics, findings=found, verdict=Verdict(status, ("x",)), notes=()
    )


def sources(*clips):
    found = visit.together(clips)
    return {(one.task, one.metric.id, one.metric.side): one.source for one in found.chosen}


def test_of_a_run_each_value_comes_from_the_clip_with_the_smaller_error():
    rear = clip("treadmill_rear", value("cadence_spm", "both", 170.0, 0.5), value("knee_fppa_deg", "left", 5.0, 4.7))
    side = clip("treadmill_side", value("cadence_spm", "both", 171.0, 0.3), value("shank_angle_deg", "left", 8.0, 7.0))
    found = sources(rear, side)
    assert found == {
        ("run", "cadence_spm", "both"): 1,
        ("run", "knee_fppa_deg", "left"): 0,
        ("run", "shank_angle_deg", "left"): 1,
    }
    assert sources(side, rear)["run", "cadence_spm", "both"] == 0


def test_a_value_goes_before_none_and_an_unknown_error_counts_as_the_largest():
    nothing = MetricResult("knee_fppa_deg", "left", "deg", None, reason="hidden", measurement_error=0.1)
    known = clip("treadmill_rear", value("knee_fppa_deg", "left", 5.0, 4.7))
    assert sources(clip("treadmill_rear", nothing), known)["run", "knee_fppa_deg", "left"] == 1
    unknown = clip("treadmill_rear", value("knee_fppa_deg", "left", 5.0, None))
    assert sources(unknown, known)["run", "knee_fppa_deg", "left"] == 1
    both_none = visit.together([clip("treadmill_rear", nothing), clip("treadmill_front", nothing)])
    assert [one.metric.reason for one in both_none.chosen] == ["hidden"]


def test_from_the_side_the_nearer_leg_goes_first_then_more_cycles_then_the_later_clip():
    left = clip("treadmill_side", value("shank_angle_deg", "left", 8.0, 7.0), leg="left")
    right = clip("treadmill_side", value("shank_angle_deg", "left", 9.0, 7.0, n=30), leg="right")
    assert sources(right, left)["run", "shank_angle_deg", "left"] == 1
    few, many = (clip("treadmill_rear", value("knee_fppa_deg", "left", 5.0, 4.7, n=n)) for n in (8, 12))
    assert sources(many, few)["run", "knee_fppa_deg", "left"] == 0
    assert sources(few, few)["run", "knee_fppa_deg", "left"] == 1


def test_a_clip_that_cannot_be_judged_gives_no_values():
    bad = clip("treadmill_rear", value("knee_fppa_deg", "left", 5.0, 0.1), status="not_assessable")
    failed = replace(bad.checks[0], band="fail") if bad.checks else squat().checks[0]
    bad = replace(bad, checks=(replace(failed, band="fail"),), verdict=Verdict("not_assessable", ("too dark",)))
    good = clip("treadmill_rear", value("knee_fppa_deg", "left", 6.0, 4.7))
    found = visit.together([bad, good])
    assert [(one.metric.value, one.source) for one in found.chosen] == [(6.0, 1)]
    assert found.unfit == ((0, "too dark"),)
    assert [one.status for one in found.outcomes] == ["pass", "not_assessable"]


def test_what_contradicts_what_was_said_gives_no_values_either():
    said = "The clip was said to show something else."
    wrong = clip("single_leg_squat", value("knee_fppa_deg", "left", 5.0, 1.0), leg="left")
    wrong = replace(wrong, verdict=Verdict("not_assessable", (said, "Pain decides.")), notes=(said,))
    found = visit.together([wrong])
    assert found.chosen == ()
    assert found.unfit == ((0, said),)


def test_the_same_angle_in_another_task_is_another_metric():
    found = sources(
        clip("treadmill_rear", value("knee_fppa_deg", "left", 5.0, 4.7)),
        clip("single_leg_squat", value("knee_fppa_deg", "left", 12.0, 4.2), leg="left"),
    )
    assert found == {("run", "knee_fppa_deg", "left"): 0, ("single_leg_squat", "knee_fppa_deg", "left"): 1}


def test_legs_of_the_squat_stand_side_by_side_and_are_compared():
    left = clip("single_leg_squat", value("knee_fppa_deg", "left", 14.0, 3.0), leg="left")
    right = clip("single_leg_squat", value("knee_fppa_deg", "right", 2.0, 4.0), leg="right")
    found = visit.together([right, left])
    by_id = {(one.metric.id, one.metric.side): one for one in found.chosen}
    assert by_id["knee_fppa_deg", "left"].source == 1
    assert by_id["knee_fppa_deg", "right"].source == 0
    between = by_id["asymmetry_knee_fppa_deg", "both"]
    assert between.metric.value == 12.0
    assert between.metric.measurement_error == 5.0
    assert (between.source, between.second) == (1, 0)
    assert between.finding.band == "uncertain"
    assert between.finding.criterion.id == "squat_fppa_asymmetry"


def test_a_repetition_test_is_taken_whole_from_the_clip_with_a_clear_verdict_then_the_later():
    def tried(number, status, error=4.2):
        return clip("single_leg_squat", value("knee_fppa_deg", "left", number, error), leg="left", status=status)

    unclear, first, last = tried(9.0, "uncertain", 0.1), tried(10.0, "fail"), tried(11.0, "pass")
    assert sources(unclear, first)["single_leg_squat", "knee_fppa_deg", "left"] == 1
    assert sources(first, unclear)["single_leg_squat", "knee_fppa_deg", "left"] == 0
    assert sources(last, first)["single_leg_squat", "knee_fppa_deg", "left"] == 1
    found = visit.together([last, first, unclear])
    assert [(one.status, one.clips) for one in found.outcomes] == [("fail", (1,))]
    assert found.chosen[0].compared == (0, 1, 2)


def test_one_clip_is_what_it_was():
    made = squat()
    found = visit.together([made])
    assert tuple(one.metric for one in found.chosen) == made.metrics
    assert tuple(one.finding for one in found.chosen if one.finding) == made.findings


@pytest.mark.parametrize("count", [0, visit.MOST_CLIPS + 1])
def test_no_clip_and_far_too_many_are_refused(count):
    with pytest.raises(UsageError):
        visit.together([run()] * count)
