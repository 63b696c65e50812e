"""Analyses: the queue that the worker takes from, and the results that stay."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from formcheck.store.base import Connection
from formcheck.store.homes import new_id
from formcheck.store.records import Analysis, AnalysisStatus

STALE_S = 30.0
"""A running analysis whose worker has been silent for so long is taken up anew."""
MOST_TRIES = 2
_DIED = "the analysis was cut off twice (the process died, perhaps for want of memory); try it alone, or a shorter clip"
_COLUMNS = """
    a.*, c.name AS clip_name, c.ending AS clip_ending,
    CASE a.status WHEN 'queued' THEN
        (SELECT COUNT(*) FROM analyses b WHERE b.status IN ('queued', 'running')
         AND (b.status = 'running' OR b.queued_s < a.queued_s))
    ELSE 0 END AS ahead
"""
_AS_STORED = (
    "id",
    "workspace",
    "clip_id",
    "clip_name",
    "client_id",
    "status",
    "stage",
    "done",
    "total",
    "error",
    "protocol",
    "leg",
    "verdict",
    "headline",
    "formcheck_version",
    "criteria_version",
    "created_s",
    "started_s",
    "finished_s",
    "ahead",
)
_FROM = "FROM analyses a JOIN clips c ON c.id = a.clip_id"
# Of everyone's oldest wish the oldest of those who were served longest ago: nobody starves behind a long list.
_NEXT = """
    SELECT id FROM analyses a WHERE status = 'queued'
    ORDER BY (SELECT COALESCE(MAX(started_s), 0) FROM analyses b WHERE b.workspace = a.workspace), queued_s LIMIT 1
