"""What formcheck keeps: one SQLite file and folders beside it, in one private place."""

from __future__ import annotations

from pathlib import Path

from formcheck.store.analyses import KEEP_VIDEO
from formcheck.store.backups import Backup, Restored, backup, restore
from formcheck.store.clients import Record
from formcheck.store.driver import VARIABLE as PASSWORD_VARIABLE
from formcheck.store.driver import is_encrypted
from formcheck.store.encryption import decrypt, encrypt
from formcheck.store.homes import DATABASE, home_folder
from formcheck.store.portable import Imported, Portable
from formcheck.store.records import (
    Analysis,
    AnalysisStatus,
    Annotation,
    Client,
    Clip,
    Copy,
    Correction,
    Deletion,
    Note,
    Visit,
)
from formcheck.store.settings import Clinic, Settings

__all__ = [
    "DATABASE",
    "KEEP_VIDEO",
    "PASSWORD_VARIABLE",
    "Analysis",
    "AnalysisStatus",
    "Annotation",
    "Backup",
    "Client",
    "Clinic",
    "Clip",
    "Copy",
    "Correction",
    "Deletion",
    "Imported",
    "Note",
    "Record",
    "Restored",
    "Store",
    "Visit",
    "backup",
    "decrypt",
    "encrypt",
    "home_folder",
    "is_encrypted",
    "open_store",
    "restore",
]


class Store(Portable, Settings):
    """An open store: clips, analyses, clients, what is added to them, settings. Use it in one thread, and close it."""

    def __enter__(self) -> Store:
        return self


def open_store(home: Path | None = None) -> Store:
    """Open the store in a home (see `home_folder`); what is missing is made, what is old is brought up to date."""
    return Store(home_folder(home))
