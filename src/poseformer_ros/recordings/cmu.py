"""CMU motion capture: ASF skeleton with AMC motion, and the same recordings as rotation vectors.

The data used here was obtained from mocap.cs.cmu.edu; the database was created with funding from NSF EIA-0196217.
"""

import gzip
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from poseformer_ros.errors import BadInput
from poseformer_ros.geometry.rotations import rotation_matrices
from poseformer_ros.recordings.joint_track import JointTrack
from poseformer_ros.recordings.npz_file import arrays_of

METRES_PER_UNIT = 0.0254 / 0.45     # CMU's own scale
AMC_RATE_HZ = 120.0
ROTVEC_RATE_HZ = 30.0
ROTVEC_OFFSET_SCALE = METRES_PER_UNIT / 70.0
POSITIONS = 'cmu_expmap_30hz_f32.npz'
SKELETON = 'skeleton.npz'
# A bone's end gives the joint; the root's gives the pelvis.
ASF_JOINTS = {'pelvis': 'root', 'spine_centre': 'lowerback', 'upper_spine': 'upperback', 'neck': 'lowerneck',
              'head': 'upperneck', **{f'{side}_{joint}': f'{side[0]}{bone}' for side in ('left', 'right')
                                      for joint, bone in (('hip', 'hipjoint'), ('knee', 'femur'), ('ankle', 'tibia'),
                                                          ('heel', 'foot'), ('shoulder', 'clavicle'),
                                                          ('elbow', 'humerus'), ('wrist', 'radius'), ('hand', 'hand'))}}
# The same joints in the 38 of the rotation-vector files.
ROTVEC_JOINTS = {'pelvis': 0, 'spine_centre': 14, 'upper_spine': 15, 'neck': 17, 'head': 18,
                 'left_hip': 2, 'left_knee': 3, 'left_ankle': 4, 'left_heel': 5,
                 'right_hip': 8, 'right_knee': 9, 'right_ankle': 10, 'right_heel': 11,
                 'left_shoulder': 21, 'left_elbow': 22, 'left_wrist': 23, 'left_hand': 25,
                 'right_shoulder': 30, 'right_elbow': 31, 'right_wrist': 32, 'right_hand': 34}

ROTVEC_JOINT_COUNT = 38
THORAX, ON_THORAX = 15, (16, 20, 29)


@dataclass(frozen=True)
class Bone:
    """One bone of an ASF skeleton.

    offset: (3,) metres from its start to its end, in the room's axes with the skeleton at rest.
    axis: (3, 3) rotation of its own axes against the room's.
    freedoms: its rotations in the order of the AMC file, such as ('rx', 'ry', 'rz').
    parent: name of the bone before it, 'root' at the pelvis.
    """

    offset: np.ndarray
    axis: np.ndarray
    freedoms: tuple[str, ...]
    parent: str = 'root'


def read_asf(path: Path | str) -> dict[str, Bone]:
    """Bones of an ASF skeleton in the order of its hierarchy. Raises BadInput for a file that is none."""
    path = Path(path)
    sections = _sections(path)
    if 'bonedata' not in sections or 'hierarchy' not in sections:
        raise BadInput(f"{path}: has no ':bonedata' or no ':hierarchy'; give an ASF skeleton")
    bones = dict(_bone(path, block) for block in _blocks(sections['bonedata']))
    ordered = {}
    for line in sections['hierarchy']:
        words = line.split()
        if words[0] in ('begin', 'end'):
            continue
        for child in words[1:]:
            if child not in bones:
                raise BadInput(f"{path}: its hierarchy names '{child}', which is no bone of it; get the file again")
            bone = bones[child]
            ordered[child] = Bone(bone.offset, bone.axis, bone.freedoms, words[0])
    return ordered


