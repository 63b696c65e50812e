"""Does things to a store again and again, killed before each of their writes in turn; looks each time what is left.

`python kill_at_each_write.py FOLDER TASK …` prints for each task how many times it was killed. A write is a statement
of the database that changes something, or a file or folder that is made, opened for writing, renamed, or removed. Each
kill is the end of a process of its own (`os._exit`): no handler runs, nothing is flushed. Afterwards comes what the app
and its worker do when they start, and the store has to be whole: as it was before, or as it is when nothing kills the
work.
"""

import os
import shutil
import sqlite3
import sys
import time
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

from motions import SQUAT, squat_clip, video_of
from store_schemas import OLD

from formcheck import analysis as engine
from formcheck import corrections, outputs, results
from formcheck.jobs import worker
from formcheck.recovery.records import PainScore
from formcheck.store import backup, open_store, restore
from formcheck.store.hashing import sha256
from formcheck.ui import annotate_work
from formcheck.wording import headline

ANNA, BEN = "a" * 32, "b" * 32
DAY = date(2026, 11, 2)
SAID = {"protocol": "single_leg_squat", "leg": "left"}
LINE = {"kind": "line", "points": [[1, 2], [3, 4]], "key": "k", "first": 3, "last": 5}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
CHANGES = {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.truncate", "os.link", "os.symlink", "os.chmod"}
READS = ("SELECT", "EXPLAIN", "--")
KILLED = 77


def the_home(place):
    return place / "home"


# What is there before


def prepare(place):
    """A client with a corrected result, a drawing, a note, a record; another whose video is not to be kept."""
    film, other = place / "v.mp4", place / "w.mp4"
    film.write_bytes(b"film" * 5000)
    other.write_bytes(b"other" * 5000)
    raw = results.quantise(squat_clip(replace(SQUAT, n_reps=4)).pose)
    made = engine.assess(raw, video_of(raw), **SAID)
    with open_store(the_home(place)) as store:
        client = store.add_client(ANNA, "Carla")
        visit = store.add_visit(ANNA, client.id, DAY)
        clip = store.add_clip(ANNA, film, name="v.mp4")
        done = store.queue(ANNA, clip.id, SAID, client_id=client.id, visit_id=visit.id)
        store.take("w")
        results.write(made, raw, done.folder)
        finished(store, done, made)
        store.add_note(ANNA, "Better", analysis_id=done.id, time_s=1.5)
        store.tag(done.id, ANNA, "shoes off")
        annotate_work.draw(store, done, LINE, "Ann")
        store.add_record(ANNA, client.id, PainScore(DAY, "stairs", 2))
        annotate_work.correct(store, done, deletion(done), "Ann")
        unkept = store.add_clip(ANNA, other, name="w.mp4")
        store.queue(ANNA, unkept.id, {"keep_video": False})
        store.take("w")
        store.export_client(client.id, ANNA, place / "client.zip", videos=True)
    backup(the_home(place), place / "backup.zip")
    with open_store(the_home(place)) as store:
        store.add_client(ANNA, "Zoe")  # not in the backup


def finished(store, analysis, made):
    outcome = {"protocol": made.protocol, "leg": made.leg, "verdict": made.verdict.status}
    store.finish(analysis.id, "w", "done", headline=headline(made), **outcome)


def without_video(place):
    with open_store(the_home(place)) as store:
        store.drop_video(done_of(store).clip_id, ANNA)


def of_the_first_schema(place):
    home = the_home(place)
    shutil.rmtree(home)
    (home / "clips").mkdir(parents=True)
    (home / "clips" / "v1.mp4").write_bytes(b"12345")
    with closing(sqlite3.connect(home / "formcheck.db")) as db:
        db.executescript(OLD[1].replace("'done'", "'failed'"))
        db.commit()


BEFORE = {"take a video in again": without_video, "migrate": of_the_first_schema}


def deletion(done, which=0):
    bottoms = [e for e in results.read(done.folder).events if e.kind == "rep_bottom"]
    return {"kind": "delete_repetition", "bottom_s": bottoms[which].time_s}


# What is done


def client_of(store):
    return store.clients(ANNA)[0]


def done_of(store):
    return next(a for a in store.analyses(ANNA) if a.status == "done")


def with_store(act):
    def task(place):
        with open_store(the_home(place)) as store:
            act(store, place)

    return task


def finish(store, _place):
    running = next(a for a in store.analyses(ANNA) if a.status == "running")
    raw = results.read_landmarks(done_of(store).folder / "landmarks.csv")
    made = engine.assess(raw, video_of(raw), **SAID)
    results.write(made, raw, running.folder)
    finished(store, running, made)


def new_clip(store, place, *, move=False):
    source = place / "new.mp4"
    source.write_bytes(b"new" * 5000)
    store.add_clip(ANNA, source, name="new.mp4", move=move)


def undo(store, _place):
    (made,) = store.corrections(done_of(store).id, ANNA)
    annotate_work.undo(store, done_of(store), made.id)


TASKS = {
    "add a client": with_store(lambda s, _: s.add_client(ANNA, "Dora")),
    "change a client": with_store(
        lambda s, _: s.change_client(client_of(s).id, ANNA, name="Carla N", birth_year=1990, notes="x")
    ),
    "add a visit": with_store(lambda s, _: s.add_visit(ANNA, client_of(s).id, DAY)),
    "delete a visit": with_store(lambda s, _: s.delete_visit(done_of(s).visit_id, ANNA)),
    "add a note": with_store(lambda s, _: s.add_note(ANNA, "x", analysis_id=done_of(s).id)),
    "tag": with_store(lambda s, _: s.tag(done_of(s).id, ANNA, "barefoot")),
    "add a record": with_store(lambda s, _: s.add_record(ANNA, None, PainScore(DAY, "stairs", 1))),
    "change a drawing": with_store(lambda s, _: annotate_work.draw(s, done_of(s), {**LINE, "last": 9}, "Ann")),
    "erase a drawing": with_store(lambda s, _: annotate_work.erase(s, done_of(s), "k")),
    "correct": with_store(lambda s, _: annotate_work.correct(s, done_of(s), deletion(done_of(s)), "Ann")),
    "say the leg": with_store(lambda s, _: annotate_work.say(s, done_of(s), {"leg": "right"}, "Ann")),
    "undo": with_store(undo),
    "redraw": with_store(lambda s, _: annotate_work.redraw(s, done_of(s), lambda *_: None)),
    "take a clip in": with_store(new_clip),
    "move a clip in": with_store(lambda s, place: new_clip(s, place, move=True)),
    "take a video in again": with_store(lambda s, place: s.add_clip(ANNA, place / "v.mp4", name="v.mp4")),
    "queue": with_store(lambda s, _: s.queue(ANNA, done_of(s).clip_id, SAID)),
    "finish an analysis whose video is not kept": with_store(finish),
    "do not keep a video": with_store(lambda s, _: s.drop_video(done_of(s).clip_id, ANNA)),
    "delete a result": with_store(lambda s, _: s.delete(done_of(s).id, ANNA)),
    "delete a client": with_store(lambda s, _: s.delete_client(client_of(s).id, ANNA)),
    "export": with_store(lambda s, p: s.export_client(client_of(s).id, ANNA, p / "out.zip", videos=True)),
    "import": with_store(lambda s, place: s.import_client(BEN, place / "client.zip")),
    "back up": lambda place: backup(the_home(place), place / "out.zip"),
    "restore": lambda place: restore(place / "backup.zip", the_home(place)),
    "migrate": lambda place: open_store(the_home(place)).close(),
}


# The kill


class Killer:
    """Ends this process before its `n`-th write."""

    def __init__(self, n):
        self.left = n

    def write(self, then=None):
        self.left -= 1
        if self.left == 0:
            if then is not None:
                then()
            os._exit(KILLED)

    def heard(self, event, arguments):
        if event == "open" and isinstance(arguments[2], int) and arguments[2] & WRITING:
            self.write()
            self.write(lambda: _begin(arguments[0]))  # opened, and nothing of it written yet
        elif event in CHANGES:
            self.write()

    def said(self, statement):
        if not statement.lstrip().upper().startswith(READS):
            self.write()

    def settle(self):
        sys.addaudithook(self.heard)
        connect = sqlite3.connect

        def told(*words, **more):
            opened = connect(*words, **more)
            opened.set_trace_callback(self.said)
            return opened

        sqlite3.connect = told


def _begin(path):
    if isinstance(path, str | Path) and not Path(path).exists():
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))


