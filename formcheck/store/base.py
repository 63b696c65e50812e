"""The open store: one connection, transactions, and the home it belongs to."""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Any, Literal

from formcheck.errors import InputError
from formcheck.store import driver
from formcheck.store.homes import DATABASE, FOLDERS, make_home, make_private_file
from formcheck.store.schema import migrate

UNFINISHED_S = 6 * 3600.0
"""What was being made for so long was left behind by a killed program."""
_BUSY_MS = 10_000
# WAL with NORMAL: a killed program loses nothing; a power cut at most the last moments, and never the file.
# Deleted rows are overwritten, so that no name stays behind in the free pages of the file.
_PRAGMAS = (
    f"busy_timeout = {_BUSY_MS}",
    "journal_mode = WAL",
    "synchronous = NORMAL",
    "foreign_keys = ON",
    "secure_delete = ON",
)


class Connection:
    """A connection to one store, for one thread; open a new one for each use, it takes a few milliseconds.

    Parameters
    ----------
    home : the folder; it is made where it does not exist.

    Raises
    ------
    InputError : the home cannot be written, the file is no store, or a newer formcheck wrote it.
    """

    def __init__(self, home: Path) -> None:
        self.home = make_home(home)
        path = self.home / DATABASE
        with plain_errors(path):
            is_new = not path.exists()
            self._db = driver.connect(path, timeout=_BUSY_MS / 1000, isolation_level=None)
            try:
                self._db.row_factory = driver.rows_of(self._db)
                if is_new:
                    make_private_file(path)
                for pragma in _PRAGMAS:
                    self._db.execute(f"PRAGMA {pragma}")
                migrate(self._db)
                self._sweep()
            except BaseException:
                self._db.close()
                raise

    def close(self) -> None:
        """Close the connection."""
        self._db.close()

    def __enter__(self) -> Any:  # noqa: ANN401 - the subclass
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction that is written whole or not at all."""
        with plain_errors(self.home / DATABASE):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    def _rows(self, query: str, *values: object) -> list[sqlite3.Row]:
        with plain_errors(self.home / DATABASE):
            return self._db.execute(query, values).fetchall()

    def _row(self, query: str, *values: object) -> sqlite3.Row | None:
        with plain_errors(self.home / DATABASE):
            found: sqlite3.Row | None = self._db.execute(query, values).fetchone()
        return found

    def _insert(self, table: str, **values: object) -> None:
        """Insert one row; call it within `_writing`."""
        names, marks = ", ".join(values), ", ".join("?" * len(values))
        self._db.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(values.values()))

    def _check_owned(self, workspace: str, **wanted: str | None) -> None:
        """Check that rows belong to this workspace: `client=...`, `visit=...`, `analysis=...`, `clip=...`.

        Raises
        ------
        InputError : one of them does not, or is not there any more.
        """
        tables = {"client": "clients", "visit": "visits", "analysis": "analyses", "clip": "clips"}
        for what, row_id in wanted.items():
            query = f"SELECT 1 FROM {tables[what]} WHERE id = ? AND workspace = ?"
            if row_id is not None and self._row(query, row_id, workspace) is None:
                raise InputError(f"this {what} is not here any more; it may have been deleted in another window")

    def _doom(self, paths: Iterable[Path], *, in_s: float = 0.0) -> None:
        """Note files and folders to be removed once `in_s` seconds have passed; call it within `_writing`.

        Noted in the same transaction that takes their rows away, so that a kill in between leaves nothing behind.
        """
        due_s = self._now() + in_s
        named = [(path.relative_to(self.home).as_posix(), due_s) for path in paths]
        self._db.executemany("INSERT OR REPLACE INTO doomed (path, due_s) VALUES (?, ?)", named)

    def _spare(self, paths: Iterable[Path]) -> None:
        """Take back what `_doom` noted; call it within `_writing`."""
        named = [(path.relative_to(self.home).as_posix(),) for path in paths]
        self._db.executemany("DELETE FROM doomed WHERE path = ?", named)

    @contextmanager
    def unfinished(self, *paths: Path) -> Iterator[None]:
        """Files or folders being made in the home: should this program be killed, they go when the store is opened."""
        with self._writing():
            self._doom(paths, in_s=UNFINISHED_S)
        yield
        with self._writing():
            self._spare(paths)

    def note_copy(
        self, kind: Literal["backup", "export"], name: str, workspace: str | None = None, client_id: str | None = None
    ) -> None:
        """Keep that a backup or an export was written, by the name of its file."""
        with self._writing():
            self._insert("copies", kind=kind, name=name, workspace=workspace, client_id=client_id, made_s=self._now())

    def _sweep(self) -> None:
        """Remove what is noted to go and due."""
        gone = []
        for row in self._rows("SELECT path FROM doomed WHERE due_s <= ?", self._now()):
            if not _is_ours(row["path"]):
                continue
            path = self.home / row["path"]
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
            if not path.exists():
                gone.append(path)
        if gone:
            with self._writing():
                self._spare(gone)

    @staticmethod
    def _now() -> float:
        return time.time()


def _is_ours(path: str) -> bool:
    """Whether a noted path is one entry in one of the store's own folders."""
    parts = PurePosixPath(path).parts
    return len(parts) == 2 and parts[0] in FOLDERS and parts[1] not in ("", ".", "..")


@contextmanager
def plain_errors(path: Path) -> Iterator[None]:
    """Turn what SQLite and the system say of a store's file into one line; a broken rule of the tables stays as it is.

    Raises
    ------
    InputError : the file cannot be used.
    """
    try:
        yield
    except driver.INTEGRITY_ERRORS:
        raise
    except driver.DATABASE_ERRORS as error:
        raise InputError(_reason(str(error), path)) from error
    except OSError as error:
        raise InputError(_reason(error.strerror or type(error).__name__, path)) from error


def _reason(text: str, path: Path) -> str:
    if "locked" in text:
        return f"{path} is in use by another program for too long; try again in a moment"
    if "not a database" in text or "malformed" in text:
        return f"{path} is damaged or no store of formcheck; restore a backup or name another folder with --home"
    return f"{path} cannot be written ({text}); free space or permissions, or name another folder with --home"
