"""The font of everything drawn: DejaVu Sans, which comes with matplotlib and has °, ≥, − and ✓."""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path


@lru_cache(maxsize=2)
def font_path(*, bold: bool = False) -> Path:
    """Where DejaVu Sans lies; found without importing matplotlib, which takes half a second."""
    spec = find_spec("matplotlib")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("matplotlib is not installed, whose fonts are used")
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return Path(spec.submodule_search_locations[0]) / "mpl-data" / "fonts" / "ttf" / name
