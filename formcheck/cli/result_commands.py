"""The commands that work on stored results: one report on several clips, and files for other programs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from formcheck.cli import options as o
from formcheck.errors import InputError, UsageError

Results = Annotated[
    list[Path], typer.Argument(metavar="RESULT...", help="Result folders, one or several.", show_default=False)
]


def report(
    results: Results,
    out: o.OutRequired,
    clinic: Annotated[str, typer.Option("--clinic", metavar="NAME", help="The clinic's name, above the report.")] = "",
    logo: Annotated[
        Path | None, typer.Option("--logo", metavar="FILE", help="Its logo: PNG, JPEG or WebP.", show_default=False)
    ] = None,
    client: Annotated[str, typer.Option("--client", metavar="NAME", help="Whom the report is on.")] = "",
    day: Annotated[
        str, typer.Option("--date", metavar="YYYY-MM-DD", help="The day of the visit. Default: today.")
    ] = "",
    blur_faces: Annotated[
        bool, typer.Option("--blur-faces", help="Make the athlete's face unrecognisable in the key frames.")
    ] = False,
) -> None:
    """One report on the clips of a visit: page one for the client, the next for the clinician."""
    from formcheck import handout
    from formcheck.report import Letterhead, read_logo

    sources = [handout.source_of(folder) for folder in results]
    head = Letterhead(clinic, read_logo(logo) if logo else b"", client, _day(day))
    with _made(out) as folder:
        made = handout.make(sources, head, folder, blur_faces=blur_faces)
    typer.echo(made.headline)
    for line in made.outcomes:
        typer.echo(f"  {line}")
    typer.echo(f"Report: {made.page.resolve().as_uri()}")
    typer.echo(f"PDF: {made.paper.resolve()}")


def export(
    result: Annotated[Path, typer.Argument(metavar="RESULT", help="A result folder.", show_default=False)],
    out: o.OutRequired,
) -> None:
    """Landmarks and angles of a result for other programs: Parquet, TRC in pixels (Sports2D, OpenSim), MOT."""
    from formcheck import exchange, handout, results

    folder = handout.source_of(result).folder
    assessment = results.read(folder)
    raw = results.read_landmarks(folder / "landmarks.csv", trusted_hips=assessment.pose.trusted_hips)
    with _made(out) as target:
        for path in exchange.write_all(target, raw, assessment):
            typer.echo(path.resolve())


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text) if text else date.today()
    except ValueError:
        raise UsageError(f"--date {text} is no day; give it as 2026-11-30") from None


@contextmanager
def _made(out: Path) -> Iterator[Path]:
    """The folder, made where it is missing; the reason in one line where the disk refuses it."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        yield out
    except OSError as error:
        raise InputError(f"{out} cannot be written ({error.strerror}); name another folder") from error


def add_to(app: typer.Typer) -> None:
    """Give the program these commands."""
    app.command()(report)
    app.command()(export)
