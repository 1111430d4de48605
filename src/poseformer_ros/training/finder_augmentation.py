"""Views of rooms as real cameras would give them, many at once in PyTorch: shifted, scaled, turned, mirrored, with faults of depth.

Everything random comes from the generator that is handed in. Images are (N, h, w); depth is metres, 0 where it is unknown.
"""

from dataclasses import dataclass

import torch
from torch.nn.functional import interpolate, max_pool2d

from poseformer_ros.person.finder import CHANNELS, DEPTH_M, PIXEL_M

CANVASES = ((128, 160), (160, 176), (112, 176), (144, 160), (160, 128))    # rows and columns shown in one step, by lot
AS_IT_IS_SHARE = 0.3        # of the views, neither scaled nor turned
SCALES = (0.75, 1.35)
TURNS_RAD, MUCH_TURNED_SHARE, MUCH_TURNED_RAD = 0.06, 0.15, 0.3
SHIFTED = 0.12              # of the canvas, standard deviation


@dataclass(frozen=True)
class Views:
    """depth: (N, h, w) float32 metres, 0 unknown. person: (N, h, w) uint8, whose pixel, 0 nobody's. focal_px: (N,).
    middle: (N, people, 2) column and row of each person's trunk.
    """

    depth: torch.Tensor
    person: torch.Tensor
    focal_px: torch.Tensor
    middle: torch.Tensor


class Lot:
    """Random numbers of one generator on one device."""

    def __init__(self, generator: torch.Generator) -> None:
        self._generator, self.device = generator, generator.device

    def uniform(self, low: float, high: float, *shape: int) -> torch.Tensor:
        """Uniform numbers of a shape."""
        return low + (high - low) * torch.rand(shape, generator=self._generator, device=self.device)

    def normal(self, *shape: int) -> torch.Tensor:
        """Standard normal numbers of a shape."""
        return torch.randn(shape, generator=self._generator, device=self.device)

    def happens(self, share: float, *shape: int) -> torch.Tensor:
        """True for a share of a shape."""
        return torch.rand(shape, generator=self._generator, device=self.device) < share

    def one_of(self, count: int) -> int:
        """A whole number below `count`."""
        return int(torch.randint(count, (1,), generator=self._generator, device=self.device))


def augmented(views: Views, size: torch.Tensor, lot: Lot) -> Views:
    """Other views of the same. size: (N, 2) rows and columns that are the image's."""
    views = _another_view(views, size, lot)
    return _worse_depth(_with_things_before(views, lot), lot)


def network_input(views: Views) -> torch.Tensor:
    """(N, CHANNELS, h, w), as `person.finder.finder_image` makes it of one image."""
    known = views.depth > 0
    pixel = views.depth / views.focal_px[:, None, None]
    image = torch.stack([(views.depth / DEPTH_M - 1).clamp(-1, 3), known.float(), (pixel / PIXEL_M - 1).clamp(-1, 3)], 1)
    image[:, ::2] *= known[:, None]
    return image.reshape(-1, CHANNELS, *views.depth.shape[1:])


def _another_view(views: Views, size: torch.Tensor, lot: Lot) -> Views:
    """Each pixel of a canvas takes the one that lies there in the image shifted, scaled, turned and mirrored."""
    count, (rows, columns) = len(views.depth), CANVASES[lot.one_of(len(CANVASES))]
    plain = lot.happens(AS_IT_IS_SHARE, count)
    scale = torch.where(plain, 1.0, lot.uniform(*SCALES, count))
    turn = lot.normal(count) * torch.where(lot.happens(MUCH_TURNED_SHARE, count), MUCH_TURNED_RAD, TURNS_RAD)
    turn = torch.where(plain, 0.0, turn)
    side = torch.where(lot.happens(0.5, count), -1.0, 1.0)
    canvas = torch.tensor([columns, rows], device=lot.device, dtype=torch.float32)
    middle_in = (size.flip(1).float() - 1) / 2
    shift = torch.where(plain[:, None], 0.0, SHIFTED * lot.normal(count, 2) * canvas)
    middle_out = torch.where(lot.happens(0.5, count)[:, None], middle_in, (canvas - 1) / 2) + shift    # half begin at the corner
    c, s = torch.cos(turn) / scale, torch.sin(turn) / scale
    y, x = torch.meshgrid(torch.arange(rows, device=lot.device), torch.arange(columns, device=lot.device), indexing='ij')
    dx, dy = x - middle_out[:, 0, None, None], y - middle_out[:, 1, None, None]
    from_x = side[:, None, None] * (c[:, None, None] * dx + s[:, None, None] * dy) + middle_in[:, 0, None, None]
    from_y = -s[:, None, None] * dx + c[:, None, None] * dy + middle_in[:, 1, None, None]
    column, row = from_x.round().long(), from_y.round().long()
    inside = (column >= 0) & (row >= 0) & (column < size[:, 1, None, None]) & (row < size[:, 0, None, None])
    at = (row.clamp(0, views.depth.shape[1] - 1) * views.depth.shape[2] + column.clamp(0, views.depth.shape[2] - 1)).flatten(1)
    depth = views.depth.flatten(1).gather(1, at).reshape(inside.shape) * inside
    person = views.person.flatten(1).gather(1, at).reshape(inside.shape) * inside
    away = views.middle - middle_in[:, None]
    ax, ay = side[:, None] * away[..., 0], away[..., 1]
    c, s = c * scale ** 2, s * scale ** 2       # the inverse of a turn divided by the scale
    middle = torch.stack([c[:, None] * ax - s[:, None] * ay, s[:, None] * ax + c[:, None] * ay], -1) + middle_out[:, None]
    return Views(depth, person, views.focal_px * scale, middle)


