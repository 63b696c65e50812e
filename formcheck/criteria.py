"""Criteria as data: loads and checks `data/criteria.toml` and `data/references.toml`.

A row without a source, with limits out of order or with a metric nobody knows is refused, in one line.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from importlib import resources
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, get_args

from formcheck.errors import InputError
from formcheck.metrics import describe
from formcheck.types import PROTOCOLS, Criterion, Protocol

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Sex = Literal["f", "m"]
Tag = Literal["found", "memory", "derived", "judgement"]

_OWN, _OWN_REFERENCES = "criteria.toml", "references.toml"
_KINDS = ("published", "convention", "judgement")
_RENAMED = {"metric": "metric_id"}
_KNOWN = {field.name for field in fields(Criterion)}
_REQUIRED = ("id", "metric", "kind", "source")


@dataclass(frozen=True)
class Reference:
    """One source: its citation, where to find it, and how it was checked (`tag`)."""

    key: str
    citation: str
    tag: Tag
    doi: str = ""
    pmid: str = ""

    @property
    def name(self) -> str:
        """Author and year with an identifier, such as “Nakagawa 2012, PMID 22402604”; else how the citation begins."""
        author, _, year = self.key.rpartition("_")
        if not year.isdigit():
            return self.citation.partition(":")[0]
        found = f"PMID {self.pmid}" if self.pmid else f"doi:{self.doi}" if self.doi else ""
        return ", ".join(part for part in (f"{author.replace('_', ' ').title()} {year}", found) if part)

    @property
    def short(self) -> str:
        """Citation with its identifiers, in one line."""
        ids = [f"doi:{self.doi}"] if self.doi else []
        ids += [f"PMID {self.pmid}"] if self.pmid else []
        return " ".join([self.citation, ", ".join(ids)]).strip()


@dataclass(frozen=True)
class CriteriaSet:
    """The criteria in force.

    Attributes
    ----------
    version : changes whenever a limit or its meaning does; written into every result.
    criteria : limits held against what a clip shows.
    by_hand : limits for what people enter themselves (pain, strength, distance); `protocols` is empty.
    references : key -> source.
    """

    version: str
    criteria: tuple[Criterion, ...]
    by_hand: tuple[Criterion, ...]
    references: Mapping[str, Reference]

    def select(self, metric_id: str, protocol: Protocol, sex: Sex | None = None) -> Criterion | None:
        """The criterion for a metric in a protocol, or None where it is reported and not scored.

        Where limits differ by sex and the sex is not known, the stricter limit gives `watch` (it only advises)
        and the laxer gives `outside` (nobody is failed by the other sex's limit).
        """
        rows = [c for c in self.criteria if c.metric_id == metric_id and protocol in c.protocols]
        general = [c for c in rows if c.sex is None]
        if general or not rows:
            return general[0] if general else None
        own = [c for c in rows if c.sex == sex]
        return own[0] if own else merge_sexes(rows)

    def reference(self, criterion: Criterion) -> Reference:
        """The source of a criterion."""
        return self.references[criterion.source]


def merge_sexes(rows: Sequence[Criterion]) -> Criterion:
    """One criterion for unknown sex: the stricter watch limit, the laxer outside and strong limits.

    A limit that only one sex has is used for watch and dropped for outside.
    """
    first = rows[0]
    return replace(
        first,
        id=first.id.removesuffix("_men").removesuffix("_women"),
        sex=None,
        watch_above=min(_set(c.watch_above for c in rows), default=None),
        watch_below=max(_set(c.watch_below for c in rows), default=None),
        outside_above=_laxest([c.outside_above for c in rows], max),
        outside_below=_laxest([c.outside_below for c in rows], min),
        strong_above=_laxest([c.strong_above for c in rows], max),
        note=f"{first.note} Sex not given: the stricter watch limit is used.".strip(),
    )


def _set(values: Iterable[float | None]) -> list[float]:
    return [value for value in values if value is not None]


def _laxest(values: Sequence[float | None], pick: Callable[[list[float]], float]) -> float | None:
    known = _set(values)
    return pick(known) if len(known) == len(values) else None


def load(path: Path | None = None, *, references_path: Path | None = None) -> CriteriaSet:
    """Read and check the criteria.

    Parameters
    ----------
    path : another criteria file; None for formcheck's own.
    references_path : another reference file; None for formcheck's own.

    Raises
    ------
    InputError
        A row has no source, limits out of order, or a metric, protocol or field that is not known.
    """
    name, references_name = (p.name if p else own for p, own in ((path, _OWN), (references_path, _OWN_REFERENCES)))
    return _checked(_read(path, _OWN), _read(references_path, _OWN_REFERENCES), name, references_name)


@lru_cache(maxsize=4)
def _checked(text: str, references_text: str, name: str, references_name: str) -> CriteriaSet:
    """The criteria of two files' text; kept, as every clip asks for the same."""
    table = _parsed(text, name)
    references = _references(_parsed(references_text, references_name))
    version = str(table.get("version", ""))
    if not version:
        raise InputError(f'{name}: no version; add a line such as version = "1"')
    criteria = tuple(_row(row, name, references, by_hand=False) for row in table.get("criterion", []))
    by_hand = tuple(_row(row, name, references, by_hand=True) for row in table.get("by_hand", []))
    if not criteria:
        raise InputError(f"{name}: no [[criterion]] in it; at least one is needed")
    _check_unique([*criteria, *by_hand], name)
    return CriteriaSet(version, criteria, by_hand, MappingProxyType(references))


def _read(path: Path | None, default: str) -> str:
    try:
        return (path or resources.files("formcheck") / "data" / default).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        name = path.name if path else default
        raise InputError(f"{name}: cannot be read ({reason}); give a TOML file of criteria") from error


def _parsed(text: str, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{name}: not valid TOML ({error}); correct that line") from error


def _references(table: Mapping[str, Any]) -> dict[str, Reference]:
    references = {}
    for key, row in table.items():
        if not isinstance(row, dict) or not row.get("citation") or row.get("tag") not in get_args(Tag):
            raise InputError(f"references: {key} needs a citation and a tag out of {', '.join(get_args(Tag))}")
        references[key] = Reference(key, row["citation"], row["tag"], row.get("doi", ""), row.get("pmid", ""))
    return references


def _row(row: Mapping[str, Any], name: str, references: Mapping[str, Reference], *, by_hand: bool) -> Criterion:
    where = f"{name}: row {row.get('id', '(without id)')}"
    missing = [key for key in _REQUIRED if not row.get(key)]
    if missing:
        raise InputError(f"{where} has no {missing[0]}; every row needs {', '.join(_REQUIRED)}")
    values = {_RENAMED.get(key, key): value for key, value in row.items()}
    unknown = sorted(set(values) - _KNOWN)
    if unknown:
        raise InputError(f"{where} has an unknown field {unknown[0]}; known are {', '.join(sorted(_KNOWN))}")
    criterion = Criterion(**{**values, "protocols": tuple(row.get("protocols", ()))})
    _check_words(criterion, where, references, by_hand=by_hand)
    _check_limits(criterion, where)
    return criterion


def _check_words(criterion: Criterion, where: str, references: Mapping[str, Reference], *, by_hand: bool) -> None:
    if criterion.source not in references:
        raise InputError(f"{where} cites {criterion.source}, which is not among the references; add it there")
    if criterion.kind not in _KINDS:
        raise InputError(f"{where} has kind {criterion.kind}; it must be one of {', '.join(_KINDS)}")
    if criterion.sex not in (None, *get_args(Sex)):
        raise InputError(f"{where} has sex {criterion.sex}; it must be f or m, or left out")
    if by_hand:
        return
    strangers = [p for p in criterion.protocols if p not in PROTOCOLS]
    if strangers or not criterion.protocols:
        came = strangers[0] if strangers else "no protocol"
        raise InputError(f"{where} has {came}; protocols are {', '.join(PROTOCOLS)}")
    try:
        describe(criterion.metric_id)
    except KeyError:
        raise InputError(f"{where} has an unknown metric {criterion.metric_id}; see the metric list") from None


def _check_limits(criterion: Criterion, where: str) -> None:
    limits = criterion.limits
    strange = [key for key, value in limits.items() if not _is_number(value)]
    if strange:
        raise InputError(f"{where}: {strange[0]} is {limits[strange[0]]!r}; it must be a number")
    if not limits:
        raise InputError(f"{where} has no limit; give watch_above, watch_below, outside_above or outside_below")
    order = ("outside_below", "watch_below", "watch_above", "strong_above", "outside_above")
    present = [(key, limits[key]) for key in order if key in limits]
    for (low_key, low), (high_key, high) in pairwise(present):
        if not low < high:
            raise InputError(f"{where}: limits out of order, {low_key} {low:g} must lie below {high_key} {high:g}")
    if any(key.endswith("above") for key in limits) and not criterion.advice_high:
        raise InputError(f"{where} has an upper limit and no advice_high; say what to do")
    if any(key.endswith("below") for key in limits) and not criterion.advice_low:
        raise InputError(f"{where} has a lower limit and no advice_low; say what to do")
    if criterion.outside_cycles is not None and (criterion.outside_above is None or criterion.outside_cycles < 1):
        raise InputError(f"{where}: outside_cycles needs outside_above, and must be 1 or more")


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _check_unique(rows: Sequence[Criterion], name: str) -> None:
    seen: set[tuple[object, ...]] = set()
    for row in rows:
        keys: list[tuple[object, ...]] = [("id", row.id)]
        keys += [(row.metric_id, protocol, row.sex) for protocol in row.protocols]
        for key in keys:
            if key in seen:
                raise InputError(f"{name}: row {row.id} appears twice for {' '.join(str(k) for k in key if k)}")
            seen.add(key)
