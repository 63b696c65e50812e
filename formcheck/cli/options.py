"""The options that several commands share, declared once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from formcheck import request
from formcheck.types import PROTOCOLS

_PROTOCOL_HELP = f"Which test: {', '.join(PROTOCOLS)} (hyphens accepted)."

Video = Annotated[Path, typer.Argument(metavar="VIDEO", help="A phone video.", show_default=False)]
ProtocolOption = Annotated[
    str | None,
    typer.Option("--protocol", parser=request.protocol, metavar="P", help=f"{_PROTOCOL_HELP} Else recognised."),
]
ProtocolRequired = Annotated[
    str, typer.Option("--protocol", parser=request.protocol, metavar="P", help=_PROTOCOL_HELP, show_default=False)
]
LegOption = Annotated[
    str | None,
    typer.Option("--leg", parser=request.leg, metavar="left|right", help="The tested leg. Else recognised."),
]
CaptureFpsOption = Annotated[
    float | None,
    typer.Option(
        "--capture-fps",
        parser=request.capture_fps,
        metavar="F",
        help="Frames a second the camera recorded, for slow-motion exports.",
    ),
]
HeightOption = Annotated[
    float | None,
    typer.Option("--height-cm", parser=request.height_cm, metavar="H", help="Height, for lengths in cm."),
]
SpeedOption = Annotated[
    float | None,
    typer.Option("--speed-kmh", parser=request.speed_kmh, metavar="S", help="Belt speed, for step length."),
]
SexOption = Annotated[
    str | None,
    typer.Option("--sex", parser=request.sex, metavar="f|m", help="For the limits that differ by sex."),
]
ModelOption = Annotated[
    str | None,
    typer.Option("--model", metavar="full|PATH", help="Pose model: see formcheck models."),
]
WorkersOption = Annotated[
    int | None,
    typer.Option("--workers", min=1, max=256, metavar="N", help="Processes at once. Default: one a core."),
]
OutOption = Annotated[
    Path | None,
    typer.Option("--out", metavar="DIR", help="Result folder. Default: formcheck-results/NAME here."),
]
OutRequired = Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the results.", show_default=False)]
OverlayOption = Annotated[bool, typer.Option("--no-overlay", help="Leave out the overlay video (faster).")]
BlurOption = Annotated[
    bool,
    typer.Option("--blur-faces", help="Make the athlete's face unrecognisable in overlay, key frames and report."),
]