def _with_things_before(views: Views, lot: Lot) -> Views:
    """Boards, poles and edges of furniture between camera and room."""
    count, rows, columns = views.depth.shape
    depth, person = views.depth, views.person
    y = torch.arange(rows, device=lot.device)[None, :, None]
    x = torch.arange(columns, device=lot.device)[None, None, :]
    for share in (0.25, 0.12):
        turn = lot.normal(count, 1, 1) * 0.3
        dx, dy = x - lot.uniform(0, columns, count, 1, 1), y - lot.uniform(0, rows, count, 1, 1)
        along, down = torch.cos(turn) * dx + torch.sin(turn) * dy, torch.cos(turn) * dy - torch.sin(turn) * dx
        half = torch.exp(lot.uniform(0.7, 4.0, count, 2, 1, 1))
        plane = lot.uniform(0.5, 3.0, count, 1, 1) + 0.004 * lot.normal(count, 1, 1) * down
        board = (along.abs() < half[:, 0]) & (down.abs() < half[:, 1]) & lot.happens(share, count, 1, 1) & (plane > 0.3)
        board &= (plane < depth) | (depth == 0)
        depth, person = torch.where(board, plane, depth), torch.where(board, 0, person)
    return Views(depth, person, views.focal_px, views.middle)


def _worse_depth(views: Views, lot: Lot) -> Views:
    """Waves, noise, lost edges, cloth, patches and pixels, grown edges, what is too near or too far."""
    z = views.depth
    count, rows, columns = z.shape
    some = (count, 1, 1)
    z = _grown(z, lot.happens(0.12, *some))
    z = z + (z > 0) * z * (lot.uniform(0, 0.012, *some) * lot.happens(0.5, *some) * _waves(lot, count, rows, columns)
                           + lot.uniform(0, 0.008, *some) * lot.happens(0.4, *some) * lot.normal(*z.shape))
    lost = _edges(z) & lot.happens(0.5, *some) & (lot.uniform(0, 1, *z.shape) < lot.uniform(0.2, 1.0, *some))
    cloth = (_waves(lot, count, rows, columns) > 0.3) & (views.person > 0) & lot.happens(0.25, *some)
    lost |= cloth & (lot.uniform(0, 1, *z.shape) < lot.uniform(0.3, 1.0, *some))
    patches = (_waves(lot, count, rows, columns) > lot.uniform(0.8, 2.0, *some)) & lot.happens(0.3, *some)
    lost |= patches & (lot.uniform(0, 1, *z.shape) < lot.uniform(0.5, 1.0, *some))
    lost |= lot.happens(0.3, *some) & (lot.uniform(0, 1, *z.shape) < lot.uniform(0.0, 0.35, *some))
    lost |= lot.happens(0.2, *some) & (z > lot.uniform(2.8, 6.0, *some))
    lost |= lot.happens(0.15, *some) & (z < lot.uniform(0.4, 1.0, *some))
    return Views(torch.where(lost, 0.0, z), views.person, views.focal_px, views.middle)


def _waves(lot: Lot, count: int, rows: int, columns: int) -> torch.Tensor:
    """(N, h, w) normal numbers that neighbours share, more or less coarsely."""
    cells = 3 + lot.one_of(30)
    return interpolate(lot.normal(count, 1, cells, cells), (rows, columns), mode='bicubic')[:, 0]


def _grown(z: torch.Tensor, where: torch.Tensor) -> torch.Tensor:
    """Near surfaces a pixel wider, as stereo gives them."""
    far = torch.where(z > 0, z, 99.0)
    nearest = -max_pool2d(-far[:, None], 3, 1, 1)[:, 0]
    return torch.where(where, torch.where(nearest < 90, nearest, 0.0), z)


def _edges(z: torch.Tensor) -> torch.Tensor:
    """(N, h, w) bool: beside a step in depth."""
    return max_pool2d(z[:, None], 3, 1, 1)[:, 0] + max_pool2d(-z[:, None], 3, 1, 1)[:, 0] > 0.12
