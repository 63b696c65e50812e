"""What is measured from the pixels beyond the pose model: the pelvis' own tilt and how the camera was held.

`learn` looks at some frames of a clip, `measure_frame` measures each frame by itself (in any process), `finish` judges
all frames together.
"""

from formcheck.pixels.clip import COLUMN_NAMES, ClipModel, finish, learn, measure_frame

__all__ = ["COLUMN_NAMES", "ClipModel", "finish", "learn", "measure_frame"]
