"""python -m benchmarks.sessions [--sessions N] [--film-s S]: analyses from many browsers at once, in a real browser.

Each session hands in a film of its own and starts its analysis; the first hands in three. While they are worked
through, one more visitor opens page after page. Told: whether all came to an end, in which order, how long pages took,
and how much memory the app and its worker held. Needs Chromium and playwright.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

TESTS = Path(__file__).parents[1] / "tests"
sys.path[:0] = [str(TESTS / "browser"), str(TESTS)]

from player_site import browser  # noqa: E402 - the tests' own rooms
from stopwatch import stretch  # noqa: E402
from visitors import SAMPLES, Visitor, cut, go, looked_at, running_app  # noqa: E402

from formcheck.store import open_store  # noqa: E402

PAGES = ("/", "/results", "/clients", "/plan")
GREEDY = 3


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


def main() -> int:
    """Run it and print the figures; exit status 1 where an analysis did not come to its end or starved."""
    words = argparse.ArgumentParser(prog="python -m benchmarks.sessions", description=__doc__)
    words.add_argument("--sessions", type=int, default=10)
    words.add_argument("--film-s", type=float, default=6.0, help="of a squat; the first repetition needs 6")
    said = words.parse_args()
    with tempfile.TemporaryDirectory(prefix="sessions-") as given, browser() as chromium:
        folder = Path(given)
        film = cut(SAMPLES / "squat_right.mp4", folder / "film.mp4", said.film_s)
        with running_app(folder / "home") as app, Memory(app.home) as memory:
            started_s = time.monotonic()
            visitors = [Visitor(chromium, app) for _ in range(said.sessions)]
            for number, visitor in enumerate(visitors):
                hand_in(visitor, film, GREEDY if number == 0 else 1)
            pages_s = _look_round(Visitor(chromium, app), visitors)
            lasted_s = time.monotonic() - started_s
            with open_store(app.home) as store:
                found = [a for v in visitors for a in store.analyses(v.workspace)]
            firsts = {v.workspace for v in visitors}
            order = sorted(found, key=lambda a: a.started_s or 0.0)
            for visitor in visitors:
                visitor.context.close()
    served = [a.workspace for a in order]
    starved = max((served.index(one) for one in firsts), default=0) >= said.sessions + GREEDY - 1
    done = sum(a.status == "done" for a in found)
    print(f"{len(found)} analyses of {said.sessions} sessions: {done} done, in {lasted_s:.0f} s")
    for analysis in found:
        if analysis.status != "done":
            print(f"{analysis.status}: {analysis.error}")
    print(f"every session's first was begun among the first {max(map(served.index, firsts)) + 1} of {len(served)}")
    print(
        f"{len(pages_s)} pages opened meanwhile: median {statistics.median(pages_s):.2f} s, "
        f"longest {max(pages_s):.2f} s (this machine was {stretch():.1f} times slower than alone)"
    )
    print(f"app, worker and pose processes held at most {memory.peak_mb:.0f} MB together")
    return int(done < len(found) or starved)


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
