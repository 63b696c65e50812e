"""Deletes all of one client, and says where copies may remain."""

from __future__ import annotations

from formcheck.store.analyses import COLUMNS, FROM
from formcheck.store.desk import Desk
from formcheck.store.records import Analysis, Copy, Deletion

_OF_CLIENT = "workspace = ? AND client_id IS ?"


class Removal(Desk):
    """The part of the store that deletes a person."""

    def delete_client(self, client_id: str | None, workspace: str) -> Deletion:
        """Delete a client with all analyses, videos, visits, notes and records (None: the owner's own).

        A video stays where somebody else's analysis needs it. Backups and exports are files elsewhere, which formcheck
        does not reach: those written since the client came are named.

        Raises
        ------
        InputError : the client is not in this workspace.
        """
        with self._writing():
            self._check_owned(workspace, client=client_id)
            copies = self._copies_holding(client_id, workspace)
            visits, notes, records = (
                self._delete_rows(table, client_id, workspace) for table in ("visits", "notes", "records")
            )
            analyses = self._analyses_of(client_id, workspace)
            self._delete_analyses(analyses)
            clips = self._delete_lonely(self._clips_of(client_id, workspace, analyses))
            self._db.execute("DELETE FROM clients WHERE id = ? AND workspace = ?", (client_id, workspace))
        self._sweep()
        self._row("PRAGMA wal_checkpoint(TRUNCATE)")  # else the log would still hold the names for a while
        return Deletion(len(analyses), clips, visits, notes, records, copies)

    def _analyses_of(self, client_id: str | None, workspace: str) -> tuple[Analysis, ...]:
        rows = self._rows(
            f"SELECT {COLUMNS} {FROM} WHERE a.workspace = ? AND a.client_id IS ?",
            workspace,
            client_id,
        )
        return tuple(self._analysis(row, 0) for row in rows)

    def _clips_of(self, client_id: str | None, workspace: str, analyses: tuple[Analysis, ...]) -> set[str]:
        """Clips of the analyses; for the owner alone all clips, also those that were never analysed."""
        if client_id is None:
            return {row["id"] for row in self._rows("SELECT id FROM clips WHERE workspace = ?", workspace)}
        return {analysis.clip_id for analysis in analyses}

    def _delete_rows(self, table: str, client_id: str | None, workspace: str) -> int:
        query = f"DELETE FROM {table} WHERE {_OF_CLIENT}"
        if table == "notes":  # a note on an analysis of a client is the client's, also where it does not say so
            query += " OR analysis_id IN (SELECT id FROM analyses WHERE workspace = ? AND client_id IS ?)"
            return self._db.execute(query, (workspace, client_id) * 2).rowcount
        return self._db.execute(query, (workspace, client_id)).rowcount

    def _copies_holding(self, client_id: str | None, workspace: str) -> tuple[Copy, ...]:
        rows = self._rows(
            "SELECT kind, name, made_s FROM copies WHERE (kind = 'backup' OR workspace = ? AND client_id IS ?)"
            " AND made_s >= COALESCE((SELECT created_s FROM clients WHERE id = ?), 0) ORDER BY made_s",
            workspace,
            client_id,
            client_id,
        )
        return tuple(Copy(**row) for row in rows)
