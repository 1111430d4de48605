"""Learning to find people: other views of a view keep its truth, losses by hand, and the file answers as the network does."""

import numpy as np
import pytest

torch = pytest.importorskip('torch', reason='training needs torch; pip install -r requirements/learning.txt')

from poseformer_ros.person.finder import CHANNELS, finder_image, load_finder_model  # noqa: E402
from poseformer_ros.synthesis.room_views import MOST_PEOPLE, VIEW_PX  # noqa: E402
from poseformer_ros.training.finder_augmentation import CANVASES, SCALES, Lot, Views, augmented, network_input  # noqa: E402
from poseformer_ros.training.finder_export import write_finder_model  # noqa: E402
from poseformer_ros.training.finder_loss import finder_loss  # noqa: E402
from poseformer_ros.training.finder_network import FinderNetwork  # noqa: E402

ROWS, COLUMNS = 120, 160        # of a record that are the image's
FOCAL_PX, DEPTH_M = 130.0, 3.0
COUNT = 60
SIZES = torch.tensor([[ROWS, COLUMNS]] * COUNT)


def square(row: int, column: int, half: int, number: int = 1, views: Views | None = None, count: int = 1) -> Views:
    """Views whose person is a square of 2 `half` + 1 pixels around a middle; or these with one more person."""
    if views is None:
        depth, middle = torch.zeros(count, *VIEW_PX), torch.full((count, MOST_PEOPLE, 2), torch.nan)
        depth[:, :ROWS, :COLUMNS] = DEPTH_M
        views = Views(depth, torch.zeros(count, *VIEW_PX, dtype=torch.uint8), torch.full((count,), FOCAL_PX), middle)
    views.person[:, row - half:row + half + 1, column - half:column + half + 1] = number
    views.middle[:, number - 1] = torch.tensor([float(column), float(row)])
    return views


def shown_otherwise(views: Views, seed: int) -> Views:
    return augmented(views, SIZES, Lot(torch.Generator().manual_seed(seed)))


def other_views(seed: int = 0) -> Views:
    return shown_otherwise(square(55, 70, 12, count=COUNT), seed)


def whole(views: Views, margin: int = 3) -> list[int]:
    """Views whose square lies inside the canvas with nothing before it: its middle pixels fill what its outline spans."""
    found = []
    for at, person in enumerate(views.person.numpy()):
        rows, columns = np.nonzero(person)
        if len(rows) and rows.min() >= margin and columns.min() >= margin and rows.max() < person.shape[0] - margin \
                and columns.max() < person.shape[1] - margin and abs(len(rows) / (25 * scale(views, at)) ** 2 - 1.0) < 0.06:
            found.append(at)
    return found


def scale(views: Views, at: int) -> float:
    return float(views.focal_px[at]) / FOCAL_PX


@pytest.mark.parametrize('seed', range(3))
def test_the_middle_goes_where_its_person_goes(seed):
    """Shifted, scaled, turned and mirrored; a square's middle is the mean of its pixels however it is turned."""
    views = other_views(seed)
    found = whole(views)
    assert len(found) > COUNT / 4
    for at in found:
        rows, columns = np.nonzero(views.person[at].numpy())
        assert views.middle[at, 0].numpy() == pytest.approx([columns.mean(), rows.mean()], abs=1.0)
    assert views.middle[:, 1:].isnan().all()


def test_the_focal_length_goes_with_the_size():
    views = other_views()
    sizes = np.array([[scale(views, at), np.count_nonzero(views.person[at].numpy()) ** 0.5 / 25] for at in whole(views)])
    assert sizes[:, 1] == pytest.approx(sizes[:, 0], rel=0.05)
    assert sizes[:, 0].min() < 0.9 and sizes[:, 0].max() > 1.15
    assert SCALES[0] <= sizes[:, 0].min() and sizes[:, 0].max() <= SCALES[1]


