"""One client as a zip in open formats: written here, read elsewhere."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from formcheck.errors import InputError
from formcheck.store import driver
from formcheck.store.archive import ArchiveWriter, Manifest, unpack, write_archive
from formcheck.store.clients import record_from
from formcheck.store.exported import COLUMNS, as_csv, as_json, from_json
from formcheck.store.homes import new_id
from formcheck.store.removal import Removal
from formcheck.store.schema import MIGRATIONS

_OVER = ("done", "refused", "failed", "cancelled")
_THEIR_ANALYSES = (
    f"SELECT id FROM analyses WHERE workspace = :workspace AND client_id IS :client AND status IN {_OVER!r}"
)
_WHERE = {
    "clients": "workspace = :workspace AND id IS :client",
    "visits": "workspace = :workspace AND client_id IS :client",
    "clips": f"id IN (SELECT clip_id FROM analyses WHERE id IN ({_THEIR_ANALYSES}))",
    "analyses": f"id IN ({_THEIR_ANALYSES})",
    "notes": "workspace = :workspace AND client_id IS :client"
    f" AND (analysis_id IS NULL OR analysis_id IN ({_THEIR_ANALYSES})) OR analysis_id IN ({_THEIR_ANALYSES})",
    "tags": f"analysis_id IN ({_THEIR_ANALYSES})",
    "annotations": f"analysis_id IN ({_THEIR_ANALYSES})",
    "corrections": f"analysis_id IN ({_THEIR_ANALYSES})",
    "records": "workspace = :workspace AND client_id IS :client",
}
_DAMAGED = "its tables are damaged or not those of a client"

Tables = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class Imported:
    """What came in. `client_id` is None when it was the work of somebody without a client."""

    client_id: str | None
    analyses: int
    clips: int


class Portable(Removal):
    """The part of the store that hands a client on."""

    def export_client(self, client_id: str | None, workspace: str, target: Path, *, videos: bool) -> None:
        """Write a client (None: the owner's own) into a zip: results, tables as JSON and CSV, and the videos if asked.

        Raises
        ------
        InputError : the client is not in this workspace, or the zip cannot be written.
        """
        tables = self._tables_of(client_id, workspace)
        if not videos:
            for clip in tables["clips"]:
                clip["has_video"] = 0
        name = tables["clients"][0]["name"] if tables["clients"] else ""

        def fill(writer: ArchiveWriter) -> None:
            for table, rows in tables.items():
                writer.add_text(f"tables/{table}.json", as_json(rows))
                writer.add_text(f"tables/{table}.csv", as_csv(table, rows))
            for analysis in tables["analyses"]:
                if analysis["status"] == "done":
                    writer.add_folder(f"analyses/{analysis['id']}", self.home / "analyses" / analysis["id"])
            for clip in tables["clips"]:
                if clip["has_video"]:
                    path = f"clips/{clip['id']}{clip['ending']}"
                    writer.add_file(path, self.home / path)

        facts = {"client": name, "made_s": self._now(), "videos": videos, "versions": _versions(tables)}
        try:
            write_archive(target.expanduser().resolve(), "client", len(MIGRATIONS), facts, fill)
        except FileNotFoundError as error:
            raise InputError("a result or a video is not on the disk; delete its analysis and try again") from error
        self.note_copy("export", target.name, workspace, client_id)

    def _tables_of(self, client_id: str | None, workspace: str) -> Tables:
        whose = {"workspace": workspace, "client": client_id}
        with self._writing() as db:  # one moment for all tables
            self._check_owned(workspace, client=client_id)
            tables = {
                table: [
                    dict(row)
                    for row in db.execute(f"SELECT {', '.join(columns)} FROM {table} WHERE {_WHERE[table]}", whose)
                ]
                for table, columns in COLUMNS.items()
            }
        visits = {visit["id"] for visit in tables["visits"]}
        for row in (*tables["analyses"], *tables["notes"]):
            row["visit_id"] = row["visit_id"] if row["visit_id"] in visits else None
        return tables

    def import_client(self, workspace: str, source: Path) -> Imported:
        """Take in a client from a zip, under new ids: all of it, or nothing.

        Raises
        ------
        InputError : the zip is damaged, unknown, of a newer formcheck, too large, or holds what does not belong there.
        """
        scratch = self.home / "inbox" / new_id()
        with self.unfinished(scratch):
            try:
                scratch.mkdir(mode=0o700)
                manifest = unpack(source, "client", len(MIGRATIONS), scratch)
                tables = _read_tables(scratch, manifest, source)
                return self._take_in_client(workspace, scratch, tables, source)
            except OSError as error:
                raise InputError(f"{source.name} cannot be unpacked ({error.strerror}); free space") from error
            finally:
                shutil.rmtree(scratch, ignore_errors=True)

    def _take_in_client(self, workspace: str, scratch: Path, tables: Tables, source: Path) -> Imported:
        ids = {row["id"]: new_id() for rows in tables.values() for row in rows if "id" in row}
        here = self._clips_here(workspace, tables)
        moves = _moves(scratch, self.home, tables, ids, here)
        targets = [target for _, target in moves]
        with self._writing():
            self._doom(targets, in_s=3600.0)
        try:
            for origin, target in moves:
                origin.rename(target)
            with self._writing():
                self._insert_rows(workspace, tables, ids, here)
                self._spare(targets)
        except BaseException as error:
            for target in targets:
                shutil.rmtree(target) if target.is_dir() else target.unlink(missing_ok=True)
            if isinstance(error, (*driver.ERRORS, KeyError, TypeError, ValueError, OverflowError)):
                raise InputError(f"{source.name}: {_DAMAGED}") from error
            raise
        client = tables["clients"][0]["id"] if tables["clients"] else None
        return Imported(None if client is None else ids[client], len(tables["analyses"]), len(tables["clips"]))

    def _clips_here(self, workspace: str, tables: Tables) -> dict[str, str]:
        """Which clips of the zip are in the workspace already: their id in the zip to their id here."""
        query = "SELECT id FROM clips WHERE workspace = ? AND sha256 = ?"
        found = {clip["id"]: self._row(query, workspace, clip["sha256"]) for clip in tables["clips"]}
        return {clip_id: row["id"] for clip_id, row in found.items() if row is not None}

    def _insert_rows(self, workspace: str, tables: Tables, ids: Mapping[str, str], here: Mapping[str, str]) -> None:
        """Write the rows under their new ids; call it within `_writing`."""
        client = tables["clients"][0]["id"] if tables["clients"] else None
        owner = {"workspace": workspace, "client_id": None if client is None else ids[client]}
        more: Mapping[str, Mapping[str, Any]] = {
            "clients": {"workspace": workspace},
            "clips": {"workspace": workspace},
            **dict.fromkeys(("visits", "analyses", "notes", "records"), owner),
        }
        known = {**ids, **here}
        for table, rows in tables.items():
            for row in rows:
                if table == "clips" and row["id"] in here:
                    continue
                moved = {name: known[row[name]] for name in row if _is_id(name) and row[name] is not None}
                if table == "records":
                    moved["content"] = _with_new_ids(row["content"], known)
                self._insert(table, **{**row, **moved, **more.get(table, {})})


def _versions(tables: Tables) -> dict[str, list[str]]:
    names = ("formcheck_version", "criteria_version", "model")
    return {name: sorted({row[name] for row in tables["analyses"] if row[name]}) for name in names}


def _is_id(column: str) -> bool:
    return column == "id" or column.endswith("_id")


def _with_new_ids(content: str, known: Mapping[str, str]) -> str:
    """A record's content with the analysis it names under its new id; one that did not come along is named no more."""
    values = json.loads(content)
    if values.get("analysis_id"):
        values["analysis_id"] = known.get(values["analysis_id"], "")
    return json.dumps(values, ensure_ascii=False)


def _read_tables(scratch: Path, manifest: Manifest, source: Path) -> Tables:
    """All tables of an unpacked zip, checked as far as the store's own rules do not check them."""
    try:
        tables = {
            table: from_json(table, (scratch / "tables" / f"{table}.json").read_text(encoding="utf-8"))
            for table in COLUMNS
        }
        _check_tables(tables)
        _check_videos(tables, manifest)
    except (FileNotFoundError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise InputError(f"{source.name}: {_DAMAGED}") from error
    return tables


def _check_tables(tables: Tables) -> None:
    """Raise ValueError, TypeError or KeyError where a row is none that formcheck writes."""
    ids = [row["id"] for rows in tables.values() for row in rows if "id" in row]
    if len(tables["clients"]) > 1 or len(ids) != len(set(ids)) or not all(re.fullmatch("[0-9a-f]{32}", i) for i in ids):
        raise ValueError("ids")
    for clip in tables["clips"]:
        if not re.fullmatch(r"(\.[a-z0-9]{1,7})?", clip["ending"]) or not re.fullmatch("[0-9a-f]{64}", clip["sha256"]):
            raise ValueError("clip")
    if any(
        row["status"] not in _OVER or not isinstance(json.loads(row["settings"]), dict) for row in tables["analyses"]
    ):
        raise ValueError("analysis")
    for row in (*tables["visits"], *tables["records"]):
        date.fromisoformat(row["day"])
    for record in tables["records"]:
        record_from(record["kind"], json.loads(record["content"]))
    if not all(isinstance(json.loads(row["shape"]), dict) for row in tables["annotations"]):
        raise ValueError("drawing")


def _check_videos(tables: Tables, manifest: Manifest) -> None:
    """Raise KeyError or ValueError where a clip's video is not there, or not the one that its row names."""
    for clip in tables["clips"]:
        if clip["has_video"] and manifest.files[f"clips/{clip['id']}{clip['ending']}"][1] != clip["sha256"]:
            raise ValueError("video")


def _moves(
    scratch: Path, home: Path, tables: Tables, ids: Mapping[str, str], here: Mapping[str, str]
) -> list[tuple[Path, Path]]:
    """Which unpacked file or folder goes where; what no row speaks of goes with the scratch folder."""
    folders = [
        (scratch / "analyses" / row["id"], home / "analyses" / ids[row["id"]])
        for row in tables["analyses"]
        if row["status"] == "done"
    ]
    clips = [
        (scratch / "clips" / f"{row['id']}{row['ending']}", home / "clips" / f"{ids[row['id']]}{row['ending']}")
        for row in tables["clips"]
        if row["has_video"] and row["id"] not in here
    ]
    return folders + clips
