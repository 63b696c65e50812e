"""Starts the app: Streamlit on this machine's own address, with nothing sent anywhere."""

from __future__ import annotations

import os
import signal
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
    "STREAMLIT_SERVER_FILE_WATCHER_TYPE": "none",
    "STREAMLIT_SERVER_SHOW_EMAIL_PROMPT": "false",
    "STREAMLIT_BROWSER_GATHER_USAGE_STATS": "false",
    "STREAMLIT_CLIENT_SHOW_ERROR_DETAILS": "none",
    "STREAMLIT_CLIENT_TOOLBAR_MODE": "viewer",
    "STREAMLIT_LOGGER_ENABLE_RICH": "false",
    "STREAMLIT_RUNNER_MAGIC_ENABLED": "false",
}
"""As variables, which win over any config file and which a Streamlit that lacks one of them passes over."""
LAN_MEANING = (
    "Phones on this network can send clips until the app ends; each needs the one-time code that the app shows.\n"
    "The connection is not encrypted: whoever listens on the same network could see the clip. Use your own Wi-Fi."
)
_ENDS_WITHIN_S = 10.0


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


def environment(port: int, *, home: Path, lan: bool) -> dict[str, str]:
    """The variables that the app runs with, beside those of this process.

    Raises
    ------
    InputError : `lan` is asked for, but there is no private network.
    """
    from formcheck.ui.network import VARIABLE, free_port, own_address

    place = ""
    if lan:
        address = own_address()
        place = f"{address}:{free_port(address, port + 1)}"
    return {**SETTINGS, "FORMCHECK_HOME": str(home), VARIABLE: place}


def launch(port: int, *, home: Path | None = None, lan: bool = False) -> int:
    """Run the app until it is stopped; gives its exit status.

    Parameters
    ----------
    port : port of this machine's own address.
    home : where the app keeps everything; the usual place when None.
    lan : let phones on this network send clips.

    Raises
    ------
    InputError : the port is taken, the folder cannot be written, or there is no private network for `lan`.
    """
    from formcheck.store import home_folder

    _check_port(port)
    folder = _writable(home_folder(home))
    own = environment(port, home=folder, lan=lan)
    print(f"formcheck runs at http://{ADDRESS}:{port} (stop with Ctrl+C)")
    print(f"Clips and results are kept in {folder}", flush=True)
    if lan:
        print(LAN_MEANING, flush=True)
    status = _run(command(port), {**os.environ, **own})
    print("formcheck has stopped; an analysis under way goes on to its end")
    return status


def _check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
        except OSError as error:
            raise InputError(f"port {port} cannot be used ({error.strerror}); choose another with --port") from error


def _writable(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise InputError(f"{folder} cannot be used ({error.strerror}); choose another folder with --home") from error
    if not os.access(folder, os.W_OK):
        raise InputError(f"{folder} cannot be written; choose another folder with --home")
    return folder.resolve()


def _run(words: list[str], variables: dict[str, str]) -> int:
    """Run a program to its end. Ctrl+C reaches it by itself; being ended is passed on; both are a good end."""
    asked_to_end = False

    def pass_on(_number: int, _frame: object) -> None:
        nonlocal asked_to_end
        asked_to_end = True
        program.terminate()

    with subprocess.Popen(words, env=variables) as program:
        before = signal.signal(signal.SIGTERM, pass_on)
        try:
            while True:
                try:
                    status = program.wait(_ENDS_WITHIN_S if asked_to_end else None)
                    return 0 if asked_to_end else status
                except KeyboardInterrupt:
                    asked_to_end = True
                except subprocess.TimeoutExpired:
                    program.kill()
        finally:
            signal.signal(signal.SIGTERM, before)
