"""MediaPipe's pose model on single images: where people are, and the landmarks of one of whom the place is known.

Every image is looked at afresh: no smoothing and no state, so that the answer does not depend on what came before nor
on which process gives it.
"""

from __future__ import annotations

import sys
import types
import zipfile
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from formcheck.errors import ModelError
from formcheck.types import FloatArray

N_ROWS, N_COLUMNS, N_EXTRAS = 33, 6, 2
RECORD = N_ROWS * N_COLUMNS + N_EXTRAS
"""Numbers about a person: 33 rows of (x, y, visibility, world x, y, z), then sharpness and brightness."""

NUM_POSES = 3
MIN_DETECTION = 0.3
"""Below mediapipe's own 0.5: leaning people are found more often, and a false find is sorted out over the clip."""
_MIN_PRESENCE = 0.5
_OVERLAP = 0.5
_ROOM = "mediapipe.tasks.vision"

Rect = NDArray[np.float64]
"""(5,) what the landmark model looks at: middle x and y, width, height as shares of the image; its turn, radians."""

Image = NDArray[np.uint8]


class Landmarker(Protocol):
    """Finds people in images (H, W, 3); x and y of landmarks are shares of the image."""

    steady: bool
    """`person` can be asked for, which costs much less than `people`."""

    def people(self, rgb: Image) -> list[FloatArray]:
        """(33, N_COLUMNS) of everyone in an image, up to `NUM_POSES`, in no order."""

    def places(self, rgb: Image) -> list[Rect]:
        """Where people are in an image, up to `NUM_POSES`, in no order."""

    def person(self, rgb: Image, place: Rect) -> FloatArray | None:
        """(33, N_COLUMNS) of the person in a place; None where there is nobody."""


@lru_cache(maxsize=1)
def landmarker(model: str) -> Landmarker:
    """The landmarker of a model file; one a process is kept."""
    try:
        return InParts(Path(model)) if _has_graphs() else Whole(Path(model))
    except (RuntimeError, ValueError, OSError, KeyError) as error:
        said = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
        raise ModelError(f"the pose model cannot be loaded ({said}); try another --model") from None


def _has_graphs() -> bool:
    """Whether this mediapipe (before 0.10.30) lets its parts be run; if so, it is made importable without the rest.

    `import mediapipe` itself loads plotting, audio and much else: 0.9 s and 50 MB that a worker has no use for.
    """
    home = find_spec("mediapipe")
    folder = Path(next(iter(home.submodule_search_locations or []))) if home else Path()
    if not (folder / "python" / "_framework_bindings").exists() and not [*folder.glob("python/_framework_bindings.*")]:
        return False
    if "mediapipe" not in sys.modules:
        bare = types.ModuleType("mediapipe")
        bare.__path__ = [str(folder)]
        sys.modules["mediapipe"] = bare
    return True


class InParts:
    """The two models of a `.task` bundle, run one by one.

    The parts of mediapipe's pose landmarker are run by themselves, the detector and the landmark model, which its
    public interface runs only together: finding people in every image would cost half as much again.
    """

    steady = True

    def __init__(self, model: Path) -> None:
        # what comes out of the graphs can be read once these are known
        from mediapipe.framework.formats import landmark_pb2, rect_pb2  # noqa: F401

        with zipfile.ZipFile(model) as bundle:
            detector, landmarks = (bundle.read(f"pose_{name}.tflite") for name in ("detector", "landmarks_detector"))
        self._detector = _detector_graph(detector)
        self._landmarks = _landmarks_graph(landmarks)

    def places(self, rgb: Image) -> list[Rect]:
        """Where people are: the detector's answer."""
        from mediapipe.python import packet_getter

        found = self._detector.process({"image": _packet(rgb)})["places"]
        if found.is_empty():
            return []
        rects = packet_getter.get_proto_list(found)
        return [np.array([r.x_center, r.y_center, r.width, r.height, r.rotation]) for r in rects]

    def person(self, rgb: Image, place: Rect) -> FloatArray | None:
        """Who is in a place: the landmark model's answer."""
        from mediapipe.framework.formats.rect_pb2 import NormalizedRect
        from mediapipe.python import packet_creator, packet_getter

        x, y, width, height, turn = place.tolist()
        rect = NormalizedRect(x_center=x, y_center=y, width=width, height=height, rotation=turn)
        found = self._landmarks.process({"image": _packet(rgb), "place": packet_creator.create_proto(rect)})
        if found["points"].is_empty():
            return None
        points, world = (packet_getter.get_proto(found[name]).landmark for name in ("points", "world"))
        return _columns(points, world)

    def people(self, rgb: Image) -> list[FloatArray]:
        """Everyone in an image."""
        seen = (self.person(rgb, place) for place in self.places(rgb))
        return [person for person in seen if person is not None]