def killed_at(n, task, place):
    """Whether the work in a process of its own was killed before its `n`-th write; False where it came to its end."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            Killer(n).settle()
            task(place)
            status = 0
        finally:
            os._exit(status)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in (0, KILLED), f"the work itself failed before its write {n}"
    return status == KILLED


# What is left


def left(place):
    """The state after a restart: how many rows of each kind; first it is made sure that everything is whole."""
    home = the_home(place)
    open_store(home).close()
    annotate_work.refresh_all(home)
    worker._sweep(home)
    with closing(sqlite3.connect(home / "formcheck.db")) as db:
        assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
    with open_store(home) as store:
        store._now = lambda: time.time() + 10 * 3600.0  # what was left half-done is old by now
        store._sweep()
        clips = [clip for whose in (ANNA, BEN, "w") for clip in store.clips(whose)]
        found = [a for whose in (ANNA, BEN, "w") for a in store.analyses(whose)]
        for clip in clips:
            assert not clip.has_video or sha256(clip.path) == clip.sha256 or clip.sha256 == "abc"
        files = {path.name for path in (home / "clips").iterdir()}
        assert files == {clip.path.name for clip in clips if clip.has_video}, "a video for each row that has one"
        folders = {path.name for path in (home / "analyses").iterdir()}
        running = {a.id for a in found if a.status == "running"}
        assert folders - running == {a.id for a in found if a.status == "done"}, "a result for each row that has one"
        assert list((home / "inbox").iterdir()) == []
        for done in (a for a in found if a.status == "done"):
            whole(store, done)
        tables = ("clients", "visits", "clips", "analyses", "notes", "tags", "annotations", "records")
        counts = [store._row(f"SELECT COUNT(*) AS n FROM {table}")["n"] for table in tables]
        held = store._row("SELECT COUNT(*) AS n FROM corrections WHERE undone_s IS NULL")["n"]
        told = [str(sorted((c.name, c.notes) for c in store.clients(ANNA)))]
        told += [str(sorted((a.status, a.leg or "") for a in found)), str([clip.has_video for clip in clips])]
        told += [str([(d.first_frame, d.last_frame) for a in found for d in store.annotations(a.id, a.workspace)])]
    return [*counts, held, *told]


def whole(store, done):
    """Every file of a result belongs to what its corrections say."""
    stored = results.read(done.folder)
    assert [c.id for c in stored.corrections] == [c.id for c in annotate_work.held(store, done)] or (
        done.workspace == BEN  # came in under new ids
    )
    wanted = corrections.apply(done.folder, annotate_work.held(store, done), done.settings)
    pairs = zip(results.to_dict(stored)["metrics"], results.to_dict(wanted)["metrics"], strict=True)
    assert [(one, other) for one, other in pairs if one != other] == []
    assert (done.leg, done.headline) == (stored.leg, done.headline)


def remembering(apply):
    """`corrections.apply` that assesses each thing once: what it gives does not depend on who asks."""
    known = {}

    def remembered(folder, corrected, settings):
        asked = str([(c.kind, c.after) for c in corrected]), str(settings)
        if asked not in known:
            known[asked] = apply(folder, corrected, settings)
        return replace(known[asked], corrections=tuple(corrected))

    return remembered


def main(folder, *names):
    sys.dont_write_bytecode = True
    corrections.apply = remembering(corrections.apply)
    outputs.write_report = lambda made, pictures, place: (place / "report.html").write_text(made.verdict.status)
    outputs.write_pictures_and_report = lambda made, video, place, **more: (place / "overlay.mp4").write_bytes(b"x")
    template, place = folder / "template", folder / "place"
    template.mkdir()
    prepare(template)
    for name in names:
        print(name, kill_at_each(name, template, place), sep="\t", flush=True)


def kill_at_each(name, template, place):
    """Kill one task before each of its writes; gives how many there were."""
    task, n = TASKS[name], 0
    begin_anew(name, template, place)
    allowed = [left(place)]
    begin_anew(name, template, place)
    task(place)
    allowed.append(left(place))
    was_killed = True
    while was_killed:
        begin_anew(name, template, place)
        n += 1
        was_killed = killed_at(n, task, place)
        state = left(place)
        told = f"{name}, killed before write {n}: {state} is neither of {allowed}"
        assert state in (allowed if was_killed else allowed[1:]), told
    return n - 1


def begin_anew(name, template, place):
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(template, place)
    BEFORE.get(name, lambda _: None)(place)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
