"""The files of a result, and the pictures of clips, for the browser that they belong to."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from formcheck import exchange
from formcheck.errors import FormcheckError, InputError
from formcheck.results import ASSESSMENT_FILE, DRAWN_FILM, read, read_landmarks
from formcheck.store import open_store
from formcheck.ui.server.answers import missing, refusal
from formcheck.ui.server.workspaces import workspace_in

ID = re.compile(r"[0-9a-f]{32}")
MEDIA_TYPES: Mapping[str, str] = {
    "overlay.mp4": "video/mp4",
    DRAWN_FILM: "video/mp4",
    "report.html": "text/html; charset=utf-8",
    "report.pdf": "application/pdf",
    "assessment.json": "application/json",
    "landmarks.csv": "text/csv; charset=utf-8",
    "angles.csv": "text/csv; charset=utf-8",
    "events.csv": "text/csv; charset=utf-8",
    "metrics.csv": "text/csv; charset=utf-8",
}
"""The result files that are handed out, by the only names that are looked at."""
KEYFRAMES = "keyframes/"
PLAYBACK = "playback.json"
LANDMARKS = "landmarks.json"
_CACHE = "private, no-cache"
"""Kept by this browser alone, and asked for anew each time (the ETag makes that cheap)."""
_KEPT_A_DAY = "private, max-age=86400"
_LIFELESS = "sandbox allow-popups; default-src 'none'; img-src data:; style-src 'unsafe-inline'; font-src data:"
"""For stored pages: no script runs, nothing is fetched, and the page is a stranger to the app."""


def routes() -> list[Route]:
    """The routes below /fc that read."""
    return [
        Route("/fc/analyses/{id}/{name:path}", result_file, methods=["GET"]),
        Route("/fc/clips/{id}/thumbnail.jpg", thumbnail, methods=["GET"]),
    ]


def result_file(request: Request) -> Response:
    """One file of a result; `?download=1` saves it under a name that tells what it is."""
    workspace, wanted = workspace_in(request), request.path_params["id"]
    if workspace is None or not ID.fullmatch(wanted):
        return missing()
    with open_store() as store:
        analysis = store.analysis(wanted, workspace)
    if analysis is None or analysis.status != "done":
        return missing()
    name = request.path_params["name"]
    if name == PLAYBACK:
        return _playback(request, analysis.folder)
    if name == LANDMARKS:
        return _landmarks(request, analysis.folder)
    if name in exchange.FILES:
        return _for_other_programs(analysis.folder, name, f"{Path(analysis.clip_name).stem}-{name}")
    path = stored_file(analysis.folder, name)
    if path is None:
        return missing()
    saved = f"{Path(analysis.clip_name).stem}-{path.name}" if request.query_params.get("download") else None
    return send_file(request, path, saved)


def thumbnail(request: Request) -> Response:
    """A small picture from the middle of a clip."""
    workspace, wanted = workspace_in(request), request.path_params["id"]
    if workspace is None or not ID.fullmatch(wanted):
        return missing()
    with open_store() as store:
        clip = store.clip(wanted, workspace)
    if clip is None or not clip.path.is_file():
        return missing()
    try:
        picture = _thumbnail(clip.path)
    except InputError:
        return missing()
    return Response(picture, media_type="image/jpeg", headers={"Cache-Control": _KEPT_A_DAY})


@lru_cache(maxsize=256)
def _thumbnail(clip: Path) -> bytes:
    from formcheck.first_look import facts, thumbnail_jpeg  # takes a second, which the start can do without

    return thumbnail_jpeg(facts(clip))


def stored_file(folder: Path, name: str) -> Path | None:
    """The path of a result file that is handed out by this name; None for every other name."""
    if name in MEDIA_TYPES:
        path = folder / next(known for known in MEDIA_TYPES if known == name)
        return path if path.is_file() else None
    if name.startswith(KEYFRAMES):
        pictures = {f"{KEYFRAMES}{path.name}": path for path in (folder / "keyframes").glob("*.png")}
        return pictures.get(name)
    return None


def send_file(request: Request, path: Path, saved_as: str | None = None) -> Response:
    """A stored file with byte ranges, an ETag that is honoured, and headers that keep it harmless."""
    kind = MEDIA_TYPES.get(path.name, "image/png")
    headers = {"Cache-Control": _CACHE, "X-Content-Type-Options": "nosniff"}
    if kind.startswith("text/html"):
        headers["Content-Security-Policy"] = _LIFELESS
    if saved_as is not None:
        headers["Content-Disposition"] = attachment(saved_as)
    response = FileResponse(path, media_type=kind, headers=headers, stat_result=path.stat())
    if response.headers["etag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers={**headers, "ETag": response.headers["etag"]})
    return response


def attachment(name: str) -> str:
    """The header that saves an answer under a name: plain letters for old readers, then the name as it is."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "_", name).strip("._") or "formcheck"
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _playback(request: Request, folder: Path) -> Response:
    from formcheck.playback import playback

    return _made_json(request, folder / ASSESSMENT_FILE, lambda: playback(read(folder)))


def _landmarks(request: Request, folder: Path) -> Response:
    from formcheck.drawings import shown_landmarks

    path = folder / "landmarks.csv"
    return _made_json(request, path, lambda: shown_landmarks(read_landmarks(path)))


def _for_other_programs(folder: Path, name: str, saved_as: str) -> Response:
    """Landmarks or angles in the format of another program, made for this answer."""
    try:
        assessment = read(folder)
        raw = read_landmarks(folder / "landmarks.csv", trusted_hips=assessment.pose.trusted_hips)
    except FormcheckError as error:
        return refusal(str(error), 422)
    with tempfile.TemporaryDirectory(prefix="formcheck-export-") as place:
        exchange.write_all(Path(place), raw, assessment)
        content = (Path(place) / name).read_bytes()
    headers = {"Cache-Control": _CACHE, "Content-Disposition": attachment(saved_as)}
    return Response(content, media_type="application/octet-stream", headers=headers)


def _made_json(request: Request, stored: Path, make: Callable[[], object]) -> Response:
    """What is made of a stored file, made anew only when the file has changed."""
    if not stored.is_file():
        return missing()
    stat = stored.stat()
    etag = f'"{stat.st_mtime_ns:x}-{stat.st_size:x}"'
    headers = {"Cache-Control": _CACHE, "ETag": etag}
    if etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    try:
        text = json.dumps(make(), allow_nan=False, separators=(",", ":"))
    except FormcheckError as error:
        return refusal(str(error), 422)
    return Response(text, media_type="application/json", headers=headers)