def test_left_and_right_are_changed_in_half_of_the_views():
    """Of two people side by side."""
    both = square(55, 90, 8, 2, square(55, 60, 8, count=COUNT))
    views = shown_otherwise(both, 1)
    mirrored = (views.middle[:, 0, 0] > views.middle[:, 1, 0]).float().mean()
    assert 0.3 < mirrored < 0.7
    for at in range(COUNT):
        rows, columns = (views.middle[at, :2, axis].round().long() for axis in (1, 0))
        for number in (0, 1):
            if 0 <= rows[number] < views.person.shape[1] and 0 <= columns[number] < views.person.shape[2]:
                assert views.person[at, rows[number], columns[number]] in (0, number + 1)       # 0 behind a thing


def test_what_lies_outside_the_image_is_unknown_and_nobodys():
    full = square(55, 70, 12, count=COUNT)
    full.person[:, ROWS:], full.person[:, :, COLUMNS:] = 3, 3       # where a record is no image
    views = shown_otherwise(full, 2)
    assert set(views.person.unique().tolist()) == {0, 1}
    assert tuple(views.depth.shape[1:]) in CANVASES and views.depth.shape == views.person.shape
    assert (views.depth >= 0).all() and views.depth.isfinite().all()


def test_the_same_generator_gives_the_same_views():
    once, again, other = (other_views(seed) for seed in (3, 3, 4))
    for name in ('depth', 'person', 'focal_px'):
        assert torch.equal(getattr(once, name), getattr(again, name))
    assert torch.equal(once.middle.nan_to_num(), again.middle.nan_to_num())
    assert not torch.equal(once.focal_px, other.focal_px)


def test_the_network_is_shown_the_same_in_training_as_in_the_station():
    views = other_views()
    views.depth[:] *= torch.linspace(0.1, 6.0, COUNT)[:, None, None]        # also farther than what is told apart
    shown = network_input(views)
    assert shown[:, 0].max() == shown[:, 2].max() == 3.0
    assert shown.shape == (COUNT, CHANNELS, *views.depth.shape[1:])
    for at in range(0, COUNT, 6):
        depth = views.depth[at].numpy()
        assert shown[at].numpy() == pytest.approx(finder_image(np.where(depth > 0, depth, np.nan), float(views.focal_px[at]))[0],
                                                  abs=1e-5)


def two_people() -> Views:
    """A large and a small one as squares on even pixels, each at its own depth, in two views; part of the room is unknown."""
    views = square(0, 0, 0, count=2)
    views.person[:] = 0
    views.person[:, 36:68, 54:86], views.person[:, 44:60, 20:36] = 1, 2
    views.middle[:, 0], views.middle[:, 1] = torch.tensor([70.0, 47.5]), torch.tensor([25.0, 58.0])
    views.depth[views.person == 2] = 2.0
    views.depth[:, 90:100], views.depth[:, 36:40, 54:86] = 0.0, 0.0        # of the room, of the large one
    return Views(views.depth, views.person, torch.tensor([FOCAL_PX, 150.0]), views.middle)


