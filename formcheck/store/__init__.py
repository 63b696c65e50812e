"""What formcheck keeps: one SQLite file and folders beside it, in one private place."""

from __future__ import annotations

from pathlib import Path

from formcheck.store.desk import Desk
from formcheck.store.homes import home_folder
from formcheck.store.records import Analysis, AnalysisStatus, Client, Clip

__all__ = ["Analysis", "AnalysisStatus", "Client", "Clip", "Store", "home_folder", "open_store"]


class Store(Desk):
    """An open store: clips, analyses, clients and records. Use it in one thread, and close it."""

    def __enter__(self) -> Store:
        return self


def open_store(home: Path | None = None) -> Store:
    """Open the store in a home (see `home_folder`); what is missing is made, what is old is brought up to date."""
    return Store(home_folder(home))
