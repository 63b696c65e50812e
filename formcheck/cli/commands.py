"""The commands, each a few lines around the engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from formcheck import __version__
from formcheck.cli import options as o
from formcheck.cli import result_commands, store_commands
from formcheck.cli.progress import progress_bar
from formcheck.errors import InputError, ModelError, UsageError

if TYPE_CHECKING:
    from formcheck.models import ModelFile
    from formcheck.types import Assessment

app = typer.Typer(
    name="formcheck",
    help="Running form from phone video, for runner's knee and return to running. Works on this machine alone.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


SOME_FAILED = 4
"""Exit status of a batch of which some clips could not be used."""


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"formcheck {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Running form from phone video, for runner's knee and return to running."""


@app.command()
def demo(
    sample: Annotated[str, typer.Option("--sample", metavar="NAME", help="Which of the sample videos.")] = "",
    out: o.OutOption = None,
    workers: o.WorkersOption = None,
) -> None:
    """Analyse a sample video and print the findings and where the report lies."""
    from formcheck.samples import find_sample

    _analyse(find_sample(sample), out, workers=workers)


@app.command()
def analyse(
    video: o.Video,
    protocol: o.ProtocolOption = None,
    leg: o.LegOption = None,
    capture_fps: o.CaptureFpsOption = None,
    height_cm: o.HeightOption = None,
    speed_kmh: o.SpeedOption = None,
    sex: o.SexOption = None,
    model: o.ModelOption = None,
    workers: o.WorkersOption = None,
    out: o.OutOption = None,
    no_overlay: o.OverlayOption = False,
    blur_faces: o.BlurOption = False,
) -> None:
    """Analyse one video: overlay, report, tables and a verdict in one result folder."""
    _analyse(
        video,
        out,
        protocol=protocol,
        leg=leg,
        capture_fps=capture_fps,
        height_cm=height_cm,
        speed_kmh=speed_kmh,
        sex=sex,
        model=model,
        workers=workers,
        overlay=not no_overlay,
        blur_faces=blur_faces,
    )


def _analyse(video: Path, out: Path | None, **settings: Any) -> None:  # noqa: ANN401
    from formcheck import analysis

    _to_result(analysis.analyse, video, out, video.stem, **settings)


def _to_result(
    engine: Callable[..., Assessment],
    source: Path,
    out: Path | None,
    stem: str,
    **settings: Any,  # noqa: ANN401
) -> None:
    """Run the engine on a file and print what it found and where the result lies."""
    from formcheck.capture.probing import sha256
    from formcheck.capture.source import check_file
    from formcheck.cli.show import default_out, places, summary

    given = check_file(source)
    target = out or default_out(stem, lambda: sha256(given))
    with progress_bar() as progress:
        assessment = engine(source, target, progress=progress, **settings)
    typer.echo(summary(assessment))
    typer.echo(places(target))


@app.command()
def assess(
    landmarks: Annotated[Path, typer.Argument(metavar="LANDMARKS.csv", help="A landmark file.", show_default=False)],
    protocol: o.ProtocolRequired,
    leg: o.LegOption = None,
    capture_fps: o.CaptureFpsOption = None,
    height_cm: o.HeightOption = None,
    speed_kmh: o.SpeedOption = None,
    sex: o.SexOption = None,
    trusted_hips: Annotated[
        bool, typer.Option("--trusted-hips", help="The hip points are true joint centres (marker systems).")
    ] = False,
    out: o.OutOption = None,
) -> None:
    """Score a landmark file: no video, no pose model."""
    from formcheck import analysis

    _to_result(
        analysis.assess_file,
        landmarks,
        out,
        f"{landmarks.resolve().parent.name}-assessed" if landmarks.name == "landmarks.csv" else landmarks.stem,
        protocol=protocol,
        leg=leg,
        capture_fps=capture_fps,
        height_cm=height_cm,
        speed_kmh=speed_kmh,
        sex=sex,
        trusted_hips=trusted_hips,
    )


@app.command()
def batch(
    source: Annotated[
        Path, typer.Argument(metavar="FOLDER_OR_MANIFEST", help="A folder, or a CSV file.", show_default=False)
    ],
    out: o.OutRequired,
    workers: o.WorkersOption = None,
    scheduler: Annotated[
        str | None, typer.Option("--scheduler", metavar="ADDRESS", help="An existing Dask cluster.")
    ] = None,
    blur_faces: o.BlurOption = False,
) -> None:
    """Analyse many videos; run it again to go on where it stopped. Exit status 4: some could not be used."""
    from formcheck import batch as engine

    jobs = engine.plan(source, out, blur_faces=blur_faces)
    with progress_bar() as progress:
        rows = engine.run(jobs, out, workers=workers, scheduler=scheduler, progress=progress)
    failed = [row for row in rows if row.status == "failed"]
    skipped = sum(row.status == "skipped" for row in rows)
    typer.echo(f"{len(rows) - len(failed) - skipped} analysed, {skipped} done before, {len(failed)} could not be used")
    for row in failed:
        typer.echo(f"  {row.error}" if row.video.name in row.error else f"  {row.video}: {row.error}")
    typer.echo(f"Summary: {(out / 'summary.html').resolve()}, and beside it summary.csv and summary.parquet")
    if failed:
        raise typer.Exit(SOME_FAILED)


