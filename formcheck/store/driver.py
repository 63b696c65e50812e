"""The SQLite underneath: Python's own, or SQLCipher where the store is encrypted and its password was given.

The key is derived from the password and a salt (scrypt) once a process; the salt stands in the file's first 16 bytes,
where SQLCipher keeps it. `pip install "formcheck[encrypted]"` brings SQLCipher.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import sqlite3
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal

from formcheck.errors import InputError

if TYPE_CHECKING:
    from types import ModuleType

VARIABLE = "FORMCHECK_STORE_PASSWORD"
SHORTEST_PASSWORD = 10
PLAIN_HEAD = b"SQLite format 3\0"
_SALT_BYTES = len(PLAIN_HEAD)
_SECTOR_BYTES = 512
_LOCK = Lock()
_HEADS: dict[tuple[str, int, int], bytes] = {}


def _cipher() -> ModuleType | None:
    try:
        from sqlcipher3 import dbapi2
    except ImportError:
        return None
    found: ModuleType = dbapi2
    return found


_CIPHER = _cipher()
_BOTH: tuple[Any, ...] = (sqlite3,) if _CIPHER is None else (sqlite3, _CIPHER)
ERRORS: tuple[type[Exception], ...] = tuple(one.Error for one in _BOTH)
DATABASE_ERRORS: tuple[type[Exception], ...] = tuple(one.DatabaseError for one in _BOTH)
INTEGRITY_ERRORS: tuple[type[Exception], ...] = tuple(one.IntegrityError for one in _BOTH)


def is_encrypted(path: Path) -> bool:
    """Whether a store's file is there and is no plain SQLite file."""
    return _head(path) not in (b"", PLAIN_HEAD)


def connect(
    path: Path, *, timeout: float = 10.0, isolation_level: Literal["DEFERRED"] | None = "DEFERRED"
) -> sqlite3.Connection:
    """Open a store's file; with a password in the environment an encrypted one, also where it is new.

    Raises
    ------
    InputError : the file is encrypted and there is no password, or the other way round, or the password is wrong.
    """
    password = os.environ.get(VARIABLE, "")
    head = _head(path)
    if not password:
        if head not in (b"", PLAIN_HEAD) and path.stat().st_size % _SECTOR_BYTES == 0:
            raise InputError(f"{path} is damaged, or encrypted: give its password in {VARIABLE}")
        _begin(path, head, PLAIN_HEAD)
        return sqlite3.connect(path, timeout=timeout, isolation_level=isolation_level)
    if head == PLAIN_HEAD:
        raise InputError(f"{path} is not encrypted; run formcheck encrypt first, or leave {VARIABLE} out")
    module = sqlcipher()
    salt = _begin(path, head, new_salt())
    db: sqlite3.Connection = module.connect(str(path), timeout=timeout, isolation_level=isolation_level)
    try:
        db.execute(f"PRAGMA key = {key(password, salt)}")
        db.execute("SELECT COUNT(*) FROM sqlite_master")
    except DATABASE_ERRORS as error:
        db.close()
        if "not a database" in str(error):
            raise InputError(f"{path} does not open with this password, or it is damaged") from error
        raise
    return db


def _head(path: Path) -> bytes:
    """The first bytes of a store's file: SQLite's own, or the salt; empty where there is nothing yet.

    A file is opened for this once, before this process has a connection to it: closing a file lets go of the locks that
    SQLite holds on it anywhere in the process, and two writers at once would be the end of it.
    """
    with _LOCK:
        try:
            found = path.stat()
        except OSError:
            return b""
        place = (str(path), found.st_dev, found.st_ino)
        if place not in _HEADS and found.st_size:
            with path.open("rb") as file:
                _HEADS[place] = file.read(_SALT_BYTES)
        return _HEADS.get(place, b"")


def _begin(path: Path, head: bytes, new_head: bytes) -> bytes:
    """Note how a new file begins, before SQLite makes it; gives how the file begins."""
    if head:
        return head
    with _LOCK:
        path.touch(mode=0o600)
        found = path.stat()
        return _HEADS.setdefault((str(path), found.st_dev, found.st_ino), new_head)


def sqlcipher() -> ModuleType:
    """SQLCipher's module.

    Raises
    ------
    InputError : it is not installed.
    """
    if _CIPHER is None:
        raise InputError('an encrypted store needs SQLCipher; install it with pip install "formcheck[encrypted]"')
    return _CIPHER


def rows_of(db: sqlite3.Connection) -> Any:  # noqa: ANN401 - a class of either module
    """The class whose rows know their columns by name, of the module that this connection is of."""
    return sqlite3.Row if isinstance(db, sqlite3.Connection) else sqlcipher().Row


def new_salt() -> bytes:
    """Salt for a file that is to be made."""
    return secrets.token_bytes(_SALT_BYTES)


def salt_of(path: Path) -> bytes:
    """Salt of an encrypted file."""
    return _head(path)


@lru_cache(maxsize=16)
def key(password: str, salt: bytes) -> str:
    """The key as SQLCipher wants it."""
    secret = hashlib.scrypt(password.encode(), salt=salt, n=1 << 15, r=8, p=1, maxmem=1 << 26, dklen=32)
    return f"\"x'{secret.hex()}{salt.hex()}'\""
