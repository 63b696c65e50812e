"""The clearance board as markup: the sentence on top, then the four criteria with their evidence."""

from __future__ import annotations

from datetime import date
from typing import Final
from urllib.parse import quote

from markupsafe import Markup

from formcheck.recovery.board import NOT_A_DIAGNOSIS, Board, BoardState
from formcheck.recovery.states import CriterionState, Line, State
from formcheck.types import Band
from formcheck.ui import kit

_STATE_BANDS: Final[dict[State, Band | None]] = {
    "met": "within",
    "not_met": "outside",
    "uncertain": "uncertain",
    "untested": None,
}
STATE_WORDS: Final[dict[State, str]] = {
    "met": "Met",
    "not_met": "Not met",
    "uncertain": "Uncertain",
    "untested": "Not yet tested",
}
_TOP: Final[dict[BoardState, tuple[Band, str, str]]] = {
    "clear": ("within", "✓", "Clear to run"),
    "not_yet": ("outside", "✕", "Not yet"),
    "film_again": ("uncertain", "?", "Test again"),
    "incomplete": ("not_assessable", "…", "Not yet complete"),
    "questions": ("not_assessable", "?", "Questions first"),
    "see_clinician": ("outside", "!", "See a clinician"),
}
"""Colour, symbol and word of the sentence on top."""
_HEADLINES: Final[dict[BoardState, str]] = {
    "clear": "All four criteria are met",
    "not_yet": "Not ready to run yet",
    "film_again": "Too close to tell",
    "incomplete": "Something is still missing",
    "questions": "Five questions come first",
    "see_clinician": "Have the knee looked at before you run on",
}


def board_markup(board: Board, today: date) -> Markup:
    """The whole board; while the questions are open they stand in the place of the sentence on top."""
    cards = kit.cards(_criterion(criterion, today) for criterion in board.criteria)
    return kit.join(
        (
            _top(board) if board.state != "questions" else "",
            kit.section("The four criteria", cards),
            kit.paragraph(NOT_A_DIAGNOSIS, "muted small"),
        )
    )


def _top(board: Board) -> Markup:
    band, symbol, word = _TOP[board.state]
    lines = kit.bullets(c.sentence for c in board.criteria if c.state != "met") if _is_listed(board) else ""
    box = Markup(
        '<section><div class="verdict {}"><div class="icon" aria-hidden="true">{}</div>'
        '<div><p class="word">{}</p><h2>{}</h2>{}</div></div></section>'
    )
    return box.format(band, symbol, word, _HEADLINES[board.state], lines or kit.paragraph(board.sentence))


def _is_listed(board: Board) -> bool:
    """Whether the reasons read better as a list than as one sentence."""
    return board.state in {"not_yet", "film_again", "incomplete"}


def _criterion(criterion: CriterionState, today: date) -> Markup:
    word = "Too old" if criterion.stale else STATE_WORDS[criterion.state]
    head = Markup('<div class="head"><h3>{}</h3>{}</div>').format(
        criterion.title, kit.badge(_STATE_BANDS[criterion.state], word)
    )
    shown = [_line(line, today) for line in sorted(criterion.evidence, key=lambda line: line.day, reverse=True)]
    return kit.card(
        head,
        kit.paragraph(criterion.sentence),
        kit.bullets(shown, "small muted"),
        kit.bullets(criterion.notes, "small"),
        kit.paragraph(_override_words(criterion), "note"),
    )


def _line(line: Line, today: date) -> Markup:
    days = (today - line.day).days
    age = "today" if days == 0 else "yesterday" if days == 1 else f"{days} days ago"
    text = Markup("{}: {}").format(f"{line.day:%d %b %Y} ({age})", line.text)
    if not line.analysis_id:
        return text
    return text + Markup(' <a class="link" href="/result?id={}" target="_self">open</a>').format(
        quote(line.analysis_id)
    )


def _override_words(criterion: CriterionState) -> str:
    override = criterion.override
    if override is None or criterion.overridden:
        return ""
    decided = "met" if override.met else "not met"
    return (
        f"{override.by} decided on {override.day:%d %b %Y}: {decided}, because {override.reason}. "
        "Newer evidence has come in since, and counts."
    )