@app.command(name="app")
def start_app(
    port: Annotated[int, typer.Option("--port", min=1, max=65535, metavar="N", help="Port on this machine.")] = 8501,
    home: Annotated[
        Path | None, typer.Option("--home", metavar="DIR", help="Where the app keeps clips and results.")
    ] = None,
    lan: Annotated[
        bool, typer.Option("--lan", help="Let phones on this network send clips, with a one-time code.")
    ] = False,
    host: Annotated[
        str | None,
        typer.Option("--host", metavar="ADDRESS", help="Open the whole app to this network, behind a password."),
    ] = None,
) -> None:
    """Start the app in the browser, on this machine only."""
    from formcheck.cli.launch import launch

    raise typer.Exit(launch(port, home=home, lan=lan, host=host))


@app.command()
def synth(
    scenario: Annotated[
        str,
        typer.Argument(metavar="SCENARIO", help="A sample's name, or a JSON file of a scenario.", show_default=False),
    ] = "",
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Folder for video and truth.")] = None,
    samples: Annotated[bool, typer.Option("--samples", help="Render all sample videos again.")] = False,
) -> None:
    """Render a synthetic athlete: video and its truth."""
    if bool(scenario) == samples:
        raise UsageError("synth needs one scenario, or --samples for all of the sample videos")
    if out is None and not samples:
        raise UsageError("synth needs --out DIR, the folder for the video and its truth")
    from formcheck.samples import home
    from formcheck.synthetic import samples as engine

    with progress_bar() as progress, _writable(out or home()) as folder:
        made = engine.regenerate(folder, progress) if samples else engine.synth(scenario, folder, progress)
    for path in made:
        typer.echo(path.resolve())


@contextmanager
def _writable(folder: Path) -> Iterator[Path]:
    """The folder, with the reason in one line where the disk refuses it."""
    try:
        yield folder
    except OSError as error:
        raise InputError(f"{folder} cannot be written ({error.strerror}); name another folder") from error


@app.command()
def benchmark(
    what: Annotated[str, typer.Argument(metavar="accuracy|speed", help="What to measure.", show_default=False)],
    part: Annotated[str, typer.Option("--part", metavar="I/N", help="Only this part of the clips.")] = "1/1",
    limit: Annotated[int | None, typer.Option("--limit", min=1, metavar="N", help="Only the first clips.")] = None,
    ready: Annotated[bool, typer.Option("--ready", help="Only clips that were made before.")] = False,
    develop: Annotated[bool, typer.Option("--develop", help="The athletes used to develop and to fit.")] = False,
    cache: Annotated[Path | None, typer.Option("--cache", metavar="DIR", help="Where clips are kept.")] = None,
    docs: Annotated[
        Path | None, typer.Option("--docs", metavar="DIR", help="Renew accuracy.md and its plots in this folder.")
    ] = None,
    write_errors: Annotated[
        bool, typer.Option("--write-errors", help="Renew the measurement errors, from the development athletes.")
    ] = False,
) -> None:
    """Measure formcheck and print the table that the README quotes; the options are for accuracy."""
    from formcheck.benchmark import table

    settings: dict[str, Any] = {}
    if what == "accuracy":
        from formcheck.benchmark.accuracy import Settings, part_from

        split: Literal["develop", "report"] = "develop" if develop else "report"
        settings["settings"] = Settings(split, part_from(part), limit, ready, cache, docs, write_errors)
    with progress_bar() as progress:
        text = table(what, progress=progress, **settings)
    typer.echo(text)


@app.command()
def models(
    download: Annotated[
        str | None,
        typer.Option(
            "--download", metavar="full|lite|heavy", help="Fetch Google's official model (the only download)."
        ),
    ] = None,
) -> None:
    """List the pose models on this machine; with --download, fetch one."""
    from formcheck import models as engine

    if download is not None:
        typer.echo(f"Downloading {download} from {engine.OFFICIAL}")
        model = engine.download(download)
        typer.echo(f"{model.path}: {model.origin}, checked; use it with --model {model.name}")
        return
    typer.echo(f"Yours lie in {engine.models_dir()}")
    for model in _models_here():
        typer.echo(f"{model.name}: {model.origin}\n  {model.path}\n  SHA-256 {model.sha256}")


def _models_here() -> list[ModelFile]:
    """The one inside mediapipe, where this mediapipe carries one, and the user's."""
    from formcheck import models as engine

    try:
        return [engine.compose_bundle(), *engine.find_models()]
    except ModelError as error:
        typer.echo(str(error), err=True)
        return engine.find_models()


@app.command()
def criteria(
    markdown: Annotated[bool, typer.Option("--markdown", help="As the table of docs/criteria.md.")] = False,
) -> None:
    """Print the criteria in force, each with its source."""
    from formcheck import criteria_text
    from formcheck.criteria import load

    in_force = load()
    typer.echo(criteria_text.markdown(in_force) if markdown else criteria_text.plain(in_force))


result_commands.add_to(app)
store_commands.add_to(app)
