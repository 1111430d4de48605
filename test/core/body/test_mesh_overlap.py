"""The mesh's pixels against ray casting, and its overlap with a silhouette against counts by hand."""

from dataclasses import replace

import numpy as np
import pytest

from poseformer_ros.body.kinematics import shaped_body
from poseformer_ros.body.mesh_overlap import mesh_overlap
from poseformer_ros.camera.intrinsics import Intrinsics
from poseformer_ros.geometry.mesh_mask import mesh_mask
from poseformer_ros.silhouette.person import Roi, Silhouette, nobody

IMAGE = Intrinsics(512, 424, 365.0, 365.0, 255.5, 211.5)


def posed(model, seed, place):
    rng = np.random.default_rng(seed)
    pose = rng.normal(scale=0.3, size=(24, 3))
    pose[0] = [np.pi, 0.0, 0.0] if seed % 2 else [0.3, 0.0, 0.0]
    return shaped_body(model, rng.normal(size=10)).posed_vertices(pose, np.array(place))


def cast_rays(vertices, faces, intrinsics):
    """(h, w) bool by Open3D's ray casting."""
    o3d = pytest.importorskip('open3d', reason='Open3D casts the rays; pip install -r requirements/studio.txt')
    scene = o3d.t.geometry.RaycastingScene()
    scene.add_triangles(o3d.core.Tensor(vertices.astype(np.float32)), o3d.core.Tensor(faces.astype(np.uint32)))
    rays = np.zeros((intrinsics.height, intrinsics.width, 6), np.float32)
    rays[..., 3:] = intrinsics.deproject_image(np.ones((intrinsics.height, intrinsics.width)))
    return np.isfinite(scene.cast_rays(o3d.core.Tensor(rays))['t_hit'].numpy())


@pytest.mark.parametrize('seed, place', ((0, (0.0, 0.0, 3.0)), (1, (0.5, -0.2, 2.5)), (2, (-0.9, 0.0, 2.0)), (3, (0.0, 0.3, 1.1))))
def test_mask_is_that_of_ray_casting(model, seed, place):
    """Whole bodies, some beyond the border; a pixel may differ where its centre lies on an edge."""
    vertices = posed(model, seed, place)
    expected = cast_rays(vertices, model.f, IMAGE)
    assert expected.sum() > 3000
    assert (mesh_mask(vertices, model.f, IMAGE) ^ expected).sum() <= 3


def silhouette_of(mask):
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    roi = Roi(int(columns[0]), int(rows[0]), int(np.ptp(columns)) + 1, int(np.ptp(rows)) + 1)
    return Silhouette(found=True, mask=mask[roi.slices], depth=np.full((roi.height, roi.width), np.nan, np.float32),
                      color=np.zeros((roi.height, roi.width, 3), np.uint8), roi=roi,
                      intrinsics=IMAGE.crop(roi.x, roi.y, roi.width, roi.height),
                      image_size=(IMAGE.width, IMAGE.height), floor=None, track_id=1, cut=False)


@pytest.mark.parametrize('place', ((0.0, 0.0, 3.0), (-0.9, 0.0, 2.0)), ids=('whole', 'cut by the border'))
def test_overlap_is_one_for_the_body_itself(model, place):
    """Also where half of it lies outside the image."""
    vertices = posed(model, 1, place)
    person = silhouette_of(mesh_mask(vertices, model.f, IMAGE))
    assert mesh_overlap(vertices, model.f, person) == 1.0


def test_overlap_counts_what_reaches_out_of_the_crop(model):
    """Against intersection over union of two whole images."""
    there, here = posed(model, 1, (0.0, 0.0, 3.0)), posed(model, 1, (0.25, 0.1, 2.7))
    a, b = mesh_mask(there, model.f, IMAGE), mesh_mask(here, model.f, IMAGE)
    assert mesh_overlap(here, model.f, silhouette_of(a)) == pytest.approx((a & b).sum() / (a | b).sum(), abs=1e-12)


def test_overlap_of_what_is_not_there(model):
    vertices = posed(model, 1, (0.0, 0.0, 3.0))
    person = silhouette_of(mesh_mask(vertices, model.f, IMAGE))
    assert mesh_overlap(vertices + [0, 0, -9], model.f, person) == 0.0
    assert mesh_overlap(vertices + [9, 0, 0], model.f, person) == 0.0
    assert np.isnan(mesh_overlap(vertices, model.f, nobody(IMAGE, None)))
    blank = replace(person, mask=np.zeros_like(person.mask))
    assert np.isnan(mesh_overlap(vertices + [9, 0, 0], model.f, blank))
