import math
from dataclasses import replace

import pytest
from athletes import run, squat

from formcheck import compare
from formcheck.criteria import load
from formcheck.scoring import find
from formcheck.types import MetricResult


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
