"""What every request must pass: the right host, our own pages as the sender; and the headers of every answer."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from formcheck.ui.network import HOST_VARIABLE

HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
OWN_HEADER = "x-formcheck"
"""Our own scripts send it with the value 1; another site's cannot without asking first, which nobody answers."""
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; "
    "connect-src 'self' {streams} data: blob:; "
    "frame-ancestors 'self'; base-uri 'self'; form-action 'self'; object-src 'self'",
}
"""Nothing outside this machine is ever fetched; Streamlit's own charts need eval."""


def own_hosts() -> frozenset[str]:
    """The names under which the app answers: this machine's own, and its address where it was opened to a network."""
    return HOSTS | {address} if (address := os.environ.get(HOST_VARIABLE)) else HOSTS


def host_name(host: str) -> str:
    """The name in a Host header, without its port: `[::1]:8501` gives `::1`."""
    return urlsplit(f"//{host}").hostname or ""


def is_same_origin(headers: Headers) -> bool:
    """Whether a request that changes something comes from a page of ours.

    It must carry our own header, and the browser's word on its origin (`Origin` or `Sec-Fetch-Site`) must be ours.
    """
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if headers.get(OWN_HEADER) != "1" or (site is None and origin is None):
        return False
    if site is not None and site != "same-origin":
        return False
    return origin is None or urlsplit(origin).netloc == headers.get("host", "")


class Guard:
    """Answers only under this machine's own names, so that no other site can pass for the app; sets safe headers."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str] = HOSTS) -> None:
        self._app = app
        self._hosts = hosts
        streams = " ".join(f"ws://{host}:*" for host in sorted(hosts) if ":" not in host)
        self._headers = {name: value.format(streams=streams) for name, value in _HEADERS.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a strange host; pass everything else on."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        strange_host = host_name(headers.get("host", "")) not in self._hosts
        if strange_host or (scope["type"] == "websocket" and not _is_own_stream(headers)):
            await _refuse(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    answer.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _is_own_stream(headers: Headers) -> bool:
    """Whether a stream is asked for by a page of ours; without an origin no browser asks, so no other site does.

    Streamlit alone would also take pages of other programs on this machine, and ask the internet for its address.
    """
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host", "")


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008})
        return
    line = "formcheck answers under its own address only, as it was printed at the start\n"
    await PlainTextResponse(line, 421)(scope, receive, send)
