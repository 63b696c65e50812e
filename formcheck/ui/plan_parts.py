"""The parts of the plan: phase, sessions ahead, weekly volume, locks, step rate, exercises, shoes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

import streamlit as st
from markupsafe import Markup

from formcheck.compare import Change, changes
from formcheck.metrics import describe
from formcheck.recovery import cadence, exercises, export, plan
from formcheck.recovery.figures import figure
from formcheck.recovery.progress import PHASE_TITLES, Condition, Phase, Way
from formcheck.recovery.records import Evidence, Shoe
from formcheck.store import Analysis, Store
from formcheck.ui import kit, state
from formcheck.ui.components.sheet import sheet
from formcheck.ui.person import Person, finished, stored_numbers
from formcheck.wording import number, unit_text

_WATCHED: Final = ("cadence_spm", "overstride_ratio", "pelvic_drop_deg", "knee_fppa_deg")
_RUNS: Final = ("treadmill_side", "treadmill_rear", "treadmill_front")
_CHANGE_WORDS: Final = {
    "changed": "changed",
    "within_error": "not beyond measurement error",
    "not_comparable": "not comparable",
}


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
    """The run/walk sessions that come next, and the whole plan for a calendar."""
    ahead = plan.next_sessions(evidence, today, 100)
    if not ahead:
        st.success("The run/walk plan is done: 30 minutes without a break.", icon=":material/flag:")
        return
    for session in ahead[:4]:
        when = "today" if session.day == today else f"{session.day:%a %d %b}"
        st.markdown(f"- **{when}** {session.words}, time {session.n} of {session.of}")
    st.caption("Each session only after a painless one and a painless next morning, with a day of rest between.")
    columns = st.columns(2)
    columns[0].download_button(
        "Calendar (ICS)", export.calendar(ahead), "formcheck-plan.ics", "text/calendar", icon=":material/event:"
    )
    columns[1].download_button(
        "Plan (CSV)", export.plan_csv(ahead), "formcheck-plan.csv", "text/csv", icon=":material/table:"
    )


def volume_and_locks(evidence: Evidence, today: date) -> None:
    """The present week against 10 % more than before, and what has to wait."""
    volume = plan.volume(evidence, today)
    if volume.most_min is not None:
        most = f"{volume.most_min:.0f} min" + (f", {volume.most_km:.1f} km" if volume.most_km else "")
        this = f"{volume.this.run_min:.0f} min" + (f", {volume.this.km:.1f} km" if volume.this.km else "")
        st.markdown(f"This week so far: **{this}** of running. At most **{most}** (10 % more than before).")
        if volume.this.run_min > volume.most_min:
            st.warning("More than 10 % above before: leave it at that for this week.", icon=":material/warning:")
    for lock in plan.locks(evidence, today):
        icon = ":material/lock_open:" if lock.is_open else ":material/lock:"
        st.markdown(f"{icon} **{lock.what}**: {lock.reason}")


def step_rate(store: Store, person: Person) -> None:
    """Own step rate, the range to train at, a click track, and whether a later clip shows a change."""
    runs = [a for a in finished(store, person, *_RUNS) if _cadence(a) is not None]
    if not runs:
        st.write("Analyse a treadmill run first: your own step rate is where it starts from.")
        return
    own = _cadence(runs[-1])
    assert own is not None
    most = st.number_input("Most you can hold, steps/min (optional)", 120.0, 240.0, None, 1.0)
    target = cadence.target(own, most_spm=most)
    st.markdown(
        f"Your step rate at easy pace was **{own:.0f} steps/min**. "
        f"Try **{target.low_spm:.0f} to {target.high_spm:.0f}** at the same speed, a few minutes at a time."
    )
    choices = sorted({round(own), int(target.low_spm), int(target.high_spm)})
    chosen = st.select_slider("Clicks, steps/min", choices, choices[min(1, len(choices) - 1)])
    sound = _clicks(float(chosen))
    st.audio(sound, format="audio/wav", loop=True)
    st.download_button(
        "Click track (WAV)", sound, f"formcheck-{chosen}-spm.wav", "audio/wav", icon=":material/download:"
    )
    if len(runs) > 1:
        _changes(runs)


def _cadence(analysis: Analysis) -> float | None:
    stored = stored_numbers(analysis)
    found = next((m["value"] for m in stored["metrics"] if m["id"] == "cadence_spm"), None) if stored else None
    return float(found) if found is not None and cadence.PLAUSIBLE_SPM[0] <= found <= cadence.PLAUSIBLE_SPM[1] else None


@st.cache_data(max_entries=8, show_spinner=False)
def _clicks(spm: float) -> bytes:
    return cadence.click_track(spm)


def _changes(runs: Sequence[Analysis]) -> None:
    """First and last run from the same side, held against the measurement error."""
    from formcheck import results

    last = runs[0]
    first = next((a for a in reversed(runs) if a.protocol == last.protocol and a.id != last.id), None)
    if first is None:
        return
    found = changes(results.read(first.folder), results.read(last.folder))
    lines = [_change_words(c) for c in found if c.metric_id in _WATCHED]
    st.markdown("**Since your first clip from this side**\n\n" + "\n".join(f"- {line}" for line in lines))


def _change_words(change: Change) -> str:
    name = describe(change.metric_id).label + ("" if change.side == "both" else f", {change.side}")
    if not isinstance(change.before, float | int) or not isinstance(change.after, float | int):
        return f"{name}: {_CHANGE_WORDS[change.state]} ({change.reason})"
    digits = 2 if change.unit == "ratio" else 0
    values = f"{number(change.before, digits)} → {number(change.after, digits)}{unit_text(change.unit)}"
    why = f" ({change.reason})" if change.reason else ""
    return f"{name}: {values}, **{_CHANGE_WORDS[change.state]}** {change.direction}{why}".rstrip()


def exercise_cards(store: Store, person: Person, now: Phase) -> None:
    """Exercises for the findings and the phase, with figure, dose, how, harder, and why this one."""
    chosen = exercises.choose(_findings(store, person), now)
    sheet(kit.cards(_exercise(c) for c in chosen), key="exercises")
    avoid = exercises.AVOID[now]
    if avoid:
        st.markdown(f":material/block: In this phase leave out: {', '.join(avoid)}.")
    st.markdown(f":material/repeat: {exercises.KEEP}")
    st.caption(
        "Exercises and doses are those of the return-to-run brief; which one goes with which finding is a product "
        "judgement (J)."
    )


def _exercise(chosen: exercises.Chosen) -> Markup:
    exercise = chosen.exercise
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
        kit.paragraph(f"Why: {chosen.why}", "why"),
    )


def _findings(store: Store, person: Person) -> list[tuple[str, str]]:
    """What the latest analysis of each test flagged, what is outside first: (metric id, in words)."""
    flagged: dict[str, tuple[bool, str]] = {}
    seen: set[tuple[str | None, str | None]] = set()
    for analysis in finished(store, person, *_RUNS, "single_leg_squat", "step_down"):
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
    """Pairs in use with their kilometres, and a new one."""
    for use in plan.shoe_use(evidence):
        st.text(f"{use.shoe.name}: {use.km:.0f} km. {use.advice}")
    with st.form("shoe", border=False):
        columns = st.columns([3, 2])
        name = columns[0].text_input("A new pair", max_chars=60)
        km = columns[1].number_input("Kilometres so far", 0.0, 5000.0, 0.0, 10.0)
        if st.form_submit_button("Add") and name.strip():
            store.add_record(state.workspace(), person.client_id, Shoe(name.strip(), today, km))
            st.rerun()
