"""Which font sets which letters, and Arabic and Hebrew in the order in which they are read.

DejaVu Sans has the Latin, Greek, Cyrillic, Hebrew and Arabic letters. What it has not is looked for in the fonts of
this computer. Whoever draws decides what becomes of letters that no font has; nothing turns into empty boxes.

Words that run from right to left are put into the order and, for Arabic, the joined shapes in which they are drawn
(Unicode's own tables of presentation forms); names and short lines, not whole paragraphs.
"""

from __future__ import annotations

import os
import sys
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Final

from formcheck.fonts import font_path

LOST: Final = "[?]"
"""Stands for letters that no font here can set."""
FONT_SUFFIXES: Final = frozenset({".ttf", ".ttc", ".otf", ".otc"})
_MOST_FONTS: Final = 4000
_RIGHT_TO_LEFT: Final = frozenset({"R", "AL"})
_NUMBERS: Final = frozenset({"EN", "AN", "ES", "CS"})
_UNSEEN: Final = frozenset({"Cf", "Cc", "Mn"})
"""Direction marks, joiners and accents: a font without them still prints the word."""
_TO_BE_SHAPED: Final = ((0x0900, 0x0DFF), (0x0F00, 0x109F), (0x1780, 0x17FF))
"""Scripts of India, Tibet, Burma and Cambodia, whose letters change place and shape; set one by one they read wrong."""
_MIRRORED: Final = str.maketrans("()[]{}<>«»", ")(][}{><»«")


@dataclass(frozen=True)
class Face:
    """A font: its file and, in a collection, its number."""

    path: Path
    number: int = 0


@dataclass(frozen=True)
class Piece:
    """Letters that one font sets; `face` None where no font has them."""

    text: str
    face: Face | None


Usable = Callable[[Face], bool]


def pieces(text: str, *, bold: bool = False, usable: Usable = lambda face: True) -> tuple[Piece, ...]:
    """A line in drawing order, cut where the font changes.

    Parameters
    ----------
    usable : whether the drawing library takes a font of this computer.
    """
    usual = Face(font_path(bold=bold))
    if text.isascii():
        return (Piece(text, usual),) if text else ()
    line = in_drawing_order(unicodedata.normalize("NFC", text))
    letters = [(letter, _face_of(letter, usual, usable)) for letter in line]
    # what is unseen belongs to the letter before it
    faces: list[Face | None] = []
    for letter, face in letters:
        follows = letter == " " or (face is None and unicodedata.category(letter) in _UNSEEN)
        faces.append(faces[-1] if follows and faces else face)
    told = groupby(zip(line, faces, strict=True), key=lambda pair: pair[1])
    return tuple(Piece("".join(letter for letter, _ in group), face) for face, group in told)


def _face_of(letter: str, usual: Face, usable: Usable) -> Face | None:
    if ord(letter) in letters_of(usual):
        return usual
    if any(first <= ord(letter) <= last for first, last in _TO_BE_SHAPED):
        return None
    return next((face for face in other_faces() if ord(letter) in letters_of(face) and usable(face)), None)


@lru_cache(maxsize=512)
def letters_of(face: Face) -> frozenset[int]:
    """The code points that a font has; none where it cannot be read."""
    from fontTools.ttLib import TTFont, TTLibError

    try:
        with TTFont(face.path, fontNumber=face.number, lazy=True) as font:
            return frozenset(font.getBestCmap() or {})
    except (TTLibError, OSError, KeyError, ValueError, AssertionError):
        return frozenset()


@lru_cache(maxsize=1)
def other_faces() -> tuple[Face, ...]:
    """The fonts of this computer, in the order of their names; the first of each file."""
    found = {path.resolve() for folder in _folders() if folder.is_dir() for path in _fonts_in(folder)}
    return tuple(Face(path) for path in sorted(found)[:_MOST_FONTS])


def _fonts_in(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.suffix.lower() in FONT_SUFFIXES and path.is_file())


