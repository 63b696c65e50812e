"""Starts the app: Streamlit on this machine's own address, with nothing sent anywhere."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import formcheck
from formcheck.errors import InputError

ADDRESS = "127.0.0.1"
SETTINGS = {
    "STREAMLIT_SERVER_ADDRESS": ADDRESS,
    "STREAMLIT_SERVER_ALLOWED_HOSTS": f"localhost {ADDRESS}",
    "STREAMLIT_SERVER_SHOW_EMAIL_PROMPT": "false",
    "STREAMLIT_BROWSER_GATHER_USAGE_STATS": "false",
    "STREAMLIT_CLIENT_SHOW_ERROR_DETAILS": "none",
    "STREAMLIT_CLIENT_TOOLBAR_MODE": "minimal",
    "STREAMLIT_RUNNER_MAGIC_ENABLED": "false",
}
"""As variables, which win over any config file and which a Streamlit that lacks one of them passes over."""


def app_file() -> Path:
    """The app's page list: beside the package in a checkout, inside it when installed."""
    package = Path(formcheck.__file__).parent
    for place in (package.parent / "app.py", package / "ui" / "app.py"):
        if place.is_file() and (place.parent.parent == package or (place.parent / "pyproject.toml").is_file()):
            return place
    raise InputError(f"app.py is missing beside {package}; install formcheck again")


def command(port: int) -> list[str]:
    """The words that start the app on a port of this machine."""
    return [sys.executable, "-m", "streamlit", "run", str(app_file()), f"--server.port={port}"]


def launch(port: int) -> int:
    """Run the app until it is stopped; gives its exit status."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
        except OSError as error:
            raise InputError(f"port {port} cannot be used ({error.strerror}); choose another with --port") from error
    print(f"formcheck runs at http://{ADDRESS}:{port} (stop with Ctrl+C)", flush=True)
    return subprocess.run(command(port), check=False, env={**os.environ, **SETTINGS}).returncode
