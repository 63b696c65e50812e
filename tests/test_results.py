"""The result folder: exact files, whole or not at all, and landmark files that are off."""

import csv
import json
import os
import time
from dataclasses import replace

import numpy as np
import pytest
from athletes import run, squat

from formcheck import results
from formcheck.errors import InputError, UsageError
from formcheck.landmarks import NAMES
from formcheck.types import PoseSequence


def noisy(n=40, seed=3) -> PoseSequence:
    rng = np.random.default_rng(seed)
    xy = rng.uniform(-20, 2000, (n, 33, 2))
    xy[rng.random((n, 33)) < 0.1] = np.nan
    visibility = rng.random((n, 33))
    visibility[3, 5] = np.nan
    pelvis = rng.standard_normal(n)
    pelvis[:4] = np.nan
    return PoseSequence(np.cumsum(rng.uniform(0.01, 0.05, n)), xy, visibility, (1080, 1920), {"pelvis_deg": pelvis})


def assert_same(a: PoseSequence, b: PoseSequence) -> None:
    for name in ("time_s", "xy_px", "visibility"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))
    assert a.image_size_px == b.image_size_px
    assert a.extras.keys() == b.extras.keys()
    for name in a.extras:
        np.testing.assert_array_equal(a.extras[name], b.extras[name])


@pytest.mark.parametrize("prepare", [lambda pose: pose, results.quantise])
def test_landmarks_read_back_exactly(tmp_path, prepare):
    raw = prepare(noisy())
    out = results.write(squat(), raw, tmp_path / "r")
    assert_same(results.read_landmarks(out / "landmarks.csv"), raw)
    assert results.read_landmarks(out / "landmarks.csv", trusted_hips=True).trusted_hips


def test_quantising_twice_changes_nothing_and_once_changes_little():
    raw = noisy()
    once = results.quantise(raw)
    assert_same(results.quantise(once), once)
    assert np.nanmax(np.abs(once.xy_px - raw.xy_px)) <= 0.0005


def test_landmark_columns_stand_in_the_contract_order(tmp_path):
    out = results.write(squat(), noisy(), tmp_path / "r")
    header = (out / "landmarks.csv").read_text().splitlines()[0].split(",")
    assert header[:5] == ["frame", "time_s", "nose_x_px", "nose_y_px", "nose_visibility"]
    assert header[2 : 2 + 99 : 3] == [f"{name}_x_px" for name in NAMES]
    assert set(header[101:]) == {"image_width_px", "image_height_px", "pelvis_deg"}


def test_assessment_json_follows_the_contract(tmp_path):
    assessment = squat()
    out = results.write(assessment, assessment.pose, tmp_path / "r")
    text = (out / "assessment.json").read_text(encoding="utf-8")
    data = json.loads(text, parse_constant=lambda word: pytest.fail(f"JSON holds {word}"))
    assert {
        "schema_version", "formcheck_version", "criteria_version", "protocol", "leg", "recognised", "video", "quality",
        "events", "metrics", "findings", "verdict",
    } <= data.keys()  # fmt: skip
    assert data["quality"]["usable"] is True
    by_id = {m["id"]: m for m in data["metrics"]}
    assert by_id["reps_valid"]["value"] == 19
    assert by_id["hip_adduction_deg"]["value"] is None
    assert by_id["knee_fppa_deg"]["per_cycle"][8] is None
    assert by_id["knee_fppa_deg"]["n"] == 19
    finding = next(f for f in data["findings"] if f["metric_id"] == "hip_adduction_deg")
    assert finding["band"] == "not_assessable"
    assert finding["reason"]
    judged = data["findings"][0]["criterion"]
    assert (judged["id"], judged["limits"], judged["source"]) == (
        "fppa_squat",
        {"watch_above": 10, "outside_above": 15},
        "herrington2014",
    )
    times = [e["time_s"] for e in data["events"]]
    assert times == sorted(times)


