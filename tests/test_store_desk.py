"""Visits, notes, tags, drawings and corrections; and that nobody sees or touches another's."""

import inspect
import math
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from formcheck.errors import InputError
from formcheck.recovery.records import PainScore
from formcheck.store import Store, open_store

ANNA, BEN = "a" * 32, "b" * 32
DAY = date(2026, 11, 2)


@pytest.fixture
def store(tmp_path):
    with open_store(tmp_path / "home") as opened:
        yield opened


@pytest.fixture
def analysis(store, tmp_path):
    video = tmp_path / "v.mp4"
    video.write_bytes(b"video")
    clip = store.add_clip(ANNA, video, name="v.mp4")
    return store.queue(ANNA, clip.id, {})


def test_a_client_is_put_right(store):
    carla = store.add_client(ANNA, "Carla", birth_year=1990, notes="left")
    assert store.client(carla.id, ANNA) == carla
    changed = store.change_client(carla.id, ANNA, name=" Carla  R. ", birth_year=None, notes="")
    assert (changed.name, changed.birth_year, changed.notes) == ("Carla R.", None, "")
    with pytest.raises(InputError, match="needs a name"):
        store.add_client(ANNA, "  ")


def test_visits_gather_analyses_and_let_them_go(store, analysis):
    carla = store.add_client(ANNA, "Carla")
    first = store.add_visit(ANNA, carla.id, date(2026, 10, 1), "First")
    second = store.add_visit(ANNA, carla.id, DAY)
    assert store.visits(ANNA, carla.id) == (second, first)
    assert store.assign(analysis.id, ANNA, client_id=carla.id, visit_id=first.id)
    assert [a.id for a in store.analyses(ANNA, visit_id=first.id)] == [analysis.id]
    note = store.add_note(ANNA, "Better", client_id=carla.id, visit_id=first.id)
    assert store.delete_visit(first.id, ANNA)
    assert store.analysis(analysis.id, ANNA).visit_id is None
    assert store.notes(ANNA, client_id=carla.id)[0].id == note.id


def test_notes_are_kept_changed_and_found(store, analysis):
    note = store.add_note(ANNA, " Knee goes in ", analysis_id=analysis.id, author="MF", time_s=1.25)
    assert store.notes(ANNA, analysis_id=analysis.id) == (note,)
    assert (note.text, note.time_s) == ("Knee goes in", 1.25)
    assert store.change_note(note.id, ANNA, "Hip drops")
    changed = store.notes(ANNA)[0]
    assert changed.text == "Hip drops"
    assert changed.changed_s >= note.created_s
    assert store.delete_note(note.id, ANNA)
    with pytest.raises(InputError):
        store.add_note(ANNA, "   ")


def test_tags(store, analysis):
    for word in ("shoes off", "  shoes   off ", "fatigue"):
        store.tag(analysis.id, ANNA, word)
    assert store.tags(ANNA, analysis.id) == store.tags(ANNA) == ("fatigue", "shoes off")
    store.untag(analysis.id, BEN, "fatigue")
    store.untag(analysis.id, ANNA, "shoes off")
    assert store.tags(ANNA, analysis.id) == ("fatigue",)
    assert store.tags(BEN) == ()


def test_drawings_come_back_in_the_order_of_their_frames(store, analysis):
    late = store.annotate(analysis.id, ANNA, {"kind": "text", "text": "é≥°"}, first_frame=9, last_frame=20)
    early = store.annotate(analysis.id, ANNA, {"kind": "line", "points": [[0, 1], [2, 3]]}, first_frame=2)
    assert store.annotations(analysis.id, ANNA) == (early, late)
    assert early.last_frame == 2
    assert store.delete_annotation(early.id, ANNA)
    assert store.annotations(analysis.id, ANNA) == (late,)
    for frames in ((-1, 3), (5, 4)):
        with pytest.raises(InputError, match="does not fit"):
            store.annotate(analysis.id, ANNA, {}, first_frame=frames[0], last_frame=frames[1])
    with pytest.raises(InputError, match="cannot be stored"):
        store.annotate(analysis.id, ANNA, {"x": math.nan}, first_frame=0)


