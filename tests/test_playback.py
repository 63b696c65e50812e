"""What the player is told of an assessment, held against the assessment itself."""

import json
from dataclasses import replace

import numpy as np
import pytest
from athletes import run, squat

from formcheck import playback as room
from formcheck.keyframes import key_frames
from formcheck.metrics import REGISTRY
from formcheck.playback import playback
from formcheck.scenes import JUDGED, live_band
from formcheck.types import Criterion

CLIPS = {"squat": squat, "rear": run, "side": lambda: run(protocol="treadmill_side")}


@pytest.fixture(params=CLIPS)
def clip(request):
    return CLIPS[request.param]()


def plot_of(told, name):
    return next(p for p in told["plots"] if p["id"] == name)


def test_it_is_plain_json_without_numbers_that_json_lacks(clip):
    told = playback(clip)
    assert json.loads(json.dumps(told, allow_nan=False)) == told


def test_a_time_for_every_frame_and_a_value_for_every_time(clip):
    told = playback(clip)
    np.testing.assert_allclose(told["times_s"], clip.pose.time_s, atol=5.1e-5)
    for plot in told["plots"]:
        for series in plot["series"]:
            assert len(series["values"]) == len(told["times_s"])


def test_the_judged_angles_come_first_and_only_they_have_limits(clip):
    told = playback(clip)
    judged = [p["id"] for p in told["plots"] if p["judged"]]
    assert judged == [j.series for j in JUDGED[clip.protocol] if j.series in judged]
    assert judged == [p["id"] for p in told["plots"]][: len(judged)]
    assert not any(p["zones"] for p in told["plots"] if not p["judged"])


def test_every_angle_of_the_assessment_is_offered_once(clip):
    offered = [(s["side"], p["id"]) for p in playback(clip)["plots"] for s in p["series"]]
    assert len(offered) == len(set(offered))
    names = {f"{side}_{name}" if side else name for side, name in offered}
    assert names <= set(clip.angles)


def test_every_angle_says_what_it_is_in_plain_words(clip):
    of_metrics = {metric.label: metric.plain for metric in REGISTRY.values()}
    for plot in playback(clip)["plots"]:
        assert plot["plain"] == of_metrics.get(plot["label"], plot["plain"]) != ""


def test_a_value_that_is_missing_is_none():
    clip = squat()
    name = f"{clip.leg}_knee_fppa_deg"
    values = clip.angles[name].copy()
    values[3:6] = np.nan
    told = playback(replace(clip, angles={**clip.angles, name: values}))
    (series,) = plot_of(told, "knee_fppa_deg")["series"]
    assert series["side"] == clip.leg
    assert series["values"][3:6] == [None, None, None]
    assert series["values"][7] == round(float(values[7]), 2)


def test_what_could_not_be_judged_is_not_shown_as_judged():
    clip = squat()
    withheld = [
        replace(m, value=None, ci95=None, reason="the knee was hidden") if m.id == "knee_fppa_deg" else m
        for m in clip.metrics
    ]
    told = playback(replace(clip, metrics=tuple(withheld)))
    assert "knee_fppa_deg" not in [p["id"] for p in told["plots"]]


def test_cycles_lie_within_their_times_and_are_numbered_by_side(clip):
    told = playback(clip)
    times = told["times_s"]
    seen = {"left": 0, "right": 0}
    for cycle in told["cycles"]:
        seen[cycle["side"]] += 1
        assert cycle["number"] == seen[cycle["side"]]
        assert cycle["start_s"] - 1e-3 <= times[cycle["first"]] <= times[cycle["last"]] < cycle["end_s"] + 1e-3
    assert len(told["cycles"]) == len(clip.cycles)


def test_a_cycle_that_does_not_count_says_why():
    clip = squat()
    first = replace(clip.cycles[0], valid=False, reason="too shallow")
    told = playback(replace(clip, cycles=(first, *clip.cycles[1:])))
    assert (told["cycles"][0]["valid"], told["cycles"][0]["reason"]) == (False, "too shallow")


def test_marks_that_are_no_moments_are_left_out():
    clip = squat()
    first = replace(clip.cycles[0], marks={**clip.cycles[0].marks, "depth_deg": 61.0})
    told = playback(replace(clip, cycles=(first, *clip.cycles[1:])))
    assert "depth_deg" not in told["cycles"][0]["marks"]


def test_events_and_key_frames_are_those_of_the_other_outputs(clip):
    told = playback(clip)
    assert [e["time_s"] for e in told["events"]] == sorted(round(e.time_s, 4) for e in clip.events)
    assert [k["frame"] for k in told["key_frames"]] == [k.frame_index for k in key_frames(clip)]
    assert all(0 <= e["frame"] < len(told["times_s"]) for e in told["events"])


@pytest.mark.parametrize("inclusive", [False, True])
def test_zones_say_the_same_as_the_bands(inclusive):
    criterion = Criterion(
        "c", "knee_fppa_deg", ("single_leg_squat",), "s", "judgement", watch_above=10.0, outside_above=15.0,
        watch_below=-4.0, inclusive=inclusive,
    )  # fmt: skip
    zones = room._zones(criterion, -10.0, 20.0)
    assert [(z["band"], z["from"], z["to"]) for z in zones] == [
        ("watch", 10.0, 15.0),
        ("outside", 15.0, 20.0),
        ("watch", -10.0, -4.0),
    ]
    for zone in zones:
        middle = 0.5 * (zone["from"] + zone["to"])
        assert live_band(middle, criterion) == zone["band"]
    assert zones[0]["words"] == ("Watch from 10°" if inclusive else "Watch above 10°")


def test_limits_of_a_peak_are_lines_and_say_so():
    told = playback(run(protocol="treadmill_side"))
    knee = plot_of(told, "knee_flexion_deg")
    assert knee["shaded"] is False
    assert all(p["shaded"] for p in told["plots"] if p["id"] != "knee_flexion_deg")


def test_a_run_is_read_while_the_foot_is_down():
    clip = run()
    told = playback(clip)
    times = told["times_s"]
    for series in plot_of(told, "pelvic_drop_deg")["series"]:
        stances = [(c.start_s, c.marks["toe_off"]) for c in clip.cycles if c.side == series["side"]]
        assert len(series["read"]) == len(stances)
        for (first, last), (contact, toe_off) in zip(series["read"], stances, strict=True):
            assert contact - 1e-3 <= times[first] <= times[last] <= toe_off + 1e-3


def test_twenty_thousand_frames_are_told_in_a_moment_and_stay_small():
    clip = run()
    n = 20_000
    pose = clip.pose
    rows = np.arange(n) % len(pose)
    long = replace(pose, time_s=np.arange(n) / 240, xy_px=pose.xy_px[rows], visibility=pose.visibility[rows], extras={})
    told = playback(replace(clip, pose=long, angles={k: v[rows] for k, v in clip.angles.items()}))
    assert len(json.dumps(told, separators=(",", ":"))) < 2_500_000
