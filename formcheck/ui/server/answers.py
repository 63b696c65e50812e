"""Small answers and readings that several routes share."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

_LONGEST_TEXT = 1000


def refusal(line: str, status: int) -> JSONResponse:
    """One plain line for the page to show, as `{"error": line}`."""
    return JSONResponse({"error": line}, status, {"Cache-Control": "no-store"})


def missing() -> Response:
    """The answer for what does not exist and for what belongs to somebody else alike."""
    return PlainTextResponse("Not found: it was deleted, or it belongs to another browser.\n", 404)


async def short_text(request: Request) -> str:
    """A body of some words; empty when it is longer than any that is meant."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > _LONGEST_TEXT:
            return ""
    return body.decode("ascii", errors="replace").strip()
