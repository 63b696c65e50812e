"""The route that receives a clip from one of our own pages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from anyio import to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from formcheck.errors import FormcheckError
from formcheck.store import Clip, home_folder
from formcheck.ui.server import receiving
from formcheck.ui.server.answers import refusal
from formcheck.ui.server.guard import is_same_origin
from formcheck.ui.server.workspaces import workspace_in

MOST_AT_ONCE = 4
_under_way: Counter[str] = Counter()
_STATUSES: tuple[tuple[type[FormcheckError], int], ...] = (
    (receiving.TooLargeError, 413),
    (receiving.DiskFullError, 507),
    (FormcheckError, 422),
)


def routes() -> list[Route]:
    """The route below /fc that takes clips."""
    return [Route("/fc/uploads", upload, methods=["POST"])]


async def upload(request: Request) -> Response:
    """Receive the body as one clip: `POST /fc/uploads?name=run.mp4` gives its id, name and size.

    The page sends `X-Formcheck: 1`. An error comes as `{"error": line}`.
    """
    if not is_same_origin(request.headers):
        return refusal("only formcheck's own pages can send clips", 403)
    workspace = workspace_in(request)
    if workspace is None:
        return refusal("the browser keeps no cookies, and formcheck needs one to know whose clip it is", 403)
    return await take_in(request, workspace)


async def take_in(request: Request, workspace: str, arrived: Callable[[Clip], None] | None = None) -> Response:
    """Stream a request's body into the store as a clip of this workspace; `arrived` hears of it first."""
    if _under_way[workspace] >= MOST_AT_ONCE:
        return refusal(f"{MOST_AT_ONCE} clips are on their way already; send this one when they have arrived", 429)
    name = receiving.shown_name(request.query_params.get("name", ""))
    said = request.headers.get("content-length", "")
    home = home_folder()
    _under_way[workspace] += 1
    try:
        part = await receiving.receive(request.stream(), home, expected_bytes=int(said) if said.isdecimal() else None)
        size = part.stat().st_size
        clip = await to_thread.run_sync(receiving.keep, part, workspace, name, home)
    except ClientDisconnect:
        return Response(status_code=499)
    except FormcheckError as error:
        return refusal(str(error), next(code for kind, code in _STATUSES if isinstance(error, kind)))
    finally:
        _under_way[workspace] -= 1
    if arrived is not None:
        arrived(clip)
    return JSONResponse({"clip_id": clip.id, "name": clip.name, "bytes": size}, 201, {"Cache-Control": "no-store"})
