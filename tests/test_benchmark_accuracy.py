"""The accuracy benchmark: its own arithmetic, its lists, its cache, and the errors that ship with formcheck."""

import json
from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

from formcheck import measurement_error
from formcheck.benchmark import accuracy, accuracy_cache, accuracy_errors, accuracy_plots, accuracy_tables
from formcheck.benchmark import accuracy_clips as clips
from formcheck.benchmark.accuracy_baseline import naive_contacts, naive_metrics
from formcheck.benchmark.accuracy_measure import ClipResult, Pair, Timing, measure, nearest_ms, swap_share
from formcheck.benchmark.accuracy_stats import agreement, covering, punctuality
from formcheck.benchmark.accuracy_targets import outcomes
from formcheck.benchmark.fingerprint import PIPELINE, essence, fingerprint
from formcheck.cli.commands import app
from formcheck.errors import InputError, UsageError
from formcheck.landmarks import N_LANDMARKS, side_landmark
from formcheck.types import PROTOCOLS, Event, PoseSequence, VideoInfo


def pair(truth, value, **changes):
    fields = {
        "clip": "treadmill_rear_develop_1",
        "protocol": "treadmill_rear",
        "fps": 60,
        "within_guide": True,
        "limited": False,
        "stickers": False,
        "metric_id": "knee_fppa_deg",
        "side": "left",
        "truth": truth,
        "value": value,
        "error": 2.0,
        "baseline": truth + 3.0,
        "reason": "" if value is not None else "not visible",
    }
    return Pair(**{**fields, **changes})


def result(pairs=(), **changes):
    base = ClipResult("treadmill_rear_develop_1", "treadmill_rear", 60, True, False, "treadmill_rear", None)
    return replace(base, pairs=tuple(pairs), **changes)


# --- arithmetic


def test_agreement_of_a_known_line():
    truths = [0.0, 2.0, 4.0, 6.0]
    sides = ["left", "right", "left", "right"]
    told = [pair(t, 1.5 * t - 1.0, side=s) for t, s in zip(truths, sides, strict=True)]
    a = agreement([*told, pair(9.0, None)])
    misses = [-1.0, 0.0, 1.0, 2.0]
    assert (a.n, a.mae, a.bias) == (4, 1.0, 0.5)
    assert (a.bias_left, a.bias_right) == (0.0, 1.0)
    assert (a.slope, a.intercept) == pytest.approx((1.5, -1.0))
    assert a.high - a.low == pytest.approx(2 * 1.96 * np.std(misses, ddof=1))
    assert a.refused == pytest.approx(0.2)
    assert a.baseline_mae == pytest.approx(3.0)


def test_nothing_measured_is_missing_and_never_zero():
    a = agreement([pair(1.0, None)])
    assert a.n == 0
    assert a.refused == 1.0
    assert np.isnan([a.mae, a.bias, a.slope, a.low]).all()
    assert accuracy_tables.figure(a.mae) == "–"


def test_punctuality_counts_what_was_missed():
    def timing(late):
        return Timing("treadmill_side", 120, "initial_contact", "left", True, late, None)

    p = punctuality([timing(-4.0), timing(8.0), timing(12.0), timing(None)])
    assert (p.n, p.hit_rate, p.late_ms, p.off_ms) == (4, 0.75, 8.0, 8.0)


def test_covering_error_covers_what_it_promises():
    rng = np.random.default_rng(5)
    held = []
    for _ in range(400):
        draws = rng.normal(0.4, 1.0, 21)
        held.append(abs(draws[20]) <= covering(draws[:20]))
    assert 0.93 <= np.mean(held) <= 1.0
    assert covering([1.0] * 5) == pytest.approx(2.91, abs=0.01)
    assert covering([1.0] * 5, 0.9) == pytest.approx(2.44, abs=0.01)
    assert covering([0.1, 0.1, 0.1, 0.1, 5.0]) == 5.0


@pytest.mark.parametrize(("value", "expected"), [(2.31, 2.4), (0.0121, 0.013), (14.2, 15.0), (3.0, 3.0), (0.0, 0.0)])
def test_errors_are_rounded_up(value, expected):
    assert accuracy_errors.rounded_up(value) == pytest.approx(expected)


