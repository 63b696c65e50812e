"""Result: the verdict first, then what to work on, the clip itself, the numbers, and how they came about."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import streamlit as st

from formcheck.errors import FormcheckError
from formcheck.store import Analysis
from formcheck.ui import (
    annotate_show,
    annotate_work,
    kit,
    result_again,
    result_repetitions,
    result_sections,
    result_siblings,
    result_states,
    state,
)
from formcheck.ui.components.player import player
from formcheck.ui.components.sheet import PLAYER_PLACE, sheet
from formcheck.ui.result_stored import Shown, shown
from formcheck.ui.result_table import measures
from formcheck.wording import CYCLE_WORDS

_ROOMY = (
    "<style>.stMainBlockContainer{max-width:1080px;padding-top:5rem}"
    f".st-key-{PLAYER_PLACE}{{scroll-margin-top:4.5rem}}</style>"
)


def page() -> None:
    """The page for the analysis named in the address."""
    analysis_id = state.analysis_id()
    try:
        with state.open_store() as store:
            analysis = store.analysis(analysis_id, state.workspace()) if analysis_id else None
            go = store.analyses(analysis.workspace, group=analysis.group) if analysis and analysis.group else ()
            client = store.client(analysis.client_id, analysis.workspace) if analysis and analysis.client_id else None
            if analysis and analysis.status == "done":
                annotate_work.refresh(store, analysis)
        if analysis is None:
            result_states.unknown()
            return
        _show(analysis, result_siblings.siblings(analysis, go), client.name if client else "")
    except FormcheckError as error:
        st.error(kit.literal(str(error)))
        result_states.ways_out()


def _show(analysis: Analysis, go: tuple[Analysis, ...], client: str) -> None:
    if len(go) > 1:
        _switch(analysis, go)
    if analysis.status == "done":
        partner = result_siblings.partner(analysis, go)
        _result(analysis, shown(analysis.folder), shown(partner.folder) if partner else None, client)
    elif analysis.is_over:
        result_states.ended(analysis)
    else:
        result_states.waiting(analysis)


def _switch(analysis: Analysis, go: tuple[Analysis, ...]) -> None:
    """Between the clips that were sent in one go."""
    names = {a.id: kit.literal(result_siblings.label(a, go, _outcome(a))) for a in go}
    key = f"clip-of-{analysis.id}"

    def turn() -> None:
        if chosen := st.session_state[key]:
            st.query_params["id"] = chosen

    st.segmented_control(
        "Clips of this go",
        list(names),
        default=analysis.id,
        format_func=names.__getitem__,
        key=key,
        on_change=turn,
        required=True,
        label_visibility="collapsed",
    )


def _outcome(analysis: Analysis) -> str:
    """What came out as sign and word; nothing where there is no result, or none that can be read."""
    if analysis.status != "done":
        return ""
    try:
        content = shown(analysis.folder).content
    except FormcheckError:
        return ""
    return f"{content.symbol} {content.status}"


def _result(analysis: Analysis, current: Shown, other: Shown | None, client: str) -> None:
    pair = [current] if other is None else sorted((current, other), key=lambda one: one.assessment.leg or "")
    cycles = CYCLE_WORDS[current.assessment.protocol]
    asked = f"moment-{analysis.id}"

    def keep(time_s: float) -> None:
        st.session_state[asked] = time_s

    tips = kit.Tips()
    top = (
        result_sections.verdict(current, _above(analysis, current, client), tips),
        result_sections.work(current, tips),
        kit.section(
            "The clip, frame by frame",
            kit.paragraph("Everything on this page that shows a moment jumps here.", "muted small"),
        ),
    )
    sheet(kit.join(top), key=f"top-{analysis.id}", on_seek=keep)
    with st.container(key=PLAYER_PLACE):
        player(
            analysis.id,
            key=f"player-{analysis.id}-{len(current.assessment.corrections)}",
            seek=st.session_state.pop(asked, None),
        )
    annotate_show.drawn_over_the_player(analysis)
    st.page_link(
        Path(__file__).parent / "report.py",
        label="Report for the client",
        icon=":material/description:",
        query_params={"id": analysis.id},
    )
    parts = (
        result_sections.gallery(current, analysis.id),
        measures(
            [one.content for one in pair],
            cycles,
            {(c.metric_id, c.side) for one in pair for c in one.assessment.changes},
        ),
        result_repetitions.repetitions(pair, current),
        result_repetitions.curves(current),
        result_sections.recording(current.content),
        result_sections.certainty(current.assessment),
        result_sections.downloads(current, analysis.id),
        result_sections.method(current.content),
    )
    sheet(kit.join(parts), key=f"rest-{analysis.id}", on_seek=keep)
    if analysis.has_video:
        result_again.again(analysis)
    with st.container(horizontal=True):
        result_again.drop_video(analysis)
        result_again.delete(analysis)


def _above(analysis: Analysis, current: Shown, client: str) -> str:
    """Test, whose, which clip and when."""
    made = datetime.fromtimestamp(analysis.finished_s or analysis.created_s)
    when = f"{made.day} {made:%B %Y, %H:%M}"
    seen = "" if analysis.settings.get("protocol") else " (recognised from the movement)"
    by_hand = "corrected by hand" if current.assessment.corrections else ""
    told = (current.content.title + seen, client, analysis.clip_name, when, by_hand)
    return " · ".join(part for part in told if part)


st.set_page_config(page_title="Result · formcheck", layout="wide")
st.html(_ROOMY)
page()
