"""Light and colour: a posed body painted over a picture."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from formcheck.synthetic.body import Body
from formcheck.synthetic.body_raster import rasterise
from formcheck.synthetic.body_sdf import FloatArray, unit
from formcheck.synthetic.camera import Camera

Image = NDArray[np.uint8]
Layer = NDArray[np.float32]

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


def paint_body(body: Body, frame: int, camera: Camera, *, detail: float = 1.5) -> tuple[Layer, tuple[int, int]]:
    """The body alone: premultiplied RGBA (h, w, 4) 0 to 255 as float32, and its place (left, top) in the picture.

    `detail` is how many samples a side each pixel is averaged from.
    """
    world, normals = body.pose(frame)
    pixels = camera.project(world, frame)
    depth = camera.depth(world)
    low = np.maximum(np.floor(np.nanmin(pixels, axis=0)).astype(int) - 2, 0)
    high = np.minimum(np.ceil(np.nanmax(pixels, axis=0)).astype(int) + 2, [camera.width_px, camera.height_px])
    size = np.maximum(high - low, 0)
    if size.min() == 0:
        return np.zeros((0, 0, 4), np.float32), (0, 0)
    fine = np.ceil(size * detail).astype(int)
    xy = ((pixels - low) * (fine / size)).astype(np.float32)
    hits = rasterise(xy, depth.astype(np.float32), body.triangles, (int(fine[0]), int(fine[1])), nearer_m=body.nearer_m)
    shade = light(normals, body.open_sky, -camera.rotation[2]).astype(np.float32)
    corner = shade[body.triangles[hits.triangle]]
    brightness = np.einsum("sk,sk->s", corner, hits.weights)
    paint = np.column_stack([body.palette, np.zeros(len(body.palette))]).astype(np.float32)
    colour = paint[body.material[hits.triangle]] * brightness[:, None]
    colour[:, 3] = 255.0
    layer = np.zeros((int(fine[1]) * int(fine[0]), 4), np.float32)
    layer[hits.pixel] = np.minimum(colour, 255.0)
    layer = layer.reshape(int(fine[1]), int(fine[0]), 4)
    small = np.asarray(cv2.resize(layer, (int(size[0]), int(size[1])), interpolation=cv2.INTER_AREA), np.float32)
    return small, (int(low[0]), int(low[1]))


def lay_over(picture: Image, layer: Layer, place: tuple[int, int]) -> None:
    """Put a premultiplied layer on a picture, in place."""
    h, w = layer.shape[:2]
    if h == 0:
        return
    x, y = place
    under = picture[y : y + h, x : x + w]
    mixed = layer[..., :3] + under * (1.0 - layer[..., 3:] / 255.0)
    under[:] = np.clip(mixed + 0.5, 0, 255).astype(np.uint8)
