"""What can be set of the trainings of the two networks that look at depth."""

from dataclasses import dataclass

from poseformer_ros.options import check, option


@dataclass(frozen=True)
class DepthTrainingOptions:
    """What both trainings know; each field becomes an argument of `poseformer train person` and `poseformer train finder`."""

    start_from: str = option('', text='checkpoint.pt of an earlier training, whose averaged weights this one starts from; '
                             'empty for random ones')
    epochs: int = option(12, 1, 1000, 'times that every example is shown')
    batch: int = option(96, 2, 4096, 'examples in one step')
    learning_rate: float = option(0.003, 1e-6, 1.0, 'highest, after a short warm-up; then it falls to zero')
    weight_decay: float = option(0.02, 0.0, 1.0, 'of AdamW')
    average: float = option(0.998, 0.0, 0.99999, 'share of the averaged weights that stays in each step; the average is shipped')
    half_precision: bool = option(True, text='compute in bfloat16, several times faster on processors that have it')
    device: str = option('auto', choices=('auto', 'cpu', 'cuda'), text='of the network; auto takes a GPU where there is one')
    threads: int = option(1, 1, 256, 'of the processor, for the network')
    seed: int = option(0, 0, 2**31 - 1, 'of weights, order and disturbances')

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class PersonTrainingOptions(DepthTrainingOptions):
    """Each field becomes an argument of `poseformer train person`."""

    clutter_from: int = option(4, 0, 1000, 'epoch, counted from 0, from which crowded rooms are shown too')
    facing_weight: float = option(0.12, 0.0, 10.0, 'of the facing angle in the loss, at first')
    late_facing_weight: float = option(0.4, 0.0, 10.0, 'of the facing angle in the loss, from `clutter_from` on: front and back '
                                       'differ in little, which is learned when joints are known')
    readers: int = option(1, 0, 64, 'processes that make squares of the crops')
