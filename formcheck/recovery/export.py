"""The plan and the log for other programs: calendar (iCalendar, RFC 5545) and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date, datetime, timedelta, timezone

from icalendar import Calendar, Event

from formcheck.recovery.exercises import KEEP
from formcheck.recovery.plan import Ceiling, Session
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
_HIP_WEEKDAYS = (1, 4)
"""Tuesday and Friday; any two days with rest between do (J)."""
_VOLUME = "The 10 % rule, a convention: no more than 10 % above the most of the four weeks before."
_RULE = "Only after a painless session and a painless next morning. Any pain: stop, and log it."


def calendar(
    sessions: Sequence[Session],
    weeks: Sequence[Ceiling] = (),
    *,
    hip_from: date | None = None,
    now: datetime | None = None,
) -> bytes:
    """What is ahead as all-day events; the same event keeps its identity, so that a new import replaces it.

    Parameters
    ----------
    sessions : of the run/walk plan.
    weeks : the most that coming weeks may hold, an event on each Monday.
    hip_from : the day from which two hip sessions a week are entered, without an end.
    """
    book = Calendar()
    book.add("prodid", "-//formcheck//way back to running//EN")
    book.add("version", "2.0")
    stamp = now or datetime.now(tz=timezone.utc)
    for s in sessions:
        uid = f"{s.day:%Y%m%d}-{s.step.run_min:g}-{s.n}"
        book.add_component(_event(uid, stamp, s.day, f"Run/walk: {s.words}", f"{s.n} of {s.of}. {_RULE}"))
    for week in weeks:
        told = f"Running this week: at most {ceiling_words(week)}"
        book.add_component(_event(f"week-{week.monday:%Y%m%d}", stamp, week.monday, told, _VOLUME))
    for day in [] if hip_from is None else [hip_from + timedelta(days=i) for i in range(7)]:
        if day.weekday() in _HIP_WEEKDAYS:
            event = _event(f"hip-{day.weekday()}", stamp, day, "Hip session", KEEP)
            event.add("rrule", {"freq": "weekly"})
            book.add_component(event)
    return bytes(book.to_ical())


def _event(uid: str, stamp: datetime, day: date, summary: str, description: str) -> Event:
    event = Event()
    event.add("uid", f"{uid}@formcheck")
    event.add("dtstamp", stamp)
    event.add("dtstart", day)
    event.add("dtend", day + timedelta(days=1))
    event.add("summary", summary)
    event.add("description", description)
    return event


def ceiling_words(week: Ceiling) -> str:
    """Such as “66 min (11.0 km)”."""
    return f"{week.most_min:.0f} min" + ("" if week.most_km is None else f" ({week.most_km:.1f} km)")


def plan_csv(sessions: Sequence[Session]) -> str:
    """The sessions ahead, one a line."""
    rows = [(s.day.isoformat(), s.step.run_min, s.step.walk_min, s.step.rounds, s.n, s.of) for s in sessions]
    return _csv(("day", "run_min", "walk_min", "rounds", "n", "of"), rows)


def weeks_csv(weeks: Sequence[Ceiling]) -> str:
    """The most that coming weeks may hold, one a line."""
    rows = [(w.monday.isoformat(), round(w.most_min), "" if w.most_km is None else round(w.most_km, 1)) for w in weeks]
    return _csv(("week_from", "most_min", "most_km"), rows)


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
