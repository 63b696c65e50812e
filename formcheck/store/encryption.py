"""Encrypts the tables of a home, and brings them back; the app must be closed meanwhile."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

from formcheck.errors import InputError
from formcheck.store import driver
from formcheck.store.base import Connection, plain_errors
from formcheck.store.homes import DATABASE, make_private_file

NO_KEY = "''"


def encrypt(home: Path, password: str) -> Path:
    """Encrypt the tables of a home; gives their file. Clips and results stay as they are.

    Raises
    ------
    InputError : there is no store, it is encrypted, in use, or SQLCipher is not installed; the password is too short.
    """
    if len(password) < driver.SHORTEST_PASSWORD:
        raise InputError(f"a password of {driver.SHORTEST_PASSWORD} characters or more is needed")
    path = _tables(home, encrypted=False)
    if os.environ.get(driver.VARIABLE):
        raise InputError(f"leave {driver.VARIABLE} out while the store is not encrypted")
    Connection(home).close()  # brings it up to date
    return _exchange(path, NO_KEY, driver.key(password, driver.new_salt()))


def decrypt(home: Path, password: str) -> Path:
    """Write the tables of a home in plain again; gives their file.

    Raises
    ------
    InputError : there is no encrypted store, it is in use, or the password is wrong.
    """
    path = _tables(home, encrypted=True)
    return _exchange(path, driver.key(password, driver.salt_of(path)), NO_KEY)


def _tables(home: Path, *, encrypted: bool) -> Path:
    path = home / DATABASE
    if not path.is_file():
        raise InputError(f"{home} holds no store of formcheck; name its folder with --home")
    if driver.is_encrypted(path) is not encrypted:
        raise InputError(f"{path} is {'not encrypted' if encrypted else 'encrypted already'}")
    return path


def _exchange(path: Path, key: str, new_key: str) -> Path:
    """Copy all tables under another key and put the copy in the file's place; the old one is overwritten."""
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    try:
        with plain_errors(path), closing(driver.sqlcipher().connect(str(path), timeout=5, isolation_level=None)) as db:
            _copy(db, key, part, new_key)
            make_private_file(part)
            with path.open("r+b") as old:
                part.replace(path)
                _overwrite(old)
    finally:
        part.unlink(missing_ok=True)
    return path


def _copy(db: sqlite3.Connection, key: str, part: Path, new_key: str) -> None:
    if key != NO_KEY:
        db.execute(f"PRAGMA key = {key}")
    # No other program may hold the file: what it wrote meanwhile would be lost.
    db.execute("PRAGMA locking_mode = EXCLUSIVE")
    if db.execute("PRAGMA journal_mode = DELETE").fetchone()[0] != "delete":
        raise InputError("the store is in use; close the app, wait until its analyses are done, and try again")
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    db.execute(f"ATTACH DATABASE ? AS copy KEY {new_key}", (str(part),))
    db.execute("SELECT sqlcipher_export('copy')")
    db.execute(f"PRAGMA copy.user_version = {version}")
    db.execute("DETACH DATABASE copy")


def _overwrite(file: BinaryIO) -> None:
    """Fill a file with zeros, for a disk that writes in place; on flash nobody can promise that the old is gone."""
    left = file.seek(0, os.SEEK_END)
    file.seek(0)
    while left > 0:
        left -= file.write(bytes(min(left, 1 << 20)))
    file.flush()
    os.fsync(file.fileno())