# --- errors that ship


def test_errors_are_fitted_by_protocol_and_pooled():
    many = [pair(float(k), k + 1.0) for k in range(6)]
    few = [pair(1.0, 4.0, protocol="step_down") for _ in range(2)]
    exact = [pair(5.0, 5.0, metric_id="reps_total") for _ in range(8)]
    errors, counts = accuracy_errors.fit(accuracy_errors.fitting_pairs([result([*many, *few, *exact])]))
    assert set(errors) == {"treadmill_rear", "all"}
    assert errors["all"] == {"knee_fppa_deg": 3.0}
    assert counts["treadmill_rear"]["knee_fppa_deg"] == 6
    assert counts["all"]["knee_fppa_deg"] == 8


def test_a_frame_rate_measured_often_enough_has_errors_of_its_own():
    quick = [pair(float(k), k + 0.5, fps=120) for k in range(8)]
    slow = [pair(float(k), k + 2.0, fps=60) for k in range(7)]
    tables, counts = accuracy_errors.fit([*quick, *slow])
    assert list(tables) == ["treadmill_rear", "treadmill_rear 120 fps", "treadmill_rear left", "all"]
    assert counts["treadmill_rear 120 fps"]["knee_fppa_deg"] == 8
    errors = measurement_error.MeasurementErrors("1", "", tables)
    told = [errors.lookup("knee_fppa_deg", "treadmill_rear", fps=fps) for fps in (119.88, 100.0, 60.0, 30.0, None)]
    assert told[0] == told[1] < told[2] == told[3] == told[4]
    assert errors.lookup("asymmetry_knee_fppa_deg", "treadmill_rear", fps=120.0) == round(2**0.5 * told[0], 3)
    assert errors.lookup("knee_fppa_deg", "step_down", fps=120.0) == tables["all"]["knee_fppa_deg"]


def test_a_side_measured_often_enough_has_errors_of_its_own():
    left, right = ([pair(float(k), k + off, side=s) for k in range(8)] for s, off in (("left", 0.5), ("right", 2.0)))
    errors = measurement_error.MeasurementErrors("1", "", accuracy_errors.fit([*left, *right])[0])
    told = [errors.lookup("knee_fppa_deg", "treadmill_rear", side=side) for side in ("left", "right", None)]
    assert told[0] < told[2] <= told[1]
    assert errors.lookup("knee_fppa_deg", "treadmill_rear", fps=60.0, side="left") == told[2], "the larger of the two"


@pytest.mark.parametrize("fault", [{"limited": True}, {"within_guide": False}])
def test_recordings_with_a_fault_have_errors_of_their_own(fault):
    good = [pair(float(k), k + 0.5) for k in range(6)]
    bad = [pair(float(k), k + 4.0, **fault) for k in range(6)]
    few = [pair(1.0, 9.0, metric_id="trunk_lean_deg", **fault)]
    errors = measurement_error.MeasurementErrors("1", "", accuracy_errors.fit([*good, *bad, *few])[0])
    clear = errors.lookup("knee_fppa_deg", "treadmill_rear")
    assert clear == accuracy_errors.fit(good)[0]["treadmill_rear"]["knee_fppa_deg"]
    assert errors.lookup("knee_fppa_deg", "treadmill_rear", limited=True) > 4.0 > clear
    assert errors.lookup("knee_fppa_deg", "step_down", limited=True) > 4.0, "all protocols stand in"
    assert errors.lookup("trunk_lean_deg", "treadmill_rear", limited=True) is None


def test_a_fault_never_makes_a_value_surer():
    good, bad = [pair(float(k), k + 3.0) for k in range(6)], [pair(float(k), k + 0.5, limited=True) for k in range(6)]
    errors = measurement_error.MeasurementErrors("1", "", accuracy_errors.fit([*good, *bad])[0])
    clear = errors.lookup("knee_fppa_deg", "treadmill_rear")
    assert errors.lookup("knee_fppa_deg", "treadmill_rear", limited=True) == clear


def test_errors_are_never_fitted_on_reporting_athletes():
    with pytest.raises(InputError, match="kept for reporting"):
        accuracy_errors.fitting_pairs([result(name="treadmill_rear_report_101")])


