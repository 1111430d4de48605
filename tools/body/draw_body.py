"""Draw the body for docs/body.md: python tools/body/draw_body.py [--body FILE] [--out FOLDER]."""

import argparse
from pathlib import Path

import cv2
import numpy as np
import open3d as o3d
from poses import POSES

from poseformer_ros.body.kinematics import ShapedBody, shaped_body
from poseformer_ros.body.model import SHAPE_COUNT, BodyModel, default_body_path, load_body_model, shipped_body_path
from poseformer_ros.body.people import load_crowd, random_person
from poseformer_ros.geometry.mesh import vertex_normals
from poseformer_ros.skeleton.joints import JOINT_COUNT

HEIGHT_PX = 360
VIEW_HEIGHT_M = 2.25
LIGHT = np.array([-0.35, 0.45, 0.82])       # towards the light, in the camera's frame; x right, y up, z to the camera
AMBIENT = 0.3
SKIN_BGR = np.array([178.0, 196.0, 222.0])
INSIDE_BGR = np.array([40.0, 40.0, 220.0])  # shows wherever a face is seen from behind
CAMERA_DISTANCE_M = 5.0

FRONT, QUARTER, THREE_QUARTER, SIDE, BACK = 0.0, 35.0, 65.0, 90.0, 180.0     # degrees around the person
SHAPES_SHOWN = 4
STATURES_M = (1.0, 1.2, 1.4, 1.6, 1.8, 2.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--body', type=Path, default=default_body_path())
    parser.add_argument('--out', type=Path, default=Path(__file__).parents[2] / 'docs/images')
    options = parser.parse_args()
    model = load_body_model(options.body)
    mean = shaped_body(model, np.zeros(SHAPE_COUNT))
    names = list(POSES)
    _write(options.out / 'body_poses.png', np.vstack([_pose_row(mean, names[:4]), _pose_row(mean, names[4:])]))
    colours = _part_colours()[model.part]
    _write(options.out / 'body_parts.png',
           np.hstack([_posed(mean, POSES['A'], azimuth, 0.78, colours) for azimuth in (FRONT, SIDE, BACK)]))
    _write(options.out / 'body_shapes.png', np.vstack([_shape_row(model, size) for size in (-2, 2)]))
    _write(options.out / 'body_people.png', np.vstack([_people_row(seed) for seed in (3, 4)]))


def _pose_row(body: ShapedBody, names: list[str]) -> np.ndarray:
    return np.hstack([_titled(_posed(body, POSES[name], azimuth, 0.78), name.replace('_', ' '))
                      for name in names for azimuth in (FRONT, THREE_QUARTER)])


def _shape_row(model: BodyModel, size: float) -> np.ndarray:
    bodies = [shaped_body(model, size * np.eye(SHAPE_COUNT)[component]) for component in range(SHAPES_SHOWN)]
    return np.hstack([_titled(_posed(body, POSES['A'], QUARTER, 0.78), f'beta {index + 1} = {size:+d}')
                      for index, body in enumerate(bodies)])


def _people_row(seed: int) -> np.ndarray:
    """People of all ages, drawn at random for their stature, from ahead and aside."""
    path, rng = shipped_body_path('all_ages'), np.random.default_rng(seed)
    model, crowd = load_body_model(path), load_crowd(path)
    bodies = [shaped_body(model, random_person(model, crowd, stature, rng)) for stature in STATURES_M]
    return np.hstack([_titled(_posed(body, POSES['A'], azimuth, aspect), title)
                      for body, stature in zip(bodies, STATURES_M)
                      for azimuth, aspect, title in ((FRONT, 0.58, f'{stature:.1f} m'), (THREE_QUARTER, 0.42, ''))])


def _posed(body: ShapedBody, pose: np.ndarray, azimuth: float, aspect: float, colours: np.ndarray | None = None
           ) -> np.ndarray:
    vertices = body.posed_vertices(pose).astype(np.float64)
    vertices[:, 1] -= vertices[:, 1].min()
    size = (int(HEIGHT_PX * aspect), HEIGHT_PX)
    return draw(vertices, body.model.f, azimuth, size, VIEW_HEIGHT_M, colours)


def draw(vertices: np.ndarray, faces: np.ndarray, azimuth: float, size: tuple[int, int], view_height: float,
         colours: np.ndarray | None = None) -> np.ndarray:
    """A shaded orthographic image (H, W, 3) BGR from `azimuth` degrees around the person, 0 from the front.

    The image is `view_height` metres high and stands on the floor y = 0; colours: (V, 3) BGR or None for skin.
    """
    angle = np.deg2rad(azimuth)
    to_camera = np.array([np.sin(angle), 0.0, np.cos(angle)])
    right, up = np.array([np.cos(angle), 0.0, -np.sin(angle)]), np.array([0.0, 1.0, 0.0])
    columns, rows = np.meshgrid(np.arange(size[0]), np.arange(size[1]))
    step = view_height / size[1]
    middle = (vertices.min(0) + vertices.max(0)) / 2 * [1, 0, 1]
    origins = (middle + CAMERA_DISTANCE_M * to_camera + (columns[..., None] - size[0] / 2) * step * right
               + (0.95 * view_height - rows[..., None] * step) * up)
    face, weights = _cast(vertices, faces, origins, -to_camera)
    return _shaded(vertices, faces, face, weights, np.stack([right, up, to_camera]), colours)


def _cast(vertices: np.ndarray, faces: np.ndarray, origins: np.ndarray, direction: np.ndarray
          ) -> tuple[np.ndarray, np.ndarray]:
    """First face hit by each ray, -1 for none, and the hit's barycentric weights."""
    scene = o3d.t.geometry.RaycastingScene(nthreads=1)
    scene.add_triangles(o3d.core.Tensor(vertices.astype(np.float32)), o3d.core.Tensor(faces.astype(np.uint32)))
    rays = np.concatenate([origins, np.broadcast_to(direction, origins.shape)], axis=-1).astype(np.float32)
    hits = scene.cast_rays(o3d.core.Tensor(rays), nthreads=1)
    face = np.where(np.isfinite(hits['t_hit'].numpy()), hits['primitive_ids'].numpy().astype(np.int64), -1)
    uv = hits['primitive_uvs'].numpy()
    return face, np.concatenate([1 - uv.sum(-1, keepdims=True), uv], axis=-1)


def _shaded(vertices: np.ndarray, faces: np.ndarray, face: np.ndarray, weights: np.ndarray, axes: np.ndarray,
            colours: np.ndarray | None) -> np.ndarray:
    image = np.full((*face.shape, 3), 255.0)
    hit = face >= 0
    corners, share = faces[face[hit]], weights[hit][..., None]
    normals = np.sum(share * vertex_normals(vertices, faces)[corners], axis=1) @ axes.T
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    colour = SKIN_BGR if colours is None else np.sum(share * colours[corners], axis=1)
    colour = np.where(_face_normals(vertices, faces)[face[hit]] @ axes[2][:, None] < 0, INSIDE_BGR, colour)
    light = AMBIENT + (1 - AMBIENT) * np.clip(normals @ (LIGHT / np.linalg.norm(LIGHT)), 0, 1)
    image[hit] = colour * light[:, None]
    return image.astype(np.uint8)


def _face_normals(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    a, b, c = (vertices[faces[:, corner]] for corner in range(3))
    return np.cross(b - a, c - a)



def _part_colours() -> np.ndarray:
    hues = (np.arange(JOINT_COUNT) * 67 % 180).astype(np.uint8)
    hsv = np.stack([hues, np.full_like(hues, 150), np.full_like(hues, 240)], axis=-1)
    return cv2.cvtColor(hsv[None], cv2.COLOR_HSV2BGR)[0].astype(np.float64)


def _titled(image: np.ndarray, title: str) -> np.ndarray:
    return cv2.putText(image, title, (8, 18), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (60, 60, 60), 1, cv2.LINE_AA)


def _write(path: Path, image: np.ndarray) -> None:
    """Fewer shades keep the file small."""
    cv2.imwrite(str(path), image // 8 * 8 + 7, [cv2.IMWRITE_PNG_COMPRESSION, 9])


if __name__ == '__main__':
    main()
