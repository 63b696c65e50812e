"""Pose models: which are there, which one to use, and Google's official ones when asked for.

`download` is the one place in formcheck that opens a connection, and only when the user asks for it.
"""

from __future__ import annotations

import hashlib
import http.client
import importlib.metadata
import importlib.util
import os
import subprocess
import tempfile
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from formcheck.child import python_command
from formcheck.errors import ModelError

OFFICIAL = "https://storage.googleapis.com/mediapipe-models/pose_landmarker"
OFFICIAL_SHA256 = {
    "lite": "59929e1d1ee95287735ddd833b19cf4ac46d29bc7afddbbf6753c459690d574a",
    "full": "4eaa5eb7a98365221087693fcc286334cf0858e2eb6e15b506aa4a7ecdcec4ad",
    "heavy": "64437af838a65d18e5ba7a0d39b465540069bc8aae8308de3e318aad31fcbc7b",
}
"""Float16, revision 1, Apache-2.0, as two independent public projects pin them."""

_PARTS = {"pose_detector.tflite", "pose_landmarks_detector.tflite"}
_MAX_BYTES = 200 * 1024 * 1024
_TIMEOUT_S = 30.0
_COMPOSE_TIMEOUT_S = 120.0
_WHEEL_WEIGHTS = "modules/pose_landmark/pose_landmark_full.tflite"
_DOWNLOAD_HINT = "get one with: formcheck models --download full"


@dataclass(frozen=True)
class ModelFile:
    """A pose landmark bundle on this machine; `origin` says in plain words where it came from."""

    name: str
    path: Path
    sha256: str
    origin: str


def models_dir() -> Path:
    """Where the user's models lie: `models/` of a checkout, else the user's own data folder."""
    checkout = Path(__file__).resolve().parents[1]
    if (checkout / "pyproject.toml").is_file() and (checkout / "models").is_dir():
        return checkout / "models"
    return platformdirs.user_data_path("formcheck", appauthor=False) / "models"


def find_models(folder: str | Path | None = None) -> list[ModelFile]:
    """All usable `.task` bundles in a folder, by name; damaged ones are left out."""
    found = []
    for path in sorted(Path(folder or models_dir()).glob("*.task")):
        with suppress(ModelError):
            found.append(_model_file(path))
    return found


def resolve(model: str | Path | None = None, *, folder: str | Path | None = None) -> ModelFile:
    """The model to use: by path, by name (`lite`, `full`, `heavy`), or the one that came with mediapipe.

    A `full` in the user's folder goes before the one inside mediapipe only when it is asked for by name, or when the
    installed mediapipe carries none.

    Raises
    ------
    ModelError : there is none, or the file is no pose bundle; one line says what to do.
    """
    name = str(model or "full")
    if model is None and wheel_has_weights():
        return compose_bundle()
    if name in OFFICIAL_SHA256:
        path = Path(folder or models_dir()) / f"pose_landmarker_{name}.task"
        if path.is_file():
            return _model_file(path)
        if name == "full":
            return compose_bundle()  # refuses where the wheel carries none
        raise ModelError(f"model {name} is not in {path.parent}; get it with: formcheck models --download {name}")
    if not Path(name).is_file():
        raise ModelError(f"model {name} does not exist; give lite, full, heavy or the path of a .task file")
    return _model_file(Path(name))


def compose_bundle() -> ModelFile:
    """The "full" model inside the installed mediapipe wheel, as a bundle, composed once and kept in the user's cache.

    Raises
    ------
    ModelError : this mediapipe carries no weights, or the cache cannot be written.
    """
    if not wheel_has_weights():
        raise ModelError(f"the installed mediapipe carries no pose model; {_DOWNLOAD_HINT}")
    version = importlib.metadata.version("mediapipe")
    path = platformdirs.user_cache_path("formcheck", appauthor=False) / f"pose_full_mediapipe_{version}.task"
    if not _is_bundle(path):
        _into_place(path, _compose_into)
    origin = f"full model inside mediapipe {version} (Google, Apache-2.0)"
    return ModelFile(f"full (mediapipe {version})", path, _sha256(path), origin)


