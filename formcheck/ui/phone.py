"""The panel that brings clips over from a phone: code, QR picture, and what has arrived."""

from __future__ import annotations

import streamlit as st

from formcheck.ui import kit, state
from formcheck.ui.components.sheet import sheet
from formcheck.ui.qr import qr_png
from formcheck.ui.server.lan.desk import DESK, Code

_LOOK_EVERY_S = 3.0
_SEEN = "formcheck_phone_clips_seen"


def phone_panel() -> None:
    """Show how a phone sends clips to this browser's work, and count what arrived.

    The page runs again when a clip arrives; `received_clips()` tells which.
    """
    if DESK.url is None:
        st.caption(
            DESK.trouble
            or "The clip is on your phone? Stop formcheck and start it with `formcheck app --lan`: this place then "
            "shows a code for the phone."
        )
        return
    st.session_state[_SEEN] = len(received_clips())
    _live()


def received_clips() -> tuple[str, ...]:
    """Ids of the clips that phones sent to this browser's work since the app was started, in order."""
    return DESK.clips_of(state.workspace())


@st.fragment(run_every=_LOOK_EVERY_S)
def _live() -> None:
    here = state.workspace()
    received = received_clips()
    if len(received) != st.session_state.get(_SEEN, 0):
        st.rerun()
    if not DESK.phones_of(here):
        _how(DESK.code(here))
        st.caption("Waiting for the phone …")
        return
    if received:
        st.success(f"{len(received)} {'clip has' if len(received) == 1 else 'clips have'} come from the phone.")
    else:
        st.info("The phone is in. Choose the clips there; they appear here when they have arrived.")
    with st.expander("Let another phone in", icon=":material/add_to_home_screen:"):
        _how(DESK.code(here))


def _how(code: Code) -> None:
    picture, words = st.columns([1, 2], vertical_alignment="center")
    with picture:
        drawn = kit.picture(qr_png(f"{DESK.url}/#{code.digits}"), "QR code of the address with the code", 220)
        sheet(kit.join((drawn, kit.paragraph("Point the phone's camera here", "muted small"))), key="phone_code")
    minutes, seconds = divmod(int(DESK.left_s(code)), 60)
    with words:
        st.markdown(f"Or open **{DESK.url}** on the phone, which must be on the same Wi-Fi, and enter the code")
        st.markdown(f"### {code.digits[:4]} {code.digits[4:]}")
        st.caption(
            f"For one phone, once; {minutes}:{seconds:02d} minutes left. The connection is not encrypted: whoever "
            "listens on this network could see the clip, so use your own Wi-Fi."
        )