def test_corrections_keep_who_when_before_and_after_and_can_be_undone(store, analysis):
    made = store.correct(analysis.id, ANNA, "contact", before={"frame": 10}, after={"frame": 12}, author="MF")
    assert store.corrections(analysis.id, ANNA) == (made,)
    assert made.holds
    assert store.undo_correction(made.id, ANNA)
    assert not store.undo_correction(made.id, ANNA), "undone already"
    assert store.corrections(analysis.id, ANNA, undone=False) == ()
    assert store.corrections(analysis.id, ANNA)[0].undone_s >= made.made_s
    assert store.undo_correction(made.id, ANNA, undone=False)
    assert store.corrections(analysis.id, ANNA) == (made,)


def test_what_belongs_to_an_analysis_goes_with_it(store, analysis):
    store.add_note(ANNA, "x", analysis_id=analysis.id)
    store.tag(analysis.id, ANNA, "x")
    store.annotate(analysis.id, ANNA, {}, first_frame=0)
    store.correct(analysis.id, ANNA, "leg", before="left", after="right")
    assert store.delete(analysis.id, ANNA)
    for table in ("notes", "tags", "annotations", "corrections", "clips", "analyses"):
        assert store._rows(f"SELECT * FROM {table}") == []


TEXT = st.text(st.characters(exclude_categories=["Cs"]))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=JSON, after=JSON)
def test_any_value_of_a_correction_comes_back_as_it_was(store, analysis, before, after):
    made = store.correct(analysis.id, ANNA, "landmark", before=before, after=after)
    assert made in store.corrections(analysis.id, ANNA)


def test_a_video_can_go_while_its_results_stay(store, analysis, tmp_path):
    clip = store.clip(analysis.clip_id, ANNA)
    with pytest.raises(InputError, match="still being analysed"):
        store.drop_video(clip.id, ANNA)
    store.cancel(analysis.id, ANNA)
    assert not store.drop_video(clip.id, BEN)
    assert store.drop_video(clip.id, ANNA)
    assert not clip.path.exists()
    assert not store.clip(clip.id, ANNA).has_video
    for again in (lambda: store.retry(analysis.id, ANNA), lambda: store.queue(ANNA, clip.id, {})):
        with pytest.raises(InputError, match="not kept"):
            again()
    assert store.add_clip(ANNA, tmp_path / "v.mp4", name="again.mp4") == clip
    assert clip.path.read_bytes() == b"video"


def test_deleting_a_client_deletes_all_of_it_and_nothing_else(store, tmp_path):
    ids = {}
    for name in ("Carla", "Dora"):
        client = store.add_client(ANNA, name)
        for content in (b"shared", name.encode()):
            video = tmp_path / "v.mp4"
            video.write_bytes(content)
            clip = store.add_clip(ANNA, video, name=f"{content.decode()}.mp4")
            ids[name, content] = store.queue(ANNA, clip.id, {}, client_id=client.id)
            ids[name, content].folder.mkdir()
        store.add_visit(ANNA, client.id, DAY)
        store.add_note(ANNA, f"of {name}", client_id=client.id)
        store.add_note(ANNA, f"on {name}'s clip", analysis_id=ids[name, b"shared"].id)
        store.add_record(ANNA, client.id, PainScore(DAY, "stairs", 1))
        ids[name] = client.id
    store.note_copy("backup", "monday.zip")
    store.note_copy("export", "dora.zip", ANNA, ids["Dora"])
    with pytest.raises(InputError, match="not here any more"):
        store.delete_client(ids["Carla"], BEN)
    gone = store.delete_client(ids["Carla"], ANNA)
    assert (gone.analyses, gone.clips, gone.visits, gone.notes, gone.records) == (2, 1, 1, 2, 1)
    assert [copy.name for copy in gone.copies] == ["monday.zip"]
    assert not ids["Carla", b"shared"].folder.exists()
    assert ids["Dora", b"shared"].clip_path.exists(), "Dora's analysis needs it"
    assert not ids["Carla", b"Carla"].clip_path.exists()
    assert [client.name for client in store.clients(ANNA)] == ["Dora"]
    assert len(store.notes(ANNA)) == 2
    for path in store.home.glob("formcheck.db*"):
        assert b"Carla" not in path.read_bytes(), "not in free pages either, nor in the log"
    assert b"Dora" in (store.home / "formcheck.db").read_bytes()


