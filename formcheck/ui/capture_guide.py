"""How to film each test, with pictures, and the samples to try: read from the package's data once."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import formcheck
from formcheck.types import PROTOCOLS, Protocol

if sys.version_info >= (3, 11):
    import tomllib
else:  # pragma: no cover
    import tomli as tomllib

DATA = Path(formcheck.__file__).parent / "data"
PICTURES = DATA / "guide"
AUTO = "auto"
"""The choice that leaves the test to formcheck."""
AUTO_NAME = "Let formcheck find out"


@dataclass(frozen=True)
class Guide:
    """One test's capture guide.

    Attributes
    ----------
    name : the test's short name.
    facts : label and words, read at a glance.
    text : one paragraph.
    scene, tile : SVG of where the phone stands, and a small one of what it sees.
    """

    protocol: Protocol
    name: str
    facts: tuple[tuple[str, str], ...]
    text: str
    scene: str
    tile: str


@dataclass(frozen=True)
class Sample:
    """A sample video to try: its name in `formcheck.samples`, what it shows, and its picture."""

    name: str
    words: str
    picture: Path


@cache
def guides() -> tuple[Guide, ...]:
    """The capture guide of every test, in the order in which they are shown."""
    tables = _read()
    return tuple(
        Guide(
            protocol=protocol,
            name=table["name"],
            facts=tuple((label, words) for label, words in table["facts"]),
            text=" ".join(table["text"].split()),
            scene=_svg(protocol),
            tile=_svg(f"{protocol}_tile"),
        )
        for protocol, table in tables.items()
        if protocol in PROTOCOLS
    )


@cache
def auto_tile() -> str:
    """The small picture, SVG, of leaving the test to formcheck."""
    return _svg(f"{AUTO}_tile")


@cache
def samples() -> tuple[Sample, ...]:
    """The samples in the order in which they are offered."""
    return tuple(Sample(name, words, PICTURES / f"sample_{name}.jpg") for name, words in _read()["samples"].items())


def _read() -> dict[str, dict[str, Any]]:
    tables: dict[str, dict[str, Any]] = tomllib.loads((DATA / "capture_guide.toml").read_text(encoding="utf-8"))
    return tables


def _svg(name: str) -> str:
    return (PICTURES / f"{name}.svg").read_text(encoding="utf-8").strip()
