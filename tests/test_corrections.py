"""Results put right by hand: assessed again from the raw tracking, marked, undone, and never half-written."""

import csv
import json
from dataclasses import replace

import numpy as np
import pytest
from motions import run_clip, squat_clip, video_of

from formcheck import analysis, corrections, outputs, results
from formcheck.capture import probe, read_frames, write_video
from formcheck.drawings import Drawing, Placed
from formcheck.errors import FormcheckError, InputError
from formcheck.types import Corrected

SAID = {"protocol": "single_leg_squat", "leg": "left"}


def write(folder, pose, said):
    raw = results.quantise(pose)
    made = analysis.assess(raw, video_of(raw), **said)

    def draw(place):
        (place / "overlay.mp4").write_bytes(b"film")

    results.write(made, raw, folder, writers=[draw])
    return folder


@pytest.fixture(scope="module")
def squats(tmp_path_factory):
    return write(tmp_path_factory.mktemp("squats") / "r", squat_clip().pose, SAID)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return write(tmp_path_factory.mktemp("run") / "r", run_clip("side_right").pose, {"protocol": "treadmill_side"})


@pytest.fixture
def quick(monkeypatch):
    """Without the pages of the report, which take most of the time."""
    monkeypatch.setattr(outputs, "write_report", lambda made, pictures, folder: (folder / "report.html").touch())


def corrected(kind, after, before=None, n=1):
    return Corrected(
        f"c{n}", kind, corrections.words(kind, after), "Ann", 1e9 + n, before or {"time_stretch": 1.0}, after
    )


def edit(kind, n=1, **values):
    return corrected(kind, {"kind": kind, **values}, n=n)


def values(made):
    return {(m.id, m.side): m.value for m in made.metrics}


def test_without_corrections_the_result_is_what_it_was(squats):
    stored, again = results.read(squats), corrections.apply(squats, (), SAID)
    assert results.to_dict(again)["metrics"] == results.to_dict(stored)["metrics"]
    assert again.pose.history == stored.pose.history
    assert (again.corrections, again.changes, again.notes) == ((), (), stored.notes)


def test_a_dragged_knee_changes_the_angle_of_its_repetition_alone(squats):
    before = corrections.apply(squats, (), SAID)
    bottom = next(e for e in before.events if e.kind == "rep_bottom")
    raw = results.read_landmarks(squats / "landmarks.csv")
    x, y = raw.joint("knee", "left")[bottom.frame]
    moved = edit("move_landmark", frame=bottom.frame, landmark="left_knee", x_px=x - 25, y_px=y, span_s=0.4)
    after = corrections.apply(squats, (moved,), SAID)
    was, now = (a.metric("knee_fppa_deg", "left").per_cycle for a in (before, after))
    assert abs(now[0] - was[0]) > 3
    assert now[1:] == pytest.approx(was[1:], abs=0.2)
    changed = {(c.metric_id, c.side): c for c in after.changes}
    assert all(changed[name].after == value for name, value in values(after).items() if name in changed)
    assert after.corrections == (moved,)
    assert any("left knee moved on frame" in note for note in after.notes)


def test_what_a_correction_changed_is_marked_in_every_table(squats, tmp_path, quick):
    folder = write(tmp_path / "r", squat_clip().pose, SAID)
    plain = results.read(folder)
    bottom = [e for e in plain.events if e.kind == "rep_bottom"][1]
    x, y = results.read_landmarks(folder / "landmarks.csv").joint("knee", "left")[bottom.frame]
    moved = edit("move_landmark", frame=bottom.frame, landmark="left_knee", x_px=x - 25, y_px=y, span_s=0.2)
    corrections.write(folder, corrections.apply(folder, (moved,), SAID))
    told = json.loads((folder / "assessment.json").read_text())
    knee = next(m for m in told["metrics"] if m["id"] == "knee_fppa_deg")
    assert knee["corrected"] and not all(m["corrected"] for m in told["metrics"])
    tables = {name: list(csv.DictReader((folder / f"{name}.csv").open())) for name in ("metrics", "events", "angles")}
    own = [row for row in tables["metrics"] if row["metric_id"] == "knee_fppa_deg"]
    assert [row["cycle"] for row in own if row["corrected"] == "1"] == ["2"]
    marked = [int(row["frame"]) for row in tables["angles"] if row["corrected"] == "1"]
    assert bottom.frame in marked and len(marked) < 0.2 * len(tables["angles"])
    assert [frame for first, last in told["changed_frames"] for frame in range(first, last + 1)] == marked
    back = results.read(folder)
    assert "corrected" not in back.angles
    assert [e.corrected for e in back.events] == [row["corrected"] == "1" for row in tables["events"]]
    shifted = edit("move_event", mark="rep_bottom", side="left", from_s=bottom.time_s, to_s=bottom.time_s + 0.1)
    made = corrections.apply(folder, (shifted,), SAID)
    assert [e.kind for e in made.events if e.corrected] == ["rep_bottom"]
    assert all(row["corrected"] == "0" for row in csv.DictReader((squats / "metrics.csv").open()))


