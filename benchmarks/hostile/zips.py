"""Backups that are none: bombs, names that climb out, lists that lie."""

from __future__ import annotations

import hashlib
import json
import random
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

Maker = Callable[[Path, random.Random], list[str]]
_ID = "0123456789abcdef" * 2


def _packed(folder: Path, files: Mapping[str, bytes], manifest: object = None, listed: bool = True) -> list[str]:
    about = {name: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()} for name, data in files.items()}
    said = {"kind": "backup", "format": 1, "schema": 1, "formcheck_version": "0", "files": about if listed else {}}
    with zipfile.ZipFile(folder / "backup.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in files.items():
            packed.writestr(name, data)
        packed.writestr("manifest.json", json.dumps(said if manifest is None else manifest))
    return ["restore", str(folder / "backup.zip")]


def _named(name: str) -> Maker:
    return lambda folder, _: _packed(folder, {name: b"x", "formcheck.db": b"y"})


def _bomb(folder: Path, _: random.Random) -> list[str]:
    return _packed(folder, {f"analyses/{_ID}/overlay.mp4": bytes(400_000_000), "formcheck.db": b""})


def _lie(folder: Path, _: random.Random) -> list[str]:
    words = _packed(folder, {"formcheck.db": bytes(3_000_000)})
    data = (folder / "backup.zip").read_bytes().replace((3_000_000).to_bytes(4, "little"), (30).to_bytes(4, "little"))
    (folder / "backup.zip").write_bytes(data)
    return words


def _manifest(value: object) -> Maker:
    return lambda folder, _: _packed(folder, {"formcheck.db": b""}, manifest=value)


def _deep(folder: Path, _: random.Random) -> list[str]:
    words = _packed(folder, {})
    with zipfile.ZipFile(folder / "backup.zip", "w") as packed:
        packed.writestr("manifest.json", "[" * 200_000)
    return words


FIXED: Mapping[str, Maker] = {
    "backup with a bomb": _bomb,
    "backup that lies of a size": _lie,
    "backup with an unlisted file": lambda d, _: _packed(d, {"formcheck.db": b"x"}, listed=False),
    "backup without tables": lambda d, _: _packed(d, {}),
    "backup with empty tables": lambda d, _: _packed(d, {"formcheck.db": b""}),
    "backup with a text as tables": lambda d, _: _packed(d, {"formcheck.db": b"SQLite format 3\0" + b"x" * 4000}),
    "backup with a deep list": _deep,
    "backup with a list of numbers": _manifest([1, 2]),
    "backup with a null": _manifest({"kind": "backup", "format": 1, "schema": 1, "files": None}),
    "backup of a million files": _manifest(
        {
            "kind": "backup",
            "format": 1,
            "schema": 1,
            "formcheck_version": "0",
            "files": {f"clips/{i:032x}": {"bytes": 1, "sha256": ""} for i in range(1_000_000)},
        }
    ),
    **{
        f"backup with the name {name}": _named(name)
        for name in (
            "../../evil",
            "/etc/evil",
            "clips/../../evil",
            "clips\\..\\evil",
            f"clips/{_ID}/../x",
            "C:/evil",
            "a\0b",
        )
    },
}


def _changed(folder: Path, rng: random.Random) -> list[str]:
    words = _packed(folder, {"formcheck.db": bytes(5000), f"clips/{_ID}.mp4": rng.randbytes(2000)})
    data = bytearray((folder / "backup.zip").read_bytes())
    for _ in range(rng.choice((1, 10, 100))):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    (folder / "backup.zip").write_bytes(data[: rng.randrange(len(data)) if rng.random() < 0.3 else None])
    return words


RANDOM: Mapping[str, Maker] = {"backup, bytes changed": _changed}
