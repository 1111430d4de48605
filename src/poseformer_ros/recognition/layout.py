"""What stands where in a frame's feature vector (paper, eq. 30), as data: named parts with offsets and sizes, and a version."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from poseformer_ros.errors import BadInput
from poseformer_ros.keypoints.body_parts import FOUND_PARTS, LIP_CLASSES
from poseformer_ros.keypoints.layout import FEATURE_COUNT, Detector
from poseformer_ros.skeleton.joints import JOINT_COUNT, JOINT_NAMES

# Changes whenever a name, a size, an order or the meaning of a value changes; models are bound to it.
VERSION = 'features-1'
CONTOUR_POINTS = 16         # of each body part
VERTEX_COUNT = 96           # of the mesh, spread evenly
ROTATION_SIZE = 6           # first two columns of a rotation matrix: continuous (Zhou et al., CVPR 2019)


@dataclass(frozen=True)
class FeatureLayout:
    """Named parts of a vector. offsets, sizes: of each part, in values. A part is present or missing as a whole."""

    version: str
    names: tuple[str, ...]
    offsets: tuple[int, ...]
    sizes: tuple[int, ...]

    @property
    def size(self) -> int:
        """Number of values."""
        return self.offsets[-1] + self.sizes[-1]

    def part(self, name: str) -> slice:
        """Where a part's values stand. Raises BadInput for a name that the layout does not have."""
        if name not in self.names:
            raise BadInput(f'feature layout {self.version}: no part {name!r}; the parts are {", ".join(self.names)}')
        index = self.names.index(name)
        return slice(self.offsets[index], self.offsets[index] + self.sizes[index])

    def owner(self) -> np.ndarray:
        """(size,) int: the part that each value belongs to."""
        return np.repeat(np.arange(len(self.names)), self.sizes)


def of_the_body(parts: Iterable[str]) -> bool:
    """Whether none of these parts needs keypoints or body parts."""
    return all(part.startswith(('joint/', 'mesh/')) for part in parts)


def layout_of(version: str, parts: dict[str, int]) -> FeatureLayout:
    """A layout of parts with their sizes, one after the other."""
    sizes = tuple(parts.values())
    return FeatureLayout(version, tuple(parts), tuple(int(v) for v in np.cumsum((0, *sizes[:-1]))), sizes)


def keypoint_part(detector: Detector) -> str:
    """Name of a detector's part."""
    return f'keypoints/{detector.name.lower()}'


def contour_part(part_id: int) -> str:
    """Name of a body part's contour points, by its LIP class."""
    return f'contour/{LIP_CLASSES[part_id]}'


FUSED = layout_of(VERSION, {
    **{keypoint_part(detector): FEATURE_COUNT for detector in Detector},
    **{contour_part(part): 2 * CONTOUR_POINTS for part in FOUND_PARTS},
    **{f'joint/{name}': 3 for name in JOINT_NAMES},
    'mesh/height': 1,
    'mesh/pose': ROTATION_SIZE * JOINT_COUNT,
    'mesh/shape': 10,
    'mesh/joints': 3 * JOINT_COUNT,
    'mesh/vertices': 3 * VERTEX_COUNT,
})
