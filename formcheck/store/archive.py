"""Zip files with a manifest: written whole or not at all, and read back with every file checked.

A zip that comes from elsewhere is material to be judged: names, sizes, compression and hashes are checked before
anything is believed, and each member is written only to the place that its checked name gives.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from formcheck import __version__
from formcheck.errors import InputError
from formcheck.store.homes import make_private_file

Kind = Literal["client", "backup"]

MANIFEST = "manifest.json"
FORMAT = 1
MOST_FILES = 200_000
MOST_BYTES = 2_000_000_000_000
MOST_BYTES_OF_TABLES = 200_000_000
SPARE_BYTES = 200_000_000
"""So much of the disk is left free when a zip is unpacked."""
_MOST_TIMES_SMALLER = 300
_SMALL_BYTES = 20_000_000
_PIECE = 1 << 20
_PACKED_ALREADY = frozenset({".mp4", ".mov", ".m4v", ".webm", ".mkv", ".png", ".jpg", ".pdf"})
_ID = "[0-9a-f]{32}"
_WORD = r"[^\W.][\w .,()+-]{0,100}"
_NAMES = re.compile(
    rf"formcheck\.db|tables/[a-z_]{{1,40}}\.(json|csv)|clips/{_ID}(\.[a-z0-9]{{1,7}})?|analyses/{_ID}(/{_WORD}){{1,3}}"
)


@dataclass(frozen=True)
class Manifest:
    """What a zip says of itself: its kind, the schema and version of its writer, size and SHA-256 of each file."""

    kind: Kind
    schema: int
    formcheck_version: str
    files: Mapping[str, tuple[int, str]]
    facts: Mapping[str, Any]


class ArchiveWriter:
    """Adds files to a zip and keeps their sizes and hashes."""

    def __init__(self, packed: zipfile.ZipFile) -> None:
        self._packed = packed
        self.files: dict[str, dict[str, int | str]] = {}

    def add_text(self, name: str, text: str) -> None:
        """Add a text as a file."""
        data = text.encode("utf-8")
        self._packed.writestr(name, data, zipfile.ZIP_DEFLATED)
        self.files[name] = {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}

    def add_file(self, name: str, path: Path) -> None:
        """Add a file; films and pictures are packed already and stay as they are."""
        info = zipfile.ZipInfo.from_file(path, name, strict_timestamps=False)
        stored = path.suffix.lower() in _PACKED_ALREADY
        info.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
        digest, size = hashlib.sha256(), 0
        with path.open("rb") as source, self._packed.open(info, "w", force_zip64=True) as target:
            while piece := source.read(_PIECE):
                digest.update(piece)
                size += len(piece)
                target.write(piece)
        self.files[name] = {"bytes": size, "sha256": digest.hexdigest()}

    def add_folder(self, name: str, folder: Path) -> None:
        """Add all files of a folder that may stand in a zip, those in its folders too.

        Raises
        ------
        FileNotFoundError : the folder, or a file that was in it, is not there.
        """
        if not folder.is_dir():
            raise FileNotFoundError(folder)
        for path in sorted(folder.rglob("*")):
            inner = f"{name}/{path.relative_to(folder).as_posix()}"
            if path.is_file() and not path.is_symlink() and _NAMES.fullmatch(inner):
                self.add_file(inner, path)


def write_archive(
    target: Path, kind: Kind, schema: int, facts: Mapping[str, Any], fill: Callable[[ArchiveWriter], None]
) -> None:
    """Write a zip in one step, readable by its owner alone.

    Raises
    ------
    InputError : the file is there already, or cannot be written.
    """
    if target.exists():
        raise InputError(f"{target} is there already; name another file")
    partial: Path | None = None
    try:
        with tempfile.NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False) as file:
            partial = Path(file.name)
            with zipfile.ZipFile(file, "w", allowZip64=True) as packed:
                writer = ArchiveWriter(packed)
                fill(writer)
                about = {"kind": kind, "format": FORMAT, "schema": schema, "formcheck_version": __version__}
                text = json.dumps({**about, **facts, "files": writer.files}, ensure_ascii=False, indent=1)
                packed.writestr(MANIFEST, text, zipfile.ZIP_DEFLATED)
        make_private_file(partial)
        partial.replace(target)
    except FileNotFoundError as error:
        if partial is None:
            raise InputError(f"{target.parent} is no folder; name a file in one that is there") from error
        raise
    except OSError as error:
        raise InputError(f"{target} cannot be written ({error.strerror}); free space or name another file") from error
    finally:
        if partial is not None:
            partial.unlink(missing_ok=True)


def unpack(source: Path, kind: Kind, schema: int, folder: Path) -> Manifest:
    """Unpack a zip into an empty folder, with every file checked against the manifest.

    Parameters
    ----------
    schema : the newest schema that this formcheck knows.

    Raises
    ------
    InputError : it is no such zip, of a newer formcheck, damaged, too large, or it holds what does not belong there.
    """
    try:
        with zipfile.ZipFile(source) as packed:
            manifest = _read_manifest(packed, source, kind, schema)
            _check_members(packed, manifest, source)
            _check_room(manifest, source, folder)
            for name, (size, digest) in manifest.files.items():
                _unpack_one(packed, name, size, digest, folder / name, source)
        return manifest
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, UnicodeError) as error:
        raise InputError(f"{source.name} is damaged or no zip file of formcheck") from error
    except OSError as error:
        raise InputError(f"{source.name} cannot be unpacked ({error.strerror}); free space or permissions") from error


def _read_manifest(packed: zipfile.ZipFile, source: Path, kind: Kind, schema: int) -> Manifest:
    try:
        if packed.getinfo(MANIFEST).file_size > MOST_BYTES_OF_TABLES:
            raise InputError(f"{source.name}: its list of files is too large")
        said = json.loads(packed.read(MANIFEST))
        files = {str(name): (int(it["bytes"]), str(it["sha256"])) for name, it in said["files"].items()}
        found = Manifest(said["kind"], int(said["schema"]), str(said["formcheck_version"]), files, said)
        version = int(said["format"])
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise InputError(f"{source.name} is no {kind} zip of formcheck: its manifest is missing or damaged") from error
    if found.kind != kind:
        raise InputError(f"{source.name} holds a {found.kind!s:.20}; a {kind} is needed here")
    if version != FORMAT or not 1 <= found.schema <= schema:
        raise InputError(
            f"{source.name} was written by another formcheck ({found.formcheck_version:.20}, format {version}, schema"
            f" {found.schema}); this one knows format {FORMAT} and schemas 1 to {schema}: update formcheck"
        )
    return found


def _check_members(packed: zipfile.ZipFile, manifest: Manifest, source: Path) -> None:
    members = packed.infolist()
    names = [member.filename for member in members]
    if len(names) != len(set(names)) or set(names) != {*manifest.files, MANIFEST} or len(names) > MOST_FILES:
        raise InputError(f"{source.name}: the files in it are not those of its manifest")
    for member in members:
        name, size = member.filename, member.file_size
        if name == MANIFEST:
            continue
        if not _NAMES.fullmatch(name):
            raise InputError(f"{source.name} holds a file that does not belong there ({name!r:.80})")
        if size != manifest.files[name][0]:
            raise InputError(f"{source.name}: {name} is not as large as its manifest says")
        if size > _SMALL_BYTES and size > _MOST_TIMES_SMALLER * max(1, member.compress_size):
            raise InputError(f"{source.name}: {name} unpacks to far more than any result of formcheck")


def _check_room(manifest: Manifest, source: Path, folder: Path) -> None:
    total = sum(size for size, _ in manifest.files.values())
    tables = sum(size for name, (size, _) in manifest.files.items() if name.startswith("tables/"))
    if total > MOST_BYTES or tables > MOST_BYTES_OF_TABLES:
        raise InputError(f"{source.name} unpacks to {total / 1e9:.1f} GB, which is too much")
    free = shutil.disk_usage(folder).free
    if total + SPARE_BYTES > free:
        raise InputError(
            f"{source.name} unpacks to {total / 1e6:.0f} MB and only {free / 1e6:.0f} MB are free; free space"
        )


def _unpack_one(packed: zipfile.ZipFile, name: str, size: int, digest: str, target: Path, source: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    found, read = hashlib.sha256(), 0
    with packed.open(name) as member, target.open("xb") as file:
        while piece := member.read(_PIECE):
            read += len(piece)
            if read > size:
                break
            found.update(piece)
            file.write(piece)
    make_private_file(target)
    if read != size or found.hexdigest() != digest:
        raise InputError(f"{source.name}: {name} is damaged, its SHA-256 is not that of the manifest")
