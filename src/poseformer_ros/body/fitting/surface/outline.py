"""Where the person ends before something farther away: the outline holds the body across the view, as depth points do along it."""

from dataclasses import dataclass

import cv2
import numpy as np

from poseformer_ros.body.fitting.surface.point_parts import LEAST_CHANCE, part_chances
from poseformer_ros.silhouette.person import Silhouette
from poseformer_ros.skeleton.joints import JOINT

BLUR_PX = 2.0           # standard deviation of the mask's blur, whose gradient is the outline's direction
SMOOTH_PX = 3           # along the outline, over which its pixels' places are averaged
BESIDE_PX = 4           # the sensor mixes depths in the rim of a mask: so far inside and outside it says one
LEAST_STEP_M = 0.10     # what ends the person is at least that much farther, or has no depth; nearer things hide the person
SHORTEST_PX = 20        # of a closed outline: smaller holes are the sensor's
RIM = 0.4               # most cosine between the normal of a surface that ends there and the way to the camera
REACH_M, ACROSS_M, DEEP_M = 0.08, 0.02, 0.15    # such a vertex from a pixel of the outline: towards it, along it, in depth
ALIGNED = 0.7           # least cosine between its normal and the outline's direction, in the image

# By part, whether its surface is paired: hair changes heads, and hands and feet are not in the model's posture.
PAIRED = np.array([not name.endswith(('head', 'wrist', 'hand', 'heel')) for name in JOINT])


@dataclass(frozen=True)
class Outline:
    """Pixels of the silhouette's outline.

    rays: (N, 2) x / z and y / z of the way through each. outwards: (N, 2) unit, in the image, away from the person.
    depth: (N,) metres of the person beside it. chances: (24, N) of `part_chances` there, or None.
    """

    rays: np.ndarray
    outwards: np.ndarray
    depth: np.ndarray
    chances: np.ndarray | None


