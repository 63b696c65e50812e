"""What the user may say of a clip and of the athlete before the analysis; everything may be left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Literal

import streamlit as st

from formcheck.request import BLUR_FACES
from formcheck.store import KEEP_VIDEO
from formcheck.types import PROTOCOLS, SIDES, Protocol
from formcheck.ui import first_look_card
from formcheck.wording import PROTOCOL_TITLES

if TYPE_CHECKING:
    from formcheck.store import Clip, Store

AUTO: Final[Literal["auto"]] = "auto"
RANGES: Final[Mapping[str, tuple[float, float]]] = {
    "capture_fps": (10.0, 2000.0),
    "height_cm": (80.0, 250.0),
    "speed_kmh": (1.0, 45.0),
}
"""Lowest and highest value that `formcheck.request` accepts."""
_LEG_WORDS = {AUTO: "Let formcheck find out", "left": "Left", "right": "Right"}
_SEX_WORDS = {AUTO: "Not said", "f": "Female", "m": "Male"}
_BOTH_LEGS = frozenset({"treadmill_rear", "treadmill_front"})
_NO_CLIENT = "Nobody in particular"


def of_clip(clip: Clip, chosen: Protocol | None) -> dict[str, Any]:
    """Ask for test, leg and, where it may be slow motion, the filming rate of one clip; what was said."""
    test_place, leg_place = st.columns(2)
    seems = first_look_card.recognised(clip.look or {})
    auto = f"As recognised: {seems}" if seems else _LEG_WORDS[AUTO]
    options: list[Protocol | Literal["auto"]] = [AUTO, *PROTOCOLS]
    protocol = test_place.selectbox(
        "Test",
        options,
        index=options.index(chosen or AUTO),
        format_func=lambda p: auto if p == "auto" else PROTOCOL_TITLES[p],
        key=f"test_{clip.id}_{chosen or AUTO}",
    )
    likely = first_look_card.protocol(clip.look or {}) if protocol == AUTO else protocol
    leg = leg_place.selectbox(
        _leg_label(likely),
        [AUTO, *SIDES],
        format_func=lambda side: _LEG_WORDS[side],
        key=f"leg_{clip.id}",
        disabled=likely in _BOTH_LEGS,
        help="A run seen from behind or from the front shows both legs." if likely in _BOTH_LEGS else None,
    )
    if seems and protocol not in {AUTO, first_look_card.protocol(clip.look or {})}:
        st.warning(f"The clip looks like this: {seems}. Is the chosen test right?", icon=":material/help:")
    slow = first_look_card.may_be_slow_motion(clip)
    with st.expander("More", expanded=slow, icon=":material/tune:"):
        capture_fps = _number(
            "Filmed at, frames a second",
            "capture_fps",
            f"fps_{clip.id}",
            "Only for slow motion that plays slowly in the file: the rate the camera recorded at, such as 120 or 240.",
        )
    said: dict[str, Any] = {"capture_fps": capture_fps}
    if protocol != AUTO:
        said["protocol"] = protocol
    if leg != AUTO and likely not in _BOTH_LEGS:
        said["leg"] = leg
    return {name: value for name, value in said.items() if value is not None}


def _leg_label(likely: Protocol | None) -> str:
    if likely is None or likely in _BOTH_LEGS:
        return "Leg"
    return "Leg nearer to the phone" if likely == "treadmill_side" else "Standing leg"


def of_athlete() -> dict[str, Any]:
    """Ask for what holds for all clips of one go: height, sex and belt speed; what was said."""
    with st.expander("About the athlete (optional)", icon=":material/person:"):
        one, two, three = st.columns(3)
        with one:
            height = _number("Height, cm", "height_cm", "height_cm", "Gives vertical movement in centimetres.")
        with two:
            speed = _number("Belt speed, km/h", "speed_kmh", "speed_kmh", "Gives step and stride length of a run.")
        sex = three.selectbox(
            "Sex",
            list(_SEX_WORDS),
            format_func=lambda word: _SEX_WORDS[word],
            key="athlete_sex",
            help="Some published limits differ between women and men.",
        )
        blur = st.checkbox(
            "Blur the face in video and pictures",
            key=BLUR_FACES,
            help="In everything that formcheck draws. The clip itself stays as it was filmed, and other people in the "
            "picture are not blurred.",
        )
        drop = st.checkbox(
            "Do not keep the video itself",
            key=KEEP_VIDEO,
            help="Once the result is there the clip is deleted. The film with the overlay stays with the result; "
            "without the clip it cannot be drawn or analysed anew.",
        )
    said = {
        "height_cm": height,
        "speed_kmh": speed,
        "sex": None if sex == AUTO else sex,
        BLUR_FACES: blur or None,
        KEEP_VIDEO: False if drop else None,
    }
    return {name: value for name, value in said.items() if value is not None}


def client(store: Store, workspace: str) -> str:
    """Ask whose clips these are: the name that was picked or typed; empty for nobody in particular."""
    names = list(dict.fromkeys(known.name for known in store.clients(workspace)))
    picked = st.selectbox(
        "Client (optional)",
        names,
        index=None,
        placeholder=_NO_CLIENT if names else "Type a name to file the results under it",
        accept_new_options=True,
        key="client_name",
        help="Results can be listed by client. Nothing leaves this computer.",
    )
    return str(picked or "").strip()


def client_id(store: Store, workspace: str, name: str) -> str | None:
    """The id of a client by its name, who is new where nobody is called so; None without a name."""
    if not name:
        return None
    known = next((known for known in store.clients(workspace) if known.name == name), None)
    return (known or store.add_client(workspace, name)).id


def _number(label: str, name: str, key: str, why: str) -> float | None:
    low, high = RANGES[name]
    value: float | None = st.number_input(
        label, low, high, value=None, step=1.0, key=key, placeholder="Not said", help=f"{why} {low:g} to {high:g}."
    )
    return value
