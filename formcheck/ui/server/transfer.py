"""The route that opens the work of another browser in this one, by its secret code."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from formcheck.store import open_store
from formcheck.ui.server.answers import refusal, short_text
from formcheck.ui.server.guard import is_same_origin
from formcheck.ui.server.tries import Tries
from formcheck.ui.server.workspaces import cookie_header, is_secret, workspace_of

_TRIES = Tries(allowed=5, allowed_in_all=5, wait_s=60.0)


def routes() -> list[Route]:
    """The route below /fc that changes whose work a browser sees."""
    return [Route("/fc/workspace", enter, methods=["POST"])]


async def enter(request: Request) -> Response:
    """Take the code in the body (plain text); the cookie changes when there is work under it."""
    if not is_same_origin(request.headers):
        return refusal("only formcheck's own pages can do this", 403)
    wait_s = _TRIES.must_wait_s("")
    if wait_s:
        return refusal(f"too many wrong codes; try again in {wait_s:.0f} seconds", 429)
    code = await short_text(request)
    if not is_secret(code) or not _has_work(workspace_of(code)):
        _TRIES.wrong("")
        return refusal("there is no work under this code; copy all 43 characters from the other browser", 404)
    return Response(status_code=204, headers={"Set-Cookie": cookie_header(code), "Cache-Control": "no-store"})


def _has_work(workspace: str) -> bool:
    with open_store() as store:
        return bool(store.clips(workspace) or store.analyses(workspace, limit=1))
