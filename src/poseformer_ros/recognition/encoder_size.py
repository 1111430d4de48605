"""How large the encoder is: the paper's size and the small one that ships."""

from dataclasses import dataclass

from poseformer_ros.errors import BadInput

STANDARD_LIMIT = 6.0        # standard deviations; a wild feature goes no further


@dataclass(frozen=True)
class EncoderSize:
    """Sizes of the encoder (paper, equations 31 to 38).

    name: of the preset. width: d, numbers per frame inside. heads: of attention. layers: encoder layers.
    feed_forward: width of equation 36's hidden layer.
    window: frames that attention sees, the newest included. pool: newest frames whose answers are averaged (equation 38).
    members: encoders of this size side by side, whose evidence is averaged.
    """

    name: str
    width: int
    heads: int
    layers: int
    feed_forward: int
    window: int
    pool: int
    members: int = 1

    def __post_init__(self) -> None:
        numbers = (self.width, self.heads, self.layers, self.feed_forward, self.window, self.pool, self.members)
        if not all(type(number) is int and number > 0 for number in numbers) or self.width % self.heads or self.window < 2:
            raise BadInput(f"encoder size '{self.name}': {numbers} are not whole positive numbers with width divisible by heads "
                           'and a window of at least 2; choose one of ' + ', '.join(SIZES))

    @property
    def head_width(self) -> int:
        """Numbers per head, d_k."""
        return self.width // self.heads

    @property
    def rings(self) -> int:
        """Layers of all members, each of which remembers the keys and values of a window."""
        return self.members * self.layers

    @property
    def reach(self) -> int:
        """Frames before the newest that can still change the answer: a window for each layer, then the pooling."""
        return self.layers * (self.window - 1) + self.pool - 1


# 1.8 GFLOP, as the paper states, is this size over 72 frames: 2 x 12.6 million weights x 72.
PAPER = EncoderSize('paper', width=512, heads=8, layers=4, feed_forward=2048, window=72, pool=72)
# Attention gathers over time already; averaging few answers lets a new exercise show sooner than 2.4 s of them would.
SMALL = EncoderSize('small', width=128, heads=8, layers=4, feed_forward=512, window=72, pool=5)
SIZES: dict[str, EncoderSize] = {'paper': PAPER, 'small': SMALL}


def encoder_size(name: str) -> EncoderSize:
    """The preset of that name. Raises BadInput when there is none."""
    if name not in SIZES:
        raise BadInput(f'size {name!r} is not known; choose one of {", ".join(SIZES)}')
    return SIZES[name]
