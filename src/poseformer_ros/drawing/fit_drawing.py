"""Fitted bodies drawn for people: from the front and the side, and over the colour image."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from poseformer_ros.camera.intrinsics import Intrinsics
from poseformer_ros.drawing.overlay import BONE_COLOR, OUTLINE_COLOR
from poseformer_ros.errors import BadInput
from poseformer_ros.geometry.mesh_mask import mesh_mask
from poseformer_ros.silhouette.person import Silhouette
from poseformer_ros.skeleton.joints import BONES

TILE, VIEW_WIDTH = 360, 290         # pixels, height and width of a view
VIEW_M = 2.4                        # metres that a view's height shows: a tall person with raised arms
MARGIN = 0.15                       # around the person in a colour image, by the crop's size
GROUND = (48, 44, 40)
SKIN = np.array([196.0, 178.0, 150.0])      # BGR
MEASURED_COLOR = (0, 94, 213)       # of joints that went in; Okabe and Ito 2008, as in drawing/overlay.py
LIGHT = np.array([-0.35, 0.55, 0.76])       # to the right, up, towards the viewer
AMBIENT = 0.35
OPACITY = 0.65                      # of the mesh over an image


def draw_views(vertices: np.ndarray, joints: np.ndarray, measured: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Mesh with bones, and the joints that went in as dots, seen from ahead and from the person's right; an image BGR.

    vertices (V, 3), joints and measured (24, 3): metres, OpenSim's axes (`trc.opensim_axes`).
    """
    # Right, up and towards the viewer in an image of somebody who looks along x.
    front, side = np.array([[0, 0, -1], [0, 1, 0], [1, 0, 0]]), np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1]])
    middle = (vertices.min(axis=0) + vertices.max(axis=0)) / 2
    return np.hstack([_view((vertices - middle) @ axes.T, (joints - middle) @ axes.T, (measured - middle) @ axes.T, faces)
                      for axes in (front, side)])


