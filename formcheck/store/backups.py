"""Backup and restore of a whole home, safe while the app runs."""

from __future__ import annotations

import shutil
import time
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from formcheck import given
from formcheck.errors import InputError
from formcheck.store import driver
from formcheck.store.archive import MOST_BYTES, ArchiveWriter, unpack, write_archive
from formcheck.store.base import Connection, plain_errors
from formcheck.store.homes import DATABASE, coming, make_home, new_id, take_coming
from formcheck.store.schema import MIGRATIONS

_MOST_INTRUDERS = 20


@dataclass(frozen=True)
class Backup:
    """What a backup holds. `missing` are results and videos that were not on the disk although they should be."""

    analyses: int
    clips: int
    bytes: int
    missing: tuple[str, ...]


@dataclass(frozen=True)
class Restored:
    """Where a backup was restored, and where the earlier home was kept aside (None: there was none)."""

    home: Path
    kept_aside: Path | None


def backup(home: Path, target: Path) -> Backup:
    """Write everything in a home into one zip; the app and its worker may go on meanwhile.

    Raises
    ------
    InputError : there is no store, the target is there already or cannot be written.
    """
    target = target.expanduser().resolve()
    if not (home / DATABASE).is_file():
        raise InputError(f"{home} holds no store of formcheck; name its folder with --home")
    scratch = home / "inbox" / new_id()
    with Connection(home) as store, store.unfinished(scratch), _made(scratch):
        snapshot = scratch / DATABASE
        _copy_tables(home, snapshot)
        made = _pack(home, snapshot, target)
        store.note_copy("backup", target.name)
    return made


def restore(source: Path, home: Path) -> Restored:
    """Put a backup in a home's place; the earlier home is kept aside under a name beside it, never overwritten.

    Nothing is touched before the whole backup is unpacked and checked, next to the home; then it takes the home's
    place. A running app goes on with what is in it from then on.

    Raises
    ------
    InputError : the backup is damaged, unknown or of a newer formcheck, or the place cannot be written.
    """
    given.check_file(source, what="backup", most_bytes=MOST_BYTES)
    with plain_errors(home):
        home.parent.mkdir(parents=True, exist_ok=True)
    with _made(home.with_name(f".{home.name}-{new_id()}")) as scratch:
        fresh = scratch / "home"
        with plain_errors(home):
            make_home(fresh)
        unpack(source, "backup", len(MIGRATIONS), fresh)
        _check_database(fresh / DATABASE, source)
        _drop_nameless(fresh)
        aside = _name_aside(home)
        with Connection(fresh) as store:  # brings the tables up to date before anything is replaced
            store.note_copy("backup", source.name)
            if aside is not None:
                store.note_copy("backup", f"{aside.name} (the folder that the restored one replaced)")
        with plain_errors(home):
            _take_place(fresh, home, aside)
    return Restored(home, aside)


def _take_place(fresh: Path, home: Path, aside: Path | None) -> None:
    """Let a whole home take the place of the earlier one, which moves aside; a kill in between leaves both whole."""
    shutil.rmtree(coming(home), ignore_errors=True)  # of a restore that was killed before it touched anything
    fresh.rename(coming(home))
    try:
        if aside is not None:
            home.rename(aside)
        elif home.exists():
            home.rmdir()
        _let_in(home, fresh.parent)
    except OSError:
        if aside is not None and aside.exists() and not home.exists():
            aside.rename(home)
        shutil.rmtree(coming(home), ignore_errors=True)
        raise


@contextmanager
def _made(folder: Path) -> Iterator[Path]:
    """A new private folder that goes again."""
    with plain_errors(folder):
        folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _copy_tables(home: Path, snapshot: Path) -> None:
    """A copy of the tables as they are at one moment, by SQLite's own online backup."""
    with (
        plain_errors(home / DATABASE),
        closing(driver.connect(home / DATABASE)) as live,
        closing(driver.connect(snapshot)) as copy,
    ):
        live.backup(copy)
        copy.execute("DELETE FROM doomed")
        copy.commit()
        copy.execute("PRAGMA journal_mode = DELETE")


