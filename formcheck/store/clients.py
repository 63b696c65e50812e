"""Clients, and what a person on the way back to running records."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, Final

from formcheck.errors import InputError
from formcheck.recovery import records as r
from formcheck.store.analyses import Analyses
from formcheck.store.homes import new_id
from formcheck.store.records import Client

Record = (
    r.PainScore
    | r.RunSession
    | r.StrengthTest
    | r.RedFlagAnswers
    | r.Override
    | r.AkpsAnswers
    | r.Shoe
    | r.HeldStepRate
)
_KINDS: Final[Mapping[str, type]] = MappingProxyType(
    {
        "pain": r.PainScore,
        "runs": r.RunSession,
        "strength": r.StrengthTest,
        "red_flags": r.RedFlagAnswers,
        "overrides": r.Override,
        "akps": r.AkpsAnswers,
        "shoes": r.Shoe,
        "step_rates": r.HeldStepRate,
    }
)
"""Kind of a record, which is also its field in `recovery.records.Evidence`."""


class Clients(Analyses):
    """The part of the store that keeps clients and their records; a record without a client is the owner's own."""

    def add_client(self, workspace: str, name: str, *, birth_year: int | None = None, notes: str = "") -> Client:
        """A new client; the same name twice gives two clients."""
        client_id, now = new_id(), self._now()
        client = Client(client_id, workspace, _name(name), now, notes.strip(), birth_year)
        with self._writing():
            self._insert("clients", **dataclasses.asdict(client))
        return client

    def change_client(
        self, client_id: str, workspace: str, *, name: str, birth_year: int | None, notes: str
    ) -> Client | None:
        """Put a client's data right; None where the client is not here."""
        with self._writing() as db:
            db.execute(
                "UPDATE clients SET name = ?, birth_year = ?, notes = ? WHERE id = ? AND workspace = ?",
                (_name(name), birth_year, notes.strip(), client_id, workspace),
            )
        return self.client(client_id, workspace)

    def client(self, client_id: str, workspace: str) -> Client | None:
        """A client of this workspace, or None."""
        row = self._row("SELECT * FROM clients WHERE id = ? AND workspace = ?", client_id, workspace)
        return None if row is None else Client(**row)

    def clients(self, workspace: str) -> tuple[Client, ...]:
        """All clients of a workspace by name."""
        rows = self._rows(
            "SELECT * FROM clients WHERE workspace = ? ORDER BY name COLLATE NOCASE, created_s", workspace
        )
        return tuple(Client(**row) for row in rows)

    def add_record(self, workspace: str, client_id: str | None, record: Record) -> str:
        """Keep a record; gives its id, by which it can be taken back.

        Raises
        ------
        InputError : the client is not in this workspace.
        """
        record_id = new_id()
        kind, day, content = stored_form(record)
        with self._writing():
            self._check_owned(workspace, client=client_id)
            self._insert(
                "records",
                id=record_id,
                workspace=workspace,
                client_id=client_id,
                kind=kind,
                day=day,
                content=content,
                created_s=self._now(),
            )
        return record_id

    def replace_record(self, record_id: str, workspace: str, record: Record) -> bool:
        """Put another of its kind in a record's place, such as a run once its next morning is known."""
        kind, day, content = stored_form(record)
        with self._writing() as db:
            changed = db.execute(
                "UPDATE records SET day = ?, content = ? WHERE id = ? AND workspace = ? AND kind = ?",
                (day, content, record_id, workspace, kind),
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
        return tuple((row["id"], record_from(kind, json.loads(row["content"]))) for row in rows)

    def evidence(self, workspace: str, client_id: str | None) -> r.Evidence:
        """Everything recorded, for the rules; squat results come from the analyses and are not among it."""
        kept: dict[str, Any] = {
            kind: tuple(record for _, record in self.records(workspace, client_id, kind)) for kind in _KINDS
        }
        return r.Evidence(**kept)


def _name(name: str) -> str:
    words = " ".join(name.split())
    if not words:
        raise InputError("a client needs a name, or any word or number that tells them apart")
    return words


def stored_form(record: Record) -> tuple[str, str, str]:
    """Kind, day and JSON of a record."""
    kind = next(name for name, type_ in _KINDS.items() if type(record) is type_)
    day = record.since if isinstance(record, r.Shoe) else record.day
    return kind, day.isoformat(), json.dumps(dataclasses.asdict(record), default=date.isoformat, ensure_ascii=False)


def record_from(kind: str, content: Mapping[str, Any]) -> Record:
    """The record from its stored form: days from text, lists to tuples.

    Raises
    ------
    KeyError, TypeError, ValueError : it is no such record.
    """
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
