"""python -m benchmarks.kills [--times N] [--seed S] [--jobs J] [--only WORD]: the power goes at a random moment.

Each round begins a command, kills it and all that it started (SIGKILL) at a moment drawn from its usual length, and
looks at what is left: nothing finished may be lost, nothing half-done may pass for done, and the same command must work
afterwards.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import av

from benchmarks.command_line import CommandLine, Ended
from benchmarks.hostile.tables import squat, text
from formcheck import results
from formcheck.errors import InputError
from formcheck.store import open_store
from formcheck.store.schema import MIGRATIONS

ROOT = Path(__file__).parents[1]
ANNA = "a" * 32
LIMIT_S = 900.0
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


class Round:
    """One kill and what it left."""

    def __init__(self, number: int, name: str, usual_s: float, seed: str, folder: Path) -> None:
        self.number, self.name = number, name
        self._after_s = random.Random(seed).uniform(0.0, 1.05 * usual_s)
        self._place = folder / f"round-{number}"
        self.faults: list[str] = []
        self.killed = False

    def run(self, command_line: CommandLine) -> Round:
        """Prepare, kill, look, and run again to the end."""
        task = TASKS[self.name]
        self._place.mkdir()
        task.prepare(self._place)
        first = call(command_line, task, self._place, kill_after_s=self._after_s)
        self.killed = first.status == -9
        self.faults += [f"killed after {self._after_s:.2f} s: {f}" for f in task.check(self._place, not self.killed)]
        if self.killed and not self.faults and not self._is_restored():
            again = call(command_line, task, self._place)
            said = (self._place / "said").read_text(errors="replace").strip()
            self.faults += [f"then status {again.status}: {said}"] if again.status else []
            self.faults += [f"then: {fault}" for fault in task.check(self._place, True)]
        shutil.rmtree(self._place)
        return self

    def _is_restored(self) -> bool:
        """A restore that had come to its end when it was killed: a second would keep the first one's home aside."""
        return self.name == "restore" and any(p.name.startswith("home-before-") for p in self._place.iterdir())


def call(command_line: CommandLine, task: Task, place: Path, kill_after_s: float | None = None) -> Ended:
    """Give the task's command in its folder."""
    return command_line.call(
        task.words,
        cwd=place,
        variables={"TMPDIR": str(place)},
        said=place / "said",
        printed=place / "printed",
        limit_s=LIMIT_S,
        kill_after_s=kill_after_s,
    )


def usual_s(name: str, folder: Path, command_line: CommandLine) -> float:
    """How long a task takes when nobody kills it; raises where it does not come to a good end."""
    place = folder / f"usual-{name}"
    place.mkdir()
    TASKS[name].prepare(place)
    ended = call(command_line, TASKS[name], place)
    faults = TASKS[name].check(place, True)
    if ended.status or faults:
        raise AssertionError(f"{name}: {ended}, {faults}, {(place / 'said').read_text()}")
    shutil.rmtree(place)
    return ended.seconds


def rounds(times: int, seed: int | str, jobs: int, only: str = "") -> Iterator[Round]:
    """`times` kills, spread over the tasks by their share."""
    names = [name for name, task in TASKS.items() if only in name for _ in range(task.share)]
    with tempfile.TemporaryDirectory(prefix="kills-") as given, ThreadPoolExecutor(jobs) as pool:
        folder, own, made = Path(given), threading.local(), []
        with CommandLine() as first:
            lasts = {name: usual_s(name, folder, first) for name in dict.fromkeys(names)}

        def run(number: int) -> Round:
            if not hasattr(own, "command_line"):
                own.command_line = CommandLine()
                made.append(own.command_line)
            name = names[number % len(names)]
            return Round(number, name, lasts[name], f"{seed}/{number}", folder).run(own.command_line)

        yield from pool.map(run, range(times))
        for command_line in made:
            command_line.close()


def main() -> int:
    """Kill, print what went wrong and the figures; exit status 1 where anything did."""
    words = argparse.ArgumentParser(prog="python -m benchmarks.kills", description=__doc__)
    words.add_argument("--times", type=int, default=200)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--jobs", type=int, default=2)
    words.add_argument("--only", default="", help="tasks whose name holds this word")
    said = words.parse_args()
    started_s = time.monotonic()
    done = []
    for one in rounds(said.times, said.seed, said.jobs, said.only):
        done.append(one)
        if len(done) % 20 == 0:
            print(f"{len(done)} rounds, {sum(bool(one.faults) for one in done)} went wrong", flush=True)
        if one.faults:
            print(f"{one.number} {one.name}: {'; '.join(one.faults)}", flush=True)
    by_task = {name: [one for one in done if one.name == name] for name in TASKS}
    for name, ours in by_task.items():
        wrong = sum(bool(one.faults) for one in ours)
        print(f"{name}: {sum(one.killed for one in ours)} of {len(ours)} killed before their end, {wrong} went wrong")
    wrong = sum(bool(one.faults) for one in done)
    print(f"{len(done)} rounds (seed {said.seed}), {wrong} went wrong, {time.monotonic() - started_s:.0f} s")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
