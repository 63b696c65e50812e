"""The report that is handed over: made of stored results, one or several, for a client and in a clinic's name.

The key frames are those of the results. Where the face is to be blurred it is covered in them anew; drawings are
painted on the key frames that they belong to, and frames with drawings that are no key frames join them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from formcheck import drawings, results
from formcheck.errors import InputError
from formcheck.results import KeyPicture
from formcheck.results.pictures import KEY_FRAMES
from formcheck.scaling import LONG_SIDE_PX, scaled_pose, working_scale
from formcheck.types import Assessment, PoseSequence
from formcheck.wording import clock

if TYPE_CHECKING:
    from formcheck.overlay.faces import FaceBlur
    from formcheck.report import Letterhead, Part, Picture

MOST_DRAWN = 6
"""So many frames with drawings, beside the key frames, go into a report."""
_MARGIN = 0.06
"""Room around the athlete in such a frame, as a share of the picture's height."""
Rgb = NDArray[np.uint8]


@dataclass(frozen=True)
class Source:
    """A stored result that goes into a report; `video` is its clip where it was kept, for frames with drawings."""

    folder: Path
    drawn: tuple[drawings.Placed, ...] = ()
    video: Path | None = None


@dataclass(frozen=True)
class Handout:
    """A report that was written: its headline, a line a test where there are several, and its two files."""

    headline: str
    outcomes: tuple[str, ...]
    page: Path
    paper: Path


def make(sources: Sequence[Source], letterhead: Letterhead, folder: Path, *, blur_faces: bool = False) -> Handout:
    """Write `report.html` and `report.pdf` on stored results into a folder that exists.

    Raises
    ------
    FormcheckError : a result cannot be read, or there are too many for one report.
    """
    from formcheck import report

    parts = [part_of(source, blur_faces=blur_faces) for source in sources]
    whole = report.report_of(parts, letterhead)
    page, paper = folder / "report.html", folder / "report.pdf"
    page.write_text(report.html_page(whole), encoding="utf-8")
    report.write_pdf(whole, paper)
    outcomes = tuple(f"{one.symbol} {one.label}: {one.text}" for one in whole.outcomes)
    return Handout(whole.headline, outcomes, page, paper)


def part_of(source: Source, *, blur_faces: bool = False) -> Part:
    """A stored result with its key frames as they go into the report.

    Raises
    ------
    InputError : the folder holds no result, or it is damaged.
    """
    from formcheck.overlay.faces import FaceBlur
    from formcheck.report import Part

    assessment = results.read(source.folder)
    raw = results.read_landmarks(source.folder / "landmarks.csv")
    scale = working_scale(assessment.video.width_px, assessment.video.height_px)
    small = scaled_pose(raw, scale)
    kept = results.read_key_pictures(source.folder)
    # whoever chose once that no face shows is not asked again
    blur = FaceBlur(small) if blur_faces or results.faces_covered(source.folder) else None
    shown = [picture for one in kept if (picture := _picture(source, one, blur)) is not None]
    missing = _without_key_frame(source.drawn, [one.frame for one in kept if one.frame is not None])
    return Part(assessment, (*shown, *_drawn_frames(source, assessment, small, missing, blur)))


def _picture(source: Source, key: KeyPicture, blur: FaceBlur | None) -> Picture | None:
    """A stored key frame; None where its face should be covered and nobody knows where in it that is."""
    from PIL import Image

    from formcheck.report import Picture

    with Image.open(source.folder / KEY_FRAMES / key.file) as image:
        rgb: Rgb = np.array(image.convert("RGB"))
    if key.corner_px is None or key.frame is None:
        return None if blur is not None else Picture(key.title, key.caption, rgb, key.metric_id)
    x, y = key.corner_px
    if blur is not None:
        rgb = blur.cover(key.frame).of(rgb, offset_px=(x * key.scale, y * key.scale))
    here = [_moved(drawing, x, y) for drawing in drawings.on_frame(source.drawn, key.frame)]
    rgb = drawings.paint(rgb, here, scale=key.scale)
    return Picture(key.title, key.caption, rgb, key.metric_id)


def _moved(drawing: drawings.Drawing, x: float, y: float) -> drawings.Drawing:
    """A drawing in the pixels of a part of the picture, whose corner lies at (x, y)."""
    return replace(drawing, points=tuple((px - x, py - y) for px, py in drawing.points))


def _without_key_frame(drawn: Sequence[drawings.Placed], frames: Sequence[int]) -> list[int]:
    """First frames of the drawings that no key frame shows."""
    alone = [one.first for one in drawn if not any(one.first <= frame <= one.last for frame in frames)]
    return sorted(set(alone))[:MOST_DRAWN]


def _drawn_frames(
    source: Source, assessment: Assessment, small: PoseSequence, wanted: Sequence[int], blur: FaceBlur | None
) -> Iterator[Picture]:
    """Frames with drawings that are no key frames, from the clip itself; none where it was not kept."""
    from formcheck import capture
    from formcheck.overlay import athlete_box
    from formcheck.report import Picture

    if not wanted or source.video is None or not source.video.is_file():
        return
    scale = working_scale(assessment.video.width_px, assessment.video.height_px)
    first, last = wanted[0], wanted[-1]
    for frame in capture.read_frames(
        source.video, assessment.video, start=first, stop=last + 1, long_side_px=LONG_SIDE_PX
    ):
        if frame.index not in wanted:
            continue
        shown = blur(frame) if blur is not None else frame
        height, width = shown.rgb.shape[:2]
        rows, columns = athlete_box(small.xy_px[frame.index], (width, height), margin_px=_MARGIN * height)
        here = drawings.on_frame(source.drawn, frame.index)
        moved = [_moved(drawing, columns.start / scale, rows.start / scale) for drawing in here]
        rgb = drawings.paint(np.ascontiguousarray(shown.rgb[rows, columns]), moved, scale=scale)
        yield Picture(f"Drawn by hand, at {clock(frame.time_s)}", "", rgb)


def source_of(folder: Path) -> Source:
    """A result folder as a source.

    Raises
    ------
    InputError : it is none.
    """
    if not (folder / results.ASSESSMENT_FILE).is_file():
        raise InputError(f"{folder} is no result folder; give one that formcheck analyse, assess or batch has written")
    return Source(folder)
