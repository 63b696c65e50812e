"""A client as a zip, packed in the background and fetched once by the browser that it belongs to.

The zip lies in the store's inbox, is gone an hour later, when another is packed, or when the app ends; should the app
be killed, the store removes it when it is next opened.
"""

from __future__ import annotations

import atexit
import shutil
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from formcheck.errors import FormcheckError
from formcheck.store import open_store
from formcheck.ui.server.answers import missing
from formcheck.ui.server.workspaces import workspace_in

KEPT_S = 3600.0


@dataclass
class Packing:
    """A zip being packed or ready. `state` and `error` are written by its own thread alone."""

    id: str
    workspace: str
    client_id: str | None
    path: Path
    state: Literal["packing", "ready", "failed"] = "packing"
    error: str = ""
    put_away: threading.Event = field(default_factory=threading.Event)

    @property
    def address(self) -> str:
        """Where the browser fetches it."""
        return f"/fc/exports/{self.id}"

    @property
    def bytes(self) -> int:
        """How much is written so far."""
        try:
            return sum(file.stat().st_size for file in self.path.parent.iterdir() if file.is_file())
        except OSError:
            return 0


_packings: dict[str, Packing] = {}


def pack(home: Path, workspace: str, client_id: str | None, *, videos: bool) -> Packing:
    """Start packing a client; an earlier zip of this workspace is put away."""
    for earlier in [p for p in _packings.values() if p.workspace == workspace]:
        put_away(earlier)
    made = uuid4().hex
    # Nobody's name: the file is named in the list of copies and lies in the downloads.
    name = f"formcheck-client-{time.strftime('%Y-%m-%d-%H%M%S')}.zip"
    packing = Packing(made, workspace, client_id, home / "inbox" / made / name)
    _packings[made] = packing
    threading.Thread(target=_run, args=(packing, home, videos), daemon=True, name="export").start()
    return packing


def put_away(packing: Packing) -> None:
    """Forget a zip and remove its file."""
    _packings.pop(packing.id, None)
    packing.put_away.set()
    if packing.state == "ready":
        shutil.rmtree(packing.path.parent, ignore_errors=True)


def packing_of(workspace: str, client_id: str | None) -> Packing | None:
    """The zip of a client that this browser asked for last, if it is still there."""
    known = (p for p in _packings.values() if (p.workspace, p.client_id) == (workspace, client_id))
    return next(known, None)


def _run(packing: Packing, home: Path, videos: bool) -> None:
    folder = packing.path.parent
    try:
        with open_store(home) as store, store.unfinished(folder):
            folder.mkdir(mode=0o700)
            store.export_client(packing.client_id, packing.workspace, packing.path, videos=videos)
            packing.state = "ready"
            packing.put_away.wait(KEPT_S)
            _packings.pop(packing.id, None)
            shutil.rmtree(folder, ignore_errors=True)
    except FormcheckError as error:
        packing.error, packing.state = str(error), "failed"
    except OSError as error:
        packing.error, packing.state = f"the zip cannot be written ({error.strerror}); free space", "failed"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def routes() -> list[Route]:
    """The route that hands a zip out."""
    return [Route("/fc/exports/{id}", fetch, methods=["GET"])]


def fetch(request: Request) -> Response:
    """A packed zip, for the browser that it belongs to."""
    packing = _packings.get(request.path_params["id"])
    if packing is None or packing.workspace != workspace_in(request) or packing.state != "ready":
        return missing()
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return FileResponse(packing.path, media_type="application/zip", filename=packing.path.name, headers=headers)


@atexit.register
def _tidy() -> None:
    for packing in list(_packings.values()):
        put_away(packing)
