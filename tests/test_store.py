import os
import re
import sqlite3
import stat
from datetime import date

import pytest

from formcheck.errors import InputError
from formcheck.recovery import records as r
from formcheck.store import analyses, home_folder, open_store
from formcheck.store.schema import MIGRATIONS

ANNA, BEN = "a" * 32, "b" * 32


@pytest.fixture
def store(tmp_path):
    with open_store(tmp_path / "home") as opened:
        yield opened


@pytest.fixture
def video(tmp_path):
    path = tmp_path / "Anna left knee.MOV"
    path.write_bytes(b"video" * 1000)
    return path


def queued(store, video, workspace=ANNA, **more):
    clip = store.add_clip(workspace, video, name=video.name)
    return store.queue(workspace, clip.id, {"protocol": "step_down"}, **more)


def test_the_home_is_where_it_is_said_to_be(tmp_path, monkeypatch):
    monkeypatch.setenv("FORMCHECK_HOME", str(tmp_path / "elsewhere"))
    assert home_folder() == tmp_path / "elsewhere"
    assert home_folder(tmp_path / "here") == tmp_path / "here"
    monkeypatch.delenv("FORMCHECK_HOME")
    assert home_folder().name == "formcheck"


@pytest.mark.skipif(os.name != "posix", reason="POSIX permissions")
def test_nobody_else_can_read_what_is_kept(store, video):
    clip = store.add_clip(ANNA, video, name=video.name)
    for path in (store.home, store.home / "clips", store.home / "analyses", store.home / "inbox"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
    for path in (store.home / "formcheck.db", clip.path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_id_follows_from_nothing_that_is_known(store, video, tmp_path):
    """The same film, handed in the same way to two stores, has ids of 128 bits that differ."""
    with open_store(tmp_path / "other") as other:
        here, there = queued(store, video), queued(other, video)
    ids = [here.id, here.clip_id, there.id, there.clip_id]
    assert len(set(ids)) == 4
    assert all(re.fullmatch(r"[0-9a-f]{32}", one) for one in ids)


def test_a_clip_is_kept_once_a_workspace_and_its_name_is_in_no_path(store, video):
    clip = store.add_clip(ANNA, video, name=video.name)
    assert store.add_clip(ANNA, video, name="again.mp4") == clip
    assert store.add_clip(BEN, video, name="again.mp4").id != clip.id
    assert clip.path.read_bytes() == video.read_bytes()
    assert (clip.name, clip.path.suffix) == ("Anna left knee.MOV", ".mov")
    assert "Anna" not in str(clip.path)
    assert store.clip(clip.id, BEN) is None
    assert store.clips(ANNA) == (clip,)


def test_moving_a_clip_in_takes_the_file_away(store, video):
    store.add_clip(ANNA, video, name=video.name, move=True)
    assert not video.exists()


@pytest.mark.parametrize("name", ["a.mp4/../../x", "x.p hp", "noending", "x.", "x.ünïcode", "a" * 300])
def test_no_name_reaches_a_path(store, video, name):
    clip = store.add_clip(ANNA, video, name=name)
    assert clip.path.parent == store.home / "clips"
    assert clip.name == name
    assert clip.path.is_file()


def test_an_unreadable_clip_is_one_line(store, tmp_path):
    with pytest.raises(InputError, match=r"gone\.mp4 cannot be stored"):
        store.add_clip(ANNA, tmp_path / "gone.mp4", name="gone.mp4")
    assert list((store.home / "clips").iterdir()) == []


def test_a_first_look_is_kept(store, video):
    clip = store.add_clip(ANNA, video, name=video.name)
    store.set_look(clip.id, {"fps": 60, "word": "ü"})
    assert store.clip(clip.id, ANNA).look == {"fps": 60, "word": "ü"}


def test_an_analysis_from_wish_to_result(store, video):
    wished = queued(store, video, group="g")
    assert (wished.status, wished.ahead, wished.settings) == ("queued", 0, {"protocol": "step_down"})
    taken = store.take("w1")
    assert (taken.id, taken.status) == (wished.id, "running")
    assert store.progress(taken.id, "w1", "Finding the athlete", 3, 10)
    now = store.analysis(wished.id, ANNA)
    assert (now.stage, now.done, now.total) == ("Finding the athlete", 3, 10)
    assert store.finish(taken.id, "w1", "done", verdict="pass", headline="Fine", protocol="step_down", leg="left")
    over = store.analysis(wished.id, ANNA)
    assert (over.status, over.verdict, over.is_over) == ("done", "pass", True)
    assert over.finished_s >= over.started_s >= over.created_s
    assert store.take("w1") is None
    assert store.analyses(ANNA, group="g") == (over,)
    assert store.waiting() == 0


def test_nobody_sees_or_touches_anothers_work(store, video):
    mine = queued(store, video)
    store.add_client(ANNA, "Carla")
    assert store.analysis(mine.id, BEN) is None
    assert store.analyses(BEN) == ()
    assert store.clients(BEN) == ()
    assert not store.delete(mine.id, BEN)
    store.cancel(mine.id, BEN)
    assert store.analysis(mine.id, ANNA).status == "queued"
    with pytest.raises(InputError):
        store.queue(BEN, mine.clip_id, {})
    with pytest.raises(InputError):
        queued(store, video, BEN, client_id=store.clients(ANNA)[0].id)


def test_a_cancelled_analysis_stops_its_worker_and_can_be_tried_again(store, video):
    wished = queued(store, video)
    store.take("w1")
    store.cancel(wished.id, ANNA)
    assert not store.progress(wished.id, "w1", "x", 1, 2)
    assert not store.finish(wished.id, "w1", "done")
    assert store.analysis(wished.id, ANNA).status == "cancelled"
    store.retry(wished.id, ANNA)
    assert store.take("w2").id == wished.id


def test_what_a_dead_worker_left_is_taken_up_twice_and_then_fails(store, video, monkeypatch):
    wished = queued(store, video)
    for worker in ("w1", "w2"):
        assert store.take(worker).id == wished.id
        assert store.take("other") is None
        with store._writing() as db:
            db.execute("UPDATE analyses SET heartbeat_s = heartbeat_s - ?", (analyses.STALE_S + 1,))
    assert store.take("w3") is None
    assert not store.progress(wished.id, "w1", "x", 1, 2)
    over = store.analysis(wished.id, ANNA)
    assert over.status == "failed"
    assert "cut off twice" in over.error


def test_a_worker_that_is_alone_takes_up_at_once_what_another_left(store, video):
    wished = queued(store, video)
    store.take("w1")
    assert store.take("w2") is None
    assert store.take("w2", alone=True).id == wished.id
    assert not store.progress(wished.id, "w1", "x", 1, 2)
    assert store.take("w3", alone=True) is None
    assert store.analysis(wished.id, ANNA).status == "failed"


def test_nobody_starves_behind_a_long_list(store, tmp_path):
    def wish(workspace, i):
        path = tmp_path / f"{workspace[0]}{i}.mp4"
        path.write_bytes(f"{workspace}{i}".encode())
        return queued(store, path, workspace).id

    annas = [wish(ANNA, i) for i in range(3)]
    ben = wish(BEN, 0)
    order = []
    while (taken := store.take("w")) is not None:
        order.append(taken.id)
        store.finish(taken.id, "w", "done")
    assert order == [annas[0], ben, annas[1], annas[2]]


def test_those_ahead_are_counted(store, video, tmp_path):
    first = queued(store, video)
    other = tmp_path / "b.mp4"
    other.write_bytes(b"other")
    second = queued(store, other, BEN)
    assert (first.ahead, second.ahead) == (0, 1)
    store.take("w")
    assert store.analysis(second.id, BEN).ahead == 1


def test_deleting_really_deletes(store, video):
    wished = queued(store, video)
    wished.folder.mkdir()
    (wished.folder / "overlay.mp4").write_bytes(b"x")
    again = store.queue(ANNA, wished.clip_id, {})
    assert store.delete(wished.id, ANNA)
    assert not wished.folder.exists()
    assert wished.clip_path.exists(), "another analysis still needs the clip"
    assert store.delete(again.id, ANNA)
    assert not wished.clip_path.exists()
    assert store.clips(ANNA) == ()
    assert list((store.home / "clips").iterdir()) == []


RECORDS = (
    r.PainScore(date(2026, 11, 1), "stairs", 2),
    r.RunSession(date(2026, 11, 2), 10, 9, 1, distance_km=3.2, shoe="Blue"),
    r.StrengthTest(date(2026, 11, 3), "hip_abduction", "left", "kg", (20.0, 21.5), "hand-held"),
    r.RedFlagAnswers(date(2026, 11, 4), ("swelling",)),
    r.Override(date(2026, 11, 5), "stairs", True, "old scar", "M. Ferrer"),
    r.AkpsAnswers(date(2026, 11, 6), (0,) * 13),
    r.Shoe("Blue", date(2026, 11, 7), 120.0),
)


def test_records_come_back_as_they_were_and_belong_to_one_person(store):
    client = store.add_client(ANNA, "  Carla ")
    assert client.name == "Carla"
    ids = [store.add_record(ANNA, client.id, record) for record in RECORDS]
    found = store.evidence(ANNA, client.id)
    assert found == r.Evidence(*((record,) for record in RECORDS[:3]), (), *((x,) for x in RECORDS[3:]))
    assert store.evidence(ANNA, None) == store.evidence(BEN, client.id) == r.Evidence()
    assert not store.delete_record(ids[0], BEN)
    assert store.delete_record(ids[0], ANNA)
    assert store.evidence(ANNA, client.id).pain == ()
    told = r.RunSession(date(2026, 11, 2), 10, 9, 1, distance_km=3.2, shoe="Blue", pain_next_morning=0)
    assert store.replace_record(ids[1], ANNA, told)
    assert store.evidence(ANNA, client.id).runs == (told,)


def test_a_newer_store_is_refused_and_a_damaged_one_too(tmp_path):
    home = tmp_path / "home"
    open_store(home).close()
    with sqlite3.connect(home / "formcheck.db") as db:
        db.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    with pytest.raises(InputError, match="newer formcheck"):
        open_store(home)
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "formcheck.db").write_bytes(b"not a database at all" * 100)
    with pytest.raises(InputError, match="damaged"):
        open_store(tmp_path / "bad")


def test_a_video_that_is_not_to_be_kept_goes_when_its_result_is_there(store, tmp_path):
    def wish(**said):
        source = tmp_path / "v.mp4"
        source.write_bytes(b"video")
        clip = store.add_clip(ANNA, source, name="v.mp4")
        return store.queue(ANNA, clip.id, said)

    def done(status="done"):
        taken = store.take("w")
        assert store.finish(taken.id, "w", status)
        return store.analysis(taken.id, ANNA)

    wish(keep_video=False)
    assert done("failed").clip_path.is_file(), "without a result it may be tried again"
    first, second = wish(keep_video=False), wish(keep_video=False)
    assert done().clip_path.is_file(), "the second still needs it"
    last = done()
    assert {first.id, second.id} >= {last.id}
    assert not last.has_video and not last.clip_path.exists()
    assert store.clip(last.clip_id, ANNA).sha256, "what is known of it stays"
    wish()
    assert done().clip_path.is_file(), "somebody wants it kept"