def test_a_series_of_nan_becomes_empty_cells_and_null(tmp_path):
    base = run()
    angles = {**base.angles, "left_knee_fppa_deg": np.full(len(base.pose), np.nan)}
    check = replace(base.checks[0], value=float("nan"))
    out = results.write(replace(base, angles=angles, checks=(check,)), base.pose, tmp_path / "r")
    with (out / "angles.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == len(base.pose)
    assert {row["left_knee_fppa_deg"] for row in rows} == {""}
    assert json.loads((out / "assessment.json").read_text())["quality"]["checks"][0]["value"] is None


def test_metrics_csv_has_a_row_per_metric_side_and_cycle(tmp_path):
    assessment = squat()
    out = results.write(assessment, assessment.pose, tmp_path / "r")
    with (out / "metrics.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    fppa = [row for row in rows if row["metric_id"] == "knee_fppa_deg"]
    assert [row["cycle"] for row in fppa] == [str(i) for i in range(1, 21)]
    expected = assessment.metric("knee_fppa_deg", "left").per_cycle
    assert [float(row["value"]) if row["value"] else None for row in fppa] == list(expected)
    (count,) = [row for row in rows if row["metric_id"] == "reps_valid"]
    assert (count["cycle"], count["value"], count["unit"]) == ("", "19", "count")


def test_nothing_is_left_after_a_failure(tmp_path):
    def fails(folder):
        (folder / "overlay.mp4").write_bytes(b"half")
        raise InputError("the video ends early")

    with pytest.raises(InputError, match="ends early"):
        results.write(squat(), noisy(), tmp_path / "deep" / "er" / "r", writers=[fails])
    assert list(tmp_path.iterdir()) == []


def test_a_failure_leaves_the_earlier_result_as_it_was(tmp_path):
    out = results.write(squat(), noisy(), tmp_path / "r")
    before = {p.name: p.read_bytes() for p in out.iterdir()}

    def interrupted(folder):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        results.write(run(), noisy(seed=4), out, writers=[interrupted])
    assert {p.name: p.read_bytes() for p in out.iterdir()} == before
    assert [p.name for p in tmp_path.iterdir()] == ["r"]


def test_an_earlier_result_is_replaced_and_the_users_files_kept(tmp_path):
    out = results.write(squat(), noisy(), tmp_path / "r", writers=[lambda d: (d / "overlay.mp4").write_bytes(b"old")])
    (out / "my notes.txt").write_text("mine")
    results.write(run(), noisy(), out)
    assert json.loads((out / "assessment.json").read_text())["protocol"] == "treadmill_rear"
    assert (out / "my notes.txt").read_text() == "mine"
    assert not (out / "overlay.mp4").exists()
    assert [p.name for p in tmp_path.iterdir()] == ["r"]


def test_what_a_killed_run_left_is_removed_after_a_day_and_not_before(tmp_path):
    for name, age_s in ((".r.partial-old", 2 * 24 * 3600), (".r.partial-new", 60)):
        (tmp_path / name).mkdir()
        os.utime(tmp_path / name, (time.time() - age_s,) * 2)
    results.write(squat(), noisy(), tmp_path / "r")
    assert sorted(p.name for p in tmp_path.iterdir()) == [".r.partial-new", "r"]


@pytest.mark.parametrize("kind", ["file", "folder", "foreign json"])
def test_anything_else_in_the_way_is_refused_and_untouched(tmp_path, kind):
    out = tmp_path / "photos"
    if kind == "file":
        out.write_text("precious")
    else:
        out.mkdir()
        (out / ("assessment.json" if kind == "foreign json" else "a.txt")).write_text('{"school": 1}')
    with pytest.raises(UsageError, match="folder"):
        results.write(squat(), noisy(), out)
    assert out.exists()
    assert [p.name for p in tmp_path.iterdir()] == ["photos"]


def test_a_place_that_cannot_be_written_is_one_clear_line(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError) as caught:
        results.write(squat(), noisy(), tmp_path / "file" / "r")
    assert "\n" not in str(caught.value)


def landmark_text(*, n=3, drop=(), delimiter=",", **columns):
    joints = [f"{s}_{j}" for s in ("left", "right") for j in ("shoulder", "hip", "knee", "ankle")]
    table = {"time_s": [f"{0.1 * i:.1f}" for i in range(n)]}
    for k, name in enumerate(joints):
        table |= {f"{name}_x_px": [str(100 + k)] * n, f"{name}_y_px": [str(200 + k)] * n}
    table |= columns
    table = {name: cells for name, cells in table.items() if name not in drop}
    rows = [list(table), *map(list, zip(*table.values(), strict=True))]
    return "\n".join(delimiter.join(row) for row in rows)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_another_trackers_file_needs_neither_visibility_nor_all_landmarks(tmp_path, delimiter):
    path = tmp_path / "other.csv"
    text = landmark_text(
        delimiter=delimiter, left_knee_x_px=["5", "", "0"], left_knee_y_px=["6", "", "0"], note=["a"] * 3
    )
    path.write_text("\ufeff" + text, encoding="utf-8")
    pose = results.read_landmarks(path)
    knee = NAMES.index("left_knee")
    np.testing.assert_array_equal(pose.xy_px[:, knee], [[5, 6], [np.nan, np.nan], [np.nan, np.nan]])
    np.testing.assert_array_equal(pose.visibility[:2, knee], [1, np.nan])
    assert np.isnan(pose.xy_px[:, NAMES.index("left_heel")]).all()
    assert pose.image_size_px is None
    assert not pose.extras


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty"),
        ("time_s,a", "no rows"),
        (landmark_text(drop=("time_s",)), "lacks the column time_s"),
        (landmark_text(drop=("left_hip_x_px", "left_hip_y_px", "right_knee_x_px", "left_knee_x_px")), "and 1 more"),
        (landmark_text(nose_x_px=["1"] * 3), "nose_y_px"),
        (landmark_text(left_hip_x_px=["1", "1,5x", "2"], delimiter=";"), "“1,5x” in row 3, column left_hip_x_px"),
        (landmark_text(left_hip_x_px=["1", "inf", "2"]), "“inf” in row 3"),
        (landmark_text(time_s=["0", "0.2", "0.2"]), "row 4 after 0.2"),
        (landmark_text(time_s=["0", "", "0.2"]), "no time in row 3"),
        (landmark_text() + "\n1,2", "2 cells in row 5"),
        (landmark_text().replace("left_hip_y_px", "left_hip_x_px"), "twice"),
        (landmark_text(image_width_px=["720", "720", "100"], image_height_px=["9"] * 3), "image size"),
    ],
)
def test_files_that_are_off_get_one_line_that_says_why(tmp_path, text, says):
    path = tmp_path / "x.csv"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        results.read_landmarks(path)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_shares_of_the_image_are_refused(tmp_path):
    joints = [f"{s}_{j}_{a}_px" for s in ("left", "right") for j in ("shoulder", "hip", "knee", "ankle") for a in "xy"]
    path = tmp_path / "x.csv"
    path.write_text(landmark_text(**{name: ["0.5"] * 3 for name in joints}))
    with pytest.raises(InputError, match="pixels are needed"):
        results.read_landmarks(path)


def test_unreadable_files_are_one_line(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        results.read_landmarks(tmp_path / "absent.csv")
    (tmp_path / "v.csv").write_bytes(b"\x00\x01\xff\xfe\x80")
    with pytest.raises(InputError, match="not a text file"):
        results.read_landmarks(tmp_path / "v.csv")


def test_a_minute_at_60_fps_is_written_and_read_in_seconds(tmp_path):
    raw = results.quantise(noisy(3600))
    start = time.process_time()
    out = results.write(squat(), raw, tmp_path / "r")
    assert len(results.read_landmarks(out / "landmarks.csv")) == 3600
    assert time.process_time() - start < 6


def test_a_result_whose_replacement_was_cut_off_is_back(tmp_path):
    target, aside = tmp_path / "r", tmp_path / ".r.earlier"
    results.recover(target)
    assert not target.exists()
    aside.mkdir()
    (aside / "assessment.json").write_text("whole")
    assert results.left_aside(tmp_path) == (target,)
    results.recover(target)
    assert (target / "assessment.json").read_text() == "whole"
    assert not aside.exists()
    aside.mkdir()
    results.recover(target)
    assert (target / "assessment.json").read_text() == "whole", "what took its place stays"
    assert not aside.exists()
