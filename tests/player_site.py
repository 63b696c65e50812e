"""The player on a page of its own, for tests in a real browser: clips whose every frame shows its own number."""

import json
import os
import shutil
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from serving import served
from starlette.applications import Starlette
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from formcheck.capture import write_video
from formcheck.ui.components import player

BITS, CELL_PX = 12, 24
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PAGE = """<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<link rel="icon" href="data:,">
<style>
  body {{ margin: 16px; background: var(--st-background-color); font-family: sans-serif;
    --st-background-color: {background}; --st-secondary-background-color: {second}; --st-text-color: {text};
    --st-border-color: {border}; --st-primary-color: {primary}; --st-font: sans-serif; --st-base-radius: 0.6rem }}
  #host {{ max-width: {width}px; margin: auto }}
</style><div id="host"></div>
<script type="module">
  const {{ html, css, data }} = {parts};
  const host = document.getElementById("host");
  const shadow = host.attachShadow({{ mode: "open" }});
  shadow.innerHTML = `${{html}}<style>${{css}}</style>`;
  const {{ default: mount }} = await import("/player.js");
  window.told = [];
  window.rerun = (more = {{}}) => mount({{
    parentElement: shadow, data: {{ ...data, ...more }}, setTriggerValue: (...value) => window.told.push(value),
  }});
  window.end = window.rerun();
  window.root = shadow.querySelector(".player");
</script>"""
LIGHT = {
    "background": "#ffffff",
    "second": "#f2f6f5",
    "text": "#172422",
    "border": "#d3dedc",
    "primary": "#0f766e",
}
DARK = {"background": "#101817", "second": "#1a2524", "text": "#e6efed", "border": "#33423f", "primary": "#2dd4bf"}


def chromium_path():
    """Debian's Chromium; the test is skipped where there is none, unless FORMCHECK_BROWSER_TESTS asks for it."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        missing = pytest.fail if os.environ.get("FORMCHECK_BROWSER_TESTS") else pytest.skip
        missing("no Chromium on this machine: apt-get install chromium")
    return found


class _Driver:
    """The one Playwright of this process, whose sync API allows no second one; stopped by whoever leaves last."""

    running = None
    users = 0


@contextmanager
def browser():
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install .[dev]")
    path = chromium_path()
    if _Driver.running is None:
        _Driver.running = sync_api.sync_playwright().start()
    _Driver.users += 1
    try:
        chromium = _Driver.running.chromium.launch(executable_path=path, args=list(FLAGS))
        try:
            yield chromium
        finally:
            chromium.close()
    finally:
        _Driver.users -= 1
        if not _Driver.users:
            _Driver.running.stop()
            _Driver.running = None


def numbered_frames(count):
    """Images of 288×96 px that show the bits of their number as white and black cells, the lowest first."""
    for i in range(count):
        cells = np.array([255 * (i >> bit & 1) for bit in range(BITS)], dtype=np.uint8)
        row = np.repeat(cells, CELL_PX)
        yield np.repeat(np.tile(row, (96, 1))[:, :, None], 3, axis=2)


def write_numbered(path, times_s):
    write_video(path, numbered_frames(len(times_s)), times_s=times_s)


def told(times_s, *, step_frames=20, **more):
    """What `playback` would tell of a run at these times: contacts every `step_frames`, one straight angle a side."""
    n = len(times_s)
    contacts = list(range(step_frames // 2, n, step_frames))
    sides = ["left" if i % 2 else "right" for i in range(len(contacts))]
    events = [
        {
            "kind": "initial_contact",
            "words": f"{side.capitalize()} contact",
            "side": side,
            "frame": f,
            "time_s": times_s[f],
        }
        for f, side in zip(contacts, sides, strict=True)
    ]
    cycles = [
        {
            "side": side,
            "number": i // 2 + 1,
            "first": a,
            "last": b - 1,
            "start_s": times_s[a],
            "end_s": times_s[b],
            "marks": {},
            "valid": True,
            "reason": "",
        }
        for i, (a, b, side) in enumerate(zip(contacts, contacts[2:], sides, strict=False))
    ]
    angle = [round(i / n * 20, 2) for i in range(n)]
    plot = {
        "id": "knee_fppa_deg",
        "label": "Knee valgus (FPPA)",
        "plain": "How far the knee falls inwards of the line from hip to ankle",
        "unit": "°",
        "directions": ["in", "out"],
        "judged": True,
        "y": [-5, 25],
        "zones": [{"band": "watch", "from": 10, "to": 25, "limit": 10, "words": "Watch above 10°"}],
        "series": [
            {"side": "left", "values": angle, "read": None},
            {"side": "right", "values": [None if 5 <= i < 9 else -v / 4 for i, v in enumerate(angle)], "read": None},
        ],
    }
    return {
        "version": 1,
        "title": "Treadmill run from behind",
        "running": True,
        "cycle_words": ["stride", "strides"],
        "image_px": [288, 96],
        "fps": (n - 1) / (times_s[-1] - times_s[0]),
        "duration_s": times_s[-1] - times_s[0],
        "times_s": [round(float(t), 4) for t in times_s],
        "events": events,
        "cycles": cycles,
        "key_frames": [{"frame": min(7, n - 1), "title": "Left contact", "caption": "", "side": "left"}],
        "plots": [plot],
        **more,
    }


class Shelf:
    """What the little server hands out: clips by name; tests put files and answers in."""

    def __init__(self):
        self.videos = {}
        self.told = {}
        self.asked = []

    def app(self):
        routes = [
            Route("/page/{name}", self._page),
            Route("/player.js", lambda _: Response(player.sources()[2], media_type="text/javascript")),
            Route("/fc/analyses/{name}/overlay.mp4", self._video),
            Route("/fc/analyses/{name}/playback.json", self._told),
        ]
        return Starlette(routes=routes)

    def _page(self, request):
        name = request.path_params["name"]
        base = f"/fc/analyses/{name}"
        data = {"video": f"{base}/overlay.mp4", "playback": f"{base}/playback.json", "pick": True}
        html, css, _ = player.sources()
        parts = json.dumps({"html": html, "css": css, "data": data}).replace("</", "<\\/")
        colours = DARK if request.query_params.get("theme") == "dark" else LIGHT
        width = request.query_params.get("width", "1100")
        return HTMLResponse(PAGE.format(parts=parts, width=width, **colours))

    def _video(self, request):
        self.asked.append("video")
        path = self.videos.get(request.path_params["name"])
        return FileResponse(path, media_type="video/mp4") if path else Response(status_code=404)

    def _told(self, request):
        self.asked.append("playback")
        answer = self.told.get(request.path_params["name"])
        return JSONResponse(answer) if answer is not None else Response(status_code=500)


@contextmanager
def shelf():
    held = Shelf()
    with served(held.app()) as site:
        held.address = f"http://{site.host}"
        yield held


def open_page(chromium, held, name, *, width=1200, height=900, query="", wait=True):
    page = chromium.new_page(viewport={"width": width, "height": height})
    page.troubles = []
    page.on("console", lambda m: page.troubles.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda e: page.troubles.append(str(e)))
    page.goto(f"{held.address}/page/{name}{query}")
    if wait:
        page.wait_for_function("window.root?.player?.screen?.ready && !root.player.screen.busy", timeout=60000)
    return page


def put_result(held, folder, name):
    """A real result folder on the shelf."""
    from formcheck.playback import playback
    from formcheck.results import read

    held.told[name] = playback(read(Path(folder)))
    overlay = Path(folder) / "overlay.mp4"
    if overlay.is_file():
        held.videos[name] = overlay
