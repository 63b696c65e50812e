"""The parts of the plan: phase, sessions and weeks ahead, locks, exercises, shoes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import streamlit as st
from markupsafe import Markup

from formcheck import criteria
from formcheck.recovery import exercises, export, plan
from formcheck.recovery.figures import figure
from formcheck.recovery.progress import PHASE_TITLES, Condition, Phase, Way
from formcheck.recovery.records import Evidence, Shoe
from formcheck.store import Store
from formcheck.types import RUNNING
from formcheck.ui import kit, saving, state
from formcheck.ui.components.sheet import sheet
from formcheck.ui.person import Person, finished, stored_numbers
from formcheck.ui.server.saved import Savable


def phase(way: Way) -> Markup:
    """The four phases with the present one marked, what is missing for the next, and why somebody was moved back."""
    steps = [_phase_step(number, way.phase) for number in PHASE_TITLES]
    row = Markup('<ol class="row" style="list-style:none;padding:0">{}</ol>').format(kit.join(steps))
    missing = kit.bullets([_condition(c) for c in way.exit])
    back = kit.paragraph(way.moved_back, "note") if way.moved_back else ""
    heading = f"Phase {way.phase}: {way.title}"
    gate = f"Before phase {way.phase + 1}" if way.exit else ""
    return kit.section(heading, row, back, kit.paragraph(gate, "muted small"), missing, _all_gates(way))


def _all_gates(way: Way) -> Markup:
    """What lets into every phase and out of it."""
    parts = [
        kit.join((kit.paragraph(f"From phase {n} to phase {n + 1}", "muted small"), kit.bullets(map(_condition, gate))))
        for n, gate in enumerate(way.gates, start=1)
    ]
    return kit.more("What every phase asks for", *parts, name="gates")


def _phase_step(number: Phase, now: Phase) -> Markup:
    band = "within" if number < now else "watch" if number == now else "none"
    symbol = "✓" if number < now else "●" if number == now else "○"
    here = Markup(' aria-current="step"') if number == now else ""
    text = Markup('<li style="margin:0"{}><span class="badge {}"><span aria-hidden="true">{}</span>{}. {}</span></li>')
    return text.format(here, band, symbol, number, PHASE_TITLES[number])


def _condition(condition: Condition) -> Markup:
    band, word = {True: ("within", "met"), False: ("outside", "not met"), None: (None, "not yet")}[condition.met]
    return Markup("{} {}").format(condition.text, kit.badge(band, word))  # type: ignore[arg-type]


def sessions_ahead(evidence: Evidence, today: date) -> None:
    """The run/walk sessions that come next, or the weeks of normal training, and all of it for a calendar."""
    ahead = plan.next_sessions(evidence, today, 100)
    weeks = () if ahead else plan.weeks_ahead(evidence, today)
    if ahead:
        for session in ahead[:4]:
            when = "today" if session.day == today else f"{session.day:%a} {session.day.day} {session.day:%b}"
            st.markdown(f"- **{when}** {session.words}, time {session.n} of {session.of}")
        st.caption("Each session only after a painless one and a painless next morning, with a day of rest between.")
    else:
        st.success("The run/walk plan is done: 30 minutes without a break.", icon=":material/flag:")
        st.page_link(Path(__file__).parent / "pages" / "clearance.py", label="See whether all four criteria are met")
        _weeks(evidence, weeks, today)
    table = export.plan_csv(ahead) if ahead else export.weeks_csv(weeks)
    calendar = export.calendar(ahead, weeks, hip_from=today)
    saving.links(
        (
            Savable("Calendar (ICS)", "formcheck-plan.ics", "text/calendar", calendar),
            Savable("Plan (CSV)", "formcheck-plan.csv", "text/csv", table.encode()),
        ),
        key="plan_files",
    )
    st.caption("The calendar has two hip sessions a week in it as well, on Tuesday and Friday; move them as you like.")


def _weeks(evidence: Evidence, weeks: Sequence[plan.Ceiling], today: date) -> None:
    """The present week against 10 % more than before, and the weeks ahead."""
    if not weeks:
        return
    this = plan.volume(evidence, today).this
    run = f"{this.run_min:.0f} min" + (f" ({this.km:.1f} km)" if this.km else "")
    st.markdown(f"This week so far: **{run}** of running. At most **{export.ceiling_words(weeks[0])}**.")
    if this.run_min > weeks[0].most_min:
        st.warning("More than 10 % above before: leave it at that for this week.", icon=":material/warning:")
    told = "; ".join(f"{week.monday.day} {week.monday:%b} {export.ceiling_words(week)}" for week in weeks[1:])
    st.caption(
        "At most 10 % more than in the four weeks before (a convention, not a published limit). "
        f"If every week is used in full, weeks from: {told}."
    )


def locks(evidence: Evidence, today: date) -> None:
    """What has to wait, and for what."""
    for lock in plan.locks(evidence, today):
        icon = ":material/lock_open:" if lock.is_open else ":material/lock:"
        st.markdown(f"{icon} **{lock.what}**: {lock.reason}")


def exercise_cards(store: Store, person: Person, evidence: Evidence, now: Phase, today: date) -> None:
    """Exercises for the findings and the phase, with figure, dose, how, harder, and why this one."""
    chosen = exercises.choose(_findings(store, person), now)
    others = exercises.rest(chosen, now)
    known = criteria.load().references
    shown = kit.cards(_exercise(one.exercise, f"Why: {one.why} Source: {known[one.source].name}") for one in chosen)
    more = kit.cards(_exercise(exercise) for exercise in others)
    sheet(kit.join((shown, kit.more("More for this phase", more, name="more"))), key="exercises")
    avoid = exercises.AVOID[now]
    if avoid:
        st.markdown(f":material/block: In this phase leave out: {', '.join(avoid)}.")
    monday = today - timedelta(days=today.weekday())
    done = len({p.day for p in evidence.pain if p.kind == "exercises" and p.day >= monday})
    st.markdown(f":material/repeat: **{exercises.KEEP}** This week so far: {done} of 2.")
    st.caption(
        "Exercises and doses are those of the return-to-run brief; which one goes with which finding is a product "
        "judgement (J)."
    )


def _exercise(exercise: exercises.Exercise, why: str = "") -> Markup:
    head = Markup('<div class="head"><h3>{}</h3><span class="muted">{}</span></div>').format(
        exercise.name, exercise.dose
    )
    drawn = Markup('<div style="--fc-accent: var(--accent)">{}</div>').format(Markup(figure(exercise.id)))
    note = f"{exercise.note[0].upper()}{exercise.note[1:]}." if exercise.note else ""
    return kit.card(
        head,
        drawn,
        kit.paragraph(exercise.how),
        kit.paragraph(f"Harder: {exercise.harder}", "small muted"),
        kit.paragraph(note, "small"),
        kit.paragraph(why, "why"),
    )


def _findings(store: Store, person: Person) -> list[tuple[str, str]]:
    """What the latest analysis of each test flagged, what is outside first: (metric id, in words)."""
    flagged: dict[str, tuple[bool, str]] = {}
    seen: set[tuple[str | None, str | None]] = set()
    for analysis in finished(store, person, *RUNNING, "single_leg_squat", "step_down"):
        if (analysis.protocol, analysis.leg) in seen:
            continue
        seen.add((analysis.protocol, analysis.leg))
        stored = stored_numbers(analysis)
        for finding in stored["findings"] if stored else ():
            if finding["band"] in {"outside", "watch"}:
                flagged.setdefault(finding["metric_id"], (finding["band"] == "watch", finding["reason"]))
    ordered = sorted(flagged.items(), key=lambda item: item[1][0])
    return [(metric_id, words) for metric_id, (_, words) in ordered]


def shoes(store: Store, person: Person, evidence: Evidence, today: date) -> None:
    """Pairs in use with their kilometres, each to be put away, and a new one."""
    for record_id, pair in store.records(state.workspace(), person.client_id, "shoes"):
        assert isinstance(pair, Shoe)
        if pair.retired is not None:
            continue
        (use,) = plan.shoe_use(replace(evidence, shoes=(pair,)))
        columns = st.columns([5, 1], vertical_alignment="center")
        columns[0].text(f"{pair.name}: {use.km:.0f} km. {use.advice}")
        if columns[1].button("Put away", key=f"retire_{record_id}"):
            store.replace_record(record_id, state.workspace(), replace(pair, retired=today))
            st.rerun()
    with st.form("shoe", border=False):
        columns = st.columns([3, 2])
        name = columns[0].text_input("A new pair", max_chars=60).strip()
        km = columns[1].number_input("Kilometres so far", 0.0, 5000.0, 0.0, 10.0)
        if not st.form_submit_button("Add"):
            return
    if not name or any(shoe.name == name for shoe in evidence.shoes):
        st.warning("Give the pair a name that no other has had.", icon=":material/help:")
        return
    store.add_record(state.workspace(), person.client_id, Shoe(name, today, km))
    st.rerun()
