"""Findings and verdicts: every boundary, and the properties that hold for all values."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck.criteria import load
from formcheck.scoring import bound_text, find, position, subject, verdict
from formcheck.types import PROTOCOLS, Criterion, MetricResult, QualityCheck

CRITERIA = load()
ORDER = {"pass": 0, "uncertain": 1, "fail": 2}
UPPER = Criterion("u", "knee_fppa_deg", ("single_leg_squat",), "s", "judgement", watch_above=10, outside_above=15)
OK = QualityCheck("roll", "Camera tilt", 0.2, "deg", 1.0, "ok")
BAD = QualityCheck("yaw", "Camera turned", 9.0, "deg", 3.0, "fail", "Face the camera squarely.")


def metric(metric_id, value, *, unit="deg", side="left", error=None, per_cycle=(), reason=""):
    return MetricResult(
        metric_id, side, unit, value, per_cycle=tuple(per_cycle), measurement_error=error, reason=reason
    )


def one(metric_id, value, protocol, *, sex=None, **options):
    findings = find([metric(metric_id, value, **options)], protocol, sex=sex, criteria=CRITERIA)
    return findings[0] if findings else None


def squat(fppa=5.0, *, error=1.0, valid=20, total=20, per_cycle=None, extra=(), checks=(OK,), **options):
    cycles = [fppa] * 20 if per_cycle is None and fppa is not None else per_cycle or ()
    metrics = [
        metric("reps_total", total, unit="count", reason="" if total is not None else "none seen"),
        metric("reps_valid", valid, unit="count"),
        metric("knee_fppa_deg", fppa, error=error, per_cycle=cycles, reason="" if fppa is not None else "too dark"),
        *extra,
    ]
    return verdict("single_leg_squat", metrics, find(metrics, "single_leg_squat", criteria=CRITERIA), checks, **options)


@pytest.mark.parametrize(
    ("metric_id", "protocol", "value", "error", "expected"),
    [
        ("knee_fppa_deg", "single_leg_squat", 9.9, None, "within"),
        ("knee_fppa_deg", "single_leg_squat", 10.0, None, "watch"),  # inclusive
        ("knee_fppa_deg", "single_leg_squat", 14.9, None, "watch"),
        ("knee_fppa_deg", "single_leg_squat", 15.0, None, "outside"),
        ("knee_fppa_deg", "single_leg_squat", 6.9, 3.0, "within"),
        ("knee_fppa_deg", "single_leg_squat", 7.0, 3.0, "uncertain"),  # exactly the error away
        ("knee_fppa_deg", "single_leg_squat", 12.5, 2.4, "watch"),
        ("knee_fppa_deg", "single_leg_squat", 12.5, 2.5, "uncertain"),
        ("knee_fppa_deg", "single_leg_squat", 18.0, 3.0, "uncertain"),
        ("knee_fppa_deg", "single_leg_squat", 18.1, 3.0, "outside"),
        ("knee_fppa_deg", "single_leg_squat", -30.0, 3.0, "within"),
        ("knee_fppa_deg", "step_down", 22.0, None, "within"),  # exclusive
        ("knee_fppa_deg", "step_down", 22.1, None, "watch"),
        ("knee_fppa_deg", "step_down", 60.0, None, "watch"),  # never outside
        ("knee_fppa_deg", "treadmill_rear", 10.5, None, "within"),
        ("knee_fppa_deg", "treadmill_rear", 10.6, None, "watch"),
        ("knee_fppa_deg", "treadmill_rear", -10.6, None, "watch"),
        ("trunk_flexion_deg", "treadmill_side", 3.9, None, "watch"),
        ("trunk_flexion_deg", "treadmill_side", 4.0, None, "within"),
        ("trunk_flexion_deg", "treadmill_side", 15.0, None, "within"),
        ("trunk_flexion_deg", "treadmill_side", 15.1, None, "watch"),
        ("trunk_flexion_deg", "treadmill_side", 4.5, 1.0, "uncertain"),
        ("step_width_ratio", "treadmill_rear", 0.17, None, "watch"),
        ("step_width_ratio", "treadmill_rear", -0.01, None, "outside"),
        ("cadence_spm", "treadmill_side", 165.9, None, "watch"),
        ("cadence_spm", "treadmill_side", 166.0, None, "within"),
        ("reps_valid", "single_leg_squat", 20, None, "within"),
        ("reps_valid", "single_leg_squat", 19, None, "outside"),
        ("fppa_drift_deg", "single_leg_squat", 4.0, None, "watch"),
        ("fppa_drift_deg", "single_leg_squat", 8.0, None, "outside"),
        ("asymmetry_pelvic_drop_deg", "treadmill_rear", -5.1, None, "watch"),
    ],
)
def test_bands_at_their_boundaries(metric_id, protocol, value, error, expected):
    assert one(metric_id, value, protocol, error=error).band == expected


@pytest.mark.parametrize(("sex", "expected"), [("m", "watch"), ("f", "within"), (None, "watch")])
def test_pelvic_drop_limits_differ_by_sex(sex, expected):
    assert one("pelvic_drop_deg", 6.5, "treadmill_rear", sex=sex).band == expected


def test_what_could_not_be_measured_keeps_its_reason():
    finding = one("foot_strike", None, "treadmill_side", reason="30 frames a second are too few")
    assert (finding.band, finding.reason) == ("not_assessable", "30 frames a second are too few")


def test_reported_only_metrics_get_no_finding():
    assert one("foot_strike", "rearfoot", "treadmill_side", unit="class") is None
    assert one("contact_time_ms", 240.0, "treadmill_side", unit="ms") is None


@pytest.mark.parametrize(
    ("valid", "words"),
    [
        (20, "20 valid repetitions on the left leg; the test asks for at least 20."),
        (1, "1 valid repetition on the left leg; the test asks for at least 20."),
    ],
)
def test_repetitions_are_counted_in_words(valid, words):
    assert one("reps_valid", valid, "single_leg_squat", unit="count").reason == words


def test_reasons_carry_numbers_units_and_advice():
    finding = one("knee_fppa_deg", 28.1, "step_down", error=1.0)
    assert finding.reason == "Knee valgus (FPPA) (left) 28° ± 1° is well above the watch limit of 22°."
    assert finding.advice == finding.criterion.advice_high
    low = one("trunk_flexion_deg", 1.0, "treadmill_side")
    assert low.reason == "Forward lean (left) 1° is below the watch limit of 4°."
    assert low.advice == low.criterion.advice_low
    within = one("trunk_flexion_deg", 8.0, "treadmill_side", error=2.0)
    assert within.reason == "Forward lean (left) 8° ± 2° is inside the limits (from 4° up to 15°)."
    assert within.advice == ""
    unsure = one("trunk_flexion_deg", 16.0, "treadmill_side", error=2.0)
    assert unsure.reason == "Forward lean (left) 16° ± 2° is within the measurement error of the watch limit of 15°."
    assert "again" in unsure.advice


@pytest.mark.parametrize(
    ("many", "error", "expected"), [(4, 0.5, "within"), (5, 0.5, "outside"), (5, 2.0, "uncertain")]
)
def test_five_bad_repetitions_count_whatever_the_median(many, error, expected):
    cycles = [16.0] * many + [5.0] * (20 - many)
    finding = one("knee_fppa_deg", 5.0, "single_leg_squat", error=error, per_cycle=cycles)
    assert finding.band == expected
    if expected == "outside":
        assert "5 of 20 repetitions reach the outer limit of 15° (5 are too many)" in finding.reason


def test_a_repetition_without_a_value_is_not_counted():
    finding = one("knee_fppa_deg", 5.0, "single_leg_squat", per_cycle=[None] * 16 + [16.0] * 4)
    assert finding.band == "within"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"fppa": 5.0}, "pass"),
        ({"fppa": 12.0}, "pass"),  # watch only advises
        ({"fppa": 10.5}, "pass"),  # too close to the watch limit, clear of the one that decides
        ({"fppa": 14.0}, "uncertain"),
        ({"fppa": 16.0}, "uncertain"),
        ({"fppa": 16.1}, "fail"),
        ({"fppa": 5.0, "valid": 19}, "fail"),
        ({"fppa": 5.0, "valid": 12, "total": 12}, "fail"),
        ({"fppa": 15.0, "valid": 12}, "fail"),  # a clear fail is not softened by an unclear one
        ({"fppa": None, "valid": 12}, "fail"),
        ({"fppa": None}, "not_assessable"),
        ({"fppa": 5.0, "total": 0, "valid": 0}, "not_assessable"),
        ({"fppa": 30.0, "checks": (OK, BAD)}, "not_assessable"),
        ({"fppa": 30.0, "contradiction": "This is a two-leg squat."}, "not_assessable"),
        ({"fppa": 5.0, "per_cycle": [5.0] * 15 + [17.0] * 5}, "fail"),
        ({"fppa": 5.0, "per_cycle": [5.0] * 15 + [15.5] * 5}, "uncertain"),
        ({"fppa": 5.0, "extra": (metric("trunk_lean_deg", 30.0, error=1.0),)}, "pass"),
        ({"fppa": 5.0, "extra": (metric("fppa_drift_deg", 30.0, error=1.0),)}, "pass"),
    ],
)
def test_squat_verdicts(options, expected):
    said = squat(**options)
    assert said.status == expected
    assert "Pain decides, and no video shows it" in said.reasons[-1]


def test_squat_verdicts_say_why():
    assert squat(valid=17).reasons[0] == "17 valid repetitions of 20: the test asks for 20 in one clip."
    assert "film the whole set" in squat(valid=12, total=12).reasons[0]
    assert "below the limit of 15°, error included" in " ".join(squat(12.0).reasons)
    assert any(r.startswith("To watch: Knee valgus") for r in squat(12.0).reasons)
    lean = squat(extra=(metric("trunk_lean_deg", 30.0, error=1.0),))
    assert any(r.startswith("To watch: Trunk lean") for r in lean.reasons)
    assert squat(checks=(BAD,)).reasons[0].endswith("Camera turned is 9.0°. Face the camera squarely.")
    assert squat(contradiction="This is a walk.").reasons[0] == "This is a walk."
    assert squat(None).reasons[0] == "too dark"


def test_a_missing_deciding_metric_withholds_the_verdict():
    metrics = [metric("reps_total", 20, unit="count"), metric("reps_valid", 20, unit="count")]
    findings = find(metrics, "single_leg_squat", criteria=CRITERIA)
    assert verdict("single_leg_squat", metrics, findings, ()).status == "not_assessable"


def advised(protocol, *metrics, checks=()):
    return verdict(protocol, metrics, find(metrics, protocol, criteria=CRITERIA), checks)


def test_running_never_fails_and_says_what_stands_out():
    calm = advised("treadmill_rear", metric("knee_fppa_deg", 3.0, error=2.0))
    told = "Nothing stands out. Running form only advises; nobody passes or fails by it."
    assert (calm.status, calm.reasons[0]) == ("pass", told)
    crossing = advised(
        "treadmill_rear", metric("step_width_ratio", -0.3, unit="ratio", side="both"), metric("knee_fppa_deg", 30.0)
    )
    assert crossing.status == "pass"
    assert crossing.reasons[0].startswith("2 things to watch.")
    close = advised("treadmill_rear", metric("knee_fppa_deg", 10.0, error=2.0))
    assert any(r.startswith("Too close to a limit to tell") for r in close.reasons)
    part = advised("treadmill_side", metric("cadence_spm", 170.0), metric("shank_angle_deg", None, reason="30 fps"))
    assert part.status == "pass"
    assert any(r.startswith("1 of 2 scored values could not be measured") for r in part.reasons)


def test_running_without_anything_measured_is_not_assessable():
    said = advised("treadmill_side", metric("cadence_spm", None, reason="too few steps"))
    assert said.status == "not_assessable"
    assert advised("treadmill_side", metric("cadence_spm", 170.0), checks=(BAD,)).status == "not_assessable"


def test_step_down_needs_its_knee_angle():
    lost = advised("step_down", metric("knee_fppa_deg", None, reason="hidden"), metric("reps_valid", 5, unit="count"))
    assert lost.status == "not_assessable"
    assert lost.reasons[0] == "hidden"
    assert advised("step_down", metric("knee_fppa_deg", 40.0)).status == "pass"


values = st.floats(-60, 60)
errors = st.floats(0.01, 10)


@given(values, errors)
def test_no_side_is_taken_inside_the_error(value, error):
    finding = one("knee_fppa_deg", value, "single_leg_squat", error=error)
    near = min(abs(value - limit) for limit in (10, 15)) <= error
    assert (finding.band == "uncertain") == near or math.isclose(min(abs(value - x) for x in (10, 15)), error)


@given(values, errors)
def test_a_squat_is_never_passed_or_failed_inside_the_error(value, error):
    status = squat(value, error=error).status
    if abs(value - 15) < error:
        assert status == "uncertain"
    if status == "pass":
        assert value + error < 15
    if status == "fail":
        assert value - error > 15


@given(st.lists(values, min_size=20, max_size=20), errors, st.floats(0, 20), st.integers(0, 20))
def test_more_valgus_or_fewer_repetitions_never_help(cycles, error, more, fewer):
    median = sorted(cycles)[10]
    base = squat(median, error=error, per_cycle=cycles)
    worse = squat(median + more, error=error, per_cycle=[c + more for c in cycles], valid=20 - fewer)
    assert ORDER[worse.status] >= ORDER[base.status]


@given(values, errors, st.sampled_from([0.0, 5.0]))
def test_position_is_monotonic_and_mirrors(value, error, step):
    rank = {"clear": 0, "unsure": 1, "beyond": 2}
    assert (
        rank[position(value + step, error, UPPER, "watch_above")] >= rank[position(value, error, UPPER, "watch_above")]
    )
    lower = Criterion("l", "knee_fppa_deg", (), "s", "judgement", watch_below=-10)
    assert position(value, error, UPPER, "watch_above") == position(-value, error, lower, "watch_below")


@given(st.sampled_from(PROTOCOLS), st.sampled_from([c.metric_id for c in CRITERIA.criteria]), values)
def test_only_squats_can_fail(protocol, metric_id, value):
    said = verdict(protocol, m := [metric(metric_id, value)], find(m, protocol, criteria=CRITERIA), ())
    assert said.status != "fail" or protocol == "single_leg_squat"
    assert said.reasons


def test_subjects_and_limits_in_words():
    assert subject(metric("cadence_spm", 171.4, unit="spm", error=1.0, side="both")) == "Cadence 171 ± 1 steps/min"
    assert subject(metric("foot_strike", None, unit="class", reason="x")) == "Foot strike (left) not measured"
    assert bound_text(-2.5, "deg") == "−2.5°"
    assert bound_text(0.18, "ratio") == "0.18"
    assert bound_text(20.0, "count") == "20"
