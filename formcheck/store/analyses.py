"""Analyses: the queue that the worker takes from, and the results that stay."""

from __future__ import annotations

import json
import math
import sqlite3
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

from formcheck.errors import InputError
from formcheck.locking import FileLock
from formcheck.store.clips import Clips
from formcheck.store.homes import new_id
from formcheck.store.records import Analysis, AnalysisStatus

STALE_S = 30.0
"""A running analysis whose worker has been silent for so long is taken up anew."""
MOST_TRIES = 2
KEEP_VIDEO = "keep_video"
"""Among the settings of an analysis: False where the video itself is to go once its result is there."""
_LOCKS, _N_LOCKS = "locks", 16
_LATE_S = 120.0
_DIED = "the analysis was cut off twice (the process died, perhaps for want of memory); try it alone, or a shorter clip"
COLUMNS = (
    "a.*, c.name AS clip_name, c.ending AS clip_ending, c.has_video,"
    " EXISTS (SELECT 1 FROM corrections k WHERE k.analysis_id = a.id AND k.undone_s IS NULL) AS is_corrected"
)
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
    "model",
    "visit_id",
)
FROM = "FROM analyses a JOIN clips c ON c.id = a.clip_id"
# Everybody's oldest wish first, then everybody's second; among them whoever was served longest ago. Nobody starves
# behind a long list.
_IN_LINE = """
    WITH line AS (
        SELECT id, workspace, queued_s,
            ROW_NUMBER() OVER (PARTITION BY workspace ORDER BY queued_s, id) AS turn,
            MIN(queued_s) OVER (PARTITION BY workspace) AS oldest_s,
            (SELECT COALESCE(MAX(started_s), 0) FROM analyses b WHERE b.workspace = a.workspace) AS served_s
        FROM analyses a WHERE status = 'queued'
    )
    SELECT id FROM line ORDER BY turn, served_s, oldest_s, workspace
"""


