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
from typing import TYPE_CHECKING, Any, Literal

from formcheck.errors import InputError

if TYPE_CHECKING:
    from types import ModuleType

VARIABLE = "FORMCHECK_STORE_PASSWORD"
SHORTEST_PASSWORD = 10
_PLAIN_HEAD = b"SQLite format 3\0"
_SALT_BYTES = 16


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
    try:
        with path.open("rb") as file:
            head = file.read(len(_PLAIN_HEAD))
    except OSError:
        return False
    return bool(head) and head != _PLAIN_HEAD


def connect(
    path: Path, *, timeout: float = 10.0, isolation_level: Literal["DEFERRED"] | None = "DEFERRED"
) -> sqlite3.Connection:
    """Open a store's file; with a password in the environment an encrypted one, also where it is new.

    Raises
    ------
    InputError : the file is encrypted and there is no password, or the other way round, or the password is wrong.
    """
    password = os.environ.get(VARIABLE, "")
    there = path.is_file() and path.stat().st_size > 0
    if not password:
        if is_encrypted(path) and path.stat().st_size % 512 == 0:
            raise InputError(f"{path} is damaged, or encrypted: give its password in {VARIABLE}")
        return sqlite3.connect(path, timeout=timeout, isolation_level=isolation_level)
    if there and not is_encrypted(path):
        raise InputError(f"{path} is not encrypted; run formcheck encrypt first, or leave {VARIABLE} out")
    module = sqlcipher()
    db: sqlite3.Connection = module.connect(str(path), timeout=timeout, isolation_level=isolation_level)
    try:
        db.execute(f"PRAGMA key = {key_of(path, password)}")
        db.execute("SELECT COUNT(*) FROM sqlite_master")
    except DATABASE_ERRORS as error:
        db.close()
        if "not a database" in str(error):
            raise InputError(f"{path} does not open with this password, or it is damaged") from error
        raise
    return db


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


def key_of(path: Path, password: str) -> str:
    """The key of a file as SQLCipher wants it; with a new salt where the file is not there yet."""
    salt = b""
    if path.is_file():
        with path.open("rb") as file:
            salt = file.read(_SALT_BYTES)
    return _key(password, salt or secrets.token_bytes(_SALT_BYTES))


@lru_cache(maxsize=16)
def _key(password: str, salt: bytes) -> str:
    secret = hashlib.scrypt(password.encode(), salt=salt, n=1 << 15, r=8, p=1, maxmem=1 << 26, dklen=32)
    return f"\"x'{secret.hex()}{salt.hex()}'\""
