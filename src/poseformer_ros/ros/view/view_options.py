"""Options of the view."""

from dataclasses import dataclass

from poseformer_ros.options import check, option

LOOPBACK = '127.0.0.1'


@dataclass(frozen=True)
class ViewOptions:
    """What is shown, and where."""

    serve: bool = option(False, text='as a web page instead of in a window', live=False)
    port: int = option(9090, 1024, 65533, 'of the page; the next two are taken as well', live=False)
    bind: str = option(LOOPBACK, text='address that page and window listen on; another than the loopback shows the person to '
                                      'whoever reaches it', live=False)
    save: str = option('', text='file (.rrd) that everything is written to; alone, nothing is opened', live=False)
    surroundings: bool = option(True, text="the camera's whole image and its depth, which the station makes for the view; "
                                           'otherwise on black, so that nobody and nothing but the person is shown', live=False)
    images_hz: float = option(10.0, 0.1, 60.0, 'images, clouds, parts and mesh are shown at most so often', unit='Hz', live=False)
    memory_mb: float = option(1024.0, 64.0, 1e5, 'that the page or window keeps; then the oldest is forgotten', unit='MB',
                              live=False)

    def __post_init__(self) -> None:
        check(self)
