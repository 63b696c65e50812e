"""The server around the pages: whose work it is, files, uploads, and what happens at start and end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.middleware import Middleware

from formcheck.ui.server import files
from formcheck.ui.server.faults import keep_log, show_fault
from formcheck.ui.server.guard import Guard
from formcheck.ui.server.workspaces import WorkspaceCookie

__all__ = ["serving"]


def serving() -> dict[str, Any]:
    """What `st.App` is given beside the script: routes, middleware, start and end, and the answer to a fault."""
    return {
        "routes": files.routes(),
        "middleware": [Middleware(Guard), Middleware(WorkspaceCookie)],
        "lifespan": _lifespan,
        "on_script_error": show_fault,
    }


@asynccontextmanager
async def _lifespan(_app: object) -> AsyncIterator[None]:
    try:
        from formcheck.store import home_folder
    except ImportError:
        yield
        return
    keep_log(home_folder())
    yield
