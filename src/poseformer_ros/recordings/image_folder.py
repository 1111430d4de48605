"""A folder of recorded images: colour, depth and calibration.

    folder/color/*.png|jpg  folder/depth/*.png  folder/calibration.json

Depth images are 16-bit PNG in millimetres with 0 unknown; both folders hold the same names in playing order. `rgb` may stand for
`color`. Three forms of calibration are read; lengths in metres, focal lengths in pixels:

- ours: {"color": {"fx", "fy", "cx", "cy"}, "depth": {...}, "rotation": 3 x 3, "translation": [x, y, z]}; without "depth" the
  depth is registered;
- {"rgb_K", "depth_K", "R_depth_to_rgb", "t_depth_to_rgb_m_recommended"}, as course data of Xtion cameras comes;
- {"fx", "fy", "cx", "cy"}: registered depth.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from poseformer_ros.camera.depth import metres_from_millimetres
from poseformer_ros.camera.intrinsics import Intrinsics
from poseformer_ros.errors import BadInput
from poseformer_ros.options import check, option

IMAGE_ENDINGS = ('.png', '.jpg', '.jpeg')


@dataclass(frozen=True)
class FolderOptions:
    """Which images are played."""

    path: str = option('', text='folder with color/, depth/ and calibration.json', live=False)
    in_memory: bool = option(False, text='decode every image before the first is published, so that playing costs no more than '
                                         'a camera does', live=False)

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class Extrinsics:
    """Depth camera to colour camera: `X_color = rotation @ X_depth + translation`, (3, 3) and (3,) metres."""

    rotation: np.ndarray
    translation: np.ndarray


@dataclass(frozen=True)
class ImageFolder:
    """Paths and calibration; `extrinsics` is None where the depth is registered."""

    color_paths: tuple[Path, ...]
    depth_paths: tuple[Path, ...]
    color_camera: Intrinsics
    depth_camera: Intrinsics
    extrinsics: Extrinsics | None

    def __len__(self) -> int:
        return len(self.color_paths)

    def color(self, index: int) -> np.ndarray:
        """(H, W, 3) uint8 BGR. Raises BadInput naming the file when it does not decode."""
        return _read(self.color_paths[index], cv2.IMREAD_COLOR)

    def depth(self, index: int) -> np.ndarray:
        """(H, W) float32 metres, NaN where unknown, in the depth camera. Raises BadInput naming the file."""
        raw = _read(self.depth_paths[index], cv2.IMREAD_UNCHANGED)
        if raw.dtype != np.uint16 or raw.ndim != 2:
            raise BadInput(f'{self.depth_paths[index]}: {raw.dtype} with shape {raw.shape}, wanted a 16-bit grey PNG '
                           'in millimetres; convert it')
        return metres_from_millimetres(raw)


def open_folder(path: Path) -> ImageFolder:
    """Look through a folder.

    Raises:
        BadInput: folders, images or calibration are missing or do not fit; names the file and the remedy.
    """
    color = _images(path / 'color' if (path / 'color').is_dir() else path / 'rgb')
    depth = _images(path / 'depth')
    if [p.stem for p in color] != [p.stem for p in depth]:
        odd = sorted({p.stem for p in color} ^ {p.stem for p in depth})
        raise BadInput(f'{path}: color and depth hold different names, first {odd[0]!r}; give both images of each moment')
    calibration = _calibration(path / 'calibration.json')
    color_camera, depth_camera, extrinsics = _cameras(calibration, _size(color[0]), _size(depth[0]), path)
    return ImageFolder(color, depth, color_camera, depth_camera, extrinsics)


def _images(folder: Path) -> tuple[Path, ...]:
    found = tuple(sorted(p for p in folder.glob('*') if p.suffix.lower() in IMAGE_ENDINGS))
    if not found:
        raise BadInput(f'{folder}: no {", ".join(IMAGE_ENDINGS)} images; set folder.path to a recording')
    return found


def _read(path: Path, mode: int) -> np.ndarray:
    image = cv2.imread(str(path), mode)
    if image is None:
        raise BadInput(f'{path}: cannot be read as an image; replace or remove it')
    return image


def _size(path: Path) -> tuple[int, int]:
    height, width = _read(path, cv2.IMREAD_UNCHANGED).shape[:2]
    return width, height


def _calibration(path: Path) -> dict:
    try:
        said = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise BadInput(f'{path}: {error}; give the calibration of the recording') from error
    if not isinstance(said, dict):
        raise BadInput(f'{path}: holds a {type(said).__name__}, wanted {{"fx": ...}}; give the calibration of the recording')
    return said


def _cameras(calibration: dict, color_size: tuple[int, int], depth_size: tuple[int, int],
             path: Path) -> tuple[Intrinsics, Intrinsics, Extrinsics | None]:
    try:
        if 'rgb_K' in calibration:
            color, depth = (_from_matrix(calibration[f'{name}_K'], size)
                            for name, size in (('rgb', color_size), ('depth', depth_size)))
            return color, depth, _extrinsics(calibration['R_depth_to_rgb'], calibration['t_depth_to_rgb_m_recommended'])
        if 'depth' in calibration:
            color, depth = (_from_numbers(calibration[name], size)
                            for name, size in (('color', color_size), ('depth', depth_size)))
            return color, depth, _extrinsics(calibration['rotation'], calibration['translation'])
        both = _from_numbers(calibration.get('color', calibration), color_size)
    except KeyError as error:
        raise BadInput(f'{path / "calibration.json"}: {error} is missing; see `poseformer play --help` for the form') from error
    except (TypeError, IndexError, ValueError) as error:
        raise BadInput(f'{path / "calibration.json"}: {error}; see `poseformer play --help` for the form') from error
    if depth_size != color_size:
        raise BadInput(f'{path}: depth images of {depth_size[0]} x {depth_size[1]} cannot lie on colour images of '
                       f'{color_size[0]} x {color_size[1]}; give the calibration of both cameras')
    return both, both, None


def _from_matrix(k: list, size: tuple[int, int]) -> Intrinsics:
    return Intrinsics(*size, k[0][0], k[1][1], k[0][2], k[1][2])


def _from_numbers(numbers: dict, size: tuple[int, int]) -> Intrinsics:
    return Intrinsics(*size, *(float(numbers[name]) for name in ('fx', 'fy', 'cx', 'cy')))


def _extrinsics(rotation: list, translation: list) -> Extrinsics:
    return Extrinsics(np.array(rotation, float).reshape(3, 3), np.array(translation, float).reshape(3))