def test_a_landmark_that_was_moved_is_where_it_was_put(squats):
    moved = edit("move_landmark", frame=40, landmark="left_knee", x_px=300.0, y_px=310.0, span_s=0.1)
    made = corrections.apply(squats, (moved,), SAID)
    seen = corrections.tracked(squats, made).joint("knee", "left")[40]
    assert seen.tolist() == [300.0, 310.0]


def test_drawings_are_in_a_film_of_their_own_and_the_players_stays(tmp_path):
    folder = write(tmp_path / "r", squat_clip().pose, SAID)
    frames = [np.full((160, 96, 3), 90, dtype=np.uint8) for _ in range(8)]
    write_video(folder / "overlay.mp4", iter(frames), times_s=np.arange(8) / 30)
    film, current = (folder / "overlay.mp4").read_bytes(), results.read(folder)
    line = Drawing("line", ((0.0, 300.0), (720.0, 300.0)), "white")
    corrections.draw_film(folder, current, [Placed(line, 3, 5)])
    assert (folder / "overlay.mp4").read_bytes() == film
    drawn = folder / results.DRAWN_FILM
    info = probe(drawn)
    bright = [frame.rgb[38:42].max() > 180 for frame in read_frames(drawn, info)]
    assert bright == [False] * 3 + [True] * 3 + [False] * 2
    assert [p.name for p in tmp_path.iterdir()] == ["r"]


def test_a_deleted_repetition_is_no_longer_counted_and_comes_back_when_undone(squats):
    before = corrections.apply(squats, (), SAID)
    bottom = next(e for e in before.events if e.kind == "rep_bottom")
    after = corrections.apply(squats, (edit("delete_repetition", bottom_s=bottom.time_s),), SAID)
    total = before.metric("reps_total", before.leg).value
    assert after.metric("reps_total", after.leg).value == total - 1
    assert corrections.apply(squats, (), SAID).metric("reps_total", before.leg).value == total


def test_a_moved_contact_changes_the_time_on_the_ground(run):
    said = {"protocol": "treadmill_side"}
    before = corrections.apply(run, (), said)
    contact = [e for e in before.events if e.kind == "initial_contact" and e.side == "right"][2]
    moved = edit("move_event", mark="initial_contact", side="right", from_s=contact.time_s, to_s=contact.time_s + 0.05)
    after = corrections.apply(run, (moved,), said)
    assert any(e.side == "right" and e.time_s == pytest.approx(contact.time_s + 0.05) for e in after.events)
    was, now = (a.metric("contact_time_ms", "right").per_cycle for a in (before, after))
    assert sum(abs(a - b) > 20 for a, b in zip(was, now, strict=True)) == 1


def test_other_words_of_what_the_clip_shows_are_assessed_with(squats):
    said = corrected("settings", {"protocol": "step_down"}, {"protocol": "single_leg_squat"})
    assert corrections.apply(squats, (said,), SAID).protocol == "step_down"
    back = corrected("settings", {"protocol": "single_leg_squat"}, {"protocol": "step_down"}, n=2)
    assert corrections.apply(squats, (said, back), SAID).protocol == "single_leg_squat"


def test_another_filming_rate_stretches_every_time_also_of_earlier_edits(squats):
    first = corrections.apply(squats, (), SAID)
    bottom = next(e for e in first.events if e.kind == "rep_bottom")
    fps = round(first.video.mean_fps) * 2
    gone = edit("delete_repetition", bottom_s=bottom.time_s)
    said = corrected("settings", {"capture_fps": fps}, {"capture_fps": None}, n=2)
    both = corrections.apply(squats, (gone, said), SAID)
    assert both.video.time_stretch == pytest.approx(2.0, rel=0.01)
    assert both.video.duration_s == pytest.approx(first.video.duration_s / 2, rel=0.01)
    assert both.pose.time_s[-1] == pytest.approx(first.pose.time_s[-1] / 2, rel=0.01)
    alone = corrections.apply(squats, (said,), SAID)
    assert len([e for e in alone.events if e.kind == "rep_bottom"]) > len(
        [e for e in both.events if e.kind == "rep_bottom"]
    )


