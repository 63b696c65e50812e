"""Fills a result folder with what a person looks at: overlay video, key frames, report pages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from formcheck.overlay_film import write_overlay_film
from formcheck.results import KeyPicture, note_faces_covered, write_key_pictures
from formcheck.scaling import LONG_SIDE_PX, scaled_pose, working_scale
from formcheck.types import Assessment, Frame, Progress

if TYPE_CHECKING:
    from formcheck.drawings import Placed
    from formcheck.overlay import KeyFrame
    from formcheck.overlay.faces import FaceBlur
    from formcheck.overlay.text import Image8
    from formcheck.report import Picture
    from formcheck.workers import Workers

_Item = TypeVar("_Item")
_PRESET = "superfast"
"""The encoder's: a third less work than its next one, and files of twice the size."""


def write_pictures_and_report(
    assessment: Assessment,
    video: Path,
    folder: Path,
    *,
    overlay: bool = True,
    blur_faces: bool = False,
    hands: Workers | None = None,
    progress: Progress | None = None,
) -> None:
    """Write overlay.mp4, keyframes/*.png and the report from one pass over the video's frames.

    Parameters
    ----------
    video : the file that `assessment` was made from.
    folder : where to write; it must exist.
    overlay : False leaves out the overlay video.
    blur_faces : make the athlete's face unrecognisable in all of them.
    hands : processes that draw (`overlay_film.drawing_hands`); without them this one does.
    """
    from formcheck.overlay import key_frames
    from formcheck.overlay.faces import FaceBlur

    scale = working_scale(assessment.video.width_px, assessment.video.height_px)
    small = replace(assessment, pose=scaled_pose(assessment.pose, scale))
    keys = key_frames(small)
    wanted = frozenset(key.frame_index for key in keys)
    blur = FaceBlur(small.pose) if blur_faces else None
    if overlay:
        film = folder / "overlay.mp4"
        kept = write_overlay_film(small, video, film, blur=blur, keep=wanted, hands=hands, progress=progress)
    else:
        kept = {index: frame for index in wanted for frame in _frames(video, small, blur, start=index, stop=index + 1)}
    pictures = _pictures(small, keys, kept, folder / "keyframes", scale=scale)
    if blur_faces:
        note_faces_covered(folder)
    write_report(assessment, pictures, folder, progress=progress)


def write_drawn_film(
    film: Path,
    target: Path,
    drawings: Sequence[Placed],
    *,
    image_size_px: tuple[int, int],
    progress: Progress | None = None,
) -> None:
    """Write an overlay video once more, with what somebody drew on the frames in it.

    Parameters
    ----------
    film : the overlay video; its frames are those of the clip, with a panel below.
    image_size_px : width and height of the clip's image, in whose pixels the drawings are.
    """
    from formcheck import capture
    from formcheck.capture.repainting import GROUP
    from formcheck.drawings import on_frame, paint

    info = capture.probe(film)
    scale = info.width_px / image_size_px[0]
    rows = min(round(image_size_px[1] * scale), info.height_px)

    def drawn() -> Iterator[Image8]:
        frames = capture.read_frames(film, info)
        for frame in _counted(frames, info.n_frames, progress, "Drawing the film"):
            if shapes := on_frame(drawings, frame.index):
                frame.rgb[:rows] = paint(frame.rgb[:rows], shapes, scale=scale)
            yield frame.rgb

    times_s = capture.frame_times_s(film, info)
    capture.write_video(target, drawn(), times_s=times_s, preset=_PRESET, keyframe_every=GROUP)


def write_report(
    assessment: Assessment, pictures: Sequence[Picture], folder: Path, *, progress: Progress | None = None
) -> None:
    """Write report.html and report.pdf."""
    from formcheck import report

    if progress is not None:
        progress("Writing the report", 0, 2)
    (folder / "report.html").write_text(report.html(assessment, pictures), encoding="utf-8")
    if progress is not None:
        progress("Writing the report", 1, 2)
    report.pdf(assessment, pictures, folder / "report.pdf")
    if progress is not None:
        progress("Writing the report", 2, 2)


def _pictures(
    assessment: Assessment,
    keys: Sequence[KeyFrame],
    kept: dict[int, Frame],
    folder: Path,
    *,
    scale: float,
) -> list[Picture]:
    """Draw the key frames and write them as PNG, numbered in their order, with a list of what each shows."""
    from PIL import Image

    from formcheck.overlay import Overlay
    from formcheck.report import Picture

    folder.mkdir()
    pictures: list[Picture] = []
    index: list[KeyPicture] = []
    overlay: Overlay | None = None
    for key in keys:
        frame = kept.get(key.frame_index)
        if frame is None:
            continue
        overlay = overlay or Overlay(assessment, width_px=frame.rgb.shape[1], height_px=frame.rgb.shape[0])
        rgb = overlay.key_frame(frame)
        pictures.append(Picture(key.title, key.caption, rgb, key.metric_id))
        name = "-".join("".join(c if c.isalnum() else " " for c in key.title.lower()).split())
        file = f"{len(pictures)}-{name}.png"
        Image.fromarray(rgb).save(folder / file)
        rows, columns = overlay.close_up(frame)
        index.append(
            KeyPicture(
                file,
                key.title,
                key.caption,
                key.frame_index,
                round(frame.time_s, 6),
                key.metric_id,
                key.side,
                corner_px=(columns.start / scale, rows.start / scale),
                scale=scale,
            )
        )
    write_key_pictures(folder, index)
    return pictures


def _frames(video: Path, small: Assessment, blur: FaceBlur | None, *, start: int, stop: int) -> Iterator[Frame]:
    """Some of the clip's frames in working size, faces covered where asked for."""
    from formcheck import capture

    read = capture.read_frames(video, small.video, start=start, stop=stop, long_side_px=LONG_SIDE_PX)
    return map(blur, read) if blur is not None else read


def _counted(items: Iterable[_Item], total: int, progress: Progress | None, stage: str) -> Iterator[_Item]:
    for done, item in enumerate(items, start=1):
        yield item
        if progress is not None:
            progress(stage, done, max(total, done))
