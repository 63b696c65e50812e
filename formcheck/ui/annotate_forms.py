"""What is said of a clip in words: what it really shows, notes with a time, tags."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from formcheck.store import Analysis, Store
from formcheck.types import PROTOCOLS, SIDES, Assessment
from formcheck.ui import annotate_work, kit
from formcheck.wording import PROTOCOL_TITLES, clock

Act = Callable[[Callable[[], object]], None]
"""Does something and runs the page again, or shows the one line that tells why not."""


def settings(store: Store, analysis: Analysis, current: Assessment, author: str, act: Act) -> None:
    """Test, standing leg and filming rate; the result is assessed again at once, without the pose model."""
    with st.form(f"settings-{analysis.id}"):
        test = st.selectbox(
            "Test", PROTOCOLS, index=PROTOCOLS.index(current.protocol), format_func=PROTOCOL_TITLES.__getitem__
        )
        legs = (None, *SIDES)
        leg = st.radio(
            "Standing or nearer leg",
            legs,
            index=legs.index(current.leg),
            format_func=lambda side: side.capitalize() if side else "As the clip shows",
            horizontal=True,
        )
        fps = st.number_input(
            "Filmed at (frames a second)",
            min_value=1.0,
            max_value=2000.0,
            value=current.video.capture_fps,
            step=1.0,
            format="%g",
            placeholder=f"as the file says ({current.video.mean_fps:.0f})",
            help="For slow motion that plays slower than real. All times are stretched; the film keeps its own clock "
            "until it is drawn anew.",
        )
        if st.form_submit_button("Assess again", type="primary"):
            said: dict[str, Any] = {"protocol": test, "leg": leg, "capture_fps": fps}
            was = {"protocol": current.protocol, "leg": current.leg, "capture_fps": current.video.capture_fps}
            changed = {name: value for name, value in said.items() if value != was[name]}
            if changed:
                act(lambda: annotate_work.say(store, analysis, changed, author))
            else:
                st.caption("That is how it was assessed already.")


def notes(store: Store, analysis: Analysis, at_s: float | None, author: str, act: Act) -> None:
    """Notes on the clip, the oldest first, and a form for a new one at the moment `at_s`."""
    own = store.notes(analysis.workspace, analysis_id=analysis.id)
    for note in own:
        left, right = st.columns([5, 1], vertical_alignment="center")
        when = f"**{clock(note.time_s)}** " if note.time_s is not None else ""
        who = f"  \n:small[{kit.literal(note.author)}]" if note.author else ""
        left.markdown(f"{when}{kit.literal(note.text)}{who}")
        if right.button("Delete", key=f"note-{note.id}", width="stretch"):
            act(lambda note=note: store.delete_note(note.id, analysis.workspace))  # type: ignore[misc]
    with st.form(f"note-{analysis.id}", clear_on_submit=True):
        where = (
            f"at {clock(at_s)}" if at_s is not None else "on the whole clip (“Use this frame” below gives it a time)"
        )
        text = st.text_area(f"Note {where}", max_chars=2000)
        if st.form_submit_button("Keep the note", type="primary") and text.strip():
            act(lambda: store.add_note(analysis.workspace, text, analysis_id=analysis.id, author=author, time_s=at_s))


def tags(store: Store, analysis: Analysis, act: Act) -> None:
    """The tags of the clip; words in use elsewhere are offered."""
    own = store.tags(analysis.workspace, analysis.id)
    offered = sorted({*store.tags(analysis.workspace), *own})
    chosen = st.multiselect(
        "Tags", offered, default=list(own), key=f"tags-{analysis.id}-{len(own)}", accept_new_options=True
    )

    def keep() -> None:
        for word in chosen:
            if word not in own:
                store.tag(analysis.id, analysis.workspace, word)
        for word in own:
            if word not in chosen:
                store.untag(analysis.id, analysis.workspace, word)

    if set(chosen) != set(own):
        act(keep)