def test_written_errors_are_read_back_and_keep_what_was_not_measured(tmp_path):
    path = tmp_path / "errors.json"
    path.write_text(json.dumps({"tables": {"all": {"step_width_ratio": 0.15, "knee_fppa_deg": 9.0}}}))
    accuracy_errors.write([result([pair(float(k), k + 1.0) for k in range(6)])], path)
    content = json.loads(path.read_text())
    assert content["tables"]["all"] == {"knee_fppa_deg": 3.0, "step_width_ratio": 0.15}
    assert content["published"] == {"step_width_ratio": 0.15, "knee_fppa_deg": 9.0}
    assert content["pipeline"] == fingerprint(PIPELINE)


def test_a_metric_measured_too_seldom_keeps_the_published_error_unless_worse_was_seen():
    seldom = [pair(1.0, 3.0), pair(1.0, 1.5, metric_id="shank_angle_deg")]
    published = {"knee_fppa_deg": 1.0, "shank_angle_deg": 3.5, "step_width_ratio": 0.15}
    assert accuracy_errors.too_few(seldom, published) == {
        "knee_fppa_deg": 2.0,
        "shank_angle_deg": 3.5,
        "step_width_ratio": 0.15,
    }


def test_shipped_errors_belong_to_this_pipeline():
    """Fails when what measures has changed: run `formcheck benchmark accuracy --write-errors`."""
    assert measurement_error.load().pipeline == fingerprint(PIPELINE)


# --- fingerprint


def test_words_and_spacing_do_not_change_a_fingerprint():
    one = 'def f(a, b):\n    """Add."""\n    return g(a, b)  # sum\n'
    two = (
        'def f(\n    a,\n    b,\n):\n    """Adds.\n\n    Two.\n    """\n'
        "    # sum\n    return g(\n        a,\n        b,\n    )\n"
    )
    assert essence(one) == essence(two)
    assert essence(one) != essence(one.replace("g(a, b)", "g(b, a)"))


def test_a_hash_inside_a_string_stays():
    assert essence('x = "#fff"  # white\n') == 'x="#fff"'


def test_documented_constants_do_not_count():
    assert essence('A = 1\n"""How many: °."""\nB = 2\n') == "A=1B=2"


# --- lists


def test_lists_are_apart_cover_every_protocol_and_are_large_enough():
    report, develop = clips._REPORT, clips._DEVELOP
    assert len(report) >= 40
    assert {row.activity for row in report} >= set(PROTOCOLS)
    assert {row.activity for row in report} >= {"walking", "two_leg_squat", "lateral_raise", "standing_sway"}
    assert {row.fps for row in report} == {30, 60, 120, 240}
    assert {row.view for row in report} >= {"side_left", "side_right"}
    assert len({(row.activity, row.seed) for row in report} & {(row.activity, row.seed) for row in develop}) == 0
    assert len({(row.activity, row.seed) for row in report}) == len(report)
    assert any(not row.guide for row in report)
    assert any(row.stickers for row in report)


def test_a_row_gives_the_same_clip_every_time():
    row = clips._REPORT[4]
    first, again = clips.draw(row, "report"), clips.draw(row, "report")
    assert first == again
    assert (first.scenario.camera.width_px, first.scenario.camera.height_px) == (540, 960)
    assert first.scenario.squat.leg == "right"
    assert "_report_" in first.scenario.name


def test_parts_make_the_whole():
    whole = [clip.scenario.name for clip in clips.chosen("report", limit=5)]
    parts = [[clip.scenario.name for clip in clips.chosen("report", part=(i, 2), limit=5)] for i in (1, 2)]
    assert sorted(parts[0] + parts[1]) == sorted(whole)
    assert len(whole) == 5


@pytest.mark.parametrize("text", ["3/2", "0/2", "half", "1/"])
def test_a_part_that_does_not_exist_is_said(text):
    with pytest.raises(UsageError, match="part"):
        accuracy.Settings(part=accuracy.part_from(text))


def test_the_command_line_says_a_wrong_part():
    outcome = CliRunner().invoke(app, ["benchmark", "accuracy", "--part", "5/4"])
    assert isinstance(outcome.exception, UsageError)


