"""python -m benchmarks.sessions [--sessions N] [--film-s S]: analyses from many browsers at once, in a real browser.

Each session hands in a film of its own and starts its analysis; the first hands in three. While they are worked
through, one more visitor opens page after page. Told: whether all came to an end, in which order, how long pages took,
and how much memory the app and its worker held. Needs Chromium and playwright.
"""

from __future__ import annotations

import argparse
import math
import statistics
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

TESTS = Path(__file__).parents[1] / "tests"
sys.path[:0] = [str(TESTS / "browser"), str(TESTS)]

from player_site import browser  # noqa: E402 - the tests' own rooms
from stopwatch import stretch  # noqa: E402
from visitors import SAMPLES, Visitor, cut, go, looked_at, running_app  # noqa: E402

from formcheck.store import Analysis  # noqa: E402

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PAGES = ("/", "/results", "/clients", "/plan")
GREEDY = 3
FILM_S = 6.0
"""Of a squat: the first repetition needs as much."""


class Memory:
    """The most that the processes of a folder's app held together, looked at again and again."""

    def __init__(self, home: Path) -> None:
        self.peak_mb = 0.0
        self._home, self._over = str(home).encode(), threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Memory:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.5):
            self.peak_mb = max(self.peak_mb, _held_mb(self._home))


def _held_mb(home: bytes) -> float:
    """Resident memory of all processes that know the home, by their command or their environment."""
    total = 0.0
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if home in (place / "cmdline").read_bytes() + (place / "environ").read_bytes():
                lines = (place / "status").read_text().splitlines()
                total += sum(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1000
        except OSError:
            continue
    return total


def hand_in(visitor: Visitor, film: Path, copies: int) -> None:
    """Upload a film and start its analysis, as often as wanted."""
    for _ in range(copies):
        page = visitor.open("/")
        page.set_input_files("input[type=file]", str(film))
        looked_at(page)
        page.get_by_role("button", name="Analyse this clip").click()
        page.wait_for_timeout(500)
        page.close()


@dataclass(frozen=True)
class Told:
    """What came of it; `analyses` in the order in which they were begun."""

    analyses: tuple[Analysis, ...]
    pages_s: tuple[float, ...]
    lasted_s: float
    peak_mb: float

    @property
    def unfinished(self) -> tuple[Analysis, ...]:
        """Those that did not come to a good end."""
        return tuple(a for a in self.analyses if a.status != "done")

    @property
    def unfair(self) -> tuple[Analysis, ...]:
        """Those that were begun although their session had been served and another's first was waiting."""
        firsts = {a.workspace: a for a in reversed(self.analyses)}
        later = [a for a in self.analyses if a.id != firsts[a.workspace].id]
        return tuple(a for a in later if any(f.created_s < _begun_s(a) < _begun_s(f) for f in firsts.values()))


def _begun_s(analysis: Analysis) -> float:
    return math.inf if analysis.started_s is None else analysis.started_s


def run(chromium: Browser, folder: Path, *, sessions: int, film_s: float = FILM_S, greedy: int = GREEDY) -> Told:
    """Let so many sessions hand in at once, and wait until all is over.

    Parameters
    ----------
    folder : an empty folder for the film and the app's home.
    greedy : how many films the first session hands in.
    """
    film = cut(SAMPLES / "squat_right.mp4", folder / "film.mp4", film_s)
    with running_app(folder / "home") as app, Memory(app.home) as memory:
        started_s = time.monotonic()
        visitors = [Visitor(chromium, app) for _ in range(sessions)]
        for number, visitor in enumerate(visitors):
            hand_in(visitor, film, greedy if number == 0 else 1)
        pages_s = _look_round(Visitor(chromium, app), visitors)
        lasted_s = time.monotonic() - started_s
        found = [analysis for visitor in visitors for analysis in visitor.analyses()]
        for visitor in visitors:
            visitor.close()
    return Told(tuple(sorted(found, key=_begun_s)), tuple(pages_s), lasted_s, memory.peak_mb)


def main() -> int:
    """Run it and print the figures; exit status 1 where an analysis did not come to its end or starved."""
    words = argparse.ArgumentParser(prog="python -m benchmarks.sessions", description=__doc__)
    words.add_argument("--sessions", type=int, default=10)
    words.add_argument("--film-s", type=float, default=FILM_S)
    said = words.parse_args()
    with tempfile.TemporaryDirectory(prefix="sessions-") as given, browser() as chromium:
        told = run(chromium, Path(given), sessions=said.sessions, film_s=said.film_s)
    n = len(told.analyses)
    print(f"{n} analyses of {said.sessions} sessions: {n - len(told.unfinished)} done, in {told.lasted_s:.0f} s")
    for analysis in told.unfinished:
        print(f"{analysis.status}: {analysis.error}")
    print(f"{len(told.unfair)} were begun although their session had been served and another's first was waiting")
    print(
        f"{len(told.pages_s)} pages opened meanwhile: median {statistics.median(told.pages_s):.2f} s, "
        f"longest {max(told.pages_s):.2f} s (this machine was {stretch():.1f} times slower than alone)"
    )
    print(f"app, worker and pose processes held at most {told.peak_mb:.0f} MB together")
    return int(bool(told.unfinished or told.unfair))


def _look_round(visitor: Visitor, others: list[Visitor]) -> list[float]:
    """Open page after page until every analysis is over; how long each took."""
    pages_s, page = [], visitor.open("/")
    while not all(a.is_over for other in others for a in other.analyses()):
        for path in PAGES:
            began_s = time.monotonic()
            go(page, visitor.app.address + path)
            pages_s.append(time.monotonic() - began_s)
        page.wait_for_timeout(2000)
    visitor.context.close()
    return pages_s or [0.0]


if __name__ == "__main__":
    sys.exit(main())
