"""Step rate: one's own from a clip, the range to train at, a click track, and whether a later clip shows a change."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

import streamlit as st

from formcheck import results
from formcheck.compare import Change, changes
from formcheck.errors import FormcheckError
from formcheck.metrics import describe
from formcheck.recovery import cadence
from formcheck.recovery.records import Evidence, HeldStepRate
from formcheck.store import Analysis, Store
from formcheck.types import RUNNING
from formcheck.ui import kit, saving, state
from formcheck.ui.person import Person, finished, stored_numbers
from formcheck.ui.server.saved import Savable
from formcheck.wording import PROTOCOL_TITLES, number, unit_text

_WATCHED: Final = ("cadence_spm", "overstride_ratio", "pelvic_drop_deg", "knee_fppa_deg")
_CHANGE_WORDS: Final = {
    "changed": "changed beyond measurement error",
    "within_error": "not beyond measurement error",
    "not_comparable": "not comparable",
}


def step_rate(store: Store, person: Person, evidence: Evidence, today: date) -> None:
    """Own step rate, the range to train at, and a click track; the first clip that has a step rate is the baseline."""
    runs = finished(store, person, *RUNNING)
    measured = [(run, own) for run in reversed(runs) if (own := _cadence(run)) is not None]
    if not measured:
        st.write("Analyse a treadmill run first: your own step rate is where it starts from.")
        return
    first, own = measured[0]
    target = cadence.target(own, most_spm=_held(store, person, evidence, today))
    st.markdown(
        f"Your own step rate was **{own:.0f} steps/min** ({kit.literal(first.clip_name)}). "
        f"Try **{_range(target)}** at the same speed, a few minutes at a time: 5 to 10 % more, "
        "and never more than you can hold."
    )
    if target.high_spm < own:
        st.warning("You hold less than you ran with in the clip: look at the number again.", icon=":material/help:")
    choices = list(range(min(round(own), int(target.low_spm)), max(round(own), int(target.high_spm)) + 1))
    chosen = st.select_slider("Clicks, steps/min", choices, int(target.low_spm)) if len(choices) > 1 else choices[0]
    sound = _clicks(float(chosen))
    st.audio(sound, format="audio/wav", loop=True)
    saving.links((Savable("Click track (WAV)", f"formcheck-{chosen}-spm.wav", "audio/wav", sound),), key="clicks")
    _changes(runs)


def _range(target: cadence.Target) -> str:
    low, high = f"{target.low_spm:.0f}", f"{target.high_spm:.0f}"
    return f"{high} steps/min" if low == high else f"{low} to {high} steps/min"


def _held(store: Store, person: Person, evidence: Evidence, today: date) -> float | None:
    """The most that the runner says to hold; kept."""
    last = max(evidence.step_rates, key=lambda held: held.day, default=None)
    known = None if last is None else last.most_spm
    low, high = cadence.PLAUSIBLE_SPM
    said = st.number_input("Most you can hold, steps/min (leave empty if you do not know)", low, high, known, 1.0)
    if said != known:
        for record_id, _ in store.records(state.workspace(), person.client_id, "step_rates"):
            store.delete_record(record_id, state.workspace())
        if said is not None:
            store.add_record(state.workspace(), person.client_id, HeldStepRate(today, said))
    return said


def _cadence(analysis: Analysis) -> float | None:
    stored = stored_numbers(analysis)
    found = next((m["value"] for m in stored["metrics"] if m["id"] == "cadence_spm"), None) if stored else None
    return float(found) if found is not None and cadence.PLAUSIBLE_SPM[0] <= found <= cadence.PLAUSIBLE_SPM[1] else None


@st.cache_data(max_entries=8, show_spinner=False)
def _clicks(spm: float) -> bytes:
    return cadence.click_track(spm)


def _changes(runs: Sequence[Analysis]) -> None:
    """First and last clip of each view, held against the measurement error; `runs` has the newest first."""
    for protocol in RUNNING:
        same = [run for run in runs if run.protocol == protocol]
        if len(same) < 2:
            continue
        try:
            found = changes(results.read(same[-1].folder), results.read(same[0].folder))
        except FormcheckError:
            continue
        lines = "\n".join(f"- {_change_words(c)}" for c in found if c.metric_id in _WATCHED)
        st.markdown(f"**{PROTOCOL_TITLES[protocol]}: since your first clip**\n\n{lines}")


def _change_words(change: Change) -> str:
    name = describe(change.metric_id).label + ("" if change.side == "both" else f", {change.side}")
    if not isinstance(change.before, float | int) or not isinstance(change.after, float | int):
        return f"{name}: {_CHANGE_WORDS[change.state]} ({change.reason})"
    digits = 2 if change.unit == "ratio" else 0
    values = f"{number(change.before, digits)} → {number(change.after, digits)}{unit_text(change.unit)}"
    why = f" ({change.reason})" if change.reason else ""
    way = f", {change.direction}" if change.direction else ""
    return f"{name}: {values}, **{_CHANGE_WORDS[change.state]}**{way}{why}"
