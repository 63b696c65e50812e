"""What a page has made for saving: handed out as an attachment, to the browser that it was made for and no other.

Streamlit's own download buttons would give it to anybody who knows its address.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from formcheck.ui.server.answers import missing
from formcheck.ui.server.files import attachment
from formcheck.ui.server.workspaces import workspace_in

MOST_BYTES = 200_000_000
"""Held in memory for all browsers together; what was offered longest ago goes first, and comes again with its page."""
_KEY = secrets.token_bytes(32)
_offered: OrderedDict[str, tuple[str, Savable]] = OrderedDict()
_lock = Lock()


@dataclass(frozen=True)
class Savable:
    """Something that can be saved: the words of its link, its file name and media type."""

    words: str
    name: str
    kind: str
    content: bytes


def offer(workspace: str, thing: Savable) -> str:
    """Where this browser finds it; the same thing has the same address for as long as the app runs."""
    told = b"\0".join([workspace.encode(), thing.name.encode(), thing.content])
    made = hmac.new(_KEY, told, hashlib.sha256).hexdigest()[:32]
    with _lock:
        _offered[made] = (workspace, thing)
        _offered.move_to_end(made)
        while len(_offered) > 1 and sum(len(one.content) for _, one in _offered.values()) > MOST_BYTES:
            _offered.popitem(last=False)
    return f"/fc/saved/{made}"


def routes() -> list[Route]:
    """The route that hands out what was offered."""
    return [Route("/fc/saved/{id}", fetch, methods=["GET"])]


def fetch(request: Request) -> Response:
    """What was offered to this browser under this address."""
    with _lock:
        offered = _offered.get(request.path_params["id"])
    if offered is None or offered[0] != workspace_in(request):
        return missing()
    _, thing = offered
    headers = {
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "Content-Disposition": attachment(thing.name),
    }
    return Response(thing.content, media_type=thing.kind, headers=headers)