def outline_of(person: Silhouette, count: int) -> Outline | None:
    """At most `count` pixels, evenly along the outline; those at the image's border or where something nearer hides the person are
    left out. None where there is no outline."""
    closed, _ = cv2.findContours(person.mask.astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    lines = [one[:, 0] for one in closed if len(one) >= SHORTEST_PX]
    if count == 0 or not lines:
        return None
    step = -(-sum(map(len, lines)) // count)
    outwards = _outwards(person.mask, np.concatenate(lines)[::step])
    pixels = np.concatenate([_smooth(line) for line in lines])[::step]
    inside = np.rint(pixels - BESIDE_PX * outwards).astype(int)
    depth, behind = _depth_at(person, inside), _depth_at(person, np.rint(pixels + BESIDE_PX * outwards).astype(int))
    places = pixels + [person.roi.x, person.roi.y]
    border = np.any((places < BESIDE_PX) | (places >= np.array(person.image_size) - BESIDE_PX), axis=1)
    ends = (depth > 0) & ~(behind < depth + LEAST_STEP_M) & ~border
    pixels, outwards, depth = pixels[ends], outwards[ends], depth[ends]
    # A pixel of the mask is the last within; the outline runs through its far side.
    rays = person.intrinsics.deproject(pixels + 0.5 * outwards, np.ones(len(pixels)))[:, :2]
    chances = part_chances(person, person.intrinsics.deproject(inside[ends].astype(float), depth.astype(float)))
    return Outline(rays.astype(np.float32), outwards.astype(np.float32), depth, chances) if len(pixels) else None


def outline_pairs(outline: Outline, vertices: np.ndarray, normals: np.ndarray, towards: np.ndarray, part: np.ndarray
                  ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each pixel the vertex by which the surface ends nearest to it: the outermost of those near.

    vertices, normals: (V, 3) of the posed surface. towards: (V,) cosine between normal and the way to the camera. part: (V,)
    joints.
    Returns: the vertices (M,), where the outline wants them (M, 3), and the direction (M, 3) in which it does: across the view.
    """
    rim = np.flatnonzero((np.abs(towards) < RIM) & (vertices[:, 2] > REACH_M) & PAIRED[part])
    if len(rim) == 0:
        return rim, vertices[:0], vertices[:0]
    z = vertices[rim, 2:]
    rays = vertices[rim, :2] / z
    ahead = normals[rim, :2] - rays * normals[rim, 2:]      # the normal in the image
    ahead /= np.maximum(np.linalg.norm(ahead, axis=1, keepdims=True), 1e-9)
    aside = _along(outline.outwards[:, ::-1] * [-1, 1], outline.rays, rays) * z.T
    # Few of all pairs, which np.nonzero takes ten times as long to find.
    pixel, vertex = np.divmod(np.flatnonzero(np.abs(aside) < ACROSS_M), len(rim))
    outwards, depth = outline.outwards[pixel], z[vertex, 0]
    # Metres by which a vertex lies outside the outline.
    beyond = np.einsum('pi,pi->p', outwards, rays[vertex] - outline.rays[pixel]) * depth
    fits = ((np.abs(beyond) < REACH_M) & (np.abs(outline.depth[pixel] - depth) < DEEP_M)
            & (np.einsum('pi,pi->p', outwards, ahead[vertex]) > ALIGNED))
    if outline.chances is not None:
        fits &= outline.chances[part[rim[vertex]], pixel] > LEAST_CHANCE
    pixel, vertex, beyond = pixel[fits], vertex[fits], beyond[fits]
    outermost = np.lexsort((beyond, pixel))[np.flatnonzero(np.diff(pixel, append=-1))]      # the last of each pixel
    found, beyond, at = pixel[outermost], beyond[outermost], rim[vertex[outermost]]
    # Outwards in the image is a direction across the ray.
    ray = vertices[at] / np.linalg.norm(vertices[at], axis=1, keepdims=True)
    across = np.column_stack([outline.outwards[found], np.zeros(len(found), np.float32)])
    across -= np.sum(across * ray, axis=1, keepdims=True) * ray
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    return at, vertices[at] - beyond[:, None] * across, across


def _smooth(line: np.ndarray) -> np.ndarray:
    """(N, 2): the mean of each pixel of a closed line (N, 2) with its neighbours, without the steps of whole pixels."""
    half = SMOOTH_PX // 2
    closed = np.concatenate([line[-half:], line, line[:half]]).astype(np.float64)
    return cv2.blur(closed, (1, SMOOTH_PX))[half:-half]


def _outwards(mask: np.ndarray, pixels: np.ndarray) -> np.ndarray:
    """(N, 2) unit vectors out of the mask at pixels (N, 2) of its outline."""
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), BLUR_PX)
    columns, rows = pixels.T
    right, down = (np.minimum(at + 1, size - 1) for at, size in ((columns, mask.shape[1]), (rows, mask.shape[0])))
    left, up = np.maximum(columns - 1, 0), np.maximum(rows - 1, 0)
    outwards = np.stack([soft[rows, left] - soft[rows, right], soft[up, columns] - soft[down, columns]], axis=1)
    return outwards / np.maximum(np.linalg.norm(outwards, axis=1, keepdims=True), 1e-9)


def _depth_at(person: Silhouette, pixels: np.ndarray) -> np.ndarray:
    """(N,) metres at pixels (N, 2) of the crop, NaN outside it."""
    height, width = person.depth.shape
    within = np.all((pixels >= 0) & (pixels < [width, height]), axis=1)
    columns, rows = np.where(within[:, None], pixels, 0).T
    return np.where(within, person.depth[rows, columns], np.nan)


def _along(ways: np.ndarray, origins: np.ndarray, places: np.ndarray) -> np.ndarray:
    """(N, V) how far places (V, 2) lie from each of origins (N, 2) along its way (N, 2)."""
    ways = ways.astype(np.float32)
    return ways @ places.T - np.sum(ways * origins, axis=1, keepdims=True)
