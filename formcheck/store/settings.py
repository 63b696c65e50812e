"""What the owner of a workspace set once: the clinic that stands above the reports."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass

from formcheck.store.base import Connection

_CLINIC = "clinic"


@dataclass(frozen=True)
class Clinic:
    """Name and logo (a PNG) of a clinic; empty where they were not said."""

    name: str = ""
    logo: bytes = b""


class Settings(Connection):
    """The part of the store that keeps settings."""

    def clinic(self, workspace: str) -> Clinic:
        """The clinic of a workspace; an empty one where none was said."""
        row = self._row("SELECT content FROM settings WHERE workspace = ? AND name = ?", workspace, _CLINIC)
        if row is None:
            return Clinic()
        kept = json.loads(row["content"])
        return Clinic(kept["name"], base64.b64decode(kept["logo"]))

    def set_clinic(self, workspace: str, clinic: Clinic) -> None:
        """Keep the clinic of a workspace in place of the one before."""
        content = {"name": clinic.name.strip(), "logo": base64.b64encode(clinic.logo).decode("ascii")}
        with self._writing() as db:
            db.execute(
                "INSERT OR REPLACE INTO settings (workspace, name, content, changed_s) VALUES (?, ?, ?, ?)",
                (workspace, _CLINIC, json.dumps(content, ensure_ascii=False), self._now()),
            )
