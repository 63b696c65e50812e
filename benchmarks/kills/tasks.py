"""The commands that may be killed: what each needs, and what is looked at afterwards."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import av

from benchmarks.hostile.tables import squat, text
from formcheck import results
from formcheck.errors import InputError
from formcheck.store import open_store
from formcheck.store.schema import MIGRATIONS

ROOT = Path(__file__).parents[2]
ANNA = "a" * 32
FILM_S = 1.2
_RESULT = {"assessment.json", "landmarks.csv", "angles.csv", "events.csv", "metrics.csv", "report.html", "report.pdf"}


@dataclass(frozen=True)
class Task:
    """A command that may be killed.

    Parameters
    ----------
    prepare : makes in an empty folder what the command needs.
    words : the call. check : gives what is wrong after it, whether it was killed or came to its end.
    share : how often it is drawn, against the others.
    """

    prepare: Callable[[Path], None]
    words: Sequence[str]
    check: Callable[[Path, bool], list[str]]
    share: int


# What is there before


def _landmarks(place: Path) -> None:
    (place / "a.csv").write_text(text(*squat(600)), encoding="utf-8")


def _assessed_before(place: Path) -> None:
    """An earlier result with something of the user's own in it."""
    from formcheck import analysis

    _landmarks(place)
    analysis.assess_file(place / "a.csv", place / "out", protocol="single_leg_squat")
    (place / "out" / "own notes.txt").write_text("mine", encoding="utf-8")


def film(target: Path) -> None:
    """The first moments of a sample video."""
    with av.open(str(ROOT / "sample_videos" / "squat_right.mp4")) as whole, av.open(str(target), "w") as short:
        read = whole.streams.video[0]
        written = short.add_stream_from_template(read)
        for packet in whole.demux(read):
            if packet.dts is not None and packet.pts * read.time_base < FILM_S:
                packet.stream = written
                short.mux(packet)


def _clip(place: Path) -> None:
    film(place / "a.mp4")


def _clips(place: Path) -> None:
    (place / "clips").mkdir()
    film(place / "clips" / "a.mp4")
    shutil.copy(place / "clips" / "a.mp4", place / "clips" / "b.mp4")
    (place / "list.csv").write_text("video,protocol\nclips/a.mp4,step_down\nclips/b.mp4,step_down\n", encoding="utf-8")


def _home(place: Path, name: str = "home", clips: int = 4) -> None:
    with open_store(place / name) as store:
        client = store.add_client(ANNA, "Carla")
        for i in range(clips):
            video = place / f"v{i}.mp4"
            video.write_bytes(bytes([i]) * 3_000_000)
            clip = store.add_clip(ANNA, video, name=video.name, move=True)
            done = store.queue(ANNA, clip.id, {}, client_id=client.id)
            store.take("w")
            done.folder.mkdir()
            (done.folder / "assessment.json").write_text("{}", encoding="utf-8")
            store.finish(done.id, "w", "done")


def _home_and_backup(place: Path) -> None:
    from formcheck.store import backup

    _home(place, "other", clips=6)
    backup(place / "other", place / "b.zip")
    _home(place)


def _old_home(place: Path) -> None:
    """A home as the first version left it."""
    (place / "home").mkdir()
    with closing(sqlite3.connect(place / "home" / "formcheck.db")) as db:
        for statement in MIGRATIONS[0].split(";"):
            db.execute(statement)
        insert = "INSERT INTO records VALUES (?, 'w', NULL, 'pain', '2026-11-01', '{}', 4)"
        db.executemany(insert, [(f"r{i}",) for i in range(2000)])
        db.execute("PRAGMA user_version = 1")
        db.commit()


# What is looked at afterwards


def _result(place: Path, ended: bool) -> list[str]:
    return _whole(place / "out", must_be=ended)


def _replaced_result(place: Path, ended: bool) -> list[str]:
    aside = [path for path in place.iterdir() if path.name.startswith(".out")]
    if not (place / "out").exists() and not ended:  # for a moment neither is in place: the next run brings it back
        return [] if any((path / "own notes.txt").is_file() for path in aside) else ["the earlier result is lost"]
    kept = (place / "out" / "own notes.txt").is_file()
    return [*_whole(place / "out", must_be=True), *([] if kept else ["the user's own file is lost"])]


