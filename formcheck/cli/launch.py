"""Starts the app: Streamlit on this machine's own address, with nothing sent anywhere."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import formcheck
from formcheck.cli.store_commands import new_password, unlock
from formcheck.errors import InputError, UsageError

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
    "STREAMLIT_LOGGER_LEVEL": "warning",
    "STREAMLIT_RUNNER_MAGIC_ENABLED": "false",
}
"""As variables, which win over any config file and which a Streamlit that lacks one of them passes over."""
LAN_MEANING = (
    "Phones on this network can send clips until the app ends; each needs the one-time code that the app shows.\n"
    "The connection is not encrypted: whoever listens on the same network could see the clip. Use your own Wi-Fi."
)
OPEN_MEANING = (
    "Everybody on this network who has the password can use this app and start work on this machine.\n"
    "The connection is not encrypted: whoever listens on the same network could see password and clips. Use a network\n"
    "of your own, or put a server that speaks HTTPS in front of it. A browser sees the work of its own workspace alone."
)
PASSWORD_VARIABLE = "FORMCHECK_PASSWORD"
SHORTEST_PASSWORD = 10
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


def environment(port: int, *, home: Path, lan: bool, host: str | None = None, password: str = "") -> dict[str, str]:
    """The variables that the app runs with, beside those of this process.

    Parameters
    ----------
    host, password : the address of this machine that the whole app answers at, and what it asks everybody for.

    Raises
    ------
    InputError : `lan` is asked for, but there is no private network.
    """
    from formcheck.ui.network import DOOR_VARIABLE, HOST_VARIABLE, VARIABLE, free_port, own_address

    place = ""
    if lan:
        address = own_address()
        place = f"{address}:{free_port(address, port + 1)}"
    own = {**SETTINGS, "FORMCHECK_HOME": str(home), VARIABLE: place, HOST_VARIABLE: "", DOOR_VARIABLE: ""}
    if host is None:
        return own
    from formcheck.ui.server.door import sealed

    hosts = f"{SETTINGS['STREAMLIT_SERVER_ALLOWED_HOSTS']} {host}"
    opened = {"STREAMLIT_SERVER_ADDRESS": host, "STREAMLIT_SERVER_ALLOWED_HOSTS": hosts}
    return {**own, **opened, HOST_VARIABLE: host, DOOR_VARIABLE: sealed(password)}


def asked_password() -> str:
    """The password for an app that is opened to a network: from the variable, else asked for twice.

    Raises
    ------
    UsageError : there is none, or it is too short.
    """
    password = new_password(PASSWORD_VARIABLE, "Password for the app: ")
    if len(password) < SHORTEST_PASSWORD:
        raise UsageError(
            f"--host needs a password of {SHORTEST_PASSWORD} characters or more: "
            f"type it when asked, or set {PASSWORD_VARIABLE}"
        )
    return password


def check_host(host: str) -> None:
    """Check that an address is one of this machine's on a private network.

    Raises
    ------
    UsageError : it is not; the internet is no place for it.
    """
    from formcheck.ui.network import is_private

    if not is_private(host):
        raise UsageError(f"--host {host} is not an address on a private network, such as 192.168.1.5")


def launch(port: int, *, home: Path | None = None, lan: bool = False, host: str | None = None) -> int:
    """Run the app until it is stopped; gives its exit status.

    Parameters
    ----------
    port : port of this machine's own address.
    home : where the app keeps everything; the usual place when None.
    lan : let phones on this network send clips.
    host : open the whole app at this address of a private network, behind a password.

    Raises
    ------
    UsageError : `host` is no such address, or there is no password.
    InputError : the port is taken, the folder cannot be written, or there is no private network for `lan`.
    """
    from formcheck.store import home_folder, open_store

    if host is not None:
        check_host(host)
    password = "" if host is None else asked_password()
    _check_port(port, host or ADDRESS)
    folder = _writable(home_folder(home))
    unlock(folder)
    open_store(folder).close()  # what is wrong with it is told here, not on every page
    own = environment(port, home=folder, lan=lan, host=host, password=password)
    print(f"formcheck runs at http://{host or ADDRESS}:{port} (stop with Ctrl+C)")
    print(f"Clips and results are kept in {folder}", flush=True)
    if lan:
        print(LAN_MEANING, flush=True)
    if host is not None:
        print(OPEN_MEANING, flush=True)
    inherited = {name: value for name, value in os.environ.items() if name != PASSWORD_VARIABLE}
    status = _run(command(port), {**inherited, **own})
    print("formcheck has stopped; an analysis under way goes on to its end")
    return status


def _check_port(port: int, address: str) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            raise InputError(
                f"port {port} at {address} cannot be used ({error.strerror}); choose another with --port"
            ) from error


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
        before = signal.signal(signal.SIGTERM, pass_on), signal.signal(signal.SIGINT, signal.default_int_handler)
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
            signal.signal(signal.SIGTERM, before[0])
            signal.signal(signal.SIGINT, before[1])
