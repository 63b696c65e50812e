"""Makes the overlay film of a clip: worker processes draw and encode stretches of it, which are joined as they are."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from formcheck.scaling import LONG_SIDE_PX
from formcheck.types import Assessment, Frame, Progress, VideoInfo
from formcheck.workers import Task, Workers

if TYPE_CHECKING:
    from formcheck.capture.repainting import Coded, Film, Shot
    from formcheck.overlay.faces import Cover, FaceBlur
    from formcheck.overlay.painting import Sketch

_STAGE = "Drawing the overlay"


@contextmanager
def drawing_hands(n_frames: int, workers: int | None = None) -> Iterator[Workers | None]:
    """Processes to draw a clip of so many frames, which load what they need at once; None where one would be enough.

    workers : how many; None for one a core.
    """
    from formcheck.pose import default_workers

    count = workers or default_workers(n_frames)
    if count == 1:
        yield None
        return
    with Workers(count) as hands:
        hands.prepare(Task(load, ()))
        yield hands


def load() -> Iterator[None]:
    """Import what drawing needs."""
    importlib.import_module("formcheck.capture.repainting")
    importlib.import_module("formcheck.overlay.painting")
    yield from ()


def write_overlay_film(
    small: Assessment,
    video: Path,
    target: Path,
    *,
    blur: FaceBlur | None = None,
    keep: frozenset[int] = frozenset(),
    hands: Workers | None = None,
    progress: Progress | None = None,
) -> dict[int, Frame]:
    """Write the overlay film, the same bytes for any number of workers; gives the frames to keep, not drawn on.

    Parameters
    ----------
    small : the assessment with landmarks in pixels of the working size.
    blur : makes faces unrecognisable. keep : numbers of the frames to give. hands : what `drawing_hands` gave; without
    them all is done in this process.
    """
    from formcheck.capture import repainting
    from formcheck.overlay.painting import panel_px

    times_s = small.pose.time_s
    film = repainting.film_of(video, small.video, times_s, long_side_px=LONG_SIDE_PX, panel_px=panel_px)
    kept: dict[int, Frame] = {}

    def coded(items: Iterable[Coded | Frame]) -> Iterator[Coded]:
        done = 0
        for item in items:
            if isinstance(item, Frame):
                kept[item.index] = blur(item) if blur is not None else item
                continue
            yield item
            done += 1
            if progress is not None:
                progress(_STAGE, min(done, len(times_s)), len(times_s))

    tasks = _tasks(small, video, film, blur, keep, hands.count if hands else 1)
    items = hands.run(tasks) if hands else (item for t in tasks for item in t.function(*t.arguments))
    repainting.write_film(target, film, _in_order(coded(items)), times_s)
    return kept


def _tasks(
    small: Assessment, video: Path, film: Film, blur: FaceBlur | None, keep: frozenset[int], workers: int
) -> Iterator[Task]:
    """Stretches of the film, with all that a process has to know to draw them."""
    from formcheck.capture import repainting
    from formcheck.overlay import Overlay
    from formcheck.pose import stretches

    overlay = Overlay(small, width_px=film.width_px, height_px=film.height_px)
    shots = repainting.shots_of(video, small.video, small.pose.time_s)
    for first, last in stretches(len(shots), workers=workers, multiple=repainting.GROUP):
        rows = range(first, last)
        sketches = [overlay.sketch(row) for row in rows]
        covers = [blur.cover(row) for row in rows] if blur is not None else None
        kept = keep & frozenset(rows)
        yield Task(draw_stretch, (video, small.video, film, shots[first:last], sketches, covers, kept))


def draw_stretch(
    video: Path,
    info: VideoInfo,
    film: Film,
    shots: Sequence[Shot],
    sketches: Sequence[Sketch],
    covers: Sequence[Cover] | None,
    keep: frozenset[int],
) -> Iterator[Coded | Frame]:
    """Draw and encode some pictures in a row; what a worker process does."""
    from formcheck.capture.repainting import Repainter
    from formcheck.overlay.canvas import Canvas
    from formcheck.overlay.painting import FilmPainter

    repainter = Repainter(film)
    picture, panel = (Canvas.of_planes(p, bt709=film.bt709) for p in (repainter.picture, repainter.panel))
    painter, first = FilmPainter(picture, panel), shots[0].number

    def paint(number: int) -> None:
        if covers is not None:
            from formcheck.overlay.faces import hide_face

            hide_face(repainter.picture, covers[number - first])
        painter(sketches[number - first])

    yield from repainter.repaint(video, info, shots, paint, long_side_px=LONG_SIDE_PX, keep=keep)


def _in_order(coded: Iterable[Coded]) -> Iterator[Coded]:
    """Pictures by their number, each once, without those that could not be read."""
    early: dict[int, Coded] = {}
    following = 0
    for item in coded:
        if item.number >= following:
            early[item.number] = item
        while following in early:
            picture = early.pop(following)
            following += 1
            if picture.data:
                yield picture
