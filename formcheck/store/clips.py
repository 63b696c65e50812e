"""Clips: the video files handed in, each kept once a workspace."""

from __future__ import annotations

import dataclasses
import json
import shutil
import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from formcheck.errors import InputError
from formcheck.store import driver
from formcheck.store.base import UNFINISHED_S, Connection
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
                clip = self._clip(there)
                if not clip.has_video:
                    return self._video_again(clip, source, move)
                if move:
                    source.unlink(missing_ok=True)
                return clip
            return self._store_clip(workspace, source, name, digest, move)
        except OSError as error:
            raise InputError(f"{name} cannot be stored ({error.strerror}); free space or permissions") from error

    def _store_clip(self, workspace: str, source: Path, name: str, digest: str, move: bool) -> Clip:
        clip_id, ending = new_id(), _ending(name)
        target = self.home / "clips" / f"{clip_id}{ending}"
        with self._writing():
            self._doom([target, _partial(target)], in_s=UNFINISHED_S)
        try:
            _take_in(source, target, move)
            with self._writing():
                self._insert(
                    "clips",
                    id=clip_id,
                    workspace=workspace,
                    name=name,
                    ending=ending,
                    sha256=digest,
                    bytes=target.stat().st_size,
                    created_s=self._now(),
                )
                self._spare([target, _partial(target)])
        except driver.INTEGRITY_ERRORS:  # another program took the same bytes in at the same moment
            target.unlink(missing_ok=True)
            row = self._row("SELECT * FROM clips WHERE workspace = ? AND sha256 = ?", workspace, digest)
            assert row is not None, "the clip that stood in the way"
            return self._clip(row)
        except BaseException:
            target.unlink(missing_ok=True)
            raise
        found = self.clip(clip_id, workspace)
        assert found is not None, "it was just written"
        return found

    def _video_again(self, clip: Clip, source: Path, move: bool) -> Clip:
        """The video of a clip whose video had not been kept."""
        with self._writing():
            self._doom([clip.path, _partial(clip.path)], in_s=UNFINISHED_S)
        _take_in(source, clip.path, move)
        with self._writing() as db:
            db.execute("UPDATE clips SET has_video = 1 WHERE id = ?", (clip.id,))
            self._spare([clip.path, _partial(clip.path)])
        return dataclasses.replace(clip, has_video=True)

    def drop_video(self, clip_id: str, workspace: str) -> bool:
        """Delete the video of a clip and keep all that was found in it; False where there is none to delete."""
        clip = self.clip(clip_id, workspace)
        if clip is None or not clip.has_video:
            return False
        with self._writing():
            self._check_unneeded(clip_id)
            self._forget_video(clip_id, clip.path)
        self._sweep()
        return True

    def _forget_video(self, clip_id: str, path: Path) -> None:
        """Note that a video is not kept, and doom its file; call it within `_writing`."""
        self._db.execute("UPDATE clips SET has_video = 0 WHERE id = ?", (clip_id,))
        self._doom([path])

    def _check_unneeded(self, clip_id: str) -> None:
        waiting = "SELECT 1 FROM analyses WHERE clip_id = ? AND status IN ('queued', 'running')"
        if self._row(waiting, clip_id) is not None:
            raise InputError("this video is still being analysed; wait until that is done, or cancel it first")

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
        with self._writing():
            gone = self._delete_lonely([clip.id])
        self._sweep()
        return bool(gone)

    def _delete_lonely(self, clip_ids: Iterable[str]) -> int:
        """Delete those clips that no analysis needs, and doom their files; call it within `_writing`."""
        gone = 0
        for clip_id in clip_ids:
            row = self._row("SELECT * FROM clips WHERE id = ?", clip_id)
            if row is None or self._row("SELECT 1 FROM analyses WHERE clip_id = ?", clip_id) is not None:
                continue
            self._db.execute("DELETE FROM clips WHERE id = ?", (clip_id,))
            self._doom([self._clip(row).path])
            gone += 1
        return gone

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
            bool(row["has_video"]),
        )


def _partial(target: Path) -> Path:
    return target.with_name(f".{target.name}.part")


def _take_in(source: Path, target: Path, move: bool) -> None:
    """Copy or move a file, private from its first byte on, into its place in one step."""
    partial = _partial(target)
    try:
        if move:
            shutil.move(source, partial)
        else:
            shutil.copyfile(source, partial)
        make_private_file(partial)
        partial.replace(target)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def _ending(name: str) -> str:
    """The ending of a file name where it is a plain one (`.mp4`), else nothing."""
    ending = Path(name).suffix.lower()
    return ending if 1 < len(ending) <= _LONGEST_ENDING and ending[1:].isalnum() and ending.isascii() else ""
