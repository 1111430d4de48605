"""What the drawn camera can be told; apart from the drawing, so that the graph can be read without it."""

from dataclasses import dataclass

from poseformer_ros.options import check, option


@dataclass(frozen=True)
class StudioOptions:
    """What the drawn camera sees."""

    width_px: int = option(640, 160, 1920, 'image width', unit='px', live=False)
    height_px: int = option(480, 120, 1080, 'image height', unit='px', live=False)
    person_height_m: float = option(1.70, 1.0, 2.1, 'standing height of the figure', unit='m', live=False)
    distance_m: float = option(2.8, 1.5, 5.0, 'from the camera to the figure', unit='m', live=False)
    noise: bool = option(True, text='depth noise of a Kinect v1', live=False)
    seed: int = option(0, 0, 2**31 - 1, 'of the noise', live=False)

    def __post_init__(self) -> None:
        check(self)
