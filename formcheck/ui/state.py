"""What a page knows of the visit: whose work it is, which result is open, and the store."""

from __future__ import annotations

import secrets
from pathlib import Path

import streamlit as st

from formcheck import store
from formcheck.store import Store
from formcheck.ui.server.workspaces import COOKIE, is_secret, workspace_of

_SESSION_KEY = "formcheck_workspace"


def workspace() -> str:
    """Whose work this is: the name that the store knows this browser by, 32 hex digits.

    A visit without a cookie (a browser that keeps none, a test) gets one of its own that ends with the visit.
    """
    secret = secret_code()
    if secret:
        return workspace_of(secret)
    if _SESSION_KEY not in st.session_state:
        st.session_state[_SESSION_KEY] = workspace_of(secrets.token_urlsafe(32))
    return str(st.session_state[_SESSION_KEY])


def secret_code() -> str | None:
    """The browser's own secret, which opens its work in another browser; None without the cookie."""
    value = st.context.cookies.get(COOKIE, "")
    return value if isinstance(value, str) and is_secret(value) else None


def open_store() -> Store:
    """The store, for one run of a page: `with open_store() as store: ...`."""
    return store.open_store()


def home() -> Path:
    """The folder that holds everything the app keeps."""
    return store.home_folder()


def analysis_id() -> str | None:
    """The analysis named in the address (`?id=`); None when there is none."""
    return st.query_params.get("id") or None
