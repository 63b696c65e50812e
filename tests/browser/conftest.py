"""One running app and one real analysis for all browser tests; every test has visitors of its own."""

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from connections import beyond_this_machine, can_trace
from player_site import browser
from visitors import ANALYSIS_MS, SAMPLES, Visitor, cut, looked_at, opened_result, put_result, running_app

FILM_S = 8
"""Of the squat sample: two repetitions, which give a whole result in the shortest time."""


@pytest.fixture(scope="session")
def chromium():
    with browser() as started:
        yield started


@pytest.fixture(scope="session")
def app(chromium, tmp_path_factory):
    with running_app(tmp_path_factory.mktemp("app") / "home") as started:
        yield started
    if can_trace():
        assert beyond_this_machine(started.talked_to) == [], "the app asked another machine for something"


@pytest.fixture(scope="session")
def film(tmp_path_factory):
    return cut(SAMPLES / "squat_right.mp4", tmp_path_factory.mktemp("films") / "right knee.mp4", FILM_S)


@pytest.fixture
def visit(chromium, app):
    """Makes visitors; each is somebody else."""
    made = []

    def come(**options):
        made.append(Visitor(chromium, app, **options))
        return made[-1]

    yield come
    for visitor in made:
        visitor.close()


@dataclass
class Journey:
    """What somebody saw on the way from a film to its result; `page` stands at the result."""

    visitor: Visitor
    page: Any
    first_look: str
    look_s: float
    thumbnail_px: int
    progress: list[tuple[str, float]] = field(default_factory=list)
    clicks: int = 0
    analysis_id: str = ""

    @property
    def folder(self) -> Path:
        return self.visitor.app.home / "analyses" / self.analysis_id


@pytest.fixture(scope="session")
def journey(chromium, app, film):
    """A film is handed in, looked at, analysed for real, and its result opens by itself."""
    visitor = Visitor(chromium, app)
    page = visitor.open("/")
    started_s = time.monotonic()
    page.set_input_files("input[type=file]", str(film))
    card = looked_at(page)
    look_s = time.monotonic() - started_s
    picture = card.locator("img.picture").evaluate("async (one) => { await one.decode(); return one.naturalWidth; }")
    seen = Journey(visitor, page, card.inner_text(), look_s, picture)
    page.get_by_role("button", name="Analyse this clip").click()
    seen.clicks += 1
    seen.progress = _watched(visitor, page)
    page.locator(".verdict").wait_for()
    seen.analysis_id = opened_result(page)
    yield seen
    visitor.close()


def _watched(visitor, page):
    """Words and share of the progress bar, again and again until the result is there."""
    told = []
    until = time.monotonic() + ANALYSIS_MS / 1000
    while "/result" not in page.url and time.monotonic() < until:
        # All at once: between two questions the page may have moved on.
        now = page.evaluate("""() => {
          const bar = document.querySelector("[data-testid=stProgress] [role=progressbar]");
          return bar && [bar.closest("[data-testid=stProgress]").innerText, Number(bar.getAttribute("aria-valuenow"))];
        }""")
        if now and (not told or tuple(now) != told[-1]):
            told.append(tuple(now))
        assert not any(one.is_over and one.status != "done" for one in visitor.analyses()), visitor.analyses()
        page.wait_for_timeout(150)
    return told


@pytest.fixture
def result_of(journey, film, tmp_path):
    """Gives a visitor a finished result, made before; its id."""

    def give(visitor, **how):
        return put_result(visitor, journey.folder, film, tmp_path, **how)

    return give