@pytest.mark.parametrize(
    "bad",
    [
        edit("move_landmark", frame=10**6, landmark="left_knee", x_px=1.0, y_px=1.0, span_s=0.1),
        edit("unusable", start_s=-1.0, end_s=1e6),
        corrected("settings", {"capture_fps": 2.0}, {"capture_fps": None}),
    ],
)
def test_what_does_not_fit_is_refused_in_one_line(squats, bad):
    with pytest.raises(FormcheckError) as refused:
        corrections.apply(squats, (bad,), SAID)
    assert "\n" not in str(refused.value)


def test_a_corrected_result_is_written_in_its_place_and_the_tracking_stays(squats, tmp_path, quick):
    folder = write(tmp_path / "r", squat_clip().pose, SAID)
    tracking, first = ((folder / name).read_bytes() for name in ("landmarks.csv", "assessment.json"))
    gone = edit("delete_repetition", bottom_s=results.read(folder).events[1].time_s)
    made = corrections.apply(folder, (gone,), SAID)
    corrections.write(folder, made)
    stored = results.read(folder)
    assert stored.corrections == made.corrections
    assert [(c.metric_id, c.side) for c in stored.changes] == [(c.metric_id, c.side) for c in made.changes]
    assert all(c.after == stored.metric(c.metric_id, c.side).value for c in stored.changes)
    assert (folder / "landmarks.csv").read_bytes() == tracking
    assert (folder / "uncorrected.json").read_bytes() == first
    assert (folder / "overlay.mp4").read_bytes() == b"film"
    assert corrections.film_is_old(folder, stored)
    corrections.write(folder, corrections.apply(folder, (), SAID))
    undone = json.loads((folder / "assessment.json").read_text())
    assert undone["metrics"] == json.loads(first)["metrics"]
    assert undone["corrections"] == [] and (folder / "uncorrected.json").read_bytes() == first
    assert not corrections.film_is_old(folder, results.read(folder))
    assert [p.name for p in tmp_path.iterdir()] == ["r"]


def test_where_writing_fails_the_result_is_as_it_was(tmp_path, monkeypatch):
    folder = write(tmp_path / "r", squat_clip().pose, SAID)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    def full(*_args, **_more):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(outputs, "write_report", full)
    with pytest.raises(InputError, match="could not be written"):
        corrections.write(folder, corrections.apply(folder, (), SAID))
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert [p.name for p in tmp_path.iterdir()] == ["r"]


def test_before_is_kept_with_what_stood_there(squats):
    moved = corrections.edits.MoveLandmark(5, "left_knee", 1.0, 2.0)
    raw = results.read_landmarks(squats / "landmarks.csv")
    x, y = raw.joint("knee", "left")[5]
    assert corrections.before_of(moved, squats) == {"time_stretch": 1.0, "x_px": x, "y_px": y}
    with pytest.raises(InputError, match="beyond the clip"):
        corrections.before_of(replace(moved, frame=10**6), squats)


def test_every_kind_is_told_in_words():
    kinds = {
        "move_landmark": {"frame": 3, "landmark": "left_knee", "x_px": 1.0, "y_px": 2.0},
        "move_event": {"mark": "toe_off", "side": "right", "from_s": 1.0, "to_s": 1.1},
        "add_step": {"side": "left", "contact_s": 1.0},
        "delete_step": {"side": "left", "contact_s": 1.0},
        "add_toe_off": {"side": "left", "toe_off_s": 1.0},
        "delete_toe_off": {"side": "left", "toe_off_s": 1.0},
        "add_repetition": {"start_s": 1.0, "bottom_s": 2.0, "end_s": 3.0},
        "delete_repetition": {"bottom_s": 2.0},
        "unusable": {"start_s": 1.0, "end_s": 2.0},
    }
    told = [corrections.words(kind, {"kind": kind, **rest}) for kind, rest in kinds.items()]
    assert len(set(told)) == len(kinds)
    assert corrections.words("settings", {"leg": "left", "capture_fps": None}) == (
        "leg set to left; capture fps set to what the clip shows"
    )


def test_the_note_names_some_and_counts_the_rest():
    many = [edit("delete_repetition", n=i, bottom_s=float(i)) for i in range(6)]
    assert corrections.note(many).endswith("; and 2 more.")
    assert np.char.count(corrections.note(many), "deleted") == 4
