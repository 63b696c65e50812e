"""The athlete's body: built once for a clip in the rest pose, posed for every frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formcheck.synthetic.appearance import Look
from formcheck.synthetic.body_cloth import Tube, loose_tubes, tube_mesh
from formcheck.synthetic.body_extremities import hand_shape, shoe_collar, shoe_lines, shoe_shape
from formcheck.synthetic.body_head import HEAD_M, face_patches, head_shapes
from formcheck.synthetic.body_kit import BAND_M, MATERIALS, make_kit, palette
from formcheck.synthetic.body_mesh import Mesh, cut, polygonise, surface_normals
from formcheck.synthetic.body_rest import SIGN, Rest, rest_pose
from formcheck.synthetic.body_sdf import FloatArray, Shape, gradient, merge, smooth_min, unit
from formcheck.synthetic.body_shape import body_parts, body_shape, hem_m
from formcheck.synthetic.body_skin import Poser, binding_of, body_binding, limb_binding, make_poser
from formcheck.synthetic.skeleton import SkeletonMotion

IntArray = NDArray[np.intp]
_CELL_M = 0.016
STICKER_RADIUS_M = 0.014


@dataclass(frozen=True)
class Piece:
    """A part of the surface in the rest pose; `open_sky` is 0 to 1, how much light reaches a vertex."""

    mesh: Mesh
    normals: FloatArray
    binding: IntArray
    material: IntArray
    open_sky: FloatArray
    nearer_m: float = 0.0


@dataclass(frozen=True)
class Body:
    """A posable athlete.

    Attributes
    ----------
    vertices_m, normals : (V, 3) in the rest pose; binding : (V,) map of each vertex.
    triangles : (T, 3); material : (T,) into MATERIALS; nearer_m : (T,) depth bias.
    palette : (M, 3) RGB; open_sky : (V,) 0 to 1.
    stickers_m : sticker name -> (3,) centre in the pelvis frame.
    poser : maps of every frame.
    """

    vertices_m: FloatArray
    normals: FloatArray
    binding: IntArray
    triangles: IntArray
    material: IntArray
    nearer_m: NDArray[np.float32]
    open_sky: FloatArray
    palette: FloatArray
    stickers_m: Mapping[str, FloatArray]
    poser: Poser

    def pose(self, frame: int) -> tuple[FloatArray, FloatArray]:
        """World positions and unit normals (V, 3) at a frame."""
        return (
            self.poser.points(frame, self.vertices_m, self.binding),
            self.poser.directions(frame, self.normals, self.binding),
        )


def build_body(motion: SkeletonMotion, look: Look) -> Body:
    """Model the athlete of a motion with a look, and prepare every frame of it."""
    rest = rest_pose(motion)
    parts = body_parts(rest, look)
    shape = body_shape(parts)
    stickers = sticker_places(look, rest, shape)
    pieces = [_body_piece(rest, look, parts, shape), *_head_pieces(rest, look)]
    pieces += [_cloth_piece(tube, rest, look) for tube in loose_tubes(rest, look, parts)]
    for side in SIGN:
        pieces += [_hand_piece(rest, side), _shoe_piece(rest, side)]
    pieces += [_sticker_piece(shape, centre) for centre in stickers.values()]
    return _joined(pieces, look, stickers, make_poser(motion, rest))


def _joined(pieces: Sequence[Piece], look: Look, stickers: Mapping[str, FloatArray], poser: Poser) -> Body:
    starts = np.cumsum([0, *(len(p.mesh.vertices_m) for p in pieces)])
    return Body(
        vertices_m=np.concatenate([p.mesh.vertices_m for p in pieces]),
        normals=np.concatenate([p.normals for p in pieces]),
        binding=np.concatenate([p.binding for p in pieces]),
        triangles=np.concatenate([p.mesh.triangles + start for p, start in zip(pieces, starts, strict=False)]),
        material=np.concatenate([p.material for p in pieces]),
        nearer_m=np.concatenate([np.full(len(p.material), p.nearer_m, np.float32) for p in pieces]),
        open_sky=np.concatenate([p.open_sky for p in pieces]),
        palette=palette(look),
        stickers_m=stickers,
        poser=poser,
    )


def _open_sky(shape: Shape, vertices_m: FloatArray, normals: FloatArray, reach_m: float = 0.07) -> FloatArray:
    """Share of free space ahead of each vertex: dark in armpits, at the groin and under the chin."""
    return np.clip(0.45 + 0.6 * shape(vertices_m + reach_m * normals) / reach_m, 0.35, 1.0)


def _folds(points_m: FloatArray, seed: int) -> FloatArray:
    """Small changes of a cloth's normals (N, 3), smooth over a few centimetres."""
    rng = np.random.default_rng([seed, 33])
    waves = rng.normal(size=(6, 3)) * np.array([40.0, 40.0, 22.0])
    phase = rng.uniform(0, 2 * np.pi, 6)
    height = np.cos(points_m @ waves.T + phase)
    out: FloatArray = 0.05 * height @ (waves / np.linalg.norm(waves, axis=1, keepdims=True))
    return out


