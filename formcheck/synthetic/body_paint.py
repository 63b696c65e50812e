"""Light and colour: a posed body painted over a picture."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from formcheck.synthetic.body import Body
from formcheck.synthetic.body_raster import rasterise
from formcheck.synthetic.body_sdf import FloatArray, unit
from formcheck.synthetic.camera import Camera

Image = NDArray[np.uint8]
Layer = NDArray[np.float32]

_BLUR_STEPS = 4
_SHARP_PX = 1.5
_KEY = unit(np.array([0.35, 0.45, 0.85]))
_BACK = unit(np.array([-0.5, -0.5, 0.45]))


def light(normals: FloatArray, open_sky: FloatArray, to_camera: FloatArray) -> FloatArray:
    """(V,) brightness factor of vertices: lamps overhead, a window, a little from the camera's side."""
    sky = 0.30 + 0.20 * normals[:, 2]
    key = 0.42 * np.maximum(normals @ _KEY, 0.0)
    back = 0.20 * np.maximum(normals @ _BACK, 0.0)
    front = 0.34 * np.maximum(normals @ to_camera, 0.0)
    shade: FloatArray = (sky + key + back + front) * open_sky
    return shade


@dataclass(frozen=True)
class Moment:
    """Pixels (V, 2), depths (V,) and brightness (V,) of a body's vertices at one frame."""

    pixels: FloatArray
    depth_m: NDArray[np.float32]
    shade: NDArray[np.float32]


def moment(body: Body, frame: int, camera: Camera) -> Moment:
    """Where a body's vertices are seen at a frame, hand shake included."""
    world, normals = body.pose(frame)
    shade = light(normals, body.open_sky, -camera.rotation[2]).astype(np.float32)
    return Moment(camera.project(world, frame), camera.depth(world).astype(np.float32), shade)


def blur_steps(body: Body, frame: int, camera: Camera, shutter: float, *, now: FloatArray) -> list[FloatArray]:
    """Pixel positions (V, 2) at several instants while the shutter is open, around those `now`, at the frame's time.

    `shutter` is how long it is open as a share of the time between frames; one instant where nothing moves far.
    """
    last = len(body.poser.linear) - 1
    if shutter <= 0 or last == 0:
        return [now]
    before, after = (camera.project(body.pose(min(max(k, 0), last))[0], frame) for k in (frame - 1, frame + 1))
    travel = float(np.nanmax(np.abs(after - before))) * 0.5 * shutter
    if travel < _SHARP_PX:
        return [now]
    shares = (np.arange(_BLUR_STEPS) + 0.5) / _BLUR_STEPS - 0.5
    return [now + s * shutter * ((after - now) if s > 0 else (now - before)) for s in shares]


def paint_body(
    body: Body, frame: int, camera: Camera, *, detail: float = 1.5, shutter: float = 0.0
) -> tuple[Layer, tuple[int, int]]:
    """The body alone: premultiplied RGBA (h, w, 4) 0 to 255 as float32, and its place (left, top) in the picture.

    `detail` is how many samples a side each pixel is averaged from; `shutter` the open share of a frame's time.
    """
    now = moment(body, frame, camera)
    steps = blur_steps(body, frame, camera, shutter, now=now.pixels)
    everywhere = np.concatenate([steps[0], steps[-1]])
    low = np.maximum(np.floor(np.nanmin(everywhere, axis=0)).astype(int) - 2, 0)
    high = np.minimum(np.ceil(np.nanmax(everywhere, axis=0)).astype(int) + 2, [camera.width_px, camera.height_px])
    size = high - low
    if size.min() <= 0:
        return np.zeros((0, 0, 4), np.float32), (0, 0)
    place = (int(low[0]), int(low[1]))
    if len(steps) == 1:
        fine = np.ceil(size * detail).astype(int)
        layer = _paint(body, now, (now.pixels - low) * (fine / size), (int(fine[0]), int(fine[1])))
        small = cv2.resize(layer, (int(size[0]), int(size[1])), interpolation=cv2.INTER_AREA)
        return np.asarray(small, np.float32), place
    # Each instant also looks at another point of the pixel, which smooths edges.
    nudges = (np.arange(len(steps)) + 0.5) / len(steps) - 0.5
    total = np.zeros((int(size[1]), int(size[0]), 4), np.float32)
    for pixels, x, y in zip(steps, nudges, np.roll(nudges, 1), strict=True):
        total += _paint(body, now, pixels - low + np.array([x, y]), (int(size[0]), int(size[1])))
    return total / np.float32(len(steps)), place


def _paint(body: Body, now: Moment, xy_px: FloatArray, size_px: tuple[int, int]) -> Layer:
    hits = rasterise(xy_px.astype(np.float32), now.depth_m, body.triangles, size_px, nearer_m=body.nearer_m)
    brightness = np.einsum("sk,sk->s", now.shade[body.triangles[hits.triangle]], hits.weights)
    paint = np.column_stack([body.palette, np.zeros(len(body.palette))]).astype(np.float32)
    colour = paint[body.material[hits.triangle]] * brightness[:, None]
    colour[:, 3] = 255.0
    layer = np.zeros((size_px[1] * size_px[0], 4), np.float32)
    layer[hits.pixel] = np.minimum(colour, 255.0)
    return layer.reshape(size_px[1], size_px[0], 4)


def lay_over(picture: Image, layer: Layer, place: tuple[int, int]) -> None:
    """Put a premultiplied layer on a picture, in place."""
    x, y = place
    layer = layer[max(0, -y) : picture.shape[0] - y, max(0, -x) : picture.shape[1] - x]
    x, y = max(0, x), max(0, y)
    h, w = layer.shape[:2]
    under = picture[y : y + h, x : x + w]
    mixed = layer[..., :3] + under * (1.0 - layer[..., 3:] / 255.0)
    under[:] = np.clip(mixed + 0.5, 0, 255).astype(np.uint8)
