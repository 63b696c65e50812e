"""The clips that lie ready for analysis: those just sent, and those sent earlier and never analysed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from formcheck.store import Clip, Store

_IDS = "formcheck_tray"
_TAKEN_IN = "formcheck_taken_in"


def put(clip_ids: Iterable[str]) -> None:
    """Lay clips into the tray; one that was here before in this visit is not laid in again."""
    taken_in: set[str] = st.session_state.setdefault(_TAKEN_IN, set())
    new = [clip_id for clip_id in dict.fromkeys(clip_ids) if clip_id not in taken_in]
    taken_in.update(new)
    _set([*_ids(), *new])


def put_again(clip_id: str) -> None:
    """Lay a clip in that may have been here before."""
    _set([*(i for i in _ids() if i != clip_id), clip_id])


def take_out(clip_ids: Iterable[str]) -> None:
    """Take clips out of the tray."""
    gone = set(clip_ids)
    _set([clip_id for clip_id in _ids() if clip_id not in gone])


def clips(store: Store, workspace: str) -> tuple[Clip, ...]:
    """The clips in the tray; at the first call of a visit with those that an earlier visit left."""
    if _IDS not in st.session_state:
        put(_left_over(store, workspace))
    found = (store.clip(clip_id, workspace) for clip_id in _ids())
    return tuple(clip for clip in found if clip is not None)


def _left_over(store: Store, workspace: str) -> list[str]:
    analysed = {analysis.clip_id for analysis in store.analyses(workspace, limit=1000)}
    return [clip.id for clip in reversed(store.clips(workspace)) if clip.id not in analysed]


def _ids() -> list[str]:
    ids: list[str] = st.session_state.get(_IDS, [])
    return ids


def _set(ids: list[str]) -> None:
    st.session_state[_IDS] = ids