def _body_piece(rest: Rest, look: Look, parts: Mapping[str, Shape], shape: Shape) -> Piece:
    reach = rest.joints_m["left_wrist"][1] + 0.06
    low, high = rest.joints_m["left_ankle"][2] - 0.07, rest.joints_m["head"][2] + 0.02
    depth = 0.02 + 0.18 * rest.girth
    mesh = polygonise(shape, (-depth, -reach, low), (depth, reach, high), _CELL_M * rest.scale)
    kit = make_kit(look, rest, parts)
    for level in kit.levels.values():
        mesh = cut(mesh, level)
    material = kit.material(mesh.centroids_m)
    normals = surface_normals(shape, mesh.vertices_m)
    cloth = np.isin(kit.material(mesh.vertices_m), [MATERIALS.index(n) for n in ("top", "bottom", "stripe")])
    normals = unit(normals + cloth[:, None] * _folds(mesh.vertices_m, look.seed))
    binding = body_binding(mesh.vertices_m, rest, parts, hem_m=hem_m(look, rest))
    return Piece(mesh, normals, binding, material, _open_sky(shape, mesh.vertices_m, normals))


def _cloth_piece(tube: Tube, rest: Rest, look: Look) -> Piece:
    mesh, normals, sky = tube_mesh(tube)
    normals = unit(normals + 1.6 * _folds(mesh.vertices_m, look.seed))
    binding = limb_binding(mesh.vertices_m, rest, tube.limb)
    return Piece(mesh, normals, binding, np.full(len(mesh.triangles), _index(tube.material)), sky)


def _index(name: str) -> int:
    return MATERIALS.index(name)


def _placed(mesh: Mesh, axes: FloatArray, origin_m: FloatArray) -> Mesh:
    return Mesh(mesh.vertices_m @ axes.T + origin_m, mesh.triangles)


def _head_pieces(rest: Rest, look: Look) -> list[Piece]:
    scale = rest.body.head_m / HEAD_M
    origin, skin_hair = rest.joints_m["head"], head_shapes(look, rest.body.sex)
    pieces = []
    for shape, name in zip(skin_hair, ("skin", "hair"), strict=True):
        if shape is None:
            continue
        mesh = polygonise(shape, (-0.26, -0.13, -0.20), (0.15, 0.13, 0.17), 0.0095)
        normals = surface_normals(shape, mesh.vertices_m)
        if name == "hair":
            normals = unit(normals + 2.0 * _folds(3.0 * mesh.vertices_m, look.seed))
        if name == "skin" and look.beard:
            mesh = cut(mesh, _beard)
            normals = surface_normals(shape, mesh.vertices_m)
        material = np.full(len(mesh.triangles), _index(name))
        if name == "skin" and look.beard:
            material[_beard(mesh.centroids_m) > 0] = _index("beard")
        sky = _open_sky(merge([(skin_hair[0], 0.0)]), mesh.vertices_m, normals, 0.03)
        world = Mesh(mesh.vertices_m * scale + origin, mesh.triangles)
        pieces.append(Piece(world, normals, binding_of("neck", np.ones(len(mesh.vertices_m))), material, sky))
    return pieces + _face_pieces(skin_hair[0], scale, origin)


def _beard(points_m: FloatArray) -> FloatArray:
    """Positive where a beard grows, head frame."""
    x, z = points_m[:, 0], points_m[:, 2]
    return np.minimum(np.interp(x, [0.0, 0.03, 0.07, 0.11], [-0.02, -0.036, -0.05, -0.048]) - z, x - 0.019)


def _face_pieces(skull: Shape, scale: float, origin_m: FloatArray) -> list[Piece]:
    pieces = []
    for name, outline, layer in face_patches():
        flat = np.concatenate([outline.mean(axis=0)[None], outline])
        places = _onto_front(skull, flat)
        mesh = _fan(places)
        normals = surface_normals(skull, places)
        world = Mesh((places + 0.0006 * layer * normals) * scale + origin_m, mesh.triangles)
        n = len(places)
        pieces.append(
            Piece(
                world,
                normals,
                binding_of("neck", np.ones(n)),
                np.full(len(mesh.triangles), _index(name)),
                np.ones(n),
                0.004 * layer,
            )
        )
    return pieces


