"""The page that draws and corrects, as Streamlit runs it, and what it does with store and result."""

import json
from pathlib import Path

import pytest
from motions import squat_clip, video_of
from streamlit.testing.v1 import AppTest

import formcheck.ui
from formcheck import analysis as engine
from formcheck import jobs, outputs, results, store
from formcheck.errors import FormcheckError, InputError
from formcheck.ui import annotate_work as work

APP = Path(__file__).parents[1] / "app.py"
PAGE = Path(formcheck.ui.__file__).parent / "pages" / "annotate.py"
HERE, THERE = "0" * 32, "1" * 32
SAID = {"protocol": "single_leg_squat", "leg": "left"}
LINE = {
    "kind": "line",
    "points": [[10, 20], [30, 40]],
    "colour": "blue",
    "text": "",
    "key": "k1",
    "first": 3,
    "last": 5,
}


@pytest.fixture(scope="module")
def assessed():
    raw = results.quantise(squat_clip().pose)
    return raw, engine.assess(raw, video_of(raw), **SAID)


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("FORMCHECK_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(jobs, "ensure_worker", lambda home: None)
    monkeypatch.setattr(outputs, "write_report", lambda made, pictures, folder: (folder / "report.html").touch())
    return tmp_path / "home"


@pytest.fixture
def opened(home):
    with store.open_store(home) as found:
        yield found


@pytest.fixture
def analysis(opened, assessed, tmp_path):
    source = tmp_path / "squats.mp4"
    source.write_bytes(b"film")
    clip = opened.add_clip(HERE, source, name="squats.mp4")
    wanted = opened.queue(HERE, clip.id, SAID)
    opened.take("worker")
    raw, made = assessed
    results.write(made, raw, wanted.folder)
    opened.finish(wanted.id, "worker", "done", protocol=made.protocol, leg=made.leg, verdict=made.verdict.status)
    return opened.analysis(wanted.id, HERE)


def bottom(analysis):
    return next(e for e in results.read(analysis.folder).events if e.kind == "rep_bottom")


def deletion(analysis):
    return {"kind": "delete_repetition", "bottom_s": bottom(analysis).time_s}


def reps(analysis):
    made = results.read(analysis.folder)
    return made.metric("reps_total", made.leg).value


def page(analysis_id, workspace=HERE):
    at = AppTest.from_file(str(APP), default_timeout=180)
    at.session_state["formcheck_workspace"] = workspace
    at.switch_page(str(PAGE.relative_to(APP.parent)))
    if analysis_id:
        at.query_params["id"] = analysis_id
    return at.run()


def told(at, part):
    """What a component on the page was given, as JSON, found by a word in it."""
    assert not at.exception, at.exception[0].message if at.exception else ""
    return next(json.loads(e.proto.json) for e in at.main if e.type == "bidi_component" and part in e.proto.json)


def test_a_drawing_is_kept_replaced_by_its_key_and_erased(opened, analysis):
    work.draw(opened, analysis, LINE, "Ann")
    work.draw(opened, analysis, {**LINE, "colour": "white"}, "Ann")
    [kept] = work.kept_drawings(opened, analysis)
    assert kept == {**LINE, "points": [[10.0, 20.0], [30.0, 40.0]], "colour": "white"}
    work.erase(opened, analysis, "k1")
    assert work.kept_drawings(opened, analysis) == []


def test_what_was_done_is_not_done_twice_and_one_bad_wish_does_not_stop_the_rest(opened, analysis):
    sent = [
        {"n": 4, "op": "draw", "drawing": LINE},
        {"n": 5, "op": "draw", "drawing": {"kind": "star"}},
        {"n": 6, "op": "draw", "drawing": {**LINE, "key": "k2"}},
    ]
    ack, line = work.do(opened, analysis, sent, 4, "")
    assert (ack, [d["key"] for d in work.kept_drawings(opened, analysis)]) == (6, ["k2"])
    assert "draw it anew" in line
    assert work.do(opened, analysis, sent, ack, "") == (6, "")


def test_a_correction_changes_result_and_list_and_its_undoing_brings_both_back(opened, analysis):
    before, total = (analysis.folder / "assessment.json").read_text(), reps(analysis)
    made = work.correct(opened, analysis, deletion(analysis), "Ann")
    assert reps(analysis) == total - 1
    [kept] = opened.corrections(analysis.id, HERE)
    assert (kept.author, kept.kind) == ("Ann", "delete_repetition")
    assert [c.id for c in results.read(analysis.folder).corrections] == [kept.id] == [c.id for c in made.corrections]
    assert opened.analysis(analysis.id, HERE).headline
    work.undo(opened, analysis, kept.id)
    again = json.loads((analysis.folder / "assessment.json").read_text())
    assert again["metrics"] == json.loads(before)["metrics"]
    assert [c.holds for c in opened.corrections(analysis.id, HERE)] == [False]
    work.undo(opened, analysis, kept.id, undone=False)
    assert reps(analysis) == total - 1


def test_what_does_not_fit_leaves_no_trace(opened, analysis):
    before = (analysis.folder / "assessment.json").read_bytes()
    with pytest.raises(FormcheckError):
        work.correct(opened, analysis, {"kind": "unusable", "start_s": -1.0, "end_s": 1e6}, "")
    assert opened.corrections(analysis.id, HERE) == ()
    assert (analysis.folder / "assessment.json").read_bytes() == before


def test_a_correction_that_was_kept_but_not_yet_written_is_made_good(opened, analysis):
    total, edit = reps(analysis), deletion(analysis)
    opened.correct(analysis.id, HERE, edit["kind"], before={"time_stretch": 1.0}, after=edit)
    work.refresh(opened, analysis)
    assert reps(analysis) == total - 1


def test_the_film_cannot_be_drawn_anew_without_the_video(opened, analysis):
    analysis.clip_path.unlink()
    with pytest.raises(InputError, match="not kept"):
        work.redraw(opened, analysis, lambda *_: None)


def test_the_page_shows_drawings_and_tools(opened, analysis):
    work.draw(opened, analysis, LINE, "")
    at = page(analysis.id)
    data = told(at, "landmarks.json")
    assert data["mode"] == "draw"
    assert [d["key"] for d in data["drawings"]] == ["k1"]
    assert "Line · frame 3 to frame 5" in told(at, "<h2>Drawings</h2>")["html"]


def test_another_test_is_assessed_at_once_and_undone_from_the_list(opened, analysis):
    at = page(analysis.id)
    at.session_state[f"task-{analysis.id}"] = "settings"
    at.run()
    at.selectbox[0].select("step_down")
    next(b for b in at.button if b.label == "Assess again").click()
    at.run()
    assert results.read(analysis.folder).protocol == "step_down"
    assert any("protocol set to step" in m.value for m in at.markdown)
    next(b for b in at.button if b.label == "Undo").click()
    at.run()
    assert not at.exception
    assert results.read(analysis.folder).protocol == "single_leg_squat"


def test_notes_and_tags_are_kept(opened, analysis):
    at = page(analysis.id)
    at.session_state[f"task-{analysis.id}"] = "notes"
    at.run()
    at.text_area[0].set_value("Knee drifts *in*")
    next(b for b in at.button if b.label == "Keep the note").click()
    at.run()
    assert not at.exception
    assert [n.text for n in opened.notes(HERE, analysis_id=analysis.id)] == ["Knee drifts *in*"]


@pytest.mark.parametrize("whose", [THERE, HERE])
def test_what_is_not_there_or_not_mine_is_said_in_words(opened, analysis, whose):
    at = page(analysis.id if whose == THERE else "f" * 32, whose)
    assert not at.exception
    assert not [e for e in at.main if e.type == "bidi_component" and "landmarks.json" in e.proto.json]


def test_what_is_not_finished_cannot_be_corrected(opened, analysis):
    waiting = opened.queue(HERE, analysis.clip_id, {})
    assert "finished result" in page(waiting.id).info[0].value


def test_a_name_that_was_given_once_is_kept_and_no_name_is_said(opened, analysis):
    work.correct(opened, analysis, deletion(analysis), "")
    assert any("no name given" in m.value for m in page(analysis.id).markdown)
    work.draw(opened, analysis, LINE, "Ann")
    at = page(analysis.id)
    assert next(field.value for field in at.text_input if "Your name" in field.label) == "Ann"


def test_a_drawn_angle_is_held_against_the_landmark_as_it_was_corrected(opened, analysis):
    raw = results.read_landmarks(analysis.folder / "landmarks.csv")
    knee, ankle, foot = (raw.joint(j, "left")[3].tolist() for j in ("knee", "ankle", "foot_index"))
    work.draw(opened, analysis, {**LINE, "kind": "angle", "points": [knee, ankle, foot]}, "")
    before = told(page(analysis.id), "<h2>Drawings</h2>")["html"]
    edit = {"kind": "move_landmark", "frame": 3, "landmark": "left_foot_index", "x_px": foot[0], "y_px": foot[1] + 30}
    work.correct(opened, analysis, edit, "")
    after = told(page(analysis.id), "<h2>Drawings</h2>")["html"]
    assert "at the left ankle" in before and "0.0° apart" in before
    assert "0.0° apart" not in after


def test_a_result_that_is_deleted_while_it_is_corrected_leaves_nothing(opened, analysis, monkeypatch):
    write = work.corrections.write
    monkeypatch.setattr(
        work.corrections, "write", lambda folder, made: (write(folder, made), opened.delete(analysis.id, HERE))
    )
    with pytest.raises(InputError, match="deleted in another window"):
        work.correct(opened, analysis, deletion(analysis), "")
    assert not analysis.folder.exists()


def test_where_the_disk_is_full_a_correction_does_not_hold(opened, analysis, monkeypatch):
    before = (analysis.folder / "assessment.json").read_bytes()

    def full(*_args, **_more):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(outputs, "write_report", full)
    with pytest.raises(InputError, match="could not be written"):
        work.correct(opened, analysis, deletion(analysis), "")
    assert opened.corrections(analysis.id, HERE, undone=False) == ()
    assert (analysis.folder / "assessment.json").read_bytes() == before
