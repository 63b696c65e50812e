"""What comes next: the next session, the weeks ahead, how much a week may hold, and what stays locked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice

from formcheck.recovery.progress import Rung, climb
from formcheck.recovery.records import Evidence, RunSession, Shoe
from formcheck.recovery.rules import Rules, Step, load


@dataclass(frozen=True)
class Session:
    """A session of the plan: the earliest day for it and what to do; `n` of `of` times on this rung."""

    day: date
    step: Step
    n: int
    of: int

    @property
    def words(self) -> str:
        """Such as “Run 1 min, walk 1 min, 10 times (10 min of running)”."""
        return f"{self.step.words[0].upper()}{self.step.words[1:]} ({self.step.total_run_min:g} min of running)"


@dataclass(frozen=True)
class Week:
    """Running in one week from Monday: kilometres where all its sessions have them, minutes always."""

    monday: date
    run_min: float
    km: float | None


@dataclass(frozen=True)
class Volume:
    """The present week against the most it may hold (None: nothing to compare with), in minutes and in kilometres."""

    this: Week
    most_min: float | None
    most_km: float | None


@dataclass(frozen=True)
class Lock:
    """Something that may have to wait; `open_from` is its first day, None while unknown."""

    what: str
    is_open: bool
    reason: str
    open_from: date | None = None


@dataclass(frozen=True)
class ShoeUse:
    """Kilometres of a pair of shoes, and when to replace them."""

    shoe: Shoe
    km: float
    advice: str


def next_sessions(evidence: Evidence, today: date, n: int = 12, rules: Rules | None = None) -> tuple[Session, ...]:
    """The next sessions of the run/walk plan if all go well; empty once the ladder is done."""
    rules = rules or load()
    runs = sorted((r for r in evidence.runs if r.day <= today), key=lambda r: r.day)
    gap = timedelta(days=rules.rest_days + 1)
    first = max(today, runs[-1].day + gap) if runs else today
    return tuple(islice(_ahead(climb(runs, rules), first, gap, rules), n))


def _ahead(rung: Rung, day: date, gap: timedelta, rules: Rules) -> Iterator[Session]:
    counted = rung.counted
    for step in rules.ladder[rung.index :]:
        for n in range(counted, rules.times_each):
            yield Session(day, step, n + 1, rules.times_each)
            day += gap
        counted = 0


def must_wait(evidence: Evidence, today: date, rules: Rules | None = None) -> str:
    """Why there should be no run today, in a sentence; empty where nothing speaks against it."""
    rules = rules or load()
    runs = sorted((r for r in evidence.runs if r.day <= today), key=lambda r: r.day)
    if not runs:
        return ""
    last = runs[-1]
    if last.pain_next_morning is None and last.day < today:
        return "Say first how the knee felt on the morning after the last run."
    ready = last.day + timedelta(days=rules.rest_days + 1)
    if today < ready:
        return f"A day of rest comes first: the next run on {ready:%A, %d %B}."
    return ""


def weeks(runs: Sequence[RunSession]) -> tuple[Week, ...]:
    """Running per week from Monday, from the first week with a run to the last, empty weeks included."""
    if not runs:
        return ()
    by_monday: dict[date, list[RunSession]] = {}
    for run in runs:
        by_monday.setdefault(_monday(run.day), []).append(run)
    first, last = min(by_monday), max(by_monday)
    mondays = [first + timedelta(weeks=i) for i in range((last - first).days // 7 + 1)]
    return tuple(_week(monday, by_monday.get(monday, [])) for monday in mondays)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _week(monday: date, runs: Sequence[RunSession]) -> Week:
    known = [run.distance_km for run in runs if run.distance_km is not None]
    km = sum(known) if len(known) == len(runs) else None
    return Week(monday, sum(run.run_min for run in runs), km)


def volume(evidence: Evidence, today: date, rules: Rules | None = None) -> Volume:
    """The present week and the most it may hold: 10 % above the most of the last four weeks before it."""
    rules = rules or load()
    growth = 1 + (rules.limits["weekly_volume"].watch_above or 0.0) / 100
    monday = _monday(today)
    runs = [r for r in evidence.runs if r.day <= today]
    before = [w for w in weeks(runs) if monday - timedelta(weeks=4) <= w.monday < monday]
    this = _week(monday, [r for r in runs if r.day >= monday])
    minutes = max((w.run_min for w in before), default=0.0)
    km = max((w.km for w in before if w.km is not None), default=0.0)
    return Volume(this, growth * minutes if minutes else None, growth * km if km else None)


def locks(evidence: Evidence, today: date, rules: Rules | None = None) -> tuple[Lock, ...]:
    """Downhill and tempo: open after enough painless days of running on the flat with the ladder done."""
    rules = rules or load()
    runs = sorted((r for r in evidence.runs if r.day <= today), key=lambda r: r.day)
    since = _painless_since(runs, rules)
    downhill = _lock("Downhill", since, rules.downhill_days, today)
    tempo = _lock("Tempo and intervals", since, rules.tempo_days, today)
    return downhill, tempo


def _painless_since(runs: Sequence[RunSession], rules: Rules) -> date | None:
    """The day from which on every session was painless with the ladder done; None while it is not."""
    since: date | None = None
    for n, run in enumerate(runs, start=1):
        hurt = run.pain_during > 0 or (run.pain_next_morning or 0) > 0
        done = climb(runs[:n], rules).index >= len(rules.ladder)
        since = (since or run.day) if done and not hurt else None
    return since


def _lock(what: str, since: date | None, days: int, today: date) -> Lock:
    if since is None:
        return Lock(
            what, False, f"Locked until {days} days of running on the flat without pain, after the run/walk plan."
        )
    opens = since + timedelta(days=days)
    if today >= opens:
        return Lock(what, True, f"Open: no pain since {since:%d %B}. Begin with little.", opens)
    return Lock(what, False, f"Locked for {(opens - today).days} more days without pain, until {opens:%d %B}.", opens)


def shoe_use(evidence: Evidence, rules: Rules | None = None) -> tuple[ShoeUse, ...]:
    """Kilometres of every pair still in use, with a reminder from 600 km on."""
    limit = (rules or load()).limits["shoe_distance"]
    soon, late = limit.watch_above or 0.0, limit.outside_above or 0.0
    uses = []
    for shoe in evidence.shoes:
        if shoe.retired is not None:
            continue
        km = shoe.km_before + sum(r.distance_km or 0.0 for r in evidence.runs if r.shoe == shoe.name)
        advice = f"{late - km:.0f} km left at most: look for a new pair." if soon < km <= late else ""
        uses.append(ShoeUse(shoe, km, limit.advice_high if km > late else advice))
    return tuple(uses)
