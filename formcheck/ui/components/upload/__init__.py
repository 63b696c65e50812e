"""Sends clips straight to the server, one after another, with progress; the page learns which have arrived."""

from __future__ import annotations

from formcheck.ui.components.loading import component

_KEY = "formcheck_upload"


def upload_clips() -> tuple[str, ...]:
    """Show the place to choose, film or drop clips; ids of the clips that have arrived since the page was opened.

    The bytes never pass through the page: the server streams them to disk.
    """
    from formcheck.ui.server.receiving import MAX_UPLOAD_BYTES, UPLOAD_FORMATS, UPLOAD_LIMITS

    data = {"limits": UPLOAD_LIMITS, "formats": UPLOAD_FORMATS, "max_bytes": MAX_UPLOAD_BYTES, "url": "/fc/uploads"}
    result = component("upload")(key=_KEY, data=data, on_arrived_change=lambda: None)
    arrived = result.arrived or ()
    return tuple(str(clip_id) for clip_id in arrived)
