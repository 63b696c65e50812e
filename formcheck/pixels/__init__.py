"""What is measured from the pixels beyond the pose model: the pelvis' tilt, how the camera was held, how a foot lands.

`learn` looks at some frames of a clip, `measure_frame` measures each frame by itself (in any process), `finish` judges
all frames together. `plan_foot` and `follow_foot` look at the nearer foot's steps in a run from the side.
"""

from formcheck.pixels.clip import COLUMN_NAMES, ClipModel, finish, learn, measure_frame
from formcheck.pixels.foot import FOOT_COLUMNS, background_of, follow_foot, plan_foot

__all__ = [
    "COLUMN_NAMES",
    "FOOT_COLUMNS",
    "ClipModel",
    "background_of",
    "finish",
    "follow_foot",
    "learn",
    "measure_frame",
    "plan_foot",
]