NOT_PERSONAL = {"close", "take", "progress", "finish", "waiting", "set_look", "unfinished", "note_copy", "corrected"}
NOT_PERSONAL |= {"writing_result"}
"""What the worker and the program itself do, with ids that nobody else knows."""


def test_every_public_function_of_the_store_asks_whose_work_it_is():
    for name, function in inspect.getmembers(Store, inspect.isfunction):
        if not name.startswith("_") and name not in NOT_PERSONAL:
            assert "workspace" in inspect.signature(function).parameters, name


def test_nobody_sees_or_touches_anothers_desk(store, analysis, tmp_path):
    carla = store.add_client(ANNA, "Carla")
    visit = store.add_visit(ANNA, carla.id, DAY)
    note = store.add_note(ANNA, "x", client_id=carla.id, analysis_id=analysis.id)
    drawing = store.annotate(analysis.id, ANNA, {}, first_frame=0)
    made = store.correct(analysis.id, ANNA, "leg", before=1, after=2)
    record = store.add_record(ANNA, carla.id, PainScore(DAY, "stairs", 1))
    store.cancel(analysis.id, ANNA)
    before = list(store._db.iterdump())
    refused = (
        lambda: store.add_visit(BEN, carla.id, DAY),
        lambda: store.add_note(BEN, "x", client_id=carla.id),
        lambda: store.add_note(BEN, "x", visit_id=visit.id),
        lambda: store.add_note(BEN, "x", analysis_id=analysis.id),
        lambda: store.add_record(BEN, carla.id, PainScore(DAY, "stairs", 1)),
        lambda: store.tag(analysis.id, BEN, "x"),
        lambda: store.annotate(analysis.id, BEN, {}, first_frame=0),
        lambda: store.correct(analysis.id, BEN, "leg", before=1, after=2),
        lambda: store.assign(analysis.id, BEN, client_id=carla.id),
        lambda: store.queue(BEN, analysis.clip_id, {}),
        lambda: store.delete_client(carla.id, BEN),
        lambda: store.export_client(carla.id, BEN, tmp_path / "x.zip", videos=True),
    )
    for attempt in refused:
        with pytest.raises(InputError, match="not here any more"):
            attempt()
    nothing = (
        store.client(carla.id, BEN), store.visit(visit.id, BEN), store.clip(analysis.clip_id, BEN),
        store.analysis(analysis.id, BEN), store.visits(BEN, carla.id), store.notes(BEN, client_id=carla.id),
        store.annotations(analysis.id, BEN), store.corrections(analysis.id, BEN), store.tags(BEN, analysis.id),
        store.records(BEN, carla.id, "pain"), store.clients(BEN), store.clips(BEN), store.analyses(BEN),
        store.change_client(carla.id, BEN, name="x", birth_year=None, notes=""), store.delete_visit(visit.id, BEN),
        store.change_note(note.id, BEN, "x"), store.delete_note(note.id, BEN), store.delete_clip(analysis.clip_id, BEN),
        store.delete_annotation(drawing.id, BEN), store.undo_correction(made.id, BEN), store.assign(analysis.id, BEN),
        store.delete_record(record, BEN), store.replace_record(record, BEN, PainScore(DAY, "stairs", 0)),
        store.drop_video(analysis.clip_id, BEN), store.delete(analysis.id, BEN), store.count_analyses(BEN),
        store.cancel(analysis.id, BEN), store.retry(analysis.id, BEN), store.untag(analysis.id, BEN, "x"),
    )  # fmt: skip
    assert not any(nothing)
    assert list(store._db.iterdump()) == before
