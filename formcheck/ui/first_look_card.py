"""A clip at first sight, as its card tells it: plain words, and what will be refused before anybody waits for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from formcheck.ui.looks import FAILED, is_over
from formcheck.ui.result_rows import sentence
from formcheck.wording import BAND_SYMBOLS, PROTOCOL_TITLES

if TYPE_CHECKING:
    from formcheck.store import Clip
    from formcheck.types import Band, Protocol

SLOW_MOTION = "slow_motion"
_BANDS: Mapping[str, tuple[Band, str]] = {
    "fail": ("outside", "No result"),
    "warn": ("watch", "Good to know"),
    "ok": ("within", "Fine"),
}


def card(clip: Clip) -> dict[str, Any]:
    """What the card of a clip shows, for `components.clip_card`."""
    look = clip.look or {}
    return {
        "name": clip.name,
        "thumbnail": f"/fc/clips/{clip.id}/thumbnail.jpg" if "info" in look else "",
        "facts": facts(look),
        "busy": busy(clip),
        "notices": notices(look, clip.name),
    }


def facts(look: Mapping[str, Any]) -> str:
    """Length, rate and size: `52.6 s · 30 frames a second · 720 × 1280 px · turned by 90°`."""
    info = look.get("info")
    if info is None:
        return ""
    parts = [
        f"{info['duration_s']:.1f} s",
        f"{info['mean_fps']:.0f} frames a second",
        f"{info['width_px']} × {info['height_px']} px",
    ]
    if info["rotation_deg"]:
        parts.append(f"turned upright by {info['rotation_deg']}°")
    return " · ".join(parts)


def busy(clip: Clip) -> str:
    """What is being done; empty when nothing is."""
    if is_over(clip):
        return ""
    return "Looking at the clip …" if clip.look else "Opening the clip …"


def notices(look: Mapping[str, Any], clip_name: str) -> list[dict[str, str]]:
    """What was recognised and what to know, the worst first."""
    if FAILED in look:
        return [_notice("fail", sentence(str(look[FAILED]), clip_name))]
    told = [_notice(n["band"], n["text"], n["advice"]) for n in look.get("warnings", ())]
    seems = recognised(look)
    return [*([_notice("ok", seems, word="Recognised")] if seems else ()), *told]


def recognised(look: Mapping[str, Any]) -> str:
    """The test and leg that a clip seems to show: `Single-leg squat test, left leg`; empty where not sure."""
    seen = protocol(look)
    if seen is None:
        return ""
    leg = look["recognised"].get("leg")
    return f"{PROTOCOL_TITLES[seen]}, {leg} leg" if leg else PROTOCOL_TITLES[seen]


def protocol(look: Mapping[str, Any]) -> Protocol | None:
    """The test that a clip seems to show; None where not sure."""
    said = look.get("recognised") or {}
    return next((known for known in PROTOCOL_TITLES if known == said.get("protocol")), None)


def will_be_refused(clip: Clip) -> bool:
    """Whether the first look saw that there will be no result or no verdict."""
    look = clip.look or {}
    return FAILED in look or any(n["band"] == "fail" for n in look.get("warnings", ()))


def is_readable(clip: Clip) -> bool:
    """Whether the clip can be analysed at all."""
    return FAILED not in (clip.look or {})


def may_be_slow_motion(clip: Clip) -> bool:
    """Whether the clip may be slow motion that the file says nothing of."""
    look = clip.look or {}
    return any(n["id"] == SLOW_MOTION and n["band"] != "ok" for n in look.get("warnings", ()))


def _notice(band: str, text: str, advice: str = "", *, word: str = "") -> dict[str, str]:
    name, own_word = _BANDS[band]
    return {"band": name, "symbol": BAND_SYMBOLS[name], "word": word or own_word, "text": text, "advice": advice}