def read_amc(path: Path | str, bones: dict[str, Bone]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Root places (T, 3) in metres and each bone's angles (T, freedoms) in radians; 'root' has rx, ry, rz.

    path: an .amc or .amc.gz file. Raises BadInput for a frame that lacks a bone or has another number of angles.
    """
    path = Path(path)
    frames: list[dict[str, list[float]]] = []
    for number, line in enumerate(_text(path).splitlines(), start=1):
        words = line.split()
        if not words or words[0][0] in '#:':
            continue
        if words[0].isdigit():
            frames.append({})
            continue
        wanted = 6 if words[0] == 'root' else len(bones[words[0]].freedoms) if words[0] in bones else -1
        if not frames or len(words) - 1 != wanted:
            raise BadInput(f"{path}: line {number}, '{words[0]}' with {len(words) - 1} numbers does not fit the "
                           'skeleton; give the ASF file of the same person')
        frames[-1][words[0]] = [_number(path, number, word) for word in words[1:]]
    names = ['root', *(name for name, bone in bones.items() if bone.freedoms)]
    for index, frame in enumerate(frames):
        lacking = [name for name in names if name not in frame]
        if lacking:
            raise BadInput(f"{path}: frame {index + 1} has no '{lacking[0]}'; get the file again")
    if not frames:
        raise BadInput(f'{path}: holds no frame; give an AMC motion')
    angles = {name: np.array([frame[name] for frame in frames]) for name in names}
    places = angles['root'][:, :3] * METRES_PER_UNIT
    angles['root'] = angles['root'][:, 3:]
    return places, {name: np.radians(value) for name, value in angles.items()}


def joint_places(bones: dict[str, Bone], places: np.ndarray, angles: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Ends of all bones (T, 3) in metres, and 'root'; forward kinematics of the ASF format."""
    world = {'root': _euler(('rx', 'ry', 'rz'), angles['root'])}
    ends = {'root': places}
    for name, bone in bones.items():
        own = _euler(bone.freedoms, angles[name]) if bone.freedoms else np.eye(3)
        world[name] = world[bone.parent] @ (bone.axis @ own @ bone.axis.T)
        ends[name] = ends[bone.parent] + world[name] @ bone.offset
    return ends


def read_track(asf: Path | str, amc: Path | str) -> JointTrack:
    """An ASF and AMC pair as joints. Raises BadInput where they do not fit together."""
    bones = read_asf(asf)
    ends = joint_places(bones, *read_amc(amc, bones))
    lacking = [bone for bone in ASF_JOINTS.values() if bone not in ends]
    if lacking:
        raise BadInput(f"{asf}: has no bone '{lacking[0]}'; give a skeleton with CMU's bone names")
    still = {name: np.zeros((1, len(bone.freedoms))) for name, bone in bones.items()} | {'root': np.zeros((1, 3))}
    rest = joint_places(bones, np.zeros((1, 3)), still)
    return JointTrack({joint: ends[bone] for joint, bone in ASF_JOINTS.items()}, AMC_RATE_HZ,
                      Path(amc).name.split('.')[0], {joint: rest[bone][0] for joint, bone in ASF_JOINTS.items()})


def rotvec_names(folder: Path | str) -> list[str]:
    """Sequences in a folder of rotation-vector files. Raises BadInput without it."""
    with arrays_of(Path(folder) / POSITIONS) as arrays:
        return sorted(arrays)


def read_rotvec_track(folder: Path | str, name: str) -> JointTrack:
    """One sequence of rotation vectors as joints. Raises BadInput for an unknown name or another layout."""
    folder = Path(folder)
    with arrays_of(folder / POSITIONS) as arrays:
        if name not in arrays:
            raise BadInput(f"{folder / POSITIONS}: has no sequence '{name}'; names are like {next(iter(arrays))!r}")
        channels = arrays[name].astype(np.float64)
    with arrays_of(folder / SKELETON) as skeleton:
        parent, offset = skeleton['parent'], skeleton['offset'].astype(np.float64) * ROTVEC_OFFSET_SCALE
    if len(parent) != ROTVEC_JOINT_COUNT:
        raise BadInput(f'{folder / SKELETON}: has {len(parent)} joints, wanted {ROTVEC_JOINT_COUNT}; '
                       'get the file again')
    # The skeleton gives the thorax no length, so that shoulders and neck stand on the upper back; it has here the
    # upper back's length, as in the ASF skeletons.
    offset[list(ON_THORAX)] += np.array([0.0, np.linalg.norm(offset[THORAX]), 0.0])
    if channels.ndim != 2 or channels.shape[1] != 3 + 3 * len(parent):
        raise BadInput(f"{folder / POSITIONS}: '{name}' has shape {channels.shape}, wanted "
                       f'(T, {3 + 3 * len(parent)}); get the file again')
    # R = exp(skew(r)) acts on row vectors here: G_i = R_i G_parent.
    local = rotation_matrices(channels[:, 3:].reshape(len(channels), -1, 3))
    world, ends, rest = {}, {}, {}
    for joint, above in enumerate(parent):
        if above < 0:
            world[joint], ends[joint], rest[joint] = local[:, joint], channels[:, :3] * METRES_PER_UNIT, np.zeros(3)
        else:
            world[joint] = local[:, joint] @ world[above]
            ends[joint], rest[joint] = offset[joint] @ world[above] + ends[above], offset[joint] + rest[above]
    return JointTrack({joint: ends[index] for joint, index in ROTVEC_JOINTS.items()}, ROTVEC_RATE_HZ,
                      name.split('/')[-1], {joint: rest[index] for joint, index in ROTVEC_JOINTS.items()})


def _euler(freedoms: tuple[str, ...], angles: np.ndarray) -> np.ndarray:
    """Rotations (T, 3, 3) about fixed axes, the first freedom first."""
    matrix = np.eye(3)
    for freedom, angle in zip(freedoms, angles.T):
        matrix = rotation_matrices(angle[:, None] * np.eye(3)['xyz'.index(freedom[1])]) @ matrix
    return matrix


def _text(path: Path) -> str:
    if not path.is_file():
        raise BadInput(f'{path}: no such file; give a file of CMU motion capture')
    try:
        return gzip.decompress(path.read_bytes()).decode() if path.suffix == '.gz' else path.read_text()
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise BadInput(f'{path}: not readable ({error}); get the file again') from error


def _sections(path: Path) -> dict[str, list[str]]:
    sections: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in _text(path).splitlines():
        line = line.strip()
        if line.startswith(':'):
            sections[line[1:].split()[0]] = lines = []
        elif line and not line.startswith('#'):
            lines.append(line)
    return sections


def _blocks(lines: list[str]) -> list[list[str]]:
    blocks: list[list[str]] = []
    for line in lines:
        if line == 'begin':
            blocks.append([])
        elif line != 'end' and blocks:
            blocks[-1].append(line)
    return blocks


def _bone(path: Path, block: list[str]) -> tuple[str, Bone]:
    fields = {line.split()[0]: line.split()[1:] for line in block}
    name = ' '.join(fields.get('name', ['without a name']))
    try:
        direction = np.array(fields['direction'], float)
        offset = direction * float(fields['length'][0]) * METRES_PER_UNIT
        axis = _euler(('rx', 'ry', 'rz'), np.radians(np.array([fields['axis'][:3]], float)))[0]
    except (KeyError, ValueError, IndexError) as error:
        raise BadInput(f"{path}: bone '{name}' lacks a proper direction, length or axis ({error}); get the file again"
                       ) from error
    return name, Bone(offset, axis, tuple(freedom for freedom in fields.get('dof', []) if freedom[0] == 'r'))


def _number(path: Path, line: int, word: str) -> float:
    try:
        return float(word)
    except ValueError as error:
        raise BadInput(f"{path}: line {line} holds '{word}', wanted a number; get the file again") from error