class Analyses(Clips):
    """The part of the store that keeps analyses. Whatever is asked with a workspace sees that workspace alone."""

    def queue(
        self,
        workspace: str,
        clip_id: str,
        settings: Mapping[str, Any],
        *,
        client_id: str | None = None,
        group: str = "",
        visit_id: str | None = None,
    ) -> Analysis:
        """Ask for an analysis of a clip.

        Raises
        ------
        InputError : the clip, the client or the visit is not in this workspace, or the video was not kept.
        """
        analysis_id, now = new_id(), self._now()
        with self._writing():
            self._check_owned(workspace, clip=clip_id, client=client_id, visit=visit_id)
            self._insert(
                "analyses",
                id=analysis_id,
                workspace=workspace,
                clip_id=clip_id,
                client_id=client_id,
                visit_id=visit_id,
                batch=group,
                status="queued",
                settings=json.dumps(dict(settings)),
                created_s=now,
                queued_s=now,
            )
            self._check_has_video(analysis_id)
        found = self.analysis(analysis_id, workspace)
        assert found is not None, "it was just written"
        return found

    def _check_has_video(self, analysis_id: str) -> None:
        row = self._row(f"SELECT c.has_video {FROM} WHERE a.id = ?", analysis_id)
        if row is not None and not row["has_video"]:
            raise InputError("this video was not kept; hand it in again to analyse it")

    def analysis(self, analysis_id: str, workspace: str) -> Analysis | None:
        """An analysis of this workspace, or None."""
        row = self._row(f"SELECT {COLUMNS} {FROM} WHERE a.id = ? AND a.workspace = ?", analysis_id, workspace)
        return None if row is None else self._with_line([row])[0]

    def analyses(
        self,
        workspace: str,
        *,
        limit: int = 100,
        client_id: str | None = None,
        offset: int = 0,
        group: str | None = None,
        visit_id: str | None = None,
    ) -> tuple[Analysis, ...]:
        """Analyses of a workspace, the newest first; of one client, group or visit where given."""
        where, values = ["a.workspace = ?"], [workspace]
        for column, value in (("a.client_id", client_id), ("a.batch", group), ("a.visit_id", visit_id)):
            if value is not None:
                where.append(f"{column} = ?")
                values.append(value)
        query = f"SELECT {COLUMNS} {FROM} WHERE {' AND '.join(where)} ORDER BY a.created_s DESC LIMIT ? OFFSET ?"
        return self._with_line(self._rows(query, *values, limit, offset))

    def assign(
        self, analysis_id: str, workspace: str, *, client_id: str | None = None, visit_id: str | None = None
    ) -> bool:
        """Say whose analysis it is and of which visit; None takes that away. False where it is not here."""
        with self._writing() as db:
            self._check_owned(workspace, client=client_id, visit=visit_id)
            changed = db.execute(
                "UPDATE analyses SET client_id = ?, visit_id = ? WHERE id = ? AND workspace = ?",
                (client_id, visit_id, analysis_id, workspace),
            ).rowcount
        return bool(changed)

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
        """Queue again what was cancelled, refused or failed.

        Raises
        ------
        InputError : the video was not kept.
        """
        with self._writing() as db:
            self._check_has_video(analysis_id)
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
        with self._writing():
            self._delete_analyses([found])
            self._delete_lonely([found.clip_id])
        self._sweep()
        return True

    def _delete_analyses(self, gone: Sequence[Analysis]) -> None:
        """Delete rows and doom their folders; call it within `_writing`."""
        self._db.executemany("DELETE FROM analyses WHERE id = ?", [(analysis.id,) for analysis in gone])
        for running in (False, True):
            # a running one's worker may still write its folder before it hears of the end
            folders = [a.folder for a in gone if (a.status == "running") is running]
            self._doom(folders, in_s=_LATE_S if running else 0.0)

    def writing_result(self, analysis_id: str) -> FileLock:
        """The lock under which a stored result is replaced, so that two windows or two apps never overtake each other.

        A few files serve all results: what is deleted leaves nothing behind.
        """
        folder = self.home / _LOCKS
        folder.mkdir(mode=0o700, exist_ok=True)
        return FileLock(folder / f"{zlib.crc32(analysis_id.encode()) % _N_LOCKS:x}.lock")

    # What the worker needs.

    def take(self, worker: str, *, alone: bool = False) -> Analysis | None:
        """The next analysis for a worker, now running; None when nothing waits.

        What a dead worker left running is taken up anew once it has been silent for `STALE_S` seconds.

        Parameters
        ----------
        alone : the caller knows that no other worker lives and that it runs nothing itself, so that whatever is marked
            as running is left behind, however lately its worker was heard.
        """
        now = self._now()
        with self._writing() as db:
            self._take_back(db, now, math.inf if alone else now - STALE_S)
            row = db.execute(f"{_IN_LINE} LIMIT 1").fetchone()
            if row is None:
                return None
            db.execute(
                "UPDATE analyses SET status = 'running', worker = ?, tries = tries + 1, started_s = ?, heartbeat_s = ?"
                " WHERE id = ?",
                (worker, now, now, row["id"]),
            )
        found = self._row(f"SELECT {COLUMNS} {FROM} WHERE a.id = ?", row["id"])
        return None if found is None else self._analysis(found, 0)

    def _take_back(self, db: sqlite3.Connection, now: float, silent_since: float) -> None:
        """What a dead worker left behind waits again, or has failed when that happened before."""
        silent = ("running", silent_since)
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
            if changed and status == "done":
                self._drop_unwanted_video(analysis_id)
        self._sweep()
        return bool(changed)

    def _drop_unwanted_video(self, analysis_id: str) -> None:
        """Doom the video where every analysis of it is over and was asked not to keep it; call it within `_writing`."""
        rows = self._rows(
            f"SELECT {COLUMNS} {FROM} WHERE a.clip_id = (SELECT clip_id FROM analyses WHERE id = ?)",
            analysis_id,
        )
        found = [self._analysis(row, 0) for row in rows]
        if all(one.is_over and one.settings.get(KEEP_VIDEO) is False for one in found):
            self._forget_video(found[0].clip_id, found[0].clip_path)

    def _with_line(self, rows: Sequence[sqlite3.Row]) -> tuple[Analysis, ...]:
        """The analyses of some rows, the queued ones with how many wait before them."""
        ahead: dict[str, int] = {}
        if any(row["status"] == "queued" for row in rows):
            running = self._row("SELECT COUNT(*) AS n FROM analyses WHERE status = 'running'")
            first = running["n"] if running else 0
            ahead = {row["id"]: place for place, row in enumerate(self._rows(_IN_LINE), first)}
        return tuple(self._analysis(row, ahead.get(row["id"], 0)) for row in rows)

    def _analysis(self, row: sqlite3.Row, ahead: int) -> Analysis:
        return Analysis(
            **{name: row[name] for name in _AS_STORED},
            group=row["batch"],
            settings=json.loads(row["settings"]),
            is_corrected=bool(row["is_corrected"]),
            has_video=bool(row["has_video"]),
            clip_path=self.home / "clips" / f"{row['clip_id']}{row['clip_ending']}",
            folder=self.home / "analyses" / row["id"],
            ahead=ahead,
        )
