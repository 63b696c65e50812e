"""Clips: the video files handed in, each kept once a workspace."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from formcheck.errors import InputError
from formcheck.store.base import Connection
from formcheck.store.hashing import sha256
from formcheck.store.homes import make_private_file, new_id
from formcheck.store.records import Clip

_LONGEST_ENDING = 8


class Clips(Connection):
    """The part of the store that keeps clips."""

    def add_clip(self, workspace: str, source: Path, *, name: str, move: bool = False) -> Clip:
        """Take a video in; the same bytes in the same workspace give the clip that is there.

        Parameters
        ----------
        name : as its owner calls the file; never used in a path.
        move : take the file itself instead of a copy.

        Raises
        ------
        InputError : the file cannot be read or stored.
        """
        try:
            digest = sha256(source)
            there = self._row("SELECT * FROM clips WHERE workspace = ? AND sha256 = ?", workspace, digest)
            if there is not None:
                if move:
                    source.unlink(missing_ok=True)
                return self._clip(there)
            return self._store_clip(workspace, source, name, digest, move)
        except OSError as error:
            raise InputError(f"{name} cannot be stored ({error.strerror}); free space or permissions") from error

    def _store_clip(self, workspace: str, source: Path, name: str, digest: str, move: bool) -> Clip:
        clip_id, ending = new_id(), _ending(name)
        target = self.home / "clips" / f"{clip_id}{ending}"
        partial = target.with_name(f".{target.name}.part")
        try:
            if move:
                shutil.move(source, partial)
            else:
                shutil.copyfile(source, partial)
            make_private_file(partial)
            os.replace(partial, target)  # noqa: PTH105 - says what it does
            values = (clip_id, workspace, name, ending, digest, target.stat().st_size, self._now())
            with self._writing() as db:
                db.execute(
                    "INSERT INTO clips (id, workspace, name, ending, sha256, bytes, created_s)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?)",
                    values,
                )
        except sqlite3.IntegrityError:  # another program took the same bytes in at the same moment
            target.unlink(missing_ok=True)
            row = self._row("SELECT * FROM clips WHERE workspace = ? AND sha256 = ?", workspace, digest)
            assert row is not None, "the clip that stood in the way"
            return self._clip(row)
        except BaseException:
            target.unlink(missing_ok=True)
            partial.unlink(missing_ok=True)
            raise
        found = self.clip(clip_id, workspace)
        assert found is not None, "it was just written"
        return found

    def clip(self, clip_id: str, workspace: str) -> Clip | None:
        """A clip of this workspace, or None."""
        row = self._row("SELECT * FROM clips WHERE id = ? AND workspace = ?", clip_id, workspace)
        return None if row is None else self._clip(row)

    def clips(self, workspace: str, *, limit: int = 200) -> tuple[Clip, ...]:
        """The clips of a workspace, the newest first."""
        rows = self._rows("SELECT * FROM clips WHERE workspace = ? ORDER BY created_s DESC LIMIT ?", workspace, limit)
        return tuple(map(self._clip, rows))

    def set_look(self, clip_id: str, look: Mapping[str, Any]) -> None:
        """Keep what the first look said of a clip."""
        with self._writing() as db:
            db.execute("UPDATE clips SET look = ? WHERE id = ?", (json.dumps(look, ensure_ascii=False), clip_id))

    def delete_clip(self, clip_id: str, workspace: str) -> bool:
        """Delete a clip that no analysis needs, row and file; False where it is not there or is needed."""
        clip = self.clip(clip_id, workspace)
        if clip is None:
            return False
        with self._writing() as db:
            gone = db.execute(
                "DELETE FROM clips WHERE id = ? AND NOT EXISTS (SELECT 1 FROM analyses WHERE clip_id = clips.id)",
                (clip_id,),
            ).rowcount
        if gone:
            clip.path.unlink(missing_ok=True)
        return bool(gone)

    def _clip(self, row: sqlite3.Row) -> Clip:
        return Clip(
            row["id"],
            row["workspace"],
            row["name"],
            row["sha256"],
            row["bytes"],
            row["created_s"],
            self.home / "clips" / f"{row['id']}{row['ending']}",
            json.loads(row["look"]) if row["look"] else None,
        )


def _ending(name: str) -> str:
    """The ending of a file name where it is a plain one (`.mp4`), else nothing."""
    ending = Path(name).suffix.lower()
    return ending if 1 < len(ending) <= _LONGEST_ENDING and ending[1:].isalnum() and ending.isascii() else ""
