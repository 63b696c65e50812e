"""Composes a pose `.task` bundle from the weights inside the installed mediapipe wheel.

Run as `python -m formcheck.pose.bundle TARGET`: mediapipe takes a second to import and writes to standard error, so
this is kept out of the program that asks for it.
"""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

PARTS = {
    "pose_detector.tflite": ("pose_detection/pose_detection.tflite", 127.5, 127.5),
    "pose_landmarks_detector.tflite": ("pose_landmark/pose_landmark_full.tflite", 0.0, 255.0),
}
"""Name in the bundle: file in the wheel, and the mean and standard deviation that its input is normalised by."""

_ALIGNMENT = 4
_EPOCH = (1980, 1, 1, 0, 0, 0)


def compose(target: Path) -> None:
    """Write the bundle: a stored zip of both models with their normalisation metadata, the same bytes every time."""
    import mediapipe as mp

    modules = Path(mp.__file__).parent / "modules"
    parts = {name: _with_metadata(modules / file, mean, std) for name, (file, mean, std) in PARTS.items()}
    from mediapipe.tasks.python.metadata.metadata_writers.model_asset_bundle_utils import AlignZipFile

    with AlignZipFile(str(target), mode="w", alignment=_ALIGNMENT) as bundle:
        for name, model in parts.items():
            bundle.writestr(zipfile.ZipInfo(name, _EPOCH), model)


def _with_metadata(model: Path, mean: float, std: float) -> bytes:
    """The model with the metadata that mediapipe's Tasks API asks for."""
    buffer = bytearray(model.read_bytes())
    from mediapipe.tasks.python.metadata.metadata_writers import metadata_writer

    writer = metadata_writer.MetadataWriter.create(buffer)
    writer.add_image_input([mean], [std])
    return bytes(writer.populate()[0])


if __name__ == "__main__":
    compose(Path(sys.argv[1]))
