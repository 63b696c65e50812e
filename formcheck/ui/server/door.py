"""The password before the whole app, where it is opened to a network: nothing passes without it, no stream either."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import time
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from formcheck.ui.network import DOOR_VARIABLE
from formcheck.ui.server.tries import Tries

COOKIE = "formcheck_door"
ENTER = "/fc/door"
OPEN_S = 12 * 3600.0
"""How long a browser that gave the password may stay; it ends earlier with the app."""
WRONG_TRIES, WAIT_S = 5, 60.0
_LONGEST_BODY = 4000
_COST = {"n": 1 << 14, "r": 8, "p": 1}
_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>formcheck</title><style>
  body {{ font: 1rem/1.5 sans-serif; max-width: 22rem; margin: 15vh auto; padding: 0 1rem; color: #172422 }}
  input, button {{ font: inherit; width: 100%; box-sizing: border-box; padding: .6rem; margin-top: .5rem }}
  button {{ background: #0f766e; color: #fff; border: 0; border-radius: .5rem }}
  [role=alert] {{ color: #a11 }}
</style><h1>formcheck</h1><form method="post" action="{enter}">
<label>Password<input type="password" name="password" autocomplete="current-password" autofocus required></label>
<button>Enter</button></form><p role="alert">{line}</p></html>
"""


def sealed(password: str, salt: bytes | None = None) -> str:
    """What the app is given instead of the password: salt and scrypt hash, from which nobody gets it back."""
    salt = secrets.token_bytes(16) if salt is None else salt
    return f"{salt.hex()}:{hashlib.scrypt(password.encode(), salt=salt, dklen=32, **_COST).hex()}"


def opens(password: str, seal: str) -> bool:
    """Whether this is the password that was sealed."""
    salt = bytes.fromhex(seal.partition(":")[0])
    return hmac.compare_digest(sealed(password, salt), seal)


class Door:
    """Lets a browser pass that gave the password, and shows everybody else where to give it.

    Without a seal there is no door: the app answers this machine alone then.
    """

    def __init__(self, app: ASGIApp, seal: str | None = None, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._app = app
        self._seal = os.environ.get(DOOR_VARIABLE, "") if seal is None else seal
        self._clock = clock
        self._inside: dict[str, float] = {}
        self._tries = Tries(WRONG_TRIES, 10 * WRONG_TRIES, WAIT_S, clock=clock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what comes from inside; answer the rest."""
        if not self._seal or scope["type"] not in ("http", "websocket") or self._is_inside(HTTPConnection(scope)):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
        else:
            request = Request(scope, receive)
            is_try = request.method == "POST" and request.url.path == ENTER
            await (await self._answer(request) if is_try else _page("", 401))(scope, receive, send)

    def _is_inside(self, connection: HTTPConnection) -> bool:
        return self._inside.get(_key(connection.cookies.get(COOKIE, "")), 0.0) > self._clock()

    async def _answer(self, request: Request) -> Response:
        sender = request.client.host if request.client else ""
        if not _from_own_page(request.headers):
            return _page("Give the password on this page.", 403)
        wait_s = self._tries.must_wait_s(sender)
        if wait_s:
            return _page(f"Too many wrong passwords. Try again in {wait_s:.0f} seconds.", 429)
        if not opens(await _password(request), self._seal):
            self._tries.wrong(sender)
            return _page("This is not the password.", 401)
        token, now = secrets.token_urlsafe(32), self._clock()
        self._inside = {key: until for key, until in self._inside.items() if until > now} | {_key(token): now + OPEN_S}
        cookie = f"{COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={OPEN_S:.0f}"
        return RedirectResponse("/", 303, {"Set-Cookie": cookie, "Cache-Control": "no-store"})


async def _password(request: Request) -> str:
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > _LONGEST_BODY:
            return ""
    return parse_qs(body.decode("utf-8", errors="replace")).get("password", [""])[0]


def _from_own_page(headers: Headers) -> bool:
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc == headers.get("host", "")


def _page(line: str, status: int) -> Response:
    return HTMLResponse(_PAGE.format(enter=ENTER, line=line), status, {"Cache-Control": "no-store"})


def _key(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
