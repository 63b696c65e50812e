"""Logging: a run in ten seconds, the morning after it, pain in daily life and in the exercises."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Final

import streamlit as st

from formcheck.recovery.plan import Session, must_wait, next_sessions
from formcheck.recovery.progress import LIGHT_WORDS, Light, session_light
from formcheck.recovery.records import SURFACES, Evidence, PainKind, PainScore, RunSession
from formcheck.store import Store
from formcheck.types import RUNNING
from formcheck.ui import state
from formcheck.ui.clearance_forms import PAIN_HELP
from formcheck.ui.person import Person, finished

_LIGHTS: Final[dict[Light, tuple[str, str]]] = {
    "green": (":green-badge[:material/check: Green]", "0 to 2"),
    "amber": (":orange-badge[:material/warning: Amber]", "3 to 5"),
    "red": (":red-badge[:material/stop: Red]", "above 5"),
}
_DAILY_PAIN: Final[dict[PainKind, str]] = {
    "walking": "Walking",
    "daily_life": "Daily life",
    "stairs": "Stairs",
    "exercises": "Hip and thigh exercises",
}


def open_morning(store: Store, person: Person, today: date) -> None:
    """Ask for the morning after the last run while it is not told."""
    runs = store.records(state.workspace(), person.client_id, "runs")
    waiting = [(i, run) for i, run in runs if isinstance(run, RunSession) and run.pain_next_morning is None]
    due = [(i, run) for i, run in waiting if run.day < today]
    if not due:
        return
    record_id, run = due[-1]
    with st.form("morning"):
        st.write(f"**How was the knee on the morning after the run of {run.day.day} {run.day:%B}?**")
        score = st.segmented_control("Pain, 0 to 10", range(11), key="morning_pain", help=PAIN_HELP)
        if not st.form_submit_button("Keep", type="primary"):
            return
        if score is None:
            st.warning("Choose a number: 0 if it did not hurt.", icon=":material/help:")
        else:
            store.replace_record(record_id, state.workspace(), replace(run, pain_next_morning=int(score)))
            st.rerun()


def log_run(store: Store, person: Person, evidence: Evidence, today: date) -> None:
    """Minutes, surface and pain of a run; what the plan asked for is filled in."""
    ahead = next_sessions(evidence, today, 1)
    planned = ahead[0] if ahead else None
    wait = must_wait(evidence, today)
    if wait:
        st.info(wait, icon=":material/bedtime:")
    with st.form("log_run"):
        st.subheader("Log a run")
        shoes = [shoe.name for shoe in evidence.shoes if shoe.retired is None]
        last = max(evidence.runs, key=lambda r: r.day, default=None)
        run = _run_fields(planned, last, today, shoes, _clips(store, person), nth=len(evidence.runs))
        if not st.form_submit_button("Log it", type="primary", use_container_width=True):
            return
    if isinstance(run, str):
        st.warning(run, icon=":material/help:")
        return
    store.add_record(state.workspace(), person.client_id, run)
    st.session_state["run_logged"] = session_light(run)
    st.rerun()


def _clips(store: Store, person: Person) -> dict[str, str]:
    """Analysed runs that a session may point to: id and name."""
    return {a.id: a.clip_name for a in finished(store, person, *RUNNING)[:20]}


def _run_fields(
    planned: Session | None, last: RunSession | None, today: date, shoes: list[str], clips: dict[str, str], *, nth: int
) -> RunSession | str:
    """The run as entered, or a line on what does not fit; the `nth` run starts without the day and pain of the last."""
    step = planned.step if planned else None
    columns = st.columns(2)
    run_min = columns[0].number_input(
        "Running, min", 0.0, 600.0, float(step.total_run_min) if step else 30.0, 1.0, "%g"
    )
    walk_min = columns[1].number_input(
        "Walking, min", 0.0, 600.0, float(step.walk_min * (step.rounds - 1)) if step else 0.0, 1.0, "%g"
    )
    surface = st.segmented_control(
        "Surface", SURFACES, default=last.surface if last else "flat", format_func=str.capitalize, key=f"surface_{nth}"
    )
    pain = st.segmented_control("Pain during the run, 0 to 10", range(11), key=f"run_pain_{nth}", help=PAIN_HELP)
    with st.expander("More: longest stretch, day, next morning, distance, shoes, video"):
        planned_min = f"as planned, {step.run_min:g}" if step else "all of it"
        longest = st.number_input(
            f"Longest without a break, min ({planned_min}, if empty)", 0.0, 600.0, None, 1.0, "%g", key=f"longest_{nth}"
        )
        day = st.date_input("Day", today, max_value=today, key=f"run_day_{nth}")
        morning = st.segmented_control(
            "Pain on the next morning, if that is over", range(11), key=f"run_morning_{nth}", help=PAIN_HELP
        )
        km = st.number_input("Distance, km", 0.1, 200.0, None, 0.1, "%g", key=f"run_km_{nth}")
        shoe = st.selectbox("Shoes", ["", *shoes], _last_shoe(last, shoes), lambda name: name or "Not said")
        clip = st.selectbox("Video of it", ["", *clips], format_func=lambda key: clips.get(key, "None"))
    if pain is None:
        return "Say how much it hurt: 0 if it did not."
    if longest is not None and longest > run_min:
        return "The longest stretch cannot be longer than all of the running."
    if morning is not None and day >= today:
        return "The next morning is still to come: tell it tomorrow."
    if longest is None:
        longest = min(step.run_min, run_min) if step and walk_min else run_min
    told = None if morning is None else int(morning)
    return RunSession(day, run_min, walk_min, longest, surface or "flat", int(pain), told, km, shoe, clip)


def _last_shoe(last: RunSession | None, shoes: list[str]) -> int:
    """Place of the pair that was run in last, in the list of those to choose from, which begins with none."""
    return shoes.index(last.shoe) + 1 if last and last.shoe in shoes else 0


def logged_words() -> None:
    """The traffic light of the run that was just logged."""
    light: Light | None = st.session_state.pop("run_logged", None)
    if light is not None:
        st.toast(f"Logged. {LIGHT_WORDS[light]} Tell how the next morning was.", icon=":material/task_alt:")


def traffic_light(evidence: Evidence) -> None:
    """What pain in training means, with the last run; kept apart from clearance, which asks for none."""
    last = max(evidence.runs, key=lambda run: run.day, default=None)
    st.subheader("Pain in training")
    if last is not None:
        light = session_light(last)
        st.markdown(f"{_LIGHTS[light][0]} Last run, {last.day.day} {last.day:%B}: {LIGHT_WORDS[light]}")
    with st.expander("What the colours mean"):
        for light, (mark, span) in _LIGHTS.items():
            st.markdown(f"{mark} pain {span}: {LIGHT_WORDS[light]}")
    st.caption("This is for training only. Clearance asks for no pain at all.")


def log_pain(store: Store, person: Person, today: date) -> None:
    """Pain in daily life and in the exercises, which decides the phase."""
    with st.form("log_pain", border=False):
        scores = {
            kind: st.segmented_control(label, range(11), key=f"daily_{kind}", help=PAIN_HELP)
            for kind, label in _DAILY_PAIN.items()
        }
        if not st.form_submit_button("Keep", type="primary"):
            return
    known = {kind: score for kind, score in scores.items() if score is not None}
    if not known:
        st.warning("Choose a number for at least one of them.", icon=":material/help:")
        return
    for kind, score in known.items():
        store.add_record(state.workspace(), person.client_id, PainScore(today, kind, int(score)))
    st.rerun()


def run_list(store: Store, person: Person) -> None:
    """The runs so far, the newest first; each can be taken back."""
    runs = [(i, run) for i, run in store.records(state.workspace(), person.client_id, "runs")]
    for record_id, run in reversed(runs[-20:]):
        assert isinstance(run, RunSession)
        morning = "not told" if run.pain_next_morning is None else f"{run.pain_next_morning}"
        columns = st.columns([5, 1], vertical_alignment="center")
        columns[0].markdown(
            f"{_LIGHTS[session_light(run)][0]} **{run.day.day} {run.day:%b}** {run.run_min:g} min running "
            f"(longest {run.longest_run_min:g}), {run.walk_min:g} min walking; pain {run.pain_during}, "
            f"next morning {morning}"
        )
        if columns[1].button("Take back", key=f"undo_{record_id}"):
            store.delete_record(record_id, state.workspace())
            st.rerun()