# --- cache


def info():
    return VideoInfo("a.mp4", "0" * 64, 540, 960, 0, 1.0, 30, 30.0, None, False, notes=("one",))


def pose(xy=None, n=30, fps=30.0):
    xy = np.random.default_rng(1).uniform(0, 500, (n, N_LANDMARKS, 2)) if xy is None else xy
    return PoseSequence(
        np.arange(len(xy)) / fps, xy, np.ones(xy.shape[:2]), (540, 960), {"depth": np.arange(len(xy)) * 1.0}, "m"
    )


def test_a_tracking_is_kept_whole(tmp_path):
    raw = pose()
    raw.xy_px[3] = np.nan
    accuracy_cache.save_tracking(info(), raw, tmp_path / "t.npz")
    kept_info, kept = accuracy_cache.load_tracking(tmp_path / "t.npz")
    assert kept_info == info()
    np.testing.assert_array_equal(kept.xy_px, raw.xy_px)
    np.testing.assert_array_equal(kept.extra("depth"), raw.extra("depth"))
    assert (kept.model, kept.image_size_px) == ("m", (540, 960))


def test_keys_change_with_the_scenario_alone():
    one = clips.draw(clips._REPORT[3], "report").scenario
    assert accuracy_cache.scenario_key(one) == accuracy_cache.scenario_key(replace(one))
    assert accuracy_cache.scenario_key(one) != accuracy_cache.scenario_key(replace(one, seed=one.seed + 1))


# --- one clip


def test_events_are_matched_by_kind_side_and_reach():
    row = {"kind": "initial_contact", "side": "left", "time_s": 1.0}
    events = [
        Event("initial_contact", "right", 1.0, 30),
        Event("toe_off", "left", 1.0, 30),
        Event("initial_contact", "left", 1.02, 31),
        Event("initial_contact", "left", 0.9, 27),
    ]
    assert nearest_ms(row, events) == pytest.approx(20.0)
    assert nearest_ms(row, events[:2]) is None
    assert nearest_ms(row, [Event("initial_contact", "left", 1.2, 36)]) is None


class _MadeWith:
    """As much of a clip as `swap_share` asks for."""

    def __init__(self, n):
        still = np.ones((n, 1))
        self.joints_px = {
            f"{side}_{joint}": still * np.array([[x, y]])
            for side, x in (("left", 300.0), ("right", 200.0))
            for joint, y in (("hip", 400.0), ("knee", 600.0), ("ankle", 800.0))
        }


def test_swapped_frames_are_counted():
    made, xy = _MadeWith(20), np.zeros((20, N_LANDMARKS, 2))
    for name, places in made.joints_px.items():
        side, joint = name.split("_")
        xy[:, side_landmark(joint, side)] = places + 3.0
    assert swap_share(pose(xy), made) == 0.0
    for joint in ("knee", "ankle"):
        pair_of = [side_landmark(joint, side) for side in ("left", "right")]
        xy[:5, pair_of] = xy[:5, pair_of[::-1]]
    assert swap_share(pose(xy), made) == pytest.approx(0.25)


def test_the_naive_reading_takes_the_lowest_ankle_and_raw_angles():
    time = np.arange(240) / 60.0
    xy = np.full((240, N_LANDMARKS, 2), np.nan)
    for side, x, phase in (("left", 320.0, 0.0), ("right", 220.0, np.pi)):
        xy[:, side_landmark("hip", side)] = (x, 400.0)
        xy[:, side_landmark("knee", side)] = (x - 20.0 if side == "left" else x + 20.0, 600.0)
        xy[:, side_landmark("shoulder", side)] = (x, 200.0)
        xy[:, side_landmark("ankle", side), 0] = x
        xy[:, side_landmark("ankle", side), 1] = 800.0 + 40.0 * np.sin(2 * np.pi * 1.4 * time + phase)
    raw = PoseSequence(time, xy, np.ones((240, N_LANDMARKS)), (540, 960))
    values = naive_metrics(raw, "treadmill_front", None)
    contacts = [e.time_s for e in naive_contacts(raw) if e.side == "left"]
    np.testing.assert_allclose(np.diff(contacts), 1 / 1.4, atol=0.02)
    assert values["cadence_spm", "both"] == pytest.approx(168.0, abs=2.0)
    lowest = np.degrees(np.arctan2(20, 200) + np.arctan2(20, 240))
    assert values["knee_fppa_deg", "left"] == pytest.approx(lowest, abs=0.1)
    assert values["step_width_ratio", "both"] == pytest.approx(1.0, abs=0.01)


