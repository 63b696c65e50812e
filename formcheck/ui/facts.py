"""What stands on the page about the numbers, gathered from where it is kept: criteria, accuracy, licences, store."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from functools import cache
from importlib import metadata
from pathlib import Path

import formcheck
from formcheck import criteria
from formcheck.criteria import CriteriaSet
from formcheck.criteria_text import criterion_limits, criterion_name
from formcheck.metrics import REGISTRY
from formcheck.types import Criterion, Protocol
from formcheck.wording import KIND_WORDS

_LICENCE_WORDS = {
    "BSD License": "BSD",
    "MIT License": "MIT",
    "Apache Software License": "Apache-2.0",
    "Apache 2.0": "Apache-2.0",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF",
    "ISC License (ISCL)": "ISC",
}
_LONGEST_LICENCE = 40


def accuracy_page() -> str:
    """The text of docs/accuracy.md: beside the package in a checkout, inside it when installed; else empty."""
    package = Path(formcheck.__file__).parent
    for place in (package / "docs" / "accuracy.md", package.parent / "docs" / "accuracy.md"):
        if place.is_file():
            return place.read_text(encoding="utf-8")
    return ""


def part(page: str, heading: str) -> str:
    """What stands under a heading of a Markdown page, without the heading, up to the next of its rank or above."""
    found = re.search(rf"^(#+) {re.escape(heading)}\n(.*?)(?=^#{{1,6}} |^<!--|\Z)", page, re.MULTILINE | re.DOTALL)
    return found.group(2).strip() if found else ""


def accuracy_rows(page: str) -> list[dict[str, str]]:
    """The table of targets, row by row: what, target, formcheck, naive landmarks, and whether it was met."""
    lines = [line for line in part(page, "Targets").splitlines() if line.startswith("|")]
    if len(lines) < 3:
        return []
    cells = [[cell.strip().strip("*") for cell in line.strip("|").split("|")] for line in lines]
    return [dict(zip(cells[0], row, strict=True)) for row in cells[2:]]


def measured_on(page: str) -> str:
    """How many clips, of whom, the table was measured on."""
    found = re.search(r"^formcheck [0-9.]+: .*$", page, re.MULTILINE)
    return found.group(0) if found else ""


@cache
def in_force() -> CriteriaSet:
    """The criteria that ship with this version."""
    return criteria.load()


def criteria_of(limits: CriteriaSet, protocol: Protocol | None) -> tuple[Criterion, ...]:
    """The criteria of a test, those that decide first; without a test, those for what people enter themselves."""
    if protocol is None:
        return limits.by_hand
    rows = [row for row in limits.criteria if protocol in row.protocols]
    return tuple(sorted(rows, key=lambda row: not row.decides))


def criterion_lines(row: Criterion, limits: CriteriaSet) -> tuple[str, str, str]:
    """A criterion in words: its name and limits, what kind of limit from which source, and the note."""
    kind = KIND_WORDS[row.kind]
    source = f"{kind[0].upper()}{kind[1:]}. {limits.reference(row).short}"
    return f"**{criterion_name(row)}**: {criterion_limits(row)}", source, f"{_compared(row)}{row.note}"


def _compared(row: Criterion) -> str:
    """What a number without a unit is a share of; empty where the limits carry their unit."""
    measure = REGISTRY.get(row.metric_id.removeprefix("asymmetry_"))
    return f"{measure.plain}. " if measure is not None and measure.unit == "ratio" else ""


@cache
def versions() -> tuple[tuple[str, str], ...]:
    """What made a result: formcheck, its criteria, and the programs it stands on."""
    python = ".".join(str(n) for n in sys.version_info[:3])
    used = [(name, metadata.version(name)) for name in ("mediapipe", "opencv-contrib-python", "av", "streamlit")]
    return (("formcheck", formcheck.__version__), ("criteria", in_force().version), ("Python", python), *used)


@cache
def licences() -> tuple[tuple[str, str, str], ...]:
    """Name, version and licence of every library that formcheck uses, directly or through another."""
    rows = [(m["Name"], m["Version"], _licence(m)) for m in _used("formcheck", set())]
    return tuple(sorted(rows, key=lambda row: row[0].lower()))


def _used(name: str, seen: set[str]) -> Iterator[metadata.PackageMetadata]:
    """The packages that a package needs on this machine, each once; not itself."""
    for line in metadata.requires(name) or ():
        needed = re.match(r"[A-Za-z0-9._-]+", line)
        key = re.sub(r"[-_.]+", "-", needed.group()).lower() if needed else ""
        if not key or key in seen or "extra ==" in line:
            continue
        seen.add(key)
        try:
            found = metadata.metadata(key)
        except metadata.PackageNotFoundError:
            continue
        yield found
        yield from _used(key, seen)


def _licence(package: metadata.PackageMetadata) -> str:
    """The licence in a few words: as declared, else as classified."""
    classes = [c.split("::")[-1].strip() for c in package.get_all("Classifier") or () if c.startswith("License ::")]
    words = [*(package.get_all("License-Expression") or ()), *(package.get_all("License") or ())]
    declared = next((text for text in words if text), "")
    if declared and len(declared) <= _LONGEST_LICENCE:
        return _LICENCE_WORDS.get(declared, declared)
    return ", ".join(_LICENCE_WORDS.get(c, c) for c in classes) or "see the package"


def folder_bytes(folder: Path) -> int:
    """What a folder holds, bytes."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
