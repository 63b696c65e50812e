"""Where the sample videos lie, and one of them by its name."""

from __future__ import annotations

from pathlib import Path

import formcheck
from formcheck.errors import InputError, UsageError

FOLDER = "sample_videos"
_DEFAULT_WORDS = ("squat", "left")


def home() -> Path:
    """Where the sample videos belong: beside the package in a checkout, inside it when installed."""
    package = Path(formcheck.__file__).parent
    checkout = package.parent
    return (checkout if (checkout / "pyproject.toml").is_file() else package) / FOLDER


def sample_folder() -> Path:
    """The folder of the sample videos, if there are any in it."""
    folder = home()
    if any(folder.glob("*.mp4")):
        return folder
    raise InputError(f"no sample videos in {folder}; render them with formcheck synth --samples")


def find_sample(name: str = "") -> Path:
    """A sample by its name, with or without `.mp4`; the left-leg squat without one."""
    videos = sorted(sample_folder().glob("*.mp4"))
    wanted = name.lower().removesuffix(".mp4").replace("-", "_")
    if not wanted:
        return next((v for v in videos if all(word in v.stem for word in _DEFAULT_WORDS)), videos[0])
    for video in videos:
        if video.stem.lower().replace("-", "_") == wanted:
            return video
    raise UsageError(f"--sample {name} is not there; choose one of {', '.join(v.stem for v in videos)}")
