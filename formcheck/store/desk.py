"""The desk: visits, notes, tags, drawings and corrections, each with who made it and when."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from formcheck.errors import InputError
from formcheck.store.analyses import COLUMNS, FROM
from formcheck.store.clients import Clients
from formcheck.store.homes import new_id
from formcheck.store.records import Analysis, Annotation, Correction, Note, Visit

_LONGEST_TEXT = 100_000
_LONGEST_JSON = 1_000_000
_OF_WORKSPACE = "analysis_id IN (SELECT id FROM analyses WHERE workspace = ?)"


class Desk(Clients):
    """The part of the store that keeps what people add to clients and analyses."""

    # Visits

    def add_visit(self, workspace: str, client_id: str | None, day: date, title: str = "") -> Visit:
        """A new visit of a client (None: the owner alone).

        Raises
        ------
        InputError : the client is not in this workspace.
        """
        visit = Visit(new_id(), workspace, client_id, day, title.strip(), self._now())
        with self._writing():
            self._check_owned(workspace, client=client_id)
            self._insert("visits", **{**vars(visit), "day": day.isoformat()})
        return visit

    def visits(self, workspace: str, client_id: str | None) -> tuple[Visit, ...]:
        """The visits of a client (None: the owner's own), the newest first."""
        query = "SELECT * FROM visits WHERE workspace = ? AND client_id IS ? ORDER BY day DESC, created_s DESC"
        return tuple(_visit(row) for row in self._rows(query, workspace, client_id))

    def visit(self, visit_id: str, workspace: str) -> Visit | None:
        """A visit of this workspace, or None."""
        row = self._row("SELECT * FROM visits WHERE id = ? AND workspace = ?", visit_id, workspace)
        return None if row is None else _visit(row)

    def delete_visit(self, visit_id: str, workspace: str) -> bool:
        """Delete a visit; its analyses and notes stay, without a visit."""
        return self._delete_owned("visits", visit_id, workspace)

    # Notes

    def add_note(
        self,
        workspace: str,
        text: str,
        *,
        client_id: str | None = None,
        visit_id: str | None = None,
        analysis_id: str | None = None,
        author: str = "",
        time_s: float | None = None,
    ) -> Note:
        """A note on a client, a visit or an analysis.

        Parameters
        ----------
        time_s : the moment in the clip that it speaks of, in seconds.

        Raises
        ------
        InputError : it is empty or far too long, or what it is on is not in this workspace.
        """
        note = Note(
            new_id(), workspace, client_id, visit_id, analysis_id, _text(text), author, time_s, self._now(), None
        )
        with self._writing():
            self._check_owned(workspace, client=client_id, visit=visit_id, analysis=analysis_id)
            self._insert("notes", **vars(note))
        return note

    def notes(
        self,
        workspace: str,
        *,
        client_id: str | None = None,
        visit_id: str | None = None,
        analysis_id: str | None = None,
    ) -> tuple[Note, ...]:
        """Notes of a workspace, the oldest first; those on one client, visit or analysis where given."""
        where, values = ["workspace = ?"], [workspace]
        for column, value in (("client_id", client_id), ("visit_id", visit_id), ("analysis_id", analysis_id)):
            if value is not None:
                where.append(f"{column} = ?")
                values.append(value)
        query = f"SELECT * FROM notes WHERE {' AND '.join(where)} ORDER BY created_s"
        return tuple(Note(**row) for row in self._rows(query, *values))

    def change_note(self, note_id: str, workspace: str, text: str) -> bool:
        """Put other words into a note; False where it is not here."""
        with self._writing() as db:
            changed = db.execute(
                "UPDATE notes SET text = ?, changed_s = ? WHERE id = ? AND workspace = ?",
                (_text(text), self._now(), note_id, workspace),
            ).rowcount
        return bool(changed)

    def delete_note(self, note_id: str, workspace: str) -> bool:
        """Delete a note."""
        return self._delete_owned("notes", note_id, workspace)

    # Tags

    def tag(self, analysis_id: str, workspace: str, word: str) -> None:
        """Put a tag on an analysis; one that is there stays as it is."""
        with self._writing() as db:
            self._check_owned(workspace, analysis=analysis_id)
            db.execute(
                "INSERT OR IGNORE INTO tags (analysis_id, word) VALUES (?, ?)",
                (analysis_id, " ".join(_text(word).split())),
            )

    def untag(self, analysis_id: str, workspace: str, word: str) -> None:
        """Take a tag off."""
        with self._writing() as db:
            db.execute(
                f"DELETE FROM tags WHERE analysis_id = ? AND word = ? AND {_OF_WORKSPACE}",
                (analysis_id, word, workspace),
            )

    def tags(self, workspace: str, analysis_id: str | None = None) -> tuple[str, ...]:
        """The tags of an analysis, or all that are in use in the workspace."""
        query = f"SELECT DISTINCT word FROM tags WHERE {_OF_WORKSPACE} AND (? IS NULL OR analysis_id = ?) ORDER BY word"
        return tuple(row["word"] for row in self._rows(query, workspace, analysis_id, analysis_id))

    # Drawings

    def annotate(
        self,
        analysis_id: str,
        workspace: str,
        shape: Mapping[str, Any],
        *,
        first_frame: int,
        last_frame: int | None = None,
        author: str = "",
        replaces: Iterable[str] = (),
    ) -> Annotation:
        """A drawing on a frame, or on the frames up to `last_frame` (included), in the place of earlier ones.

        Raises
        ------
        InputError : the analysis is not in this workspace, or the frames or the shape are off.
        """
        last = first_frame if last_frame is None else last_frame
        if not 0 <= first_frame <= last:
            raise InputError(
                f"a drawing from frame {first_frame} to {last} does not fit a clip; frames count from 0 up"
            )
        drawing = Annotation(new_id(), analysis_id, first_frame, last, dict(shape), author, self._now())
        with self._writing():
            self._check_owned(workspace, analysis=analysis_id)
            self._insert("annotations", **{**vars(drawing), "shape": _json(shape)})
            self._db.executemany(
                "DELETE FROM annotations WHERE id = ? AND analysis_id = ?", [(gone, analysis_id) for gone in replaces]
            )
        return drawing

    def annotations(self, analysis_id: str, workspace: str) -> tuple[Annotation, ...]:
        """The drawings on an analysis in the order of their frames."""
        query = f"SELECT * FROM annotations WHERE analysis_id = ? AND {_OF_WORKSPACE} ORDER BY first_frame, created_s"
        rows = self._rows(query, analysis_id, workspace)
        return tuple(Annotation(**{**dict(row), "shape": json.loads(row["shape"])}) for row in rows)

    def delete_annotation(self, annotation_id: str, workspace: str) -> bool:
        """Delete a drawing."""
        with self._writing() as db:
            query = f"DELETE FROM annotations WHERE id = ? AND {_OF_WORKSPACE}"
            return bool(db.execute(query, (annotation_id, workspace)).rowcount)

    # Corrections

    def correct(
        self, analysis_id: str, workspace: str, kind: str, *, before: object, after: object, author: str = ""
    ) -> Correction:
        """Keep a correction, with the values before and after as JSON-able values.

        Raises
        ------
        InputError : the analysis is not in this workspace, or a value is no JSON.
        """
        made = Correction(new_id(), analysis_id, kind, before, after, author, self._now(), None)
        with self._writing():
            self._check_owned(workspace, analysis=analysis_id)
            self._insert("corrections", **{**vars(made), "before": _json(before), "after": _json(after)})
        return made

    def corrections(self, analysis_id: str, workspace: str, *, undone: bool = True) -> tuple[Correction, ...]:
        """All corrections of an analysis in their order; without the undone ones if so asked."""
        query = f"SELECT * FROM corrections WHERE analysis_id = ? AND {_OF_WORKSPACE} ORDER BY made_s, id"
        found = tuple(_correction(row) for row in self._rows(query, analysis_id, workspace))
        return found if undone else tuple(correction for correction in found if correction.holds)

    def undo_correction(self, correction_id: str, workspace: str, *, undone: bool = True) -> bool:
        """Undo a correction, or let it hold again; it stays on record. False where nothing changed."""
        was = "NULL" if undone else "NOT NULL"
        query = f"UPDATE corrections SET undone_s = ? WHERE id = ? AND undone_s IS {was} AND {_OF_WORKSPACE}"
        with self._writing() as db:
            values = (self._now() if undone else None, correction_id, workspace)
            return bool(db.execute(query, values).rowcount)

    def last_author(self, workspace: str) -> str:
        """Who drew, corrected or noted something last, of those who gave a name; empty where nobody did."""
        row = self._row(
            "SELECT author FROM (SELECT author, made_s AS at_s, analysis_id FROM corrections UNION ALL"
            " SELECT author, created_s, analysis_id FROM annotations) WHERE author <> ''"
            f" AND {_OF_WORKSPACE} ORDER BY at_s DESC LIMIT 1",
            workspace,
        )
        return "" if row is None else str(row["author"])

    def corrected(self) -> tuple[Analysis, ...]:
        """The finished analyses of all workspaces that were ever corrected."""
        query = f"SELECT {COLUMNS} {FROM} WHERE a.status = 'done' AND a.id IN (SELECT analysis_id FROM corrections)"
        return tuple(self._analysis(row, 0) for row in self._rows(query))

    def note_outcome(
        self,
        analysis_id: str,
        workspace: str,
        *,
        protocol: str,
        leg: str | None,
        verdict: str,
        headline: str,
        versions: Mapping[str, str],
    ) -> bool:
        """Note what a finished analysis says now that it was corrected; False where it is not here or not finished.

        Parameters
        ----------
        versions : of `formcheck` and the `criteria` that it was assessed with again; the pose model's stays.
        """
        query = (
            "UPDATE analyses SET protocol = ?, leg = ?, verdict = ?, headline = ?, formcheck_version = ?,"
            " criteria_version = ? WHERE id = ? AND workspace = ? AND status = 'done'"
        )
        made_with = (versions["formcheck"], versions["criteria"])
        with self._writing() as db:
            values = (protocol, leg, verdict, headline, *made_with, analysis_id, workspace)
            return bool(db.execute(query, values).rowcount)

    def _delete_owned(self, table: str, row_id: str, workspace: str) -> bool:
        with self._writing() as db:
            return bool(db.execute(f"DELETE FROM {table} WHERE id = ? AND workspace = ?", (row_id, workspace)).rowcount)


def _visit(row: sqlite3.Row) -> Visit:
    return Visit(**{**dict(row), "day": date.fromisoformat(row["day"])})


def _correction(row: sqlite3.Row) -> Correction:
    return Correction(**{**dict(row), "before": json.loads(row["before"]), "after": json.loads(row["after"])})


def _text(text: str) -> str:
    words = text.strip()
    if not 0 < len(words) <= _LONGEST_TEXT:
        raise InputError(f"a note or tag needs 1 to {_LONGEST_TEXT} characters, came {len(words)}")
    return words


def _json(value: object) -> str:
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise InputError(f"the values of a drawing or correction cannot be stored ({error})") from error
    if len(text) > _LONGEST_JSON:
        raise InputError(f"a drawing or correction of {len(text)} characters is too large; {_LONGEST_JSON} fit")
    return text
