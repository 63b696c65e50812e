"""A physio's day in a real browser, from a new client to the last trace of it, with one app killed on the way."""

import os
import signal
import sqlite3
import time
from datetime import date, timedelta
from pathlib import Path

import pytest
from visitors import (
    ANALYSIS_MS,
    PLAYER,
    SAMPLES,
    Visitor,
    at_rest,
    cut,
    go,
    looked_at,
    opened_result,
    player_ready,
    running_app,
    shown_faults,
)

from formcheck import results
from formcheck.store import open_store

FILMS_S = {"before.mp4": 5.0, "after.mp4": 5.6}
"""Of the run from behind: enough strides to compare, in the shortest time."""
CLIENT = "Zoë Ñandú"
DAYS = (date.today() - timedelta(days=42), date.today())
pytestmark = pytest.mark.slow
POSIX = pytest.mark.skipif(os.name != "posix", reason="SIGKILL")
ON_SCREEN = f"""([x, y]) => {{
  const layer = {PLAYER}.player.layer;
  const at = new DOMPoint(x, y).matrixTransform(layer.getScreenCTM());
  return [at.x, at.y];
}}"""


class Physio:
    """Somebody at the desk: an app, a browser, and the pages that they go through."""

    def __init__(self, chromium, app, width=1280):
        self.visitor = Visitor(chromium, app, width=width)
        self.page = self.visitor.open("/clients")

    def go(self, path):
        go(self.page, self.visitor.app.address + path)

    def store(self):
        return open_store(self.visitor.app.home)

    def client(self):
        with self.store() as store:
            (found,) = store.clients(self.visitor.workspace)
        return found

    def press(self, words):
        self.page.get_by_role("button", name=words).first.click()

    def pick(self, label, words):
        """Choose in a list of Streamlit's by typing."""
        box = self.page.get_by_role("combobox", name=label).first
        box.click()
        box.fill(words)
        box.press("Enter")
        at_rest(self.page)

    def until(self, holds):
        """Wait until something holds of the store."""
        end = time.monotonic() + ANALYSIS_MS / 1000
        while time.monotonic() < end:
            with self.store() as store:
                if found := holds(store):
                    return found
            self.page.wait_for_timeout(500)
        raise AssertionError("the store never came to it")

    # The way

    def adds_the_client(self):
        self.press("Add a client")
        self.page.get_by_role("textbox", name="Name or code").fill(CLIENT)
        self.page.get_by_test_id("stFormSubmitButton").get_by_role("button", name="Add", exact=True).click()
        self.page.get_by_role("heading", name=CLIENT).wait_for()

    def analyses(self, film):
        self.go("/")
        self.page.set_input_files("input[type=file]", str(film))
        looked_at(self.page)
        self.pick("Client (optional)", CLIENT)
        self.press("Analyse this clip")
        self.page.locator(".verdict").wait_for(timeout=ANALYSIS_MS)
        return opened_result(self.page)

    def files_under_a_visit(self, analysis_id, day):
        self.go(f"/clients?client={self.client().id}")
        self.press("New visit")
        field = self.page.get_by_test_id("stDateInputField").first
        field.fill(f"{day:%Y/%m/%d}")
        field.press("Tab")
        self.page.get_by_test_id("stFormSubmitButton").get_by_role("button", name="Add visit").click()
        self.page.get_by_text(f"{day.day} {day:%B %Y}").first.wait_for()
        self.page.keyboard.press("Escape")
        row = self.page.locator(f".st-key-result_{analysis_id}")
        row.get_by_role("button", name="Visit, tags, notes").click()
        self.pick("Visit", f"{day.day} {day:%B %Y}")

    def opens_the_desk(self, analysis_id):
        self.go(f"/annotate?id={analysis_id}")
        player_ready(self.page)

    def takes(self, task):
        self.page.get_by_role("radio", name=task).or_(self.page.get_by_role("button", name=task)).first.click()
        at_rest(self.page)
        player_ready(self.page)

    def at(self, x, y):
        """Where a pixel of the picture is on the screen, once the picture is in sight."""
        self.page.evaluate(f"{PLAYER}.player.layer.scrollIntoView({{ block: 'center' }})")
        return self.page.evaluate(ON_SCREEN, [x, y])

    def drags(self, start, end):
        mouse = self.page.mouse
        mouse.move(*start)
        mouse.down()
        mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
        mouse.move(*end)
        mouse.up()

    def jumps(self, frame):
        self.page.evaluate(f"{PLAYER}.player.jump({frame})")
        player_ready(self.page)

    def draws_an_angle(self, analysis_id, points):
        self.page.locator("[data-tool=angle]").click()
        for point in points:
            self.page.mouse.click(*self.at(*point))
        return self.until(lambda store: store.annotations(analysis_id, self.visitor.workspace))

    def drags_a_landmark(self, by_px):
        handle = self.page.locator("[data-joint='26']")
        handle.wait_for(state="attached")
        self.page.evaluate(f"{PLAYER}.player.layer.scrollIntoView({{ block: 'center' }})")
        box = handle.bounding_box()
        start = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        self.drags(start, (start[0] + by_px, start[1]))
        self.press("Accept")

    def drags_a_contact(self, by_px):
        mark = self.page.locator(".mark.initial_contact").first
        mark.scroll_into_view_if_needed()
        box = mark.bounding_box()
        start = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        self.drags(start, (start[0] + by_px, start[1]))
        self.press("Accept")

    def corrections(self, analysis_id, n, *, undone=0):
        """The trail, once it holds `n` corrections of which so many are undone and the result says so."""

        def there(store):
            made = store.corrections(analysis_id, self.visitor.workspace)
            done = len(made) == n and sum(not c.holds for c in made) == undone
            return made if done and self.says(analysis_id) == [c.id for c in made if c.holds] else None

        return self.until(there)

    def says(self, analysis_id):
        """The corrections that the stored result was assessed with."""
        return [c.id for c in self.result(analysis_id).corrections]

    def result(self, analysis_id):
        return results.read(self.visitor.app.home / "analyses" / analysis_id)


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    place = tmp_path_factory.mktemp("films")
    return [cut(SAMPLES / "run_rear.mp4", place / name, seconds) for name, seconds in FILMS_S.items()]


