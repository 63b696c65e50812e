"""The app as a program of its own, and people who use it: each with a browser that nobody else shares."""

import hashlib
import json
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import av
from connections import traced

from formcheck.store import open_store
from formcheck.ui.server.workspaces import COOKIE

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "sample_videos"
PATIENCE_MS = 60_000
"""For what takes a moment; a machine that runs other tests beside these may need many times as long as an idle one."""
ANALYSIS_MS = 600_000
AT_REST = "[data-testid=stApp][data-test-script-state=notRunning][data-test-connection-state=CONNECTED]"
FAULTS = "[data-testid=stException], [data-testid=stAlertContentError]"
LOCAL = ("data", "blob")
"""Addresses of these kinds are read from the page itself."""

WIDTH_PX, PHONE_PX = 1280, 390


@dataclass(frozen=True)
class RunningApp:
    """`formcheck app` at an address, with all that it keeps in `home`."""

    address: str
    home: Path
    pid: int = 0

    @property
    def talked_to(self) -> Path:
        """Log of whom the app and its worker asked for a connection (see `connections`)."""
        return _talked_to(self.home)


def _talked_to(home):
    return home.with_suffix(".strace")


@contextmanager
def running_app(home, *options):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "formcheck", "app", "--port", str(port), "--home", str(home), *options]
    printed = home.with_suffix(".log")
    command = traced(command, _talked_to(home))
    with printed.open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log, cwd=home.parent) as program:
        try:
            _wait_for(f"http://127.0.0.1:{port}/_stcore/health", program, printed)
            yield RunningApp(f"http://127.0.0.1:{port}", home, program.pid)
        finally:
            program.terminate()


def _wait_for(address, program, printed):
    until = time.monotonic() + PATIENCE_MS / 1000
    while time.monotonic() < until and program.poll() is None:
        try:
            urlopen(address, timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"the app did not start: {printed.read_text()}")


class Visitor:
    """A browser of one's own: its cookie, its pages, and a note of whatever it asked of another machine."""

    def __init__(self, chromium, app, *, width=WIDTH_PX, theme="light"):
        self.app = app
        self.strange, self.faults = [], []
        self.context = chromium.new_context(
            viewport={"width": width, "height": 844 if width < 700 else 900},
            color_scheme=theme,
            accept_downloads=True,
        )
        self.context.set_default_timeout(PATIENCE_MS)
        self.context.on("request", lambda request: self.asked(request.url))
        self.context.on("page", self._watch)

    def _watch(self, page):
        page.on("websocket", lambda line: self.asked(line.url))
        page.on("pageerror", lambda error: self.faults.append(str(error)))

    def asked(self, address):
        parts = urlsplit(address)
        if parts.scheme not in LOCAL and parts.netloc != urlsplit(self.app.address).netloc:
            self.strange.append(address)

    def open(self, path="/"):
        page = self.context.new_page()
        go(page, self.app.address + path)
        return page

    def ask(self, path):
        """A request outside of any page, with this browser's cookie."""
        return self.context.request.get(self.app.address + path)

    @property
    def workspace(self):
        secret = next(cookie["value"] for cookie in self.context.cookies() if cookie["name"] == COOKIE)
        return hashlib.sha256(secret.encode()).hexdigest()[:32]

    def analyses(self):
        with open_store(self.app.home) as store:
            return store.analyses(self.workspace)

    def close(self):
        if self.context.cookies():
            with open_store(self.app.home) as store:
                for analysis in store.analyses(self.workspace):
                    store.cancel(analysis.id, analysis.workspace)
        self.context.close()
        assert self.strange == [], "a page asked another machine for something"
        assert self.faults == [], "a script of a page stumbled"


def go(page, address):
    page.goto(address)
    at_rest(page)


def at_rest(page):
    """Wait until the page has been run to its end and all of it is there."""
    page.wait_for_selector(AT_REST, state="attached")
    page.locator("[data-testid=stSkeleton]:visible").first.wait_for(state="detached")


def shown_faults(page):
    """Words of every box that Streamlit or the app shows for an error."""
    return page.locator(FAULTS).all_inner_texts()


def looked_at(page):
    """The card of the clip that was handed in, once it has been looked at."""
    card = page.locator("article.clip")
    card.locator(".notices li, .busy").first.wait_for()
    card.locator(".busy").wait_for(state="detached")
    return card


def opened_result(page):
    """Id of the analysis in a page's address."""
    return parse_qs(urlsplit(page.url).query)["id"][0]


# Clips and results


def cut(source, target, seconds):
    """The first seconds of a film, its pictures as they are."""
    with av.open(str(source)) as film, av.open(str(target), "w") as short:
        read = film.streams.video[0]
        written = short.add_stream_from_template(read)
        for packet in film.demux(read):
            if packet.dts is not None and packet.pts * read.time_base < seconds:
                packet.stream = written
                short.mux(packet)
    return target


def put_result(visitor, folder, clip, scratch, *, change=None):
    """A finished result for a visitor, by the way a client's work comes from another computer; gives its id.

    Parameters
    ----------
    change : makes other numbers of those in the folder, such as `mirror`, as if the other leg had been filmed.
    """
    other, sent = scratch / "other", scratch / "work.zip"
    stored = json.loads((folder / "assessment.json").read_text())
    with open_store(other) as store:
        held = store.add_clip("0" * 32, clip, name=clip.name)
        store.queue("0" * 32, held.id, {})
        taken = store.take("here")
        shutil.copytree(folder, taken.folder)
        if change is not None:
            stored = change(stored)
            (taken.folder / "assessment.json").write_text(json.dumps(stored))
        outcome = {"protocol": stored["protocol"], "leg": stored["leg"], "verdict": stored["verdict"]["status"]}
        store.finish(taken.id, "here", "done", headline="Put in by a test", **outcome)
        store.export_client(None, "0" * 32, sent, videos=True)
    with open_store(visitor.app.home) as store:
        before = {analysis.id for analysis in store.analyses(visitor.workspace)}
        store.import_client(visitor.workspace, sent)
        (new,) = {analysis.id for analysis in store.analyses(visitor.workspace)} - before
    shutil.rmtree(other)
    sent.unlink()
    return new


def mirror(value):
    """Numbers of a result with left and right exchanged."""
    if isinstance(value, dict):
        return {mirror(key): mirror(one) for key, one in value.items()}
    if isinstance(value, list):
        return [mirror(one) for one in value]
    return {"left": "right", "right": "left"}.get(value, value) if isinstance(value, str) else value


# The player


def player_ready(page):
    page.wait_for_function(f"{PLAYER}?.player?.screen?.ready && !{PLAYER}.player.screen.busy")


def frame_told(page):
    """The frame that the player says it shows, once it shows it."""
    player_ready(page)
    return int(page.locator(".player .where").inner_text().split()[1])


PLAYER = """(() => {
  const within = (root) => {
    const found = root.querySelector(".player");
    if (found) return found;
    for (const one of root.querySelectorAll("*")) {
      const deeper = one.shadowRoot && within(one.shadowRoot);
      if (deeper) return deeper;
    }
    return null;
  };
  return within(document);
})()"""
