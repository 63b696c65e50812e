"""Two results against each other: players in step, what changed, curves; or what is missing for that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from formcheck import compare
from formcheck.store import Analysis, Visit
from formcheck.types import SIDES, Assessment, Side
from formcheck.ui import compare_choice as choice
from formcheck.ui import compare_curves, compare_words, kit
from formcheck.ui.compare_words import Pair
from formcheck.ui.components.compare import Seen, in_step
from formcheck.ui.components.sheet import sheet
from formcheck.ui.result_stored import shown
from formcheck.wording import CYCLE_WORDS, is_running, title


def before_and_after(analyses: Sequence[Analysis], visits: Mapping[str, Visit]) -> None:
    """Choose two results and compare them.

    Parameters
    ----------
    analyses : finished results of one person, the newest first.
    """
    pair = choice.default_pair(analyses)
    if pair is None:
        st.info(
            "There is one result so far. Film the same test again another day, and the two stand here side by side.",
            icon=":material/looks_one:",
        )
        return
    known = {analysis.id: analysis for analysis in analyses}
    places = st.columns(2)
    chosen = [
        known[_pick(place, name, known, default, visits)]
        for place, name, default in zip(places, ("Before", "After"), pair, strict=True)
    ]
    if chosen[0].id == chosen[1].id:
        st.info("Both are the same result. Choose another one for before or after.", icon=":material/content_copy:")
        return
    before, after = (shown(analysis.folder).assessment for analysis in chosen)
    if choice.day_of(chosen[0], visits) > choice.day_of(chosen[1], visits):
        st.caption("“Before” is the later of the two: changes are told the other way round.")
    if not choice.same_test(*chosen):
        st.warning(
            f"These are different tests ({title(before)}; {title(after)}). Their values cannot be compared: "
            "choose two of the same test and leg.",
            icon=":material/rule:",
        )
        return
    _show(chosen, Pair(before, after, ("before", "after")), compare.changes(before, after))


def left_and_right(analyses: Sequence[Analysis], visits: Mapping[str, Visit]) -> None:
    """Choose a run, or a squat test of both legs, and compare the legs."""
    pairs = choice.leg_pairs(analyses)
    if not pairs:
        st.info(
            "No result shows both legs yet: a run does, and a squat or step-down test filmed on each leg the same day.",
            icon=":material/swap_horiz:",
        )
        return
    key = st.selectbox(
        "Result", list(pairs), format_func=lambda i: choice.label(pairs[i][0], visits), key="compare_legs"
    )
    chosen = pairs[key]
    left, right = (shown(analysis.folder).assessment for analysis in chosen)
    if left.protocol == "treadmill_side":
        st.warning(
            "Filmed from the side, the leg away from the camera is measured less well: film each side to compare legs.",
            icon=":material/visibility:",
        )
    _show(chosen, Pair(left, right, ("left", "right"), of_legs=True), compare.between_legs(left, right))


def _pick(
    place: st.delta_generator.DeltaGenerator,
    name: str,
    known: Mapping[str, Analysis],
    default: Analysis,
    visits: Mapping[str, Visit],
) -> str:
    """One of the results; the address may name it (`?before=`, `?after=`)."""
    wanted = st.query_params.get(name.lower(), "")
    options = list(known)
    return str(
        place.selectbox(
            name,
            options,
            index=options.index(wanted if wanted in known else default.id),
            format_func=lambda i: choice.label(known[i], visits),
            key=f"compare_{name}_{'-'.join(options[:1])}",
        )
    )


def _show(chosen: Sequence[Analysis], pair: Pair, found: Sequence[compare.Change]) -> None:
    key = "-".join(analysis.id[:8] for analysis in chosen) + ("-legs" if pair.of_legs else "")
    told = () if pair.of_legs else (*choice.conditions(*chosen), *compare.cautions(pair.one, pair.other))
    unusable = [n for n, a in zip(pair.names, (pair.one, pair.other), strict=True) if not a.usable]
    if unusable:
        st.warning(
            f"The recording “{' and '.join(unusable)}” failed a quality check: its values are not compared.",
            icon=":material/videocam_off:",
        )
    if told:
        st.caption("Mind, besides the athlete: " + " ".join(map(kit.literal, told)))
    sheet(compare_words.table(found, pair), key=f"changes-{key}")
    _players(chosen, pair, key)
    sheet(compare_curves.curves(pair), key=f"curves-{key}")


def _players(chosen: Sequence[Analysis], pair: Pair, key: str) -> None:
    st.subheader("Side by side, in step", anchor=False)
    legs = _legs(pair)
    if not legs:
        st.info("The two have no leg with counted cycles in common, so they cannot be kept in step.")
        return
    singular = CYCLE_WORDS[pair.one.protocol][0]
    by = "by contact, from one to the next of the same foot" if is_running(pair.one.protocol) else "by repetition"
    st.caption(f"Both show the same share of a {singular} at any moment: kept in step {by}, not by the clock.")
    seen = [
        Seen(analysis.id, name.capitalize(), [side[i] for side in legs])
        for i, (analysis, name) in enumerate(zip(chosen, pair.names, strict=True))
    ]
    in_step(seen[0], seen[1], cycle=singular, key=f"players-{key}")


def _legs(pair: Pair) -> list[tuple[Side, Side]]:
    """Which leg's cycles of the one go with which of the other's."""

    def has(assessment: Assessment, side: Side) -> bool:
        return any(c.side == side for c in assessment.cycles)

    if pair.of_legs:
        return [("left", "right")] if has(pair.one, "left") and has(pair.other, "right") else []
    return [(side, side) for side in SIDES if has(pair.one, side) and has(pair.other, side)]