def values(result):
    return {(m.id, m.side): m.value for m in result.metrics}


@POSIX
def test_a_day_at_the_desk(chromium, films, tmp_path):
    home = tmp_path / "home"
    with running_app(home) as app:
        physio = Physio(chromium, app)
        physio.adds_the_client()
        first, second = (physio.analyses(film) for film in films)
        for analysis_id, day in zip((first, second), DAYS, strict=True):
            physio.files_under_a_visit(analysis_id, day)
        by_name(physio, second)
        draw_and_correct(physio, second)
        saved = physio.visitor.context.storage_state()
        kill_while_it_writes(physio, second, app)
    with running_app(home) as app:
        physio = again(chromium, app, saved)
        everything_is_whole(physio, second)
        compares(physio, first, second)
        packed = exports(physio, second, tmp_path)
        with running_app(tmp_path / "elsewhere") as other:
            takes_in_elsewhere(chromium, other, packed, physio.result(second))
        deletes(physio)


def again(chromium, app, saved):
    """The same browser, at the app that was started anew."""
    physio = Physio.__new__(Physio)
    physio.visitor = Visitor(chromium, app)
    physio.visitor.context.add_cookies(saved["cookies"])
    physio.page = physio.visitor.open("/clients")
    return physio


def by_name(physio, analysis_id):
    """Nobody's name stands in a path."""
    paths = [str(path.relative_to(physio.visitor.app.home)) for path in physio.visitor.app.home.rglob("*")]
    assert any(analysis_id in path for path in paths)
    assert not [path for path in paths if any(word in path for word in (*CLIENT.split(), "before", "after"))]


def draw_and_correct(physio, analysis_id):
    physio.opens_the_desk(analysis_id)
    raw = results.read_landmarks(physio.visitor.app.home / "analyses" / analysis_id / "landmarks.csv")
    stored = (physio.visitor.app.home / "analyses" / analysis_id / "landmarks.csv").read_bytes()
    before = physio.result(analysis_id)
    contact = next(e for e in before.events if e.kind == "initial_contact" and e.side == "right" and e.time_s > 2)
    frame = contact.frame + 4
    physio.jumps(frame)
    hip, knee, ankle = (raw.xy_px[frame, i].tolist() for i in (24, 26, 28))
    physio.draws_an_angle(analysis_id, (hip, knee, ankle))
    physio.page.get_by_text("formcheck sees").wait_for()
    physio.takes("Move points")
    physio.drags_a_landmark(30)
    (moved,) = physio.corrections(analysis_id, 1)
    assert (moved.kind, moved.after["landmark"]) == ("move_landmark", "right_knee")
    after = physio.result(analysis_id)
    assert values(after) != values(before)
    physio.page.get_by_text("right knee moved on frame").first.wait_for()
    physio.takes("Contacts and repetitions")
    physio.drags_a_contact(30)
    trail = physio.corrections(analysis_id, 2)
    assert trail[1].kind == "move_event"
    assert sum(e.corrected for e in physio.result(analysis_id).events) >= 1
    physio.page.locator(f".st-key-undo-{trail[1].id} button").click()
    physio.corrections(analysis_id, 2, undone=1)
    assert values(physio.result(analysis_id)) == values(after)
    assert (physio.visitor.app.home / "analyses" / analysis_id / "landmarks.csv").read_bytes() == stored
    assert shown_faults(physio.page) == []
    physio.go(f"/result?id={analysis_id}")
    physio.page.locator(".badge", has_text="corrected by hand").first.wait_for()