def _onto_front(shape: Shape, outline: FloatArray) -> FloatArray:
    """Points on the front of a shape for outlines (K, 2) given as left and up."""
    x = np.linspace(0.16, 0.0, 321)
    grid = np.concatenate(
        [
            np.broadcast_to(x[:, None, None], (len(x), len(outline), 1)),
            np.broadcast_to(outline, (len(x), *outline.shape)),
        ],
        -1,
    )
    first = np.argmax(shape(grid) < 0, axis=0)
    result: FloatArray = grid[first, np.arange(len(outline))]
    return result


def _fan(points_m: FloatArray) -> Mesh:
    """Triangles from the first point to the ring of the others (anticlockwise from outside)."""
    k = np.arange(1, len(points_m))
    return Mesh(points_m, np.stack([np.zeros_like(k), k, np.roll(k, -1)], axis=1))


def _hand_piece(rest: Rest, side: str) -> Piece:
    shape = hand_shape(SIGN[side])
    mesh = polygonise(shape, (-0.07, -0.08, -0.16), (0.08, 0.08, 0.04), 0.0095)
    normals = surface_normals(shape, mesh.vertices_m)
    axes = rest.arm_axes(side) @ np.diag([1.0, 1.0, -1.0])
    size = rest.scale * (1.0 if rest.body.sex == "m" else 0.92)
    world = Mesh((mesh.vertices_m * size) @ axes.T + rest.joints_m[f"{side}_wrist"], mesh.triangles)
    n = len(mesh.vertices_m)
    sky = _open_sky(shape, mesh.vertices_m, normals, 0.012)
    return Piece(
        world,
        normals @ axes.T,
        binding_of(f"{side}_elbow", np.ones(n)),
        np.full(len(mesh.triangles), _index("skin")),
        sky,
    )


def _shoe_piece(rest: Rest, side: str) -> Piece:
    heel, toe = rest.joints_m[f"{side}_heel"], rest.joints_m[f"{side}_toe"]
    flat = float(np.linalg.norm(toe - heel))
    upper, collar = shoe_shape(flat, SIGN[side], rest.girth), shoe_collar(flat)

    def shape(points_m: FloatArray) -> FloatArray:
        return np.maximum(smooth_min(upper(points_m), collar(points_m), 0.02), -points_m[..., 2])

    mesh = polygonise(shape, (-0.03, -0.08, -0.02), (flat * 1.12 + 0.03, 0.08, 0.14), 0.0115)
    lines = shoe_lines(flat)
    for line in lines.values():
        mesh = cut(mesh, line)
    beyond = {name: line(mesh.centroids_m) > 0 for name, line in lines.items()}
    material = np.full(len(mesh.triangles), _index("shoe"))
    material[~beyond["counter"] | beyond["toe_cap"]] = _index("accent")
    material[beyond["laces"] | ~beyond["sole"]] = _index("sole")
    normals = surface_normals(shape, mesh.vertices_m)
    world = Mesh(mesh.vertices_m + heel, mesh.triangles)
    n = len(mesh.vertices_m)
    return Piece(
        world,
        normals,
        binding_of(f"{side}_ankle", np.ones(n)),
        material,
        _open_sky(shape, mesh.vertices_m, normals, 0.02),
    )


def sticker_places(look: Look, rest: Rest, shape: Shape) -> dict[str, FloatArray]:
    """Centres (3,) of the sticker markers on the waistband, in the pelvis frame, by name such as `left_psis`."""
    s, z = rest.scale, hem_m(look, rest) - 0.5 * BAND_M * rest.scale
    rows = {"psis": (-1.0, 0.048, ("rear", "both")), "asis": (1.0, 0.105, ("front", "both"))}
    places = {}
    for name, (front, y, shown) in rows.items():
        if look.stickers not in shown:
            continue
        for side, sign in SIGN.items():
            x = front * np.linspace(0.30, 0.0, 601)
            line = np.stack([x, np.full_like(x, sign * y * s), np.full_like(x, z)], axis=1)
            places[f"{side}_{name}"] = line[np.argmax(shape(line) < 0)]
    return places


def _sticker_piece(shape: Shape, centre_m: FloatArray) -> Piece:
    """A round sticker lying on the surface and moving rigidly with the pelvis."""
    normal = unit(gradient(shape, centre_m[None]))[0]
    side = unit(np.cross([0.0, 0.0, 1.0], normal))
    angle = np.linspace(0, 2 * np.pi, 20, endpoint=False)[:, None]
    ring = centre_m + STICKER_RADIUS_M * (np.cos(angle) * side + np.sin(angle) * np.cross(normal, side))
    places = np.concatenate([centre_m[None], ring])
    for _ in range(3):
        places = places - shape(places)[:, None] * unit(gradient(shape, places))
    mesh = _fan(places + 0.001 * normal)
    n = len(places)
    return Piece(
        mesh,
        np.tile(normal, (n, 1)),
        binding_of("lumbar", np.zeros(n)),
        np.full(n - 1, _index("sticker")),
        np.ones(n),
        0.008,
    )
