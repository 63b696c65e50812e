"""The clips that wait to be analysed: a card each, settings, and the one button that starts them all."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import streamlit as st

from formcheck import jobs
from formcheck.types import Protocol
from formcheck.ui import clip_settings, first_look_card, kit, looks, progress, state, tray
from formcheck.ui.components.clip_card import clip_card

if TYPE_CHECKING:
    from formcheck.store import Clip

_EVERY_S = 0.6


def waiting_clips(clips: tuple[Clip, ...], chosen: Protocol | None) -> None:
    """Show the clips of the tray and start their analysis; looks again while a clip is being looked at."""
    home = state.home()
    for clip in clips:
        looks.begin(clip, home)
    looking = not all(map(looks.is_over, clips))
    st.subheader("Your clip" if len(clips) == 1 else f"Your {len(clips)} clips", anchor=False)
    st.fragment(_list, run_every=_EVERY_S if looking else None)(chosen, looking)


def _list(chosen: Protocol | None, was_looking: bool) -> None:
    here = state.workspace()
    with state.open_store() as store:
        clips = tray.clips(store, here)
    if not clips or (was_looking and all(map(looks.is_over, clips))):
        st.rerun()
    said = {clip.id: _clip(clip, chosen) for clip in clips}
    athlete = clip_settings.of_athlete()
    with state.open_store() as store:
        client = clip_settings.client(store, here)
    _start(clips, {clip_id: {**athlete, **own} for clip_id, own in said.items()}, client)


def _clip(clip: Clip, chosen: Protocol | None) -> dict[str, Any]:
    with st.container(border=True, key=f"clip_{clip.id}"):
        clip_card(first_look_card.card(clip), key=f"card_{clip.id}")
        said = clip_settings.of_clip(clip, chosen) if first_look_card.is_readable(clip) else {}
        st.button(
            "Remove",
            key=f"remove_{clip.id}",
            type="tertiary",
            icon=":material/delete:",
            on_click=_remove,
            args=(clip.id,),
            help=f"Remove {kit.literal(clip.name)}. The file on your device stays.",
        )
    return said


def _remove(clip_id: str) -> None:
    tray.take_out([clip_id])
    with state.open_store() as store:
        store.delete_clip(clip_id, state.workspace())


def _start(clips: tuple[Clip, ...], said: dict[str, dict[str, Any]], client: str) -> None:
    ready = [clip for clip in clips if first_look_card.is_readable(clip)]
    doubtful = sum(map(first_look_card.will_be_refused, ready))
    if doubtful:
        which = "This clip" if len(ready) == 1 else f"{doubtful} of {len(ready)} clips"
        st.warning(f"{which} will probably give no result; see above what to change.", icon=":material/warning:")
    label = "Analyse this clip" if len(ready) == 1 else f"Analyse {len(ready)} clips"
    if st.button(label, type="primary", disabled=not ready, key="analyse", icon=":material/play_arrow:"):
        _submit(ready, said, client)
        st.rerun()


def _submit(clips: list[Clip], said: dict[str, dict[str, Any]], client: str) -> None:
    here, group = state.workspace(), uuid.uuid4().hex
    with state.open_store() as store:
        client_id = clip_settings.client_id(store, here, client)
        for clip in clips:
            analysis = jobs.submit(store, here, clip.id, said[clip.id], client_id=client_id, group=group)
            progress.follow(analysis.id, opens_when_done=len(clips) == 1)
    tray.take_out(clip.id for clip in clips)
