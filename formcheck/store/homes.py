"""Where everything lies that formcheck keeps: one folder a person, readable by nobody else."""

from __future__ import annotations

import os
import uuid
from pathlib import Path

import platformdirs

from formcheck.errors import InputError

VARIABLE = "FORMCHECK_HOME"
DATABASE = "formcheck.db"
FOLDERS = ("clips", "analyses", "inbox", "logs")
_PRIVATE_FOLDER, _PRIVATE_FILE = 0o700, 0o600


def home_folder(explicit: Path | None = None) -> Path:
    """The home: as said, else FORMCHECK_HOME, else the user's own data folder. It need not exist."""
    if explicit is not None:
        return explicit.expanduser().resolve()
    named = os.environ.get(VARIABLE, "")
    if named:
        return Path(named).expanduser().resolve()
    return platformdirs.user_data_path("formcheck", appauthor=False)


def make_home(home: Path) -> Path:
    """Make the home and its folders, private from the start.

    Raises
    ------
    InputError : the place cannot be written.
    """
    try:
        if not home.exists():
            take_coming(home)
        home.mkdir(parents=True, exist_ok=True)
        _make_private(home)
        for name in FOLDERS:
            (home / name).mkdir(mode=_PRIVATE_FOLDER, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"{home} cannot be written ({error.strerror}); free its permissions or name another folder with --home"
        ) from error
    return home


def coming(home: Path) -> Path:
    """Where a restored home lies, whole, for the moment in which the earlier one is moved out of its way."""
    return home.with_name(f".{home.name}.coming")


def take_coming(home: Path) -> bool:
    """Let a restored home take its place; False where none is coming, or another program has let it in.

    Whoever opens the store in that moment, or after a restore that was killed in it, does it: nobody finds it empty.

    Raises
    ------
    OSError : something stands in its place.
    """
    try:
        coming(home).rename(home)
    except FileNotFoundError:
        return False
    return True


def _make_private(folder: Path) -> None:
    if os.name == "posix" and folder.stat().st_mode & 0o077:
        folder.chmod(_PRIVATE_FOLDER)


def make_private_file(path: Path) -> None:
    """Let nobody else read a file (where the system knows such permissions)."""
    if os.name == "posix":
        path.chmod(_PRIVATE_FILE)


def new_id() -> str:
    """An id that nobody can guess, safe as a file name: 32 hex digits."""
    return uuid.uuid4().hex
