"""The open store: one connection, transactions, and the home it belongs to."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from formcheck.errors import InputError
from formcheck.store.homes import DATABASE, make_home, make_private_file
from formcheck.store.schema import migrate

_BUSY_MS = 10_000


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
        try:
            is_new = not path.exists()
            self._db = sqlite3.connect(path, timeout=_BUSY_MS / 1000, isolation_level=None)
            self._db.row_factory = sqlite3.Row
            if is_new:
                make_private_file(path)
            # WAL with NORMAL: a killed program loses nothing; a power cut at most the last moments.
            for pragma in (
                "journal_mode = WAL",
                "synchronous = NORMAL",
                "foreign_keys = ON",
                f"busy_timeout = {_BUSY_MS}",
            ):
                self._db.execute(f"PRAGMA {pragma}")
            migrate(self._db)
        except sqlite3.Error as error:
            raise _plain(error, path) from error

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
        try:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
        except sqlite3.OperationalError as error:
            raise _plain(error, self.home / DATABASE) from error

    def _rows(self, query: str, *values: object) -> list[sqlite3.Row]:
        return self._db.execute(query, values).fetchall()

    def _row(self, query: str, *values: object) -> sqlite3.Row | None:
        found: sqlite3.Row | None = self._db.execute(query, values).fetchone()
        return found

    @staticmethod
    def _now() -> float:
        return time.time()


def _plain(error: sqlite3.Error, path: Path) -> InputError:
    """The reason in one line."""
    text = str(error)
    if "locked" in text:
        return InputError(f"{path} is in use by another program for too long; try again in a moment")
    if "not a database" in text or "malformed" in text:
        return InputError(
            f"{path} is damaged or no store of formcheck; restore a backup or name another folder with --home"
        )
    return InputError(
        f"{path} cannot be written ({text}); free space or permissions, or name another folder with --home"
    )
