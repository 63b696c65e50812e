"""The commands that keep the app's work safe: backup and restore."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

HomeOption = Annotated[
    Path | None, typer.Option("--home", metavar="DIR", help="Where the app keeps clips and results.")
]


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE.zip", help="A new file to write.", show_default=False)],
    home: HomeOption = None,
) -> None:
    """Write all that the app keeps into one zip, while it runs or not."""
    from formcheck import store

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

    done = store.restore(file, store.home_folder(home))
    typer.echo(f"Restored to {done.home}")
    if done.kept_aside is not None:
        typer.echo(f"What was there before lies in {done.kept_aside}; delete it when you no longer need it")


def add_to(app: typer.Typer) -> None:
    """Give the program these commands."""
    app.command()(backup)
    app.command()(restore)
