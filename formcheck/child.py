"""Starts a module of formcheck in a fresh Python process of its own."""

from __future__ import annotations

import json
import sys

_BOOT = (
    "import sys, json, runpy; sys.path[:] = json.loads(sys.argv[1]); "
    "name = sys.argv[2]; sys.argv[:] = sys.argv[2:]; runpy.run_module(name, run_name='__main__')"
)


def python_command(module: str, *arguments: str) -> list[str]:
    """Command line that runs `module` as this process would import it.

    Isolated mode keeps the working folder and the user's settings out until this process' own search path is set, so
    that a stray `random.py` beside a video is never run, and nobody's `__main__` is imported a second time.
    """
    return [sys.executable, "-I", "-c", _BOOT, json.dumps(sys.path), module, *arguments]
