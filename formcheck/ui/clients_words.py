"""Words and rows of the clients page. Pure."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from markupsafe import Markup

from formcheck.store import Analysis, Client, Deletion, Visit
from formcheck.ui import kit, result_rows

_ROW = Markup(
    '<div style="display:grid;grid-template-columns:3.6rem minmax(0,1fr);gap:0 1rem;align-items:start">'
    '<img src="/fc/clips/{}/thumbnail.jpg" alt="" loading="lazy" style="width:3.6rem;height:4.8rem;object-fit:cover;'
    'border-radius:8px;background:var(--card)"><div class="stack"><h3>{}</h3>{}</div></div>'
)


def found(clients: Iterable[Client], wanted: str) -> tuple[Client, ...]:
    """The clients whose name or notes hold every word that is looked for; accents and case do not matter."""
    words = _plain(wanted).split()
    return tuple(c for c in clients if all(word in _plain(f"{c.name} {c.notes}") for word in words))


def _plain(text: str) -> str:
    """Text without accents and case."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in apart if not unicodedata.combining(sign))


def about(client: Client, analyses: Sequence[Analysis]) -> str:
    """One line on a client in the list: birth year, results, when the last came in."""
    born = f"born {client.birth_year}" if client.birth_year else ""
    last = f"last {day_words(day_of(analyses[0]))}" if analyses else ""
    line = " · ".join(part for part in (born, counted(len(analyses), "result"), last) if part)
    return line[:1].upper() + line[1:]


def by_client(analyses: Iterable[Analysis]) -> Mapping[str | None, list[Analysis]]:
    """Analyses by whose they are, each list in the order that came in."""
    sorted_out: dict[str | None, list[Analysis]] = {}
    for analysis in analyses:
        sorted_out.setdefault(analysis.client_id, []).append(analysis)
    return sorted_out


def counted(count: int, one: str, several: str = "") -> str:
    """A number with its noun: `no results`, `1 result`, `3 analyses`."""
    return f"{count or 'no'} {one if count == 1 else several or one + 's'}"


def day_of(analysis: Analysis) -> date:
    """The day on which an analysis was asked for, in local time."""
    return datetime.fromtimestamp(analysis.created_s).astimezone().date()


def day_words(day: date) -> str:
    """A day: `24 November 2026`."""
    return f"{day.day} {day:%B %Y}"


def moment(time_s: float) -> str:
    """A moment in local time: `24 Nov 2026, 02:58`."""
    local = time.localtime(time_s)
    return time.strftime(f"{local.tm_mday} %b %Y, %H:%M", local)


def visit_name(visit: Visit) -> str:
    """Day and title of a visit."""
    return f"{day_words(visit.day)} · {visit.title}" if visit.title else day_words(visit.day)


def analysis_name(analysis: Analysis) -> str:
    """Test and leg, the clip's name and the day, for lists to choose from."""
    when = moment(analysis.created_s)
    return " · ".join(part for part in (result_rows.test(analysis), analysis.clip_name, when) if part)


def analysis_row(analysis: Analysis, tags: Sequence[str], notes: int) -> Markup:
    """Picture, test, verdict, headline, tags of one analysis."""
    band, symbol, word = result_rows.badge(analysis)
    with_notes = counted(notes, "note") if notes else ""
    small = " · ".join(part for part in (analysis.clip_name, moment(analysis.created_s), with_notes) if part)
    words = (
        kit.paragraph(small, "muted small"),
        Markup('<p class="verdict-line">{} <span>{}</span></p>').format(
            kit.badge(band, word, symbol), result_rows.told(analysis)
        ),
        kit.paragraph(kit.join((kit.badge(None, tag, "#") for tag in tags), " ")) if tags else "",
    )
    return _ROW.format(analysis.clip_id, result_rows.test(analysis) or analysis.clip_name, kit.join(words))


def removed(deletion: Deletion) -> str:
    """What was deleted, in one sentence."""
    counts = (
        counted(deletion.analyses, "analysis", "analyses"),
        counted(deletion.clips, "video"),
        counted(deletion.visits, "visit"),
        counted(deletion.notes, "note"),
        counted(deletion.records, "entry", "entries") + " of pain, runs and tests",
    )
    return f"Deleted for good: the client, {', '.join(counts[:-1])} and {counts[-1]}."


def remaining(deletion: Deletion) -> list[str]:
    """Where copies may still be, a line each: files that formcheck does not reach."""
    return [
        f"{'Backup' if copy.kind == 'backup' else 'Export'} {copy.name}, written {moment(copy.made_s)}"
        for copy in deletion.copies
    ]