def _folders() -> tuple[Path, ...]:
    """Where this system keeps fonts, the user's own first."""
    own = Path.home()
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA", "")
        windows = Path(os.environ.get("WINDIR", "C:/Windows")) / "Fonts"
        return (*((Path(local) / "Microsoft/Windows/Fonts",) if local else ()), windows)
    if sys.platform == "darwin":
        return (own / "Library/Fonts", Path("/Library/Fonts"), Path("/System/Library/Fonts"))
    return (own / ".local/share/fonts", own / ".fonts", Path("/usr/local/share/fonts"), Path("/usr/share/fonts"))


# --- right to left --------------------------------------------------------------------------------------------------


def in_drawing_order(text: str) -> str:
    """A line with its right-to-left words reversed and joined, as they are drawn from left to right."""
    if not any(unicodedata.bidirectional(letter) in _RIGHT_TO_LEFT for letter in text):
        return text
    return "".join(_reversed(run) if backward else run for backward, run in _runs(_joined(text)))


def _runs(text: str) -> Iterator[tuple[bool, str]]:
    """Stretches that run one way; what stands between two words of one way goes with them."""
    ways: list[bool | None] = []
    for letter in text:
        kind = unicodedata.bidirectional(letter)
        ways.append(True if kind in _RIGHT_TO_LEFT else False if kind == "L" else None)
    opened: list[bool] = []
    for i, way in enumerate(ways):
        if way is None:
            before = ways[i - 1] if i else False
            after = next((w for w in ways[i + 1 :] if w is not None), False)
            ways[i] = bool(before and (after or unicodedata.bidirectional(text[i]) == "NSM"))
        if text[i] in "([{":
            opened.append(bool(ways[i]))
        elif text[i] in ")]}" and opened:
            ways[i] = opened.pop()
    for way, group in groupby(zip(text, ways, strict=True), key=lambda pair: pair[1]):
        yield bool(way), "".join(letter for letter, _ in group)


def _reversed(run: str) -> str:
    """A right-to-left stretch backwards; numbers in it and accents after their letter keep their order."""
    clusters: list[str] = []
    for letter in run:
        joined_to_last = unicodedata.combining(letter) or (_is_number(letter) and clusters and _is_number(clusters[-1]))
        if joined_to_last and clusters:
            clusters[-1] += letter
        else:
            clusters.append(letter)
    return "".join(cluster.translate(_MIRRORED) for cluster in reversed(clusters))


def _is_number(text: str) -> bool:
    return all(unicodedata.bidirectional(letter) in _NUMBERS for letter in text)


@lru_cache(maxsize=1)
def _forms() -> Mapping[tuple[str, str], str]:
    """Arabic presentation forms by (letter or two, way): isolated, initial, medial, final."""
    forms: dict[tuple[str, str], str] = {}
    for code in (*range(0xFB50, 0xFE00), *range(0xFE70, 0xFF00)):
        way, _, plain = unicodedata.decomposition(chr(code)).partition("> ")
        letters = "".join(chr(int(part, 16)) for part in plain.split())
        if letters and " " not in letters and (len(letters) == 1 or letters[0] == "\u0644"):
            forms.setdefault((letters, way.lstrip("<")), chr(code))
    return forms


def _joined(text: str) -> str:
    """Arabic letters in the shapes in which they join their neighbours, lam with alef as one."""
    forms = _forms()
    letters: list[str] = []
    for letter in text:
        pair = (letters[-1] + letter) if letters else ""
        if letter in "\u0622\u0623\u0625\u0627" and (pair, "isolated") in forms:
            letters[-1] = pair
        else:
            letters.append(letter)
    shaped: list[str] = []
    for i, letter in enumerate(letters):
        before = next((one for one in reversed(letters[:i]) if not unicodedata.combining(one[0])), "")
        after = next((one for one in letters[i + 1 :] if not unicodedata.combining(one[0])), "")
        back = _goes_on(before) and (letter, "final") in forms
        on = _goes_on(letter) and (after, "final") in forms
        way = "medial" if back and on else "final" if back else "initial" if on else "isolated"
        shaped.append(forms.get((letter, way), forms.get((letter, "isolated"), letter)))
    return "".join(shaped)


def _goes_on(letter: str) -> bool:
    """Whether a letter joins the one after it."""
    return (letter, "initial") in _forms()