"""


class Analyses(Connection):
    """The part of the store that keeps analyses. Whatever is asked with a workspace sees that workspace alone."""

    def queue(
        self,
        workspace: str,
        clip_id: str,
        settings: Mapping[str, Any],
        *,
        client_id: str | None = None,
        group: str = "",
    ) -> Analysis:
        """Ask for an analysis of a clip.

        Raises
        ------
        KeyError : the clip or the client is not in this workspace.
        """
        if self._row("SELECT 1 FROM clips WHERE id = ? AND workspace = ?", clip_id, workspace) is None:
            raise KeyError(f"no clip {clip_id} in this workspace")
        self._check_client(workspace, client_id)
        analysis_id, now = new_id(), self._now()
        with self._writing() as db:
            db.execute(
                "INSERT INTO analyses (id, workspace, clip_id, client_id, batch, status, settings, created_s, queued_s)"
                " VALUES (?, ?, ?, ?, ?, 'queued', ?, ?, ?)",
                (analysis_id, workspace, clip_id, client_id, group, json.dumps(dict(settings)), now, now),
            )
        return self._own(analysis_id, workspace)

    def _check_client(self, workspace: str, client_id: str | None) -> None:
        if client_id is None:
            return
        if self._row("SELECT 1 FROM clients WHERE id = ? AND workspace = ?", client_id, workspace) is None:
            raise KeyError(f"no client {client_id} in this workspace")

    def analysis(self, analysis_id: str, workspace: str) -> Analysis | None:
        """An analysis of this workspace, or None."""
        row = self._row(f"SELECT {_COLUMNS} {_FROM} WHERE a.id = ? AND a.workspace = ?", analysis_id, workspace)
        return None if row is None else self._analysis(row)

    def analyses(
        self,
        workspace: str,
        *,
        limit: int = 100,
        client_id: str | None = None,
        offset: int = 0,
        group: str | None = None,
    ) -> tuple[Analysis, ...]:
        """Analyses of a workspace, the newest first; of one client or one group where given."""
        where, values = ["a.workspace = ?"], [workspace]
        for column, value in (("a.client_id", client_id), ("a.batch", group)):
            if value is not None:
                where.append(f"{column} = ?")
                values.append(value)
        query = f"SELECT {_COLUMNS} {_FROM} WHERE {' AND '.join(where)} ORDER BY a.created_s DESC LIMIT ? OFFSET ?"
        return tuple(map(self._analysis, self._rows(query, *values, limit, offset)))

    def count_analyses(self, workspace: str) -> int:
        """How many analyses a workspace has."""
        row = self._row("SELECT COUNT(*) AS n FROM analyses WHERE workspace = ?", workspace)
        return int(row["n"]) if row else 0

    def waiting(self) -> int:
        """How many analyses are queued or running, in all workspaces."""
        row = self._row("SELECT COUNT(*) AS n FROM analyses WHERE status IN ('queued', 'running')")
        return int(row["n"]) if row else 0

    def cancel(self, analysis_id: str, workspace: str) -> None:
        """Stop an analysis; a running one is let go by its worker at its next sign of life."""
        with self._writing() as db:
            db.execute(
                "UPDATE analyses SET status = 'cancelled', finished_s = ?, worker = ''"
                " WHERE id = ? AND workspace = ? AND status IN ('queued', 'running')",
                (self._now(), analysis_id, workspace),
            )

    def retry(self, analysis_id: str, workspace: str) -> None:
        """Queue again what was cancelled, refused or failed."""
        with self._writing() as db:
            db.execute(
                "UPDATE analyses SET status = 'queued', tries = 0, error = '', stage = '', done = 0, total = 0,"
                " worker = '', queued_s = ?, started_s = NULL, finished_s = NULL, heartbeat_s = NULL"
                " WHERE id = ? AND workspace = ? AND status IN ('cancelled', 'refused', 'failed')",
                (self._now(), analysis_id, workspace),
            )

    def delete(self, analysis_id: str, workspace: str) -> bool:
        """Delete an analysis, row and folder; its clip goes with it when no other analysis needs it."""
        found = self.analysis(analysis_id, workspace)
        if found is None:
            return False
        with self._writing() as db:
            db.execute("DELETE FROM analyses WHERE id = ?", (analysis_id,))
        self._discard(found.folder)
        with self._writing() as db:
            lonely = db.execute(
                "DELETE FROM clips WHERE id = ? AND NOT EXISTS (SELECT 1 FROM analyses WHERE clip_id = clips.id)",
                (found.clip_id,),
            ).rowcount
        if lonely:
            found.clip_path.unlink(missing_ok=True)
        return True

    def _discard(self, folder: Path) -> None:
        """Remove a folder: first out of sight in one step, then for good, so that a kill in between leaves no half."""
        if folder.exists():
            grave = self.home / "trash" / new_id()
            folder.rename(grave)
            shutil.rmtree(grave, ignore_errors=True)

    # What the worker needs.

    def take(self, worker: str) -> Analysis | None:
        """The next analysis for a worker, now running; None when nothing waits."""
        now = self._now()
        with self._writing() as db:
            self._take_back(db, now)
            row = db.execute(_NEXT).fetchone()
            if row is None:
                return None
            db.execute(
                "UPDATE analyses SET status = 'running', worker = ?, tries = tries + 1, started_s = ?, heartbeat_s = ?"
                " WHERE id = ?",
                (worker, now, now, row["id"]),
            )
        found = self._row(f"SELECT {_COLUMNS} {_FROM} WHERE a.id = ?", row["id"])
        return None if found is None else self._analysis(found)

    def _take_back(self, db: sqlite3.Connection, now: float) -> None:
        """What a dead worker left behind waits again, or has failed when that happened before."""
        silent = ("running", now - STALE_S)
        db.execute(
            "UPDATE analyses SET status = 'failed', error = ?, finished_s = ?, worker = ''"
            f" WHERE status = ? AND heartbeat_s < ? AND tries >= {MOST_TRIES}",
            (_DIED, now, *silent),
        )
        db.execute("UPDATE analyses SET status = 'queued', worker = '' WHERE status = ? AND heartbeat_s < ?", silent)

    def progress(self, analysis_id: str, worker: str, stage: str, done: int, total: int) -> bool:
        """A sign of life with how far it is; False when the worker has to stop (cancelled, deleted, taken away)."""
        with self._writing() as db:
            changed = db.execute(
                "UPDATE analyses SET stage = ?, done = ?, total = ?, heartbeat_s = ?"
                " WHERE id = ? AND worker = ? AND status = 'running'",
                (stage, done, total, self._now(), analysis_id, worker),
            ).rowcount
        return bool(changed)

    def finish(
        self,
        analysis_id: str,
        worker: str,
        status: AnalysisStatus,
        *,
        error: str = "",
        protocol: str | None = None,
        leg: str | None = None,
        verdict: str | None = None,
        headline: str = "",
        versions: Mapping[str, str] | None = None,
    ) -> bool:
        """Note how an analysis ended; False when it was taken away from this worker before."""
        made_with = versions or {}
        with self._writing() as db:
            changed = db.execute(
                "UPDATE analyses SET status = ?, error = ?, protocol = ?, leg = ?, verdict = ?, headline = ?,"
                " formcheck_version = ?, criteria_version = ?, model = ?, finished_s = ?, worker = ''"
                " WHERE id = ? AND worker = ? AND status = 'running'",
                (
                    status,
                    error,
                    protocol,
                    leg,
                    verdict,
                    headline,
                    made_with.get("formcheck", ""),
                    made_with.get("criteria", ""),
                    made_with.get("model", ""),
                    self._now(),
                    analysis_id,
                    worker,
                ),
            ).rowcount
        return bool(changed)

    def _own(self, analysis_id: str, workspace: str) -> Analysis:
        found = self.analysis(analysis_id, workspace)
        assert found is not None, "it was just written"
        return found

    def _analysis(self, row: sqlite3.Row) -> Analysis:
        return Analysis(
            **{name: row[name] for name in _AS_STORED},
            group=row["batch"],
            settings=json.loads(row["settings"]),
            clip_path=self.home / "clips" / f"{row['clip_id']}{row['clip_ending']}",
            folder=self.home / "analyses" / row["id"],
        )