class Whole:
    """The pose landmarker as mediapipe offers it to everybody: the only way from 0.10.30 on."""

    steady = False

    def __init__(self, model: Path) -> None:
        import mediapipe  # noqa: F401 - its parts cannot be imported before the whole
        from mediapipe.tasks.python import BaseOptions
        from mediapipe.tasks.python.vision import PoseLandmarker, PoseLandmarkerOptions, RunningMode

        options = PoseLandmarkerOptions(
            base_options=BaseOptions(model_asset_path=str(model)),
            running_mode=RunningMode.IMAGE,
            num_poses=NUM_POSES,
            min_pose_detection_confidence=MIN_DETECTION,
        )
        self._landmarker = PoseLandmarker.create_from_options(options)

    def places(self, rgb: Image) -> list[Rect]:
        """Not to be had here."""
        raise NotImplementedError

    def person(self, rgb: Image, place: Rect) -> FloatArray | None:
        """Not to be had here."""
        raise NotImplementedError

    def people(self, rgb: Image) -> list[FloatArray]:
        """Everyone in an image."""
        import mediapipe as mp

        seen = self._landmarker.detect(mp.Image(image_format=mp.ImageFormat.SRGB, data=np.ascontiguousarray(rgb)))
        return [_columns(*both) for both in zip(seen.pose_landmarks, seen.pose_world_landmarks, strict=True)]


def _columns(points: Any, world: Any) -> FloatArray:  # noqa: ANN401 - mediapipe carries no types
    """(33, N_COLUMNS) of mediapipe's landmarks in the image and in the world."""
    both = zip(points, world, strict=True)
    rows = [(point.x, point.y, point.visibility, at.x, at.y, at.z) for point, at in both]
    return np.array(rows[:N_ROWS], dtype=np.float64)


def _packet(rgb: Image) -> Any:  # noqa: ANN401 - mediapipe carries no types
    """An image as mediapipe's graphs take it; rows have to be contiguous."""
    from mediapipe.python import packet_creator
    from mediapipe.python._framework_bindings import image, image_frame

    data = np.ascontiguousarray(rgb)
    return packet_creator.create_image(image.Image(image_format=image_frame.ImageFormat.SRGB, data=data))


def _detector_graph(model: bytes) -> Any:  # noqa: ANN401
    from mediapipe.tasks.cc.vision.pose_detector.proto import pose_detector_graph_options_pb2 as proto

    options = proto.PoseDetectorGraphOptions(
        min_detection_confidence=MIN_DETECTION, num_poses=NUM_POSES, min_suppression_threshold=_OVERLAP
    )
    options.base_options.model_asset.file_content = model
    name = f"{_ROOM}.pose_detector.PoseDetectorGraph"
    return _graph(name, options, ["IMAGE:image"], {"EXPANDED_POSE_RECTS": "places", "DETECTIONS": "detections"})


def _landmarks_graph(model: bytes) -> Any:  # noqa: ANN401
    from mediapipe.tasks.cc.vision.pose_landmarker.proto import pose_landmarks_detector_graph_options_pb2 as proto

    options = proto.PoseLandmarksDetectorGraphOptions(min_detection_confidence=_MIN_PRESENCE)
    options.base_options.model_asset.file_content = model
    outputs = {"LANDMARKS": "points", "WORLD_LANDMARKS": "world", "PRESENCE": "presence"}
    name = f"{_ROOM}.pose_landmarker.SinglePoseLandmarksDetectorGraph"
    return _graph(name, options, ["IMAGE:image", "NORM_RECT:place"], outputs)


def _graph(name: str, options: Any, inputs: Sequence[str], outputs: Mapping[str, str]) -> Any:  # noqa: ANN401
    """A graph of one of mediapipe's own nodes."""
    from mediapipe.framework import calculator_options_pb2, calculator_pb2
    from mediapipe.python._framework_bindings import task_runner

    settings = calculator_options_pb2.CalculatorOptions()
    settings.Extensions[type(options).ext].CopyFrom(options)
    streams = [f"{tag}:{stream}" for tag, stream in outputs.items()]
    node = calculator_pb2.CalculatorGraphConfig.Node(
        calculator=name, input_stream=inputs, output_stream=streams, options=settings
    )
    graph = calculator_pb2.CalculatorGraphConfig(node=[node], input_stream=inputs, output_stream=streams)
    return task_runner.TaskRunner.create(graph, None)
