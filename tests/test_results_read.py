"""A stored result read back: the same assessment, the same words, and one line for what is not a result."""

import json
import time
from dataclasses import replace

import numpy as np
import pytest
from athletes import run, squat

from formcheck import results
from formcheck.errors import InputError
from formcheck.keyframes import key_frames
from formcheck.report.content import content_of
from formcheck.types import Corrected

CLIPS = {"squat": squat, "rear": run, "side": lambda: run(protocol="treadmill_side")}


def stored(assessment, tmp_path):
    return results.write(assessment, assessment.pose, tmp_path / "r")


def changed(folder, **parts):
    path = folder / "assessment.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **parts}))
    return folder


def corners(plot):
    return [xy for shape in plot.shapes if hasattr(shape, "points") for point in shape.points for xy in point]


@pytest.mark.parametrize("name", CLIPS)
def test_what_was_written_is_read_back(tmp_path, name):
    original = CLIPS[name]()
    folder = stored(original, tmp_path)
    again = results.read(folder)
    assert results.to_dict(again) == json.loads((folder / "assessment.json").read_text())
    np.testing.assert_array_equal(again.pose.time_s, original.pose.time_s)
    assert again.angles.keys() == original.angles.keys()
    for series in original.angles:
        np.testing.assert_array_equal(again.angles[series], original.angles[series])


@pytest.mark.parametrize("name", CLIPS)
def test_the_report_says_the_same_of_the_stored_result(tmp_path, name):
    original = CLIPS[name]()
    again = results.read(stored(original, tmp_path))
    before, after = content_of(original), content_of(again)
    assert replace(after, plots=()) == replace(before, plots=())
    assert [(p.title, p.description) for p in after.plots] == [(p.title, p.description) for p in before.plots]
    for drawn, expected in zip(after.plots, before.plots, strict=True):
        np.testing.assert_allclose(corners(drawn), corners(expected), atol=0.11)  # drawn to 0.1 px from rounded times


def test_the_same_key_frames_are_chosen_again(tmp_path):
    original = squat()
    assert key_frames(results.read(stored(original, tmp_path))) == key_frames(original)


def test_the_limits_are_those_of_the_file(tmp_path):
    base = squat()
    finding = base.findings[0]
    old = replace(finding.criterion, outside_above=99.0, inclusive=True, outside_cycles=2, sex="f", note="Old.")
    again = results.read(stored(replace(base, findings=(replace(finding, criterion=old),)), tmp_path))
    judged = again.findings[0].criterion
    assert replace(judged, advice_high=old.advice_high) == old
    assert "99" in content_of(again).scored[0].limits


def test_an_older_version_stays_the_version_that_made_it(tmp_path):
    folder = changed(stored(squat(), tmp_path), formcheck_version="0.0.9")
    again = results.read(folder)
    assert results.to_dict(again)["formcheck_version"] == "0.0.9"
    assert "formcheck 0.0.9" in dict(content_of(again).facts)["Versions"]


def test_missing_values_come_back_missing(tmp_path):
    base = run()
    angles = {"left_knee_fppa_deg": np.full(len(base.pose), np.nan), "trunk_lean_deg": base.angles["trunk_lean_deg"]}
    angles["right_knee_fppa_deg"] = np.where(np.arange(len(base.pose)) % 2, np.nan, 1.5)
    check = replace(base.checks[0], value=None)
    again = results.read(stored(replace(base, angles=angles, checks=(check,)), tmp_path))
    for name, series in angles.items():
        np.testing.assert_array_equal(again.angles[name], series)
    assert again.checks[0].value is None
    assert np.isnan(again.pose.xy_px).all()


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda f: (f / "assessment.json").unlink(), "no result"),
        (lambda f: (f / "assessment.json").write_text("{"), "no JSON"),
        (lambda f: (f / "assessment.json").write_text("[1]"), "not a result of formcheck"),
        (lambda f: (f / "assessment.json").write_text('{"school": 1}'), "not a result of formcheck"),
        (lambda f: changed(f, schema_version="9"), "schema version 9"),
        (lambda f: changed(f, protocol="somersault"), "'somersault'"),
        (lambda f: changed(f, metrics=[{"id": "cadence_spm"}]), "damaged"),
        (lambda f: changed(f, verdict=None), "damaged"),
        (lambda f: changed(f, cycles=[[1, 2]]), "damaged"),
        (lambda f: (f / "angles.csv").unlink(), "cannot be read"),
        (lambda f: (f / "angles.csv").write_text("frame,time_s\n0,0\n1"), "damaged"),
        (lambda f: (f / "angles.csv").write_text("frame,time_s\n0,1\n1,0\n"), "damaged"),
        (lambda f: (f / "angles.csv").write_bytes(b"\xff\xfe\x00"), "cannot be read"),
    ],
)
def test_anything_else_is_one_line(tmp_path, spoil, says):
    folder = stored(squat(), tmp_path)
    spoil(folder)
    with pytest.raises(InputError) as caught:
        results.read(folder)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_words_among_the_angles_are_damage(tmp_path):
    folder = stored(squat(), tmp_path)
    (folder / "angles.csv").write_text("frame,time_s,a\n0,0,x\n1,1,2\n")
    with pytest.raises(InputError, match="damaged"):
        results.read(folder)


def test_key_frames_keep_their_moment_and_old_ones_their_name(tmp_path):
    pictures = tmp_path / "keyframes"
    pictures.mkdir()
    for name in ("1-left-contact.png", "2-left-toe-off.png"):
        (pictures / name).write_bytes(b"")
    assert [p.title for p in results.read_key_pictures(tmp_path)] == ["Left contact", "Left toe off"]
    assert results.read_key_pictures(tmp_path)[0].frame is None
    kept = results.KeyPicture("1-left-contact.png", "Left contact", "It lands", 12, 0.4, "shank_angle_deg", "left")
    gone = replace(kept, file="9-gone.png")
    results.write_key_pictures(pictures, [kept, gone])
    assert results.read_key_pictures(tmp_path) == (kept,)
    (pictures / "index.json").write_text('[{"file": 1}]')
    with pytest.raises(InputError, match="damaged"):
        results.read_key_pictures(tmp_path)


def test_twenty_thousand_frames_are_read_in_a_fraction_of_a_second(tmp_path):
    base = squat()
    n = 20_000
    rng = np.random.default_rng(2)
    angles = {f"left_{i}_deg": np.where(rng.random(n) < 0.3, np.nan, rng.standard_normal(n)) for i in range(12)}
    time_s = np.arange(n) / 240
    pose = replace(base.pose, time_s=time_s, xy_px=np.zeros((n, 33, 2)), visibility=np.ones((n, 33)), extras={})
    folder = results.write(replace(base, pose=pose, angles=angles), base.pose, tmp_path / "r")
    start = time.process_time()
    results.read(folder)
    assert time.process_time() - start < 1.0  # 0.1 s on a free machine


def test_a_correction_holds_anything_and_a_number_is_a_number(tmp_path):
    made = Corrected("c", "move_event", "A contact moved", "Ann", 1.0, {"time_s": 1.0, "words": ["x"]}, None)
    folder = stored(replace(squat(), corrections=(made,)), tmp_path)
    assert results.read(folder).corrections == (made,)
    events = json.loads((folder / "assessment.json").read_text())["events"]
    events[0]["frame"] = "seven"
    with pytest.raises(InputError, match="frame is 'seven'"):
        results.read(changed(folder, events=events))
