"""What comes next: the next session, the weeks ahead, how much a week may hold, and what stays locked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice

from formcheck.recovery.progress import Rung, climb, is_painless, way
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
class Ceiling:
    """The most that a week ahead may hold if every week before it is used in full."""

    monday: date
    most_min: float
    most_km: float | None


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
        return f"A day of rest comes first: the next run on {ready:%A}, {ready.day} {ready:%B}."
    hurt = max(last.pain_during, last.pain_next_morning or 0) > 0
    if hurt and not any(p.kind == "walking" and p.pain == 0 and p.day > last.day for p in evidence.pain):
        return "The last run hurt: wait until walking is free of pain again, and say so below."
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


def weeks_ahead(evidence: Evidence, today: date, n: int = 6, rules: Rules | None = None) -> tuple[Ceiling, ...]:
    """The most that this week and the next ones may hold; empty where there is nothing to compare with."""
    rules = rules or load()
    growth = 1 + (rules.limits["weekly_volume"].watch_above or 0.0) / 100
    found = volume(evidence, today, rules)
    if found.most_min is None:
        return ()
    km = found.most_km
    return tuple(
        Ceiling(
            found.this.monday + timedelta(weeks=i),
            found.most_min * growth**i,
            None if km is None else km * growth**i,
        )
        for i in range(n)
    )


def locks(evidence: Evidence, today: date, rules: Rules | None = None) -> tuple[Lock, ...]:
    """Downhill and tempo: open in normal training, after enough days and runs on the flat without pain."""
    rules = rules or load()
    in_training = way(evidence, today, rules).phase == 4
    runs = sorted((r for r in evidence.runs if r.day <= today), key=lambda r: r.day)
    flat = _painless_on_the_flat(runs, rules) if in_training else ()
    return (
        _lock("Downhill", flat, rules.downhill_days, today, rules),
        _lock("Tempo and intervals", flat, rules.tempo_days, today, rules),
    )


def _painless_on_the_flat(runs: Sequence[RunSession], rules: Rules) -> tuple[RunSession, ...]:
    """The runs on the flat since the ladder was done, all painless; pain or a long pause begins them anew."""
    found: list[RunSession] = []
    for n, run in enumerate(runs, start=1):
        hurt = run.pain_during > 0 or (run.pain_next_morning or 0) > 0
        if found and (run.day - found[-1].day).days > rules.downhill_days:
            found = []
        if hurt or climb(runs[:n], rules).index < len(rules.ladder):
            found = []
        elif is_painless(run) and run.surface != "downhill":
            found.append(run)
    return tuple(found)


def _lock(what: str, flat: Sequence[RunSession], days: int, today: date, rules: Rules) -> Lock:
    if not flat:
        why = f"Locked until {days} days of running on the flat without pain, after the run/walk plan."
        return Lock(what, False, why)
    opens = flat[0].day + timedelta(days=days)
    missing = rules.flat_runs - len(flat)
    if today >= opens and missing <= 0:
        return Lock(what, True, f"Open: no pain since {flat[0].day.day} {flat[0].day:%B}. Begin with little.", opens)
    waits = [f"{(opens - today).days} more days without pain, until {opens.day} {opens:%B}"] if today < opens else []
    waits += [f"{missing} more painless {'run' if missing == 1 else 'runs'} on the flat"] if missing > 0 else []
    return Lock(what, False, f"Locked for {', and '.join(waits)}.", opens)


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