def blank_views(text: str) -> np.ndarray:
    """Instead of `draw_views` where nobody is fitted."""
    canvas = np.full((TILE, 2 * VIEW_WIDTH, 3), GROUND, np.uint8)
    cv2.putText(canvas, text, (VIEW_WIDTH - 40, TILE // 2), cv2.FONT_HERSHEY_SIMPLEX, 0.7, BONE_COLOR, 1, cv2.LINE_AA)
    return canvas


def draw_over(color: np.ndarray, intrinsics: Intrinsics, vertices: np.ndarray, faces: np.ndarray, person: Silhouette) -> np.ndarray:
    """The mesh over a colour image, with the silhouette's outline; a new image (H, W, 3) BGR.

    vertices: (V, 3) metres, optical frame. intrinsics: of the image.
    """
    towards = vertices * [1.0, -1.0, -1.0]
    mesh = paint(color.copy(), intrinsics.project(vertices), towards, faces, -towards)
    covered = mesh_mask(vertices, faces, intrinsics)[..., None]
    canvas = np.where(covered, cv2.addWeighted(mesh, OPACITY, color, 1.0 - OPACITY, 0.0), color)
    if person.found:
        outline, _ = cv2.findContours(person.mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE,
                                      offset=(person.roi.x, person.roi.y))
        cv2.drawContours(canvas, outline, -1, OUTLINE_COLOR, 1)
    return canvas


def around(image: np.ndarray, person: Silhouette) -> np.ndarray:
    """The part of an image around a person, TILE high; all of it where nobody was found."""
    if person.found:
        roi, x, y = person.roi, round(MARGIN * person.roi.width), round(MARGIN * person.roi.height)
        image = image[max(roi.y - y, 0):roi.y + roi.height + y, max(roi.x - x, 0):roi.x + roi.width + x]
    return cv2.resize(image, (max(1, round(image.shape[1] * TILE / image.shape[0])), TILE), interpolation=cv2.INTER_AREA)


def paint(canvas: np.ndarray, pixels: np.ndarray, points: np.ndarray, faces: np.ndarray, sight: np.ndarray | None = None
          ) -> np.ndarray:
    """Shaded faces into `canvas` itself, the farthest first.

    pixels: (V, 2). points: (V, 3) metres; right, up, towards the viewer. faces: (F, 3), counter-clockwise seen from outside.
    sight: (V, 3) from each vertex to the viewer; along the third axis where left out.
    """
    corners = points[faces]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12)
    facing = normal[:, 2] > 0 if sight is None else np.sum(normal * sight[faces[:, 0]], axis=1) > 0
    front = np.flatnonzero(facing & np.isfinite(pixels[faces]).all(axis=(1, 2)))
    front = front[np.argsort(corners[front, :, 2].mean(axis=1))]
    shade = AMBIENT + (1.0 - AMBIENT) * np.maximum(normal[front] @ LIGHT, 0.0)
    fixed = np.rint(np.clip(pixels[faces[front]], -1e4, 1e4) * 16).astype(np.int32)     # sixteenths of a pixel
    for corner, brightness in zip(fixed, shade):
        cv2.fillConvexPoly(canvas, corner, tuple(float(c) for c in SKIN * brightness), cv2.LINE_8, 4)
    return canvas


def _view(vertices: np.ndarray, joints: np.ndarray, measured: np.ndarray, faces: np.ndarray) -> np.ndarray:
    canvas = np.full((TILE, VIEW_WIDTH, 3), GROUND, np.uint8)

    def pixels(points: np.ndarray) -> np.ndarray:
        return np.array([VIEW_WIDTH, TILE]) / 2 + points[:, :2] * [1.0, -1.0] * (TILE / VIEW_M)
    paint(canvas, pixels(vertices), vertices, faces)
    at = np.rint(pixels(joints)).astype(int)
    for parent, joint in BONES:
        cv2.line(canvas, tuple(map(int, at[parent])), tuple(map(int, at[joint])), BONE_COLOR, 1, cv2.LINE_AA)
    for place in pixels(measured):
        if np.isfinite(place).all() and (np.abs(place) < 2 * TILE).all():
            cv2.circle(canvas, tuple(int(v) for v in np.rint(place)), 3, MEASURED_COLOR, -1, cv2.LINE_AA)
    return canvas


def strip(tiles: Sequence[np.ndarray], in_a_row: int) -> np.ndarray:
    """Tiles of one height in rows, padded to the widest."""
    rows = [np.hstack(tiles[start:start + in_a_row]) for start in range(0, len(tiles), in_a_row)]
    width = max(row.shape[1] for row in rows)
    return np.vstack([cv2.copyMakeBorder(row, 0, 0, 0, width - row.shape[1], cv2.BORDER_CONSTANT, value=GROUND) for row in rows])


def write_image(path: Path, image: np.ndarray) -> None:
    """Raises BadInput when it cannot be written."""
    if not cv2.imwrite(str(path), image):
        raise BadInput(f'{path}: cannot be written; is the disk full?')


class Video:
    """Images of one size, one after the other, into a file; the size is the first one's."""

    def __init__(self, path: Path, rate_hz: float) -> None:
        self._path, self._rate_hz = path, rate_hz
        self._writer: cv2.VideoWriter | None = None
        self._size = (0, 0)

    def add(self, image: np.ndarray) -> None:
        """Append; another size is fitted in. Raises BadInput where OpenCV cannot write such a file."""
        if self._writer is None:
            self._size = image.shape[1], image.shape[0]
            code = cv2.VideoWriter_fourcc(*('MJPG' if self._path.suffix == '.avi' else 'mp4v'))
            self._writer = cv2.VideoWriter(str(self._path), code, self._rate_hz, self._size)
            if not self._writer.isOpened():
                raise BadInput(f'{self._path}: this OpenCV writes no such video; choose --video avi')
        self._writer.write(image if image.shape[1::-1] == self._size else cv2.resize(image, self._size))

    def close(self) -> None:
        """Finish the file."""
        if self._writer is not None:
            self._writer.release()
