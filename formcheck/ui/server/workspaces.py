"""Whose work it is: a secret in a cookie of the browser, of which the store knows the hash alone."""

from __future__ import annotations

import hashlib
import re
import secrets

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from formcheck.ui.server.answers import missing

COOKIE = "formcheck_workspace"
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")
_KEPT_S = 400 * 24 * 3600
"""As long as browsers keep a cookie at most; every visit starts it anew."""
_NOT_PAGES = ("/_stcore/", "/static/", "/media/", "/component/", "/fc/")
_STREAMLITS_FILES = ("/media/", "/_stcore/upload_file/")
"""Streamlit itself would answer there without a secret."""
_COME_AGAIN = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="0">'
    "<title>formcheck</title><p>Opening formcheck …</p></html>"
)


def new_secret() -> str:
    """A fresh secret of 256 bits, 43 characters that fit a cookie."""
    return secrets.token_urlsafe(32)


def is_secret(text: str) -> bool:
    """Whether a text could be a secret by its form."""
    return _SECRET.fullmatch(text) is not None


def workspace_of(secret: str) -> str:
    """The name under which the store keeps the work of who holds this secret: 32 hex digits."""
    return hashlib.sha256(secret.encode("ascii")).hexdigest()[:32]


def secret_in(connection: HTTPConnection) -> str | None:
    """The secret that a request carries, if it has the form of one."""
    value = connection.cookies.get(COOKIE, "")
    return value if is_secret(value) else None


def workspace_in(connection: HTTPConnection) -> str | None:
    """Whose work a request may see; None for a request without a secret."""
    secret = secret_in(connection)
    return workspace_of(secret) if secret else None


def cookie_header(secret: str) -> str:
    """The Set-Cookie value that gives a browser its secret; no script can read it and no other site send it."""
    return f"{COOKIE}={secret}; Path=/; HttpOnly; SameSite=Strict; Max-Age={_KEPT_S}"


class WorkspaceCookie:
    """Gives a browser its secret with the first page, starts its time anew with every later one, and asks for it.

    A browser that follows a link from another site leaves the strict cookie out. It is asked to come again from this
    page itself: a new secret would lock it out of its own work.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, adding the cookie to the answer when it is a page."""
        if scope["type"] != "http" or scope["path"].startswith(_NOT_PAGES):
            is_stranger = scope["type"] == "http" and _is_strangers(scope)
            await (missing() if is_stranger else self._app)(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        secret = secret_in(connection)
        if secret is None and connection.headers.get("sec-fetch-site") == "cross-site":
            await HTMLResponse(_COME_AGAIN, headers={"Cache-Control": "no-store"})(scope, receive, send)
            return
        header = cookie_header(secret or new_secret())

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] < 400:
                MutableHeaders(scope=message).append("set-cookie", header)
            await send(message)

        await self._app(scope, receive, send_with_cookie)


def _is_strangers(scope: Scope) -> bool:
    """Whether a request for Streamlit's files comes without a secret."""
    return scope["path"].startswith(_STREAMLITS_FILES) and secret_in(HTTPConnection(scope)) is None
