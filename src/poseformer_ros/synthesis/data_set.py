"""Rendered sequences on disk: one folder each, in the form that `poseformer play` takes, with the truth beside.

    split/sequence/color/NNNN.jpg  depth/NNNN.png  calibration.json     as in recordings/image_folder.py
    split/sequence/parts/NNNN.png   8 bit: 0 room, 1..24 the person's part (joint + 1), 255 somebody else
    split/sequence/truth.npz        arrays over the frames, named as in `FrameTruth`
    split/sequence/sequence.json    exercise, camera, noise, person, rate
"""

import json
import shutil
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np

from poseformer_ros.camera.depth import millimetres_from_metres
from poseformer_ros.camera.frame import RgbdFrame
from poseformer_ros.errors import BadInput
from poseformer_ros.recordings.image_folder import open_folder
from poseformer_ros.silhouette.person import Floor
from poseformer_ros.synthesis.rendered_recording import FrameTruth, RenderedRecording
from poseformer_ros.synthesis.rendering.cameras import CameraPose
from poseformer_ros.synthesis.rendering.renderer import NOBODY

SOMEBODY_ELSE = 255
JPEG_QUALITY = 92
PER_FRAME = ('positions', 'pixels', 'visible', 'pose', 'translation', 'label', 'repetition', 'phase', 'depth_stamp_s',
             'color_stamp_s')


class Sequence(Protocol):
    """Images with truth, rendered now or read from disk."""

    def __len__(self) -> int:
        """Number of image pairs."""

    def frame(self, index: int) -> tuple[RgbdFrame, FrameTruth]:
        """Image pair `index` and its truth."""


def write_sequence(recording: RenderedRecording, folder: Path) -> None:
    """Render a recording into a folder; it appears only when it is whole, so that an interrupted run can go on."""
    partial = folder.with_name(folder.name + '.part')
    shutil.rmtree(partial, ignore_errors=True)
    for name in ('color', 'depth', 'parts'):
        (partial / name).mkdir(parents=True)
    truths = []
    for index in range(len(recording)):
        frame, truth = recording.frame(index)
        _write(partial / 'color' / f'{index:04d}.jpg', frame.color, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
        _write(partial / 'depth' / f'{index:04d}.png', millimetres_from_metres(frame.depth), [])
        _write(partial / 'parts' / f'{index:04d}.png', _part_image(truth), [])
        truths.append(truth)
    k = recording.intrinsics
    (partial / 'calibration.json').write_text(_json({'fx': k.fx, 'fy': k.fy, 'cx': k.cx, 'cy': k.cy}))
    (partial / 'sequence.json').write_text(_json(facts(recording)))
    per_frame: dict[str, Any] = {name: np.array([getattr(truth, name) for truth in truths]) for name in PER_FRAME}
    np.savez_compressed(partial / 'truth.npz', betas=truths[0].betas,
                        floor=np.array([[*truth.floor.normal, truth.floor.offset] for truth in truths]),
                        camera_rotation=np.array([truth.camera.rotation for truth in truths]),
                        camera_centre=np.array([truth.camera.centre for truth in truths]),
                        **per_frame)
    partial.rename(folder)


def facts(recording: RenderedRecording) -> dict:
    """What a sequence is, for tables."""
    plan = recording.plan
    return {'name': plan.name, 'exercise': plan.clip.exercise, 'sensor': plan.sensor, 'camera': plan.camera,
            'moving_rig': not plan.rig.still, 'noise': plan.noise.name, 'person': plan.person,
            'passer_by': plan.passer_by, 'rate_hz': plan.rate_hz}


class StoredSequence:
    """A sequence read back from its folder."""

    def __init__(self, folder: Path) -> None:
        """Raises BadInput when the folder is no rendered sequence."""
        self._images = open_folder(folder)
        self._parts = sorted((folder / 'parts').glob('*.png'))
        try:
            self.facts = json.loads((folder / 'sequence.json').read_text())
            with np.load(folder / 'truth.npz') as archive:
                self._truth = {name: archive[name] for name in archive.files}
        except (OSError, ValueError, json.JSONDecodeError) as error:
            raise BadInput(f'{folder}: {error}; render it again with `poseformer studio render`') from error

    def __len__(self) -> int:
        return len(self._images)

    def frame(self, index: int) -> tuple[RgbdFrame, FrameTruth]:
        """Image pair `index` and its truth."""
        frame = RgbdFrame(self._images.color(index), self._images.depth(index), self._images.color_camera)
        image = cv2.imread(str(self._parts[index]), cv2.IMREAD_UNCHANGED)
        others = image == SOMEBODY_ELSE
        mask = (image > 0) & ~others
        known = self._truth
        values = {name: known[name][index] for name in PER_FRAME}
        values.update(label=str(values['label']), repetition=int(values['repetition']), phase=float(values['phase']))
        floor = known['floor'][index]
        return frame, FrameTruth(betas=known['betas'], mask=mask, others=others,
                                 parts=np.where(mask, image.astype(np.int16) - 1, NOBODY).astype(np.int8),
                                 floor=Floor(floor[:3], float(floor[3])), exercise=self.facts['exercise'],
                                 camera=CameraPose(known['camera_rotation'][index], known['camera_centre'][index]),
                                 **values)


def stored_sequences(folder: Path) -> list[Path]:
    """Folders of the rendered sequences under a folder. Raises BadInput when there are none."""
    found = sorted(path.parent for path in folder.rglob('sequence.json') if not path.parent.name.endswith('.part'))
    if not found:
        raise BadInput(f'{folder}: no rendered sequences; make some with `poseformer studio render`')
    return found


def _part_image(truth: FrameTruth) -> np.ndarray:
    image = (truth.parts.astype(np.int16) + 1).astype(np.uint8)
    image[truth.others] = SOMEBODY_ELSE
    return image


def _write(path: Path, image: np.ndarray, settings: list[int]) -> None:
    if not cv2.imwrite(str(path), image, settings):
        raise BadInput(f'{path}: cannot be written; is the disk full?')


def _json(content: dict) -> str:
    return json.dumps(content, indent=1, sort_keys=True) + '\n'