# --- what comes out


def test_targets_are_met_and_missed_by_the_numbers():
    good = [pair(float(k), k + 0.5, protocol="single_leg_squat", clip="c") for k in range(5)]
    bad = [pair(float(k), k + 9.0, metric_id="trunk_lean_deg") for k in range(5)]
    said = {o.what: o for o in outcomes([result([*good, *bad])])}
    assert said["FPPA, squat and step-down"].met is True
    assert said["trunk lean"].met is False
    assert said["trunk lean"].measured.startswith("9.0°")
    assert said["cadence"].met is None


def test_a_handful_of_values_meets_no_target():
    said = {o.what: o for o in outcomes([result([pair(1.0, 1.1, metric_id="trunk_lean_deg") for _ in range(4)])])}
    assert said["trunk lean"].met is None
    assert "n 4" in said["trunk lean"].measured


def test_cameras_beyond_the_guide_do_not_count_for_targets():
    bad = [pair(float(k), k + 9.0, metric_id="trunk_lean_deg", within_guide=False) for k in range(5)]
    said = {o.what: o for o in outcomes([result(bad, within_guide=False)])}
    assert said["trunk lean"].met is None


def test_the_report_names_what_was_refused_and_what_was_not():
    refused = ClipResult("walking_report_1", "walking", 30, True, True, None, None, "this looks like walking")
    taken = replace(refused, name="walking_report_2", recognised="treadmill_rear")
    drawn = clips.chosen("develop", limit=1)
    text = accuracy_tables.report([refused, taken, result([pair(1.0, None)])], head="head", clips=drawn)
    assert "refused 1 of 2" in text
    assert "taken for treadmill_rear" in text
    assert "| `knee_fppa_deg` | treadmill_rear | 0 | – |" in text
    assert "| `knee_fppa_deg` | treadmill_rear | 60 | left | 0 | – |" in text
    assert "| women, men | " in text


def test_plots_and_tables_go_between_the_marks(tmp_path):
    results = [result([pair(float(k), k + (-1.0) ** k, side="right" if k % 2 else "left") for k in range(6)])]
    with pytest.raises(UsageError, match="has no lines"):
        accuracy.write_docs(results, "text", tmp_path)
    page = tmp_path / "accuracy.md"
    page.write_text(f"before\n{accuracy.BEGIN}\nold\n{accuracy.END}\nafter\n", encoding="utf-8")
    accuracy.write_docs(results, "the table\n", tmp_path)
    written = page.read_text(encoding="utf-8")
    assert written.startswith("before\n")
    assert written.endswith("after\n")
    assert "old" not in written
    assert "accuracy/knee_fppa_deg.svg" in written
    plot = (tmp_path / "accuracy" / "knee_fppa_deg.svg").read_text(encoding="utf-8")
    assert plot.count("<circle") == 3 + 1
    assert len(plot) < 60_000


def test_axes_hold_all_values_at_round_steps():
    low, high, step = accuracy_plots._axis(np.array([-3.2, 7.7]))
    assert low <= -3.2
    assert high >= 7.7
    assert step in (1, 2, 5)


@pytest.mark.slow
def test_a_clip_from_rendering_to_its_errors(tmp_path):
    row = clips.Row("walking", 11, 30)
    clip = clips.draw(row, "develop")
    clip = replace(clip, scenario=replace(clip.scenario, duration_s=3.0))
    made = accuracy_cache.make(clip.scenario, tmp_path)
    assert accuracy_cache.is_made(clip.scenario, tmp_path)
    again = accuracy_cache.make(clip.scenario, tmp_path)
    np.testing.assert_array_equal(made.raw.xy_px, again.raw.xy_px)
    assert measure(clip, made).to_be_refused