def _whole(folder: Path, *, must_be: bool) -> list[str]:
    if not folder.exists():
        return ["no result"] if must_be else []
    lacking = _RESULT - {path.name for path in folder.iterdir()}
    try:
        results.read(folder)
    except InputError as error:
        return [f"half a result: {error}"]
    return [f"half a result: {sorted(lacking)}"] if lacking else []


def _batch(place: Path, ended: bool) -> list[str]:
    state = place / "out" / "batch.json"
    noted = json.loads(state.read_text(encoding="utf-8")) if state.exists() else {}
    faults = [fault for name in ("a", "b") for fault in _whole(place / "out" / "clips__" / name, must_be=False)]
    faults += [fault for name in noted for fault in _whole(place / "out" / name, must_be=True)]
    return [*faults, *([] if not ended or (place / "out" / "summary.csv").is_file() else ["no summary"])]


def _store(place: Path, results_there: int = 4, name: str = "home") -> list[str]:
    faults = []
    with closing(sqlite3.connect(place / name / "formcheck.db")) as db:
        if (
            db.execute("PRAGMA integrity_check").fetchone()[0] != "ok"
            or db.execute("PRAGMA foreign_key_check").fetchone()
        ):
            faults.append("the tables are damaged")
    with open_store(place / name) as store:
        done = [a for a in store.analyses(ANNA, limit=1000) if a.status == "done"]
        if len(done) != results_there or len(store.clients(ANNA)) != 1:
            faults.append(f"{len(done)} results, {len(store.clients(ANNA))} clients")
        faults += [f"result {a.id} without files" for a in done if not (a.folder / "assessment.json").is_file()]
        clips = store.clips(ANNA, limit=1000)
        faults += [f"clip {c.id} of another size" for c in clips if c.path.stat().st_size != c.bytes]
    return faults


def _backed_up(place: Path, ended: bool) -> list[str]:
    from formcheck.store import restore

    faults = _store(place)
    if (place / "b.zip").exists():
        back = restore(place / "b.zip", place / "again")
        faults += _store(place, name="again")
        shutil.rmtree(back.home)
        (place / "b.zip").unlink()  # so that the command may be given again
    elif ended:
        faults.append("no backup")
    return faults


def _restored(place: Path, ended: bool) -> list[str]:
    asides = [path for path in place.iterdir() if path.name.startswith("home-before-")]
    if not (place / "home").exists():
        return [] if asides and not ended else ["no home"]
    if ended or asides:
        return [*_store(place, 6), *(f for path in asides[:1] for f in _store(place, 4, path.name))]
    return _store(place, 4)


def _migrated(place: Path, ended: bool) -> list[str]:
    with closing(sqlite3.connect(place / "home" / "formcheck.db")) as db:
        version = db.execute("PRAGMA user_version").fetchone()[0]
        rows = db.execute("SELECT COUNT(*) FROM records").fetchone()[0]
        whole = db.execute("PRAGMA integrity_check").fetchone()[0]
    (place / "b.zip").unlink(missing_ok=True)
    faults = [] if rows == 2000 and whole == "ok" else [f"{rows} of 2000 records, {whole}"]
    return faults if version == len(MIGRATIONS) or not ended else [*faults, f"schema {version}"]


TASKS: dict[str, Task] = {
    "assess": Task(_landmarks, ["assess", "a.csv", "--protocol", "single_leg_squat", "--out", "out"], _result, share=4),
    "assess again": Task(
        _assessed_before, ["assess", "a.csv", "--protocol", "step_down", "--out", "out"], _replaced_result, share=6
    ),
    "analyse": Task(
        _clip, ["analyse", "a.mp4", "--protocol", "step_down", "--workers", "1", "--out", "out"], _result, share=2
    ),
    "batch": Task(_clips, ["batch", "list.csv", "--workers", "2", "--out", "out"], _batch, share=1),
    "backup": Task(_home, ["backup", "b.zip", "--home", "home"], _backed_up, share=7),
    "restore": Task(_home_and_backup, ["restore", "b.zip", "--home", "home"], _restored, share=7),
    "migration": Task(_old_home, ["backup", "b.zip", "--home", "home"], _migrated, share=4),
}
"""Store writes and imports, which no command makes, are killed by `tests/kill_at_each_write.py`, at each of them."""
