import math
from dataclasses import replace
from datetime import date

import pytest
from athletes import run, squat

from formcheck import compare
from formcheck.criteria import load
from formcheck.errors import InputError
from formcheck.scoring import find
from formcheck.types import MetricResult, QualityCheck


def visit(value=12.0, *, error=2.0, metric_id="knee_fppa_deg", side="left", base=None, reason=""):
    base = base or squat()
    metric = MetricResult(metric_id, side, "deg", value, measurement_error=error, reason=reason)
    findings = find((metric,), base.protocol, criteria=load())
    return replace(base, metrics=(metric,), findings=findings, checks=())


def only(before, after):
    (change,) = compare.changes(before, after)
    return change


@pytest.mark.parametrize(
    ("before", "after", "state", "direction"),
    [
        (12.0, 4.4, "changed", "better"),
        (12.0, 4.5, "within_error", ""),
        (12.0, 19.5, "within_error", ""),
        (12.0, 19.6, "changed", "worse"),
        (9.0, 1.0, "changed", ""),
        (12.0, 12.0, "within_error", ""),
    ],
)
def test_a_change_is_held_against_the_published_difference(before, after, state, direction):
    found = only(visit(before), visit(after))
    assert (found.state, found.direction) == (state, direction)
    assert found.difference == pytest.approx(after - before)
    assert found.bound == 7.5


def test_measured_errors_count_where_they_are_larger():
    found = only(visit(2.0, error=6.0), visit(11.9, error=8.0))
    assert found.bound == pytest.approx(math.hypot(6.0, 8.0))
    assert found.state == "within_error"


def test_before_and_after_change_places():
    there, back = only(visit(4.0), visit(14.0)), only(visit(14.0), visit(4.0))
    assert there.difference == -back.difference
    assert {there.direction, back.direction} == {"worse", "better"}


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        (visit(), visit(base=run()), "tests differ"),
        (visit(None, reason="too dark"), visit(), "not measured before: too dark"),
        (visit(), visit(None, reason="too dark"), "not measured after: too dark"),
        (visit(error=None), visit(), "no measurement error"),
    ],
)
def test_what_cannot_be_compared_says_why(before, after, why):
    found = only(before, after)
    assert found.state == "not_comparable"
    assert why in found.reason


def test_a_side_that_only_one_visit_has_is_listed():
    found = compare.changes(visit(side="left"), visit(side="right"))
    assert [(c.side, c.state, c.reason) for c in found] == [
        ("right", "not_comparable", "not measured before"),
        ("left", "not_comparable", "not measured after"),
    ]


def test_words_change_or_do_not():
    def strike(word):
        return visit(word, metric_id="foot_strike", error=None)

    assert only(strike("rearfoot"), strike("rearfoot")).state == "within_error"
    assert only(strike("rearfoot"), strike("forefoot")).state == "changed"


def test_every_published_difference_is_of_a_known_metric_and_positive():
    assert compare.detectable()["pelvic_drop_deg", "treadmill_rear"] == 2.7
    assert all(value > 0 for value in compare.detectable().values())


def test_other_legs_are_not_compared():
    left, right = visit(base=replace(squat(), leg="left")), visit(side="right", base=replace(squat(), leg="right"))
    assert {c.reason for c in compare.changes(left, right)} == {"the legs differ (left, right)"}


def test_a_recording_that_failed_a_check_is_not_compared():
    dark = replace(visit(), checks=(QualityCheck("light", "Light", 1.0, "", 2.0, "fail"),))
    assert only(dark, visit()).reason == "the recording before failed a quality check"


def test_scored_measures_come_first():
    base = squat()
    judged = visit()
    loose = MetricResult("rep_duration_s", "left", "s", 2.0, measurement_error=0.1)
    before = replace(base, metrics=(loose, *judged.metrics), findings=judged.findings, checks=())
    assert [c.metric_id for c in compare.changes(before, before)] == ["knee_fppa_deg", "rep_duration_s"]


def legs(left, right, *, error=2.0):
    sides = zip(("left", "right"), (left, right), strict=True)
    metrics = tuple(MetricResult("knee_fppa_deg", s, "deg", v, measurement_error=error) for s, v in sides)
    return replace(run(), metrics=metrics, findings=(), checks=())


@pytest.mark.parametrize(("right", "state"), [(12.8, "within_error"), (12.9, "changed"), (7.0, "changed")])
def test_legs_are_held_against_the_errors_alone(right, state):
    both = legs(10.0, right)
    (found,) = compare.between_legs(both, both)
    assert (found.side, found.state, found.direction) == ("both", state, "")
    assert found.difference == pytest.approx(right - 10.0)
    assert found.bound == pytest.approx(math.hypot(2.0, 2.0))


def test_a_leg_that_was_not_measured_says_which():
    both = legs(10.0, 12.0)
    (found,) = compare.between_legs(both, replace(both, metrics=both.metrics[:1]))
    assert found.reason == "not measured on the right"


DAYS = [date(2026, 9, 1), date(2026, 10, 1), date(2026, 11, 1)]


def test_a_trend_stands_in_the_order_of_days_and_tells_since_first_and_last():
    values = dict(zip(DAYS, (20.0, 14.0, 10.0), strict=True))
    points = compare.trend([(day, visit(value)) for day, value in reversed(values.items())], "knee_fppa_deg", "left")
    assert [p.day for p in points] == DAYS
    assert (points[0].since_first, points[0].since_last) == (None, None)
    assert [p.since_first.state for p in points[1:]] == ["within_error", "changed"]
    assert [p.since_last.difference for p in points[1:]] == [-6.0, -4.0]
    assert points[0].band == "outside"


def test_a_visit_without_a_value_stays_in_the_trend_and_is_skipped_as_a_reference():
    visits = list(zip(DAYS, (visit(20.0), visit(None, reason="too dark"), visit(8.0)), strict=True))
    points = compare.trend(visits, "knee_fppa_deg", "left")
    assert points[1].result.reason == "too dark"
    assert points[2].since_last.difference == -12.0


def test_a_trend_does_not_mix_tests_or_legs():
    with pytest.raises(InputError, match="choose results of one test"):
        compare.trend([(DAYS[0], visit()), (DAYS[1], visit(base=run()))], "knee_fppa_deg", "left")
    with pytest.raises(InputError, match="right leg"):
        compare.trend([(DAYS[0], visit()), (DAYS[1], visit(base=replace(squat(), leg="right")))], "x", "left")


def test_what_else_differs_is_told():
    old = replace(visit(), formcheck_version="0.0.1")
    assert compare.cautions(visit(), visit()) == ()
    assert compare.cautions(old, visit())[0].startswith("Different formcheck: 0.0.1, then ")
