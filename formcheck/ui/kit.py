"""Small pieces that the pages share: badges, explained words, cards, links. All text is escaped.

Every function gives markup for `formcheck.ui.components.sheet.sheet`, whose style knows the class names.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping
from itertools import count
from types import MappingProxyType
from typing import Final

from markupsafe import Markup, escape

from formcheck.metrics import REGISTRY
from formcheck.types import Band
from formcheck.wording import BAND_SYMBOLS, BAND_WORDS

_EMPTY = Markup("")
_TERMS: Final[Mapping[str, str]] = MappingProxyType(
    {
        name: metric.plain
        for metric in REGISTRY.values()
        if metric.id != "reps_total"
        for name in (metric.label.lower(), metric.label.partition(" (")[0].lower())
    }
)
"""What the measures are called, and what that means in plain words."""
_LONGEST_FIRST = "|".join(map(re.escape, sorted(_TERMS, key=len, reverse=True)))
_TERM = re.compile(rf"(?<!\w)(?:{_LONGEST_FIRST})(?!\w)", re.IGNORECASE)


def join(parts: Iterable[Markup | str], separator: str = "") -> Markup:
    """Pieces one after the other; plain strings among them are escaped."""
    return Markup(separator).join(parts)


def badge(band: Band | None, word: str = "", symbol: str = "") -> Markup:
    """A band as colour, symbol and word; without a band a grey word."""
    word = word or (BAND_WORDS[band] if band else "")
    symbol = symbol or (BAND_SYMBOLS[band] if band else "·")
    text = Markup('<span class="badge {}"><span aria-hidden="true">{}</span>{}</span>')
    return text.format(band or "none", symbol, word)


def by_hand() -> Markup:
    """The mark of a value that a correction by hand changed."""
    return Markup(" {}").format(badge(None, "corrected by hand", "✎"))


class Tips:
    """Makes explained words; one for each sheet, since every explanation needs a name of its own."""

    def __init__(self) -> None:
        self._names = count(1)
        self._explained: set[str] = set()

    def __call__(
        self, word: Markup | str, explanation: Markup | str, *, left: bool = False, quiet: bool = False
    ) -> Markup:
        """A word that shows its explanation on hover, focus or tap, and reads it out.

        Parameters
        ----------
        left : open towards the left, for words near the right edge.
        quiet : without the dotted line, for badges.
        """
        if not explanation:
            return escape(word)
        name = f"say-{next(self._names)}"
        kind = "tip" + " left" * left + " plain" * quiet
        text = Markup(
            '<span class="{}" tabindex="0" aria-describedby="{}">{}'
            '<span class="say" role="tooltip" id="{}">{}</span></span>'
        )
        return text.format(kind, name, word, name, explanation)

    def sentence(self, text: str) -> Markup:
        """A sentence in which the name of a measure is explained where it stands for the first time."""
        parts, done = [], 0
        for found in _TERM.finditer(text):
            plain = _TERMS[found.group().lower()]
            if plain in self._explained:
                continue
            self._explained.add(plain)
            parts += [escape(text[done : found.start()]), self(found.group(), f"{plain}.")]
            done = found.end()
        return join((*parts, escape(text[done:])))


def section(heading: str, *body: Markup | str, name: str = "") -> Markup:
    """A part of the page under its heading; empty parts leave nothing."""
    if not any(body):
        return _EMPTY
    inner = Markup('<section class="stack"{}><h2>{}</h2>{}</section>')
    return inner.format(Markup(' id="{}"').format(name) if name else _EMPTY, heading, join(body))


def card(*body: Markup | str) -> Markup:
    """A framed box."""
    return Markup('<div class="card">{}</div>').format(join(body))


def cards(boxes: Iterable[Markup]) -> Markup:
    """Boxes beside each other where there is room."""
    return Markup('<div class="cards">{}</div>').format(join(boxes))


def paragraph(text: Markup | str, kind: str = "") -> Markup:
    """A paragraph; `kind` is a class such as `muted small`."""
    return Markup('<p class="{}">{}</p>').format(kind, text) if text else _EMPTY


def bullets(lines: Iterable[Markup | str], kind: str = "", *, ordered: bool = False) -> Markup:
    """A list; nothing where there are no lines."""
    items = join(Markup("<li>{}</li>").format(line) for line in lines)
    tag = Markup("ol" if ordered else "ul")
    return Markup('<{} class="{}">{}</{}>').format(tag, kind, items, tag) if items else _EMPTY


def more(summary: str, *body: Markup | str, name: str, is_open: bool = False) -> Markup:
    """What is shown when asked for; `name` keeps it open while the page is written anew."""
    if not any(body):
        return _EMPTY
    text = Markup('<details id="{}"{}><summary>{}</summary>{}</details>')
    return text.format(name, Markup(" open") if is_open else _EMPTY, summary, join(body))


def jump(label: str, time_s: float) -> Markup:
    """A small button that moves the player to a moment of the clip."""
    return Markup('<button type="button" class="jump" data-seek="{:.6f}">{}</button>').format(time_s, label)


def picture(png: bytes, words: str, width_px: int) -> Markup:
    """A picture inside the page itself; Streamlit would hand its own to anybody who knows their address."""
    inside = base64.b64encode(png).decode()
    return Markup('<img src="data:image/png;base64,{}" alt="{}" width="{}" style="max-width:100%">').format(
        inside, words, width_px
    )


def facts(pairs: Iterable[tuple[str, str]]) -> Markup:
    """Names and what they are."""
    return Markup("<dl>{}</dl>").format(join(Markup("<dt>{}</dt><dd>{}</dd>").format(*pair) for pair in pairs))


def size_text(n_bytes: int) -> str:
    """A file size in the words of a download list: `4.9 MB`, `163 kB`."""
    if n_bytes >= 1e6:
        return f"{n_bytes / 1e6:.1f} MB" if n_bytes < 1e8 else f"{n_bytes / 1e6:.0f} MB"
    return f"{max(n_bytes / 1e3, 1):.0f} kB"


def literal(text: str) -> str:
    """Text for Streamlit's own elements, whose signs are not read as Markdown: names of clips and people."""
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]<>()#+-.!|~:$" else sign for sign in text)
