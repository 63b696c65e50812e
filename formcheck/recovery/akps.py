"""The anterior knee pain scale (Kujala): 13 items, 0 to 100, more is better; item texts in our own words.

Scores of the items are those of the scale (Kujala 1993); what counts as a change: `recovery.toml`, akps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from formcheck.recovery.records import N_AKPS_ITEMS, AkpsAnswers
from formcheck.recovery.rules import Rules, load


@dataclass(frozen=True)
class Item:
    """One question with its options, best first, and what each scores."""

    topic: str
    options: tuple[tuple[str, int], ...]


ITEMS: Final[tuple[Item, ...]] = (
    Item("Limping", (("Never", 5), ("A little, or now and then", 3), ("All the time", 0))),
    Item("Putting weight on the leg", (("Fully, without pain", 5), ("It hurts", 3), ("Not possible", 0))),
    Item("Walking", (("As far as I like", 5), ("More than 2 km", 3), ("1 to 2 km", 2), ("Not able to", 0))),
    Item("Stairs", (("No trouble", 10), ("Slight pain going down", 8), ("Pain both ways", 5), ("Not able to", 0))),
    Item(
        "Squatting",
        (
            ("No trouble", 5),
            ("Hurts when repeated", 4),
            ("Hurts each time", 3),
            ("Only with part of the weight", 2),
            ("Not able to", 0),
        ),
    ),
    Item(
        "Running",
        (
            ("No trouble", 10),
            ("Hurts after more than 2 km", 8),
            ("Hurts a little from the start", 6),
            ("Hurts a lot", 3),
            ("Not able to", 0),
        ),
    ),
    Item("Jumping", (("No trouble", 10), ("A little trouble", 7), ("Hurts all the time", 2), ("Not able to", 0))),
    Item(
        "Sitting long with bent knees",
        (
            ("No trouble", 10),
            ("Hurts after exercise", 8),
            ("Hurts all the time", 6),
            ("I have to stretch the leg now and then", 4),
            ("Not able to", 0),
        ),
    ),
    Item(
        "Pain",
        (
            ("None", 10),
            ("Slight, now and then", 8),
            ("Disturbs sleep", 6),
            ("Strong now and then", 3),
            ("Strong all the time", 0),
        ),
    ),
    Item(
        "Swelling",
        (
            ("None", 10),
            ("After hard effort", 8),
            ("After everyday things", 6),
            ("Every evening", 4),
            ("All the time", 0),
        ),
    ),
    Item(
        "Kneecap slipping painfully",
        (
            ("Never", 10),
            ("Now and then in sport", 6),
            ("Now and then in daily life", 4),
            ("It came out at least once", 2),
            ("It came out more than twice", 0),
        ),
    ),
    Item("Thinner thigh muscles", (("No", 5), ("A little", 3), ("Much", 0))),
    Item("Bending the knee", (("As far as the other", 5), ("A little less", 3), ("Much less", 0))),
)
BEST: Final = sum(item.options[0][1] for item in ITEMS)


def score(answers: AkpsAnswers) -> int:
    """0 (worst) to 100.

    Raises
    ------
    ValueError : an answer is not one of the item's options.
    """
    total = 0
    for number, (item, chosen) in enumerate(zip(ITEMS, answers.options, strict=True), start=1):
        if not 0 <= chosen < len(item.options):
            raise ValueError(f"item {number} has {len(item.options)} options; option {chosen + 1} is none of them")
        total += item.options[chosen][1]
    return total


def change_words(before: int, after: int, rules: Rules | None = None) -> str:
    """What a change of score means: beyond what the scale can tell, beyond what matters, or neither."""
    rules = rules or load()
    change = after - before
    way = "better" if change > 0 else "worse"
    if abs(change) >= rules.akps_detectable:
        return f"{abs(change)} points {way}: more than the scale's own scatter ({rules.akps_detectable:g} points)."
    if abs(change) >= rules.akps_important:
        return (
            f"{abs(change)} points {way}: as much as people notice ({rules.akps_important:g}), "
            f"but within the scale's own scatter ({rules.akps_detectable:g})."
        )
    return f"{abs(change)} points {'different' if change == 0 else way}: no change that the scale can tell."


assert len(ITEMS) == N_AKPS_ITEMS, "one answer an item"
assert BEST == 100, "the scale ends at 100"
