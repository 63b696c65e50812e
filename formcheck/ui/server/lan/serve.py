"""Runs the phone's server inside the app, for as long as the app runs."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn

from formcheck.errors import InputError
from formcheck.ui.network import VARIABLE, listening_socket
from formcheck.ui.server.lan.desk import DESK, Desk
from formcheck.ui.server.lan.site import site

_LOG = logging.getLogger("formcheck.ui")


class _Guest(uvicorn.Server):
    """A server inside another: it leaves the signals to its host."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def phones_welcome(desk: Desk = DESK) -> AsyncIterator[None]:
    """Let phones in while this context lasts, if the app was started so; otherwise do nothing."""
    place = os.environ.get(VARIABLE, "")
    if not place:
        yield
        return
    try:
        listener = listening_socket(place)
    except InputError as error:
        _LOG.warning("%s", error)
        desk.close(trouble=str(error))
        yield
        return
    address, port = listener.getsockname()
    config = uvicorn.Config(
        site(desk, address),
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        limit_concurrency=32,
        timeout_graceful_shutdown=1,
    )
    server = _Guest(config)
    running = asyncio.create_task(server.serve(sockets=[listener]))
    desk.open(f"http://{address}:{port}")
    try:
        yield
    finally:
        desk.close()
        server.should_exit = True
        await asyncio.wait([running], timeout=3)
        listener.close()
