"""The commands that keep the app's work safe: backup, restore, encrypt and decrypt."""

from __future__ import annotations

import os
import sys
from getpass import getpass
from pathlib import Path
from typing import Annotated

import typer

from formcheck.errors import UsageError

PASSWORD_VARIABLE = "FORMCHECK_NEW_STORE_PASSWORD"
"""The new password, for `encrypt` without somebody to ask."""

HomeOption = Annotated[
    Path | None, typer.Option("--home", metavar="DIR", help="Where the app keeps clips and results.")
]


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE.zip", help="A new file to write.", show_default=False)],
    home: HomeOption = None,
) -> None:
    """Write all that the app keeps into one zip, while it runs or not."""
    from formcheck import store

    unlock(store.home_folder(home))
    made = store.backup(store.home_folder(home), file)
    typer.echo(f"{made.analyses} results and {made.clips} videos, {made.bytes / 1e6:.1f} MB: {file.resolve()}")
    for name in made.missing:
        typer.echo(f"  not on the disk, so not in the backup: {name}", err=True)


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE.zip", help="A backup of formcheck.", show_default=False)],
    home: HomeOption = None,
) -> None:
    """Bring a backup back; what is there now is kept aside, in a folder beside it."""
    from formcheck import store

    unlock(store.home_folder(home))
    done = store.restore(file, store.home_folder(home))
    typer.echo(f"Restored to {done.home}")
    if done.kept_aside is not None:
        typer.echo(f"What was there before lies in {done.kept_aside}; delete it when you no longer need it")


def encrypt(home: HomeOption = None) -> None:
    """Encrypt names, notes and records in the store with a password; close the app first."""
    from formcheck import store

    folder = store.home_folder(home)
    path = store.encrypt(folder, new_password(PASSWORD_VARIABLE, "Password for the store: "))
    typer.echo(f"{path} is encrypted. Without its password nobody opens it again, you included.")
    typer.echo("Clips, results and reports beside it are not: keep the whole folder on an encrypted disk for that.")


def decrypt(home: HomeOption = None) -> None:
    """Write the store in plain again; close the app first."""
    from formcheck import store

    folder = store.home_folder(home)
    unlock(folder)
    typer.echo(f"{store.decrypt(folder, os.environ.get(store.PASSWORD_VARIABLE, ''))} is not encrypted any more")


def unlock(home: Path) -> None:
    """Ask for the password of an encrypted store where it is not in the environment and somebody can answer."""
    from formcheck import store

    name = store.PASSWORD_VARIABLE
    if not os.environ.get(name) and store.is_encrypted(home / store.DATABASE) and sys.stdin.isatty():
        os.environ[name] = getpass("Password of the store: ")


def new_password(variable: str, question: str) -> str:
    """A new password: from the variable, else asked for twice; empty where nobody can be asked.

    Raises
    ------
    UsageError : the two differ.
    """
    password = os.environ.get(variable, "")
    if not password and sys.stdin.isatty():
        password = getpass(question)
        if getpass("Once more: ") != password:
            raise UsageError("the two passwords differ; start again")
    return password


def add_to(app: typer.Typer) -> None:
    """Give the program these commands."""
    app.command()(backup)
    app.command()(restore)
    app.command()(encrypt)
    app.command()(decrypt)
