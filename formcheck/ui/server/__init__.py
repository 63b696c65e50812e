"""The server around the pages: whose work it is, files, uploads, phones, and what happens at start and end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from anyio import to_thread
from starlette.middleware import Middleware

from formcheck.errors import trace
from formcheck.store import home_folder
from formcheck.ui import clients_zip
from formcheck.ui.server import files, receiving, saved, transfer, uploads
from formcheck.ui.server.door import Door
from formcheck.ui.server.faults import CalmFaults, keep_log, show_fault
from formcheck.ui.server.guard import Guard, own_hosts
from formcheck.ui.server.lan.serve import phones_welcome
from formcheck.ui.server.receiving import MAX_UPLOAD_BYTES, UPLOAD_FORMATS, UPLOAD_LIMITS
from formcheck.ui.server.workspaces import WorkspaceCookie

__all__ = ["MAX_UPLOAD_BYTES", "UPLOAD_FORMATS", "UPLOAD_LIMITS", "serving"]

_FIRST_PAGE_S = 2.0
_LOG = logging.getLogger("formcheck.ui")


def serving() -> dict[str, Any]:
    """What `st.App` is given beside the script: routes, middleware, start and end, and the answer to a fault."""
    return {
        "routes": [
            *files.routes(),
            *uploads.routes(),
            *transfer.routes(),
            *clients_zip.routes(),
            *saved.routes(),
        ],
        "middleware": [
            Middleware(Guard, hosts=own_hosts()),
            Middleware(Door),
            Middleware(CalmFaults),
            Middleware(WorkspaceCookie),
        ],
        "lifespan": _lifespan,
        "on_script_error": show_fault,
    }


@asynccontextmanager
async def _lifespan(_app: object) -> AsyncIterator[None]:
    home = home_folder()
    keep_log(home)
    receiving.sweep(home)
    tasks = [asyncio.create_task(_warm()), asyncio.create_task(to_thread.run_sync(_make_good, home))]
    try:
        async with phones_welcome():
            yield
    finally:
        for task in tasks:
            task.cancel()


def _make_good(home: Path) -> None:
    """Bring corrected results up to date, should the last app have been killed; loads the engine beside the start."""
    try:
        from formcheck.ui import annotate_work

        annotate_work.refresh_all(home)
    except Exception as fault:  # noqa: BLE001 - the app runs all the same, and each result is looked at when it is opened
        _LOG.error("results after a restart: %s", trace(fault))


async def _warm() -> None:
    """Load what checks the first clip, which takes a second or two, while the first visitor looks round."""
    await asyncio.sleep(_FIRST_PAGE_S)
    await to_thread.run_sync(import_module, "formcheck.first_look")
