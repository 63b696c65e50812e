"""A fault of our own: the visitor gets one line, the log file gets the rest."""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

import streamlit as st
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from formcheck.errors import FormcheckError, trace
from formcheck.ui.kit import literal
from formcheck.ui.server.answers import refusal

LOG_FILE = "app.log"
_LOG_BYTES = 1_000_000
_LOG = logging.getLogger("formcheck.ui")


def keep_log(home: Path) -> Path:
    """Write what goes wrong to a log in the home folder (at most 1 MB and one older); gives the file."""
    folder = home / "logs"
    handler: logging.Handler = logging.StreamHandler()
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handler = RotatingFileHandler(
            folder / LOG_FILE, maxBytes=_LOG_BYTES, backupCount=1, encoding="utf-8", delay=True
        )
    except OSError as error:
        _LOG.warning("%s cannot be written (%s); faults are told here", folder, error.strerror)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    _LOG.handlers[:] = [handler]
    _LOG.propagate = False
    logging.getLogger("streamlit.error_util").addFilter(_without_trace)
    return folder / LOG_FILE


def _without_trace(record: logging.LogRecord) -> bool:
    """Keep Streamlit from printing to the terminal what the log file gets from us."""
    return record.exc_info is None


def show_fault(error: Exception) -> bool:
    """Say in one line what went wrong, in place of Streamlit's own box; True tells it so."""
    if isinstance(error, FormcheckError):
        st.error(literal(str(error)), icon=":material/error:")
        return True
    _LOG.error("a page: %s", trace(error))
    st.error(
        "Something went wrong in formcheck itself. Load the page again; nothing that was stored is lost. "
        f"What happened is written in logs/{LOG_FILE} in formcheck's folder.",
        icon=":material/error:",
    )
    return True


class CalmFaults:
    """Answers a request that hit a fault of ours with one line; what happened goes into the log alone."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; catch what nobody else did."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def send_and_note(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, send_and_note)
        except FormcheckError as error:
            if not begun:
                await refusal(str(error), 503)(scope, receive, send)
        except Exception as error:  # noqa: BLE001 - the last stop before the wire
            _LOG.error("%s %s: %s", scope["method"], scope["path"], trace(error))
            if not begun:
                line = f"something went wrong in formcheck itself; logs/{LOG_FILE} in its folder tells what"
                await refusal(line, 500)(scope, receive, send)
