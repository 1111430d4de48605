"""How a bag is written, as options; the graph of nodes reads them without the libraries of bags."""

from dataclasses import dataclass

from poseformer_ros.options import check, option

COMPRESSIONS = ('none', 'lz4', 'zstd')


@dataclass(frozen=True)
class WriterOptions:
    """How a bag is written."""

    flush_s: float = option(0.5, 0.05, 60.0, 'what is received goes to the disk after at most this long', unit='s', live=False)
    split_mb: float = option(0.0, 0.0, 1e6, 'begin a new file at this size; 0 never', unit='MB', live=False)
    split_s: float = option(0.0, 0.0, 1e6, 'begin a new file after this long; 0 never', unit='s', live=False)
    compression: str = option('none', choices=COMPRESSIONS, live=False, text='of the chunks of the file')

    def __post_init__(self) -> None:
        check(self)