def true_answers(views: Views) -> torch.Tensor:
    """(N, 3, h / 2, w / 2) by the definition: at each person's pixel the metres, at its depth, to the person's middle."""
    said = torch.zeros(len(views.depth), 3, *(side // 2 for side in views.depth.shape[1:]))
    said[:, 0] = -20.0
    for at, row, column in np.argwhere(views.person[:, ::2, ::2].numpy()):
        away = views.middle[at, int(views.person[at, 2 * row, 2 * column]) - 1] - torch.tensor([2.0 * column, 2.0 * row])
        said[at, 0, row, column] = 20.0
        said[at, 1:, row, column] = away * views.depth[at, 2 * row, 2 * column] / views.focal_px[at]
    return said


def loss_of_votes(metres_off: float, *people: int) -> float:
    """Where the votes of these people's pixels go so far off to the right."""
    views = two_people()
    said = true_answers(views)
    for number in people:
        said[:, 1][views.person[:, ::2, ::2] == number] += metres_off
    return float(finder_loss(said, views)['votes'])


def test_right_answers_cost_next_to_nothing():
    views = two_people()
    losses = finder_loss(true_answers(views), views)
    assert set(losses) == {'pixels', 'votes'} and all(0.0 <= float(loss) < 1e-6 for loss in losses.values())


def test_a_vote_costs_by_its_error():
    """Smooth L1: half the square over 0.1 m up to there, then the error less half of that."""
    assert loss_of_votes(0.3, 1, 2) == pytest.approx(0.25, abs=1e-5)
    assert loss_of_votes(0.05, 1, 2) == pytest.approx(0.0125, abs=1e-5)
    assert loss_of_votes(5.0, 0) < 1e-6     # nobody's pixels are not asked


def test_a_small_persons_pixel_weighs_more():
    """By the root of the area: of 256 and of 64 pixels at half size, one row in eight of the large one's without depth."""
    large, small = loss_of_votes(0.3, 1), loss_of_votes(0.3, 2)
    assert large + small == pytest.approx(0.25, abs=1e-5)
    assert (small / 64) / (large / (256 * 7 / 8)) == pytest.approx(2.0, rel=1e-4)


def test_wrong_pixels_cost_more_and_those_without_depth_nothing():
    views = two_people()
    true = true_answers(views)
    undecided = finder_loss(torch.zeros_like(true), views)['pixels']
    assert float(undecided) == pytest.approx(np.log(2.0))
    wrong = true.clone()
    wrong[:, 0] *= -1
    assert float(finder_loss(wrong, views)['pixels']) == pytest.approx(20.0, rel=1e-4)
    unknown = true.clone()
    unknown[:, 0, 45:50] *= -1
    assert float(finder_loss(unknown, views)['pixels']) < 1e-6
    one = true.clone()
    one[:, 0, 10, 10] *= -1
    assert 1e-4 < float(finder_loss(one, views)['pixels']) < float(undecided)


def test_views_without_any_depth_cost_nothing():
    views = two_people()
    views.depth[:] = 0.0
    assert {name: float(loss) for name, loss in finder_loss(true_answers(views), views).items()} == {'pixels': 0.0, 'votes': 0.0}


def test_onnx_answers_as_torch_does_whatever_the_size(tmp_path):
    pytest.importorskip('onnx', reason='writing a model needs onnx; pip install -r requirements/learning.txt')
    pytest.importorskip('onnxruntime', reason='running a model needs onnxruntime; pip install -r requirements/station.txt')
    torch.manual_seed(1)
    network = FinderNetwork().train()
    with torch.no_grad():       # normalisations that are not those of the start
        network(torch.randn(8, CHANNELS, 64, 64))
    for name in 'ab':
        write_finder_model(tmp_path / f'{name}.onnx', network, 'a test')
    assert (tmp_path / 'a.onnx').read_bytes() == (tmp_path / 'b.onnx').read_bytes()
    model = load_finder_model(tmp_path / 'a.onnx')
    assert model.training == 'a test'
    for size in ((128, 160), (160, 128)):
        depth = np.random.default_rng(0).uniform(0.5, 5.0, size).astype(np.float32)
        with torch.inference_mode():
            said = network.eval()(torch.from_numpy(finder_image(depth, FOCAL_PX)))[0].numpy()
        found = model(depth, FOCAL_PX)
        assert said.shape == (3, size[0] // 2, size[1] // 2)
        assert found.votes[::2, ::2] == pytest.approx(said[1:].transpose(1, 2, 0), abs=1e-4)
        assert found.votes[1::2, 1::2] == pytest.approx(said[1:].transpose(1, 2, 0), abs=1e-4)
        between = (said[0, :-1, :-1] + said[0, 1:, :-1] * 3 + said[0, :-1, 1:] * 3 + said[0, 1:, 1:] * 9) / 16
        assert found.person[2::2, 2::2] == pytest.approx(1.0 / (1.0 + np.exp(-between)), abs=1e-4)