def _pack(home: Path, snapshot: Path, target: Path) -> Backup:
    done, clips = _named(snapshot)
    lost: list[str] = []

    def fill(writer: ArchiveWriter) -> None:
        gone = []
        for name in (*clips, *done):
            add = writer.add_file if name in clips else writer.add_folder
            try:
                add(name, home / name)
            except FileNotFoundError:
                gone.append(name)
        # A row goes before its folder does: one whose row is still there was whole while it was read.
        deleted = frozenset(done) - _in_use(home)
        lost.extend(_forget_deleted(home, snapshot, deleted.union(gone)))
        writer.add_file(DATABASE, snapshot)

    write_archive(target, "backup", len(MIGRATIONS), {"made_s": time.time()}, fill)
    done, clips = _named(snapshot)
    return Backup(len(done), len(clips), target.stat().st_size, tuple(lost))


def _named(database: Path) -> tuple[frozenset[str], frozenset[str]]:
    """The result folders and the videos that a store's tables speak of, as paths in the home."""
    with closing(driver.connect(database)) as db:
        done = db.execute("SELECT 'analyses/' || id FROM analyses WHERE status = 'done'").fetchall()
        clips = db.execute("SELECT 'clips/' || id || ending FROM clips WHERE has_video").fetchall()
    return frozenset(name for (name,) in done), frozenset(name for (name,) in clips)


def _in_use(home: Path) -> frozenset[str]:
    """The result folders and the videos of a home whose rows are there."""
    return frozenset().union(*_named(home / DATABASE))


def _forget_deleted(home: Path, snapshot: Path, gone: Collection[str]) -> tuple[str, ...]:
    """Take from a copy of the tables what was deleted since it was made; gives what is missing for no such reason."""
    in_use = _in_use(home)
    ids = [(name.partition("/")[2].partition(".")[0],) for name in gone if name not in in_use]
    with closing(driver.connect(snapshot)) as copy:
        copy.execute("PRAGMA foreign_keys = ON")
        copy.executemany("DELETE FROM analyses WHERE id = ?", ids)
        copy.executemany("UPDATE clips SET has_video = 0 WHERE id = ?", ids)
        copy.execute("DELETE FROM clips WHERE NOT has_video AND id NOT IN (SELECT clip_id FROM analyses)")
        copy.commit()
    return tuple(sorted(name for name in gone if name in in_use))


def _check_database(path: Path, source: Path) -> None:
    """Check that the tables of a backup are whole, and that they are a store's."""
    try:
        with closing(driver.connect(path)) as db:
            whole = db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
            whole = whole and db.execute("PRAGMA foreign_key_check").fetchone() is None
            known = 1 <= db.execute("PRAGMA user_version").fetchone()[0] <= len(MIGRATIONS)
            foreign = db.execute("SELECT 1 FROM sqlite_master WHERE type IN ('trigger', 'view')").fetchone()
            db.execute("SELECT id FROM analyses LIMIT 1")
    except driver.DATABASE_ERRORS as error:
        raise InputError(f"{source.name}: its tables are damaged") from error
    if not whole or not known or foreign is not None:
        raise InputError(f"{source.name}: its tables are damaged or not those of a store that this formcheck knows")


def _drop_nameless(home: Path) -> None:
    """Remove files of which no row speaks: they were deleted while the backup was being written."""
    named = _in_use(home)
    for path in (*(home / "clips").iterdir(), *(home / "analyses").iterdir()):
        if path.relative_to(home).as_posix() not in named:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _let_in(home: Path, scratch: Path) -> None:
    """Let the restored home in, also where a running app has just made an empty one in its place."""
    for i in range(_MOST_INTRUDERS):
        try:
            take_coming(home)
            return
        except OSError:
            if i + 1 == _MOST_INTRUDERS or not home.exists():
                raise
            home.rename(scratch / f"empty-{i}")


def _name_aside(home: Path) -> Path | None:
    """Where an earlier home will be kept; None where there is none, or an empty folder."""
    if not home.exists() or (home.is_dir() and not any(home.iterdir())):
        return None
    aside = home.with_name(f"{home.name}-before-{time.strftime('%Y-%m-%d-%H%M%S')}")
    if aside.exists():
        raise InputError(f"{aside} is there already; wait a second and try again")
    return aside
