"""What a first look says of a clip, and its form in JSON."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from formcheck.types import CheckBand, Recognised, VideoInfo

_JPEG_QUALITY = 80


@dataclass(frozen=True)
class Notice:
    """One thing to know before the long work: `fail` is refused or gets no verdict, `warn` costs something.

    `id` names the matter, `text` says what is so, `advice` what to do about it (may be empty).
    """

    id: str
    band: CheckBand
    text: str
    advice: str = ""


@dataclass(frozen=True, eq=False)
class FirstLook:
    """A clip at first sight.

    Attributes
    ----------
    info : size, rate and length as the file's header tells; its checksum is left empty.
    thumbnail : (H, W, 3) uint8, upright, long side at most 480 px.
    stage : `facts` when only the file was read, `look` when the athlete was looked at too.
    recognised : the test and the leg, or a refusal; None where it is not sure yet.
    people : how many people are in the picture; None before the look.
    athlete_share : share of the frames looked at that show the athlete, 0 to 1; None before the look.
    warnings : worst first.
    """

    info: VideoInfo
    thumbnail: NDArray[np.uint8]
    stage: Literal["facts", "look"]
    recognised: Recognised | None = None
    people: int | None = None
    athlete_share: float | None = None
    warnings: tuple[Notice, ...] = ()

    @property
    def band(self) -> CheckBand:
        """The worst of the warnings."""
        return self.warnings[0].band if self.warnings else "ok"


def to_dict(look: FirstLook) -> dict[str, Any]:
    """Plain values for JSON, without the thumbnail."""
    return {
        "stage": look.stage,
        "info": asdict(look.info) | {"notes": list(look.info.notes)},
        "recognised": None if look.recognised is None else asdict(look.recognised),
        "people": look.people,
        "athlete_share": look.athlete_share,
        "warnings": [asdict(notice) for notice in look.warnings],
    }


def from_dict(values: Mapping[str, Any], thumbnail: NDArray[np.uint8] | None = None) -> FirstLook:
    """A first look from `to_dict`; the thumbnail, kept apart, is one black pixel where it is not given."""
    info = values["info"]
    return FirstLook(
        info=VideoInfo(**{**info, "notes": tuple(info["notes"])}),
        thumbnail=np.zeros((1, 1, 3), dtype=np.uint8) if thumbnail is None else thumbnail,
        stage=values["stage"],
        recognised=None if values["recognised"] is None else Recognised(**values["recognised"]),
        people=values["people"],
        athlete_share=values["athlete_share"],
        warnings=tuple(Notice(**notice) for notice in values["warnings"]),
    )


def thumbnail_jpeg(look: FirstLook) -> bytes:
    """The thumbnail as a JPEG file."""
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(look.thumbnail).save(file, "JPEG", quality=_JPEG_QUALITY)
    return file.getvalue()
