"""Clients, and what a person on the way back to running records."""

from __future__ import annotations

import dataclasses
import json
import sqlite3
from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, Final

from formcheck.recovery import records as r
from formcheck.store.base import Connection
from formcheck.store.homes import new_id
from formcheck.store.records import Client

Record = r.PainScore | r.RunSession | r.StrengthTest | r.RedFlagAnswers | r.Override | r.AkpsAnswers | r.Shoe
_KINDS: Final[Mapping[str, type]] = MappingProxyType(
    {
        "pain": r.PainScore,
        "runs": r.RunSession,
        "strength": r.StrengthTest,
        "red_flags": r.RedFlagAnswers,
        "overrides": r.Override,
        "akps": r.AkpsAnswers,
        "shoes": r.Shoe,
    }
)
"""Kind of a record, which is also its field in `recovery.records.Evidence`."""


class Clients(Connection):
    """The part of the store that keeps clients and their records; a record without a client is the owner's own."""

    def add_client(self, workspace: str, name: str) -> Client:
        """A new client; the same name twice gives two clients."""
        client_id, now = new_id(), self._now()
        with self._writing() as db:
            db.execute(
                "INSERT INTO clients (id, workspace, name, created_s) VALUES (?, ?, ?, ?)",
                (client_id, workspace, name.strip(), now),
            )
        return Client(client_id, workspace, name.strip(), now)

    def client(self, client_id: str, workspace: str) -> Client | None:
        """A client of this workspace, or None."""
        row = self._row("SELECT * FROM clients WHERE id = ? AND workspace = ?", client_id, workspace)
        return None if row is None else _client(row)

    def clients(self, workspace: str) -> tuple[Client, ...]:
        """All clients of a workspace by name."""
        rows = self._rows(
            "SELECT * FROM clients WHERE workspace = ? ORDER BY name COLLATE NOCASE, created_s", workspace
        )
        return tuple(map(_client, rows))

    def add_record(self, workspace: str, client_id: str | None, record: Record) -> str:
        """Keep a record; gives its id, by which it can be taken back."""
        kind = next(name for name, type_ in _KINDS.items() if type(record) is type_)
        day = record.since if isinstance(record, r.Shoe) else record.day
        record_id = new_id()
        content = json.dumps(dataclasses.asdict(record), default=date.isoformat, ensure_ascii=False)
        with self._writing() as db:
            db.execute(
                "INSERT INTO records (id, workspace, client_id, kind, day, content, created_s)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (record_id, workspace, client_id, kind, day.isoformat(), content, self._now()),
            )
        return record_id

    def replace_record(self, record_id: str, workspace: str, record: Record) -> bool:
        """Put another content in a record's place, such as a run once its next morning is known."""
        content = json.dumps(dataclasses.asdict(record), default=date.isoformat, ensure_ascii=False)
        with self._writing() as db:
            changed = db.execute(
                "UPDATE records SET content = ? WHERE id = ? AND workspace = ?", (content, record_id, workspace)
            ).rowcount
        return bool(changed)

    def delete_record(self, record_id: str, workspace: str) -> bool:
        """Take a record back."""
        with self._writing() as db:
            gone = db.execute("DELETE FROM records WHERE id = ? AND workspace = ?", (record_id, workspace)).rowcount
        return bool(gone)

    def records(self, workspace: str, client_id: str | None, kind: str) -> tuple[tuple[str, Record], ...]:
        """(id, record) of one kind of a client (None: the owner's own), the oldest first."""
        rows = self._rows(
            "SELECT id, content FROM records WHERE workspace = ? AND client_id IS ? AND kind = ?"
            " ORDER BY day, created_s",
            workspace,
            client_id,
            kind,
        )
        return tuple((row["id"], _record(kind, json.loads(row["content"]))) for row in rows)

    def evidence(self, workspace: str, client_id: str | None) -> r.Evidence:
        """Everything recorded, for the rules; squat results come from the analyses and are not among it."""
        kept: dict[str, Any] = {
            kind: tuple(record for _, record in self.records(workspace, client_id, kind)) for kind in _KINDS
        }
        return r.Evidence(**kept)


def _client(row: sqlite3.Row) -> Client:
    return Client(row["id"], row["workspace"], row["name"], row["created_s"], row["notes"])


def _record(kind: str, content: Mapping[str, Any]) -> Record:
    """The record from its stored form: days from text, lists to tuples."""
    dates = {"day", "since", "retired"}
    values = {
        name: date.fromisoformat(value)
        if name in dates and value is not None
        else tuple(value)
        if isinstance(value, list)
        else value
        for name, value in content.items()
    }
    record: Record = _KINDS[kind](**values)
    return record
