"""The plan and the log for other programs: calendar (iCalendar, RFC 5545) and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date, datetime, timedelta, timezone

from icalendar import Calendar, Event

from formcheck.recovery.plan import Session
from formcheck.recovery.records import RunSession

_LOGGED = (
    "day",
    "run_min",
    "walk_min",
    "longest_run_min",
    "surface",
    "pain_during",
    "pain_next_morning",
    "distance_km",
    "shoe",
)
_RULE = "Only after a painless session and a painless next morning. Any pain: stop, and log it."


def calendar(sessions: Sequence[Session], now: datetime | None = None) -> bytes:
    """The sessions ahead as all-day events; the same session keeps its identity, so that a new import replaces it."""
    stamp = now or datetime.now(tz=timezone.utc)
    book = Calendar()
    book.add("prodid", "-//formcheck//way back to running//EN")
    book.add("version", "2.0")
    for session in sessions:
        event = Event()
        event.add("uid", f"{session.day:%Y%m%d}-{session.step.run_min:g}-{session.n}@formcheck")
        event.add("dtstamp", stamp)
        event.add("dtstart", session.day)
        event.add("dtend", session.day + timedelta(days=1))
        event.add("summary", f"Run/walk: {session.words}")
        event.add("description", f"{session.n} of {session.of}. {_RULE}")
        book.add_component(event)
    return bytes(book.to_ical())


def plan_csv(sessions: Sequence[Session]) -> str:
    """The sessions ahead, one a line."""
    rows = [(s.day.isoformat(), s.step.run_min, s.step.walk_min, s.step.rounds, s.n, s.of) for s in sessions]
    return _csv(("day", "run_min", "walk_min", "rounds", "n", "of"), rows)


def log_csv(runs: Sequence[RunSession]) -> str:
    """The sessions done, one a line, the oldest first."""
    rows = [[_cell(getattr(run, name)) for name in _LOGGED] for run in sorted(runs, key=lambda run: run.day)]
    return _csv(_LOGGED, rows)


def _cell(value: object) -> object:
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, date) else value


def _csv(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return text.getvalue()