def wheel_has_weights() -> bool:
    """The installed mediapipe carries its models (up to 0.10.21), told without importing it."""
    spec = importlib.util.find_spec("mediapipe")
    roots = spec.submodule_search_locations if spec else None
    return any((Path(root) / _WHEEL_WEIGHTS).is_file() for root in roots or ())


def download(name: str, *, base_url: str = OFFICIAL, dest: str | Path | None = None) -> ModelFile:
    """Fetch one of Google's official bundles; it takes its name only when its SHA-256 is right.

    Parameters
    ----------
    name : `lite`, `full` or `heavy`.
    base_url : where `pose_landmarker_NAME/float16/1/pose_landmarker_NAME.task` lies.
    dest : folder to put it in; `models_dir()` by default.

    Raises
    ------
    ModelError : unknown name, no connection, or not the file that is expected.
    """
    if name not in OFFICIAL_SHA256:
        raise ModelError(f"there is no model {name}; choose from {', '.join(OFFICIAL_SHA256)}")
    stem = f"pose_landmarker_{name}"
    url = f"{base_url.rstrip('/')}/{stem}/float16/1/{stem}.task"
    path = Path(dest or models_dir()) / f"{stem}.task"
    _into_place(path, lambda part: _fetch(url, part, OFFICIAL_SHA256[name]))
    return _model_file(path)


def _into_place(path: Path, write: Callable[[Path], None]) -> None:
    """Have `write` fill a temporary file beside `path`, then rename it; nothing stays behind when it fails."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}.", suffix=".part")
    except OSError as error:
        raise ModelError(
            f"cannot write in {path.parent} ({error.strerror}); free some space or change its rights"
        ) from None
    os.close(handle)
    part = Path(name)
    try:
        write(part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _compose_into(part: Path) -> None:
    """Let a process of its own compose the bundle, so that mediapipe's chatter stays out of this one."""
    command = python_command("formcheck.pose.bundle", str(part))
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_COMPOSE_TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired:
        raise ModelError(f"the pose model could not be prepared within {_COMPOSE_TIMEOUT_S:.0f} s; try again") from None
    if done.returncode != 0 or not _is_bundle(part):
        last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise ModelError(f"the pose model could not be prepared ({last}); reinstall mediapipe, or {_DOWNLOAD_HINT}")


def _fetch(url: str, part: Path, sha256: str) -> None:
    """Fetch `url` into `part` and check it."""
    digest = hashlib.sha256()
    size = 0
    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT_S) as answer, part.open("wb") as file:
            while size <= _MAX_BYTES and (piece := answer.read(1 << 16)):
                size += len(piece)
                digest.update(piece)
                file.write(piece)
    except urllib.error.HTTPError as error:
        raise ModelError(f"{url} answered {error.code} {error.reason}; try again later") from None
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        raise ModelError(f"{url} could not be fetched ({reason}); check the connection and try again") from None
    if digest.hexdigest() != sha256:
        raise ModelError(
            f"{url} sent {size} bytes that are not the official model (SHA-256 {digest.hexdigest()[:12]}…, "
            f"expected {sha256[:12]}…); nothing was kept, try again"
        )


def _model_file(path: Path) -> ModelFile:
    """Describe a bundle, or refuse what is none."""
    if not _is_bundle(path):
        raise ModelError(f"{path} is no pose landmark bundle; give a pose_landmarker .task file, or {_DOWNLOAD_HINT}")
    sha256 = _sha256(path)
    official = next((name for name, known in OFFICIAL_SHA256.items() if known == sha256), None)
    if official is not None:
        return ModelFile(official, path, sha256, f"Google's official {official} model, float16/1 (Apache-2.0)")
    return ModelFile(path.stem, path, sha256, "added by the user")


def _is_bundle(path: Path) -> bool:
    """A zip that holds both parts undamaged."""
    try:
        with zipfile.ZipFile(path) as bundle:
            return set(bundle.namelist()) >= _PARTS and bundle.testzip() is None
    except (OSError, zipfile.BadZipFile):
        return False


def _sha256(path: Path) -> str:
    """SHA-256 of a file in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
