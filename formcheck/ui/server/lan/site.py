"""What a phone sees: enter the code, send clips, watch them, read the report. Nothing else of the app."""

from __future__ import annotations

import re
from pathlib import Path

from anyio import to_thread
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from formcheck.store import Analysis, open_store
from formcheck.ui.network import is_private
from formcheck.ui.server.answers import missing, refusal, short_text
from formcheck.ui.server.faults import CalmFaults
from formcheck.ui.server.files import ID, send_file, stored_file
from formcheck.ui.server.guard import Guard, is_same_origin
from formcheck.ui.server.lan.desk import CODE_DIGITS, PHONE_VALID_S, Desk, Phone
from formcheck.ui.server.receiving import MAX_UPLOAD_BYTES, UPLOAD_LIMITS
from formcheck.ui.server.uploads import take_in

COOKIE = "formcheck_phone"
_HERE = Path(__file__).parent
_FILES = {
    "/": ("phone.html", "text/html; charset=utf-8"),
    "/phone.js": ("phone.js", "text/javascript; charset=utf-8"),
    "/phone.css": ("phone.css", "text/css; charset=utf-8"),
}
_POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-ancestors 'none'"


def site(desk: Desk, address: str) -> Starlette:
    """The phone's server as an ASGI app.

    Parameters
    ----------
    desk : decides who is let in.
    address : the address that it answers under; requests to any other name are refused.
    """
    handlers = _Handlers(desk)
    routes = [
        *(Route(path, handlers.page, methods=["GET"]) for path in _FILES),
        Route("/enter", handlers.enter, methods=["POST"]),
        Route("/upload", handlers.upload, methods=["POST"]),
        Route("/status", handlers.status, methods=["GET"]),
        *(Route(f"/results/{{id}}/{name}", handlers.result, methods=["GET"]) for name in _SHOWN.values()),
    ]
    return Starlette(routes=routes, middleware=[Middleware(Guard, hosts=frozenset({address})), Middleware(CalmFaults)])


class _Handlers:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def page(self, request: Request) -> Response:
        name, kind = _FILES[request.url.path]
        headers = {"Cache-Control": "no-cache", "Content-Security-Policy": _POLICY}
        return FileResponse(_HERE / name, media_type=kind, headers=headers)

    async def enter(self, request: Request) -> Response:
        """Trade the one-time code for a cookie of this phone."""
        sender = request.client.host if request.client else ""
        if not is_same_origin(request.headers) or not is_private(sender):
            return refusal("open the address that the computer shows", 403)
        wait_s = self._desk.must_wait_s(sender)
        if wait_s:
            return refusal(f"Too many wrong codes. Try again in {wait_s:.0f} seconds.", 429)
        digits = re.sub(r"\D", "", await short_text(request))[: CODE_DIGITS + 1]
        token = self._desk.let_in(digits, sender)
        if token is None:
            return refusal("This code is wrong, used or too old. The computer shows the current one.", 404)
        cookie = f"{COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={PHONE_VALID_S:.0f}"
        return Response(status_code=204, headers={"Set-Cookie": cookie, "Cache-Control": "no-store"})

    async def upload(self, request: Request) -> Response:
        """Receive one clip into the workspace that showed the code."""
        phone = self._phone(request)
        if not is_same_origin(request.headers) or phone is None:
            return refusal("Enter the code from the computer first.", 403)
        return await take_in(request, phone.workspace, lambda clip: self._desk.received(phone, clip.id))

    async def status(self, request: Request) -> Response:
        """Limits, and what became of the clips that this phone sent."""
        phone = self._phone(request)
        if phone is None:
            return refusal("Enter the code from the computer first.", 403)
        clips = await to_thread.run_sync(_clips, phone)
        answer = {"limits": UPLOAD_LIMITS, "max_bytes": MAX_UPLOAD_BYTES, "clips": clips}
        return JSONResponse(answer, headers={"Cache-Control": "no-store"})

    def result(self, request: Request) -> Response:
        """The report or the video of a finished analysis of a clip that this phone sent."""
        phone, wanted = self._phone(request), request.path_params["id"]
        if phone is None or not ID.fullmatch(wanted):
            return missing()
        with open_store() as store:
            analysis = store.analysis(wanted, phone.workspace)
        if analysis is None or analysis.status != "done" or analysis.clip_id not in phone.clip_ids:
            return missing()
        path = stored_file(analysis.folder, request.url.path.rpartition("/")[2])
        return missing() if path is None else send_file(request, path)

    def _phone(self, request: Request) -> Phone | None:
        return self._desk.phone(request.cookies.get(COOKIE, ""))


def _clips(phone: Phone) -> list[dict[str, str | None]]:
    """For each clip: its name, how far it is in words, and where its report and its video lie."""
    with open_store() as store:
        clips = [clip for i in phone.clip_ids if (clip := store.clip(i, phone.workspace)) is not None]
        latest = {a.clip_id: a for a in reversed(store.analyses(phone.workspace)) if a.clip_id in phone.clip_ids}
    rows: list[dict[str, str | None]] = []
    for clip in clips:
        analysis = latest.get(clip.id)
        done = analysis if analysis is not None and analysis.status == "done" else None
        rows.append(
            {
                "name": clip.name,
                "state": _STATES[analysis.status] if analysis else "received; start the analysis on the computer",
                "percent": f"{100 * analysis.done / analysis.total:.0f}"
                if analysis and analysis.status == "running" and analysis.total
                else None,
                "error": analysis.error if analysis and analysis.error else None,
                **{what: _address(done, name) for what, name in _SHOWN.items()},
            }
        )
    return rows


def _address(done: Analysis | None, name: str) -> str | None:
    """Where the phone finds a file of a finished analysis; None where there is none."""
    return f"/results/{done.id}/{name}" if done and stored_file(done.folder, name) else None


_SHOWN = {"report": "report.html", "video": "overlay.mp4"}
"""What a phone may see of a result."""
_STATES = {
    "queued": "waiting for its turn",
    "running": "being analysed",
    "done": "finished",
    "refused": "could not be used",
    "failed": "failed",
    "cancelled": "cancelled",
}
