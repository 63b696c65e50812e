"""Rows of the list of results: the words for each analysis, and which of them a filter lets through. Pure."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from formcheck.types import Band, Protocol, Status
from formcheck.wording import BAND_SYMBOLS, PROTOCOL_TITLES, STATUS_BANDS, STATUS_WORDS

if TYPE_CHECKING:
    from formcheck.store import Analysis

PAGE_ROWS = 50
_OPEN_WORDS: Mapping[str, tuple[Band | None, str, str]] = {
    "queued": (None, "…", "Waiting"),
    "running": (None, "…", "Running"),
    "refused": ("outside", BAND_SYMBOLS["outside"], "Refused"),
    "failed": ("outside", BAND_SYMBOLS["outside"], "Failed"),
    "cancelled": (None, BAND_SYMBOLS["not_assessable"], "Cancelled"),
}

_FLAGGED = "worth working on"
"""In the headline of a run with something to watch (`wording.headline`)."""
_RUN_WORDS: Mapping[tuple[Status, bool], tuple[Band, str]] = {
    ("pass", False): ("within", "No concern"),
    ("pass", True): ("watch", "Worth a look"),
    ("fail", False): ("outside", "Outside"),
    ("fail", True): ("outside", "Outside"),
}


def row(analysis: Analysis, client_names: Mapping[str, str]) -> dict[str, Any]:
    """One row, for `components.result_list`."""
    band, symbol, word = badge(analysis)
    is_done = analysis.status == "done"
    return {
        "id": analysis.id,
        "address": f"/result?id={analysis.id}" if is_done else "",
        "thumbnail": f"/fc/clips/{analysis.clip_id}/thumbnail.jpg",
        "name": analysis.clip_name,
        "test": test(analysis),
        "date": day(analysis.created_s),
        "client": client_names.get(analysis.client_id or "", ""),
        "band": band or "",
        "symbol": symbol,
        "word": word,
        "headline": told(analysis),
        "again": "" if not analysis.is_over else "Analyse again" if is_done else "Try again",
    }


def told(analysis: Analysis) -> str:
    """What came out in one sentence, marked where somebody put something right; or why nothing did."""
    if analysis.status != "done":
        return sentence(analysis.error, analysis.clip_name)
    return f"{analysis.headline}{' · corrected by hand' if analysis.is_corrected else ''}"


def sentence(line: str, clip_name: str = "") -> str:
    """An error's line as a sentence of its own; the clip's name at its start stays as it is."""
    named = bool(clip_name) and line.startswith(clip_name)
    start = line[:1] if named else line[:1].upper()
    return f"{start}{line[1:]}{'' if line.endswith(('.', '!', '?')) else '.'}" if line else ""


def badge(analysis: Analysis) -> tuple[Band | None, str, str]:
    """Band, symbol and word of how an analysis stands."""
    if analysis.status != "done":
        return _OPEN_WORDS[analysis.status]
    known = (status for status in STATUS_BANDS if status == analysis.verdict)
    verdict: Status = next(known, "not_assessable")
    band, word = STATUS_BANDS[verdict], STATUS_WORDS[verdict]
    if _is_run(analysis):
        band, word = _RUN_WORDS.get((verdict, _FLAGGED in analysis.headline), (band, word))
    return band, BAND_SYMBOLS[band], word


def test(analysis: Analysis) -> str:
    """The test and the leg: `Single-leg squat test, left leg`; empty while not known."""
    known = protocol(analysis)
    if known is None:
        return ""
    leg = analysis.leg or analysis.settings.get("leg")
    return f"{PROTOCOL_TITLES[known]}, {leg} leg" if leg else PROTOCOL_TITLES[known]


def protocol(analysis: Analysis) -> Protocol | None:
    """The test that was found, else the one that was asked for."""
    said = analysis.protocol or analysis.settings.get("protocol")
    return next((known for known in PROTOCOL_TITLES if known == said), None)


def day(time_s: float) -> str:
    """A moment in local time: `24 Nov 2026, 02:58`."""
    moment = time.localtime(time_s)
    return time.strftime(f"{moment.tm_mday} %b %Y, %H:%M", moment)


def _is_run(analysis: Analysis) -> bool:
    known = protocol(analysis)
    return known is not None and known.startswith("treadmill")