def kill_while_it_writes(physio, analysis_id, app):
    """Undo the rest, and end the app as soon as the store has heard of it, before the result can be written."""
    physio.opens_the_desk(analysis_id)
    (held,) = [c for c in physio.corrections(analysis_id, 2, undone=1) if c.holds]
    physio.page.locator(f".st-key-undo-{held.id} button").click(no_wait_after=True)
    with sqlite3.connect(app.home / "formcheck.db", timeout=30) as db:
        end = time.monotonic() + 120
        while time.monotonic() < end:
            row = db.execute("SELECT undone_s FROM corrections WHERE id = ?", (held.id,)).fetchone()
            if row[0] is not None:
                break
    kill(app)
    physio.visitor.strange, physio.visitor.faults = [], []
    physio.visitor.context.close()


def kill(app):
    """SIGKILL for the app and all that it started."""
    for child in children(app.pid):
        os.kill(child, signal.SIGKILL)


def children(pid):
    """A process and those below it, the deepest first."""
    below = [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return [one for child in below for one in children(child)] + [pid]


def everything_is_whole(physio, analysis_id):
    """The undone correction is undone in the result, too, whatever moment the kill hit."""
    trail = physio.corrections(analysis_id, 2, undone=2)
    assert [c.author for c in trail] == ["", ""]
    with sqlite3.connect(physio.visitor.app.home / "formcheck.db") as db:
        assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
    physio.opens_the_desk(analysis_id)
    physio.page.locator(f".st-key-undo-{trail[0].id} button").click()
    physio.corrections(analysis_id, 2, undone=1)


def compares(physio, first, second):
    physio.go(f"/compare?client={physio.client().id}&before={first}&after={second}")
    physio.page.locator(".badge", has_text="Not beyond measurement error").first.wait_for()
    physio.page.get_by_text("kept in step by contact").wait_for()
    physio.page.get_by_role("button", name="5 percent on").click()
    shares = physio.page.locator("p.readout")
    assert "5 %" in shares.inner_text()
    assert shown_faults(physio.page) == []


def exports(physio, analysis_id, tmp_path):
    physio.go(f"/result?id={analysis_id}")
    with physio.page.expect_download() as started:
        physio.page.locator("a[download]", has_text="Report as PDF").click()
    assert started.value.path().read_bytes().startswith(b"%PDF-")
    physio.go(f"/clients?client={physio.client().id}")
    physio.page.get_by_text("Export as a zip").click()
    physio.page.get_by_text("With the videos as they were filmed").click()
    physio.press("Prepare the zip")
    link = physio.page.locator("a[download]", has_text="Save the zip")
    link.wait_for(timeout=120_000)
    with physio.page.expect_download() as started:
        link.click()
    packed = tmp_path / started.value.suggested_filename
    started.value.save_as(packed)
    assert not any(word in packed.name for word in CLIENT.split())
    return packed


def takes_in_elsewhere(chromium, other, packed, sent):
    colleague = Physio(chromium, other)
    colleague.page.get_by_text("Take in a client from a zip").click()
    colleague.page.locator("input[type=file]").first.set_input_files(str(packed))
    colleague.page.locator(".st-key-take_in button").click()
    colleague.page.get_by_role("heading", name=CLIENT).wait_for()
    with colleague.store() as store:
        here = colleague.visitor.workspace
        (client,) = store.clients(here)
        came = store.analyses(here, client_id=client.id)
        assert [visit.day for visit in store.visits(here, client.id)] == list(reversed(DAYS))
        corrected = next(a for a in came if store.corrections(a.id, here))
        assert [c.holds for c in store.corrections(corrected.id, here)] in ([True, False], [False, True])
        assert len(store.annotations(corrected.id, here)) == 1
        assert all(clip.path.is_file() for clip in store.clips(here))
    assert values(colleague.result(corrected.id)) == values(sent)
    colleague.go(f"/result?id={corrected.id}")
    colleague.page.locator(".verdict").wait_for()
    assert shown_faults(colleague.page) == []
    colleague.visitor.close()


def deletes(physio):
    physio.go(f"/clients?client={physio.client().id}")
    physio.page.get_by_text("Delete this client").click()
    physio.page.get_by_text("Yes, delete all of it").click()
    at_rest(physio.page)
    physio.press("Delete for good")
    physio.page.get_by_text("Deleted for good: the client, 2 analyses, 2 videos, 2 visits").wait_for()
    physio.page.get_by_text("Export formcheck-client-").wait_for()
    home = physio.visitor.app.home
    assert list((home / "analyses").iterdir()) == list((home / "clips").iterdir()) == []
    assert not [path for path in home.rglob("*") if path.is_file() and CLIENT.encode() in path.read_bytes()]
    physio.visitor.close()
