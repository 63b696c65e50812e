"""The clearance board as markup: the sentence on top, then the four criteria with their evidence."""

from __future__ import annotations

from datetime import date
from typing import Final
from urllib.parse import quote

from markupsafe import Markup

from formcheck.recovery.board import NOT_A_DIAGNOSIS, Board, BoardState
from formcheck.recovery.states import CONVENTIONS, CriterionState, Line, State
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
_TOP: Final[dict[BoardState, tuple[Band, str]]] = {
    "clear": ("within", "✓"),
    "not_yet": ("outside", "✕"),
    "film_again": ("uncertain", "?"),
    "incomplete": ("not_assessable", "…"),
    "questions": ("not_assessable", "?"),
    "see_clinician": ("outside", "!"),
}
"""Colour and symbol of the sentence on top."""


def board_markup(board: Board, today: date) -> Markup:
    """The whole board; while the questions are open they stand in the place of the sentence on top."""
    cards = kit.cards(_criterion(criterion, today) for criterion in board.criteria)
    return kit.join(
        (
            top(board) if board.state != "questions" else "",
            kit.section("The four criteria", cards),
            kit.paragraph(NOT_A_DIAGNOSIS, "muted small"),
        )
    )


def top(board: Board) -> Markup:
    """The one sentence on top."""
    band, symbol = _TOP[board.state]
    box = Markup(
        '<section><div class="verdict {}"><div class="icon" aria-hidden="true">{}</div>'
        "<div><h2>{}</h2></div></div></section>"
    )
    return box.format(band, symbol, board.sentence)


def _criterion(criterion: CriterionState, today: date) -> Markup:
    word = "Too old" if criterion.stale else STATE_WORDS[criterion.state] + ", decided" * criterion.overridden
    head = Markup('<div class="head"><h3>{}</h3>{}</div>').format(
        criterion.title, kit.badge(_STATE_BANDS[criterion.state], word)
    )
    shown = [_line(line, today) for line in sorted(criterion.evidence, key=lambda line: line.day, reverse=True)]
    advice = [_line(line, today) for line in criterion.advice]
    return kit.card(
        head,
        kit.paragraph(criterion.sentence),
        kit.bullets(shown, "small muted"),
        kit.bullets(advice, "small muted"),
        kit.paragraph("The step-down clip advises; pain decides." if advice else "", "small"),
        kit.bullets(criterion.notes, "small"),
        kit.paragraph(_override_words(criterion), "note"),
        kit.paragraph(CONVENTIONS.get(criterion.id, ""), "small muted"),
    )


def _line(line: Line, today: date) -> Markup:
    days = (today - line.day).days
    age = "today" if days == 0 else "yesterday" if days == 1 else f"{days} days ago"
    text = Markup("{}: {}").format(f"{line.day.day} {line.day:%b %Y} ({age})", line.text)
    if not line.analysis_id:
        return text
    return text + Markup(' <a class="link" href="/result?id={}" target="_self">open</a>').format(
        quote(line.analysis_id)
    )


def _override_words(criterion: CriterionState) -> str:
    override = criterion.override
    if override is None:
        return ""
    if criterion.overridden:
        return f"Decided on {override.day.day} {override.day:%b %Y}. Without this decision: {criterion.alone}"
    decided = "met" if override.met else "not met"
    day, reason = f"{override.day.day} {override.day:%b %Y}", override.reason.strip().rstrip(".")
    return f"{override.by} decided on {day}: {decided}, because {reason}. {criterion.overtaken}"
