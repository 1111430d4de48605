"""What can be set of the keypoint stage."""

from dataclasses import dataclass

from poseformer_ros.options import check, option


@dataclass(frozen=True)
class KeypointOptions:
    """What can be set of the keypoint stage; each field becomes a ROS parameter `keypoints.<name>`."""

    rate_hz: float = option(15.0, 0.1, 120.0, unit='Hz',
                            text='images a second that the detectors look at, evenly; those between have no keypoints; 15 is what '
                                 'exercise models take, and saves a station at 30 Hz an eighth of its work')
    rows_px: int = option(192, 64, 512, "size of the detectors' image: the longer side of the person with a margin", unit='px')
    grey: bool = option(False, text='detectors see the grey image inside the silhouette instead of the silhouette alone')
    smoothing_px: float = option(1.0, 0.0, 5.0, unit='px',
                                 text="sigma of the Gaussian that takes the steps off the silhouette's edge; 0 leaves them")
    contour: bool = option(True, text='corners of the simplified outline (Douglas-Peucker, equation 9)')
    contour_epsilon_px: float = option(2.0, 0.5, 20.0, "an outline point closer to its chord is dropped, in the detectors' image",
                                       unit='px')
    harris: bool = option(True, text='Harris corners (equations 10 and 11)')
    harris_k: float = option(0.04, 0.01, 0.24, 'k of equation 10')
    harris_quality: float = option(0.01, 0.0001, 0.9, 'weaker corners than this share of the strongest are dropped')
    shi_tomasi: bool = option(True, text='Shi-Tomasi corners (smaller eigenvalue)')
    shi_tomasi_quality: float = option(0.1, 0.0001, 0.9, 'weaker corners than this share of the strongest are dropped')
    corner_block_px: int = option(5, 2, 15, 'side of the window that Harris and Shi-Tomasi sum over', unit='px')
    corner_distance_px: float = option(4.0, 1.0, 50.0, 'Harris and Shi-Tomasi corners keep this distance', unit='px')
    orb: bool = option(True, text='ORB keypoints')
    orb_threshold: int = option(20, 1, 255, "brightness step of ORB's corner test", unit='grey levels')
    brisk: bool = option(True, text='BRISK keypoints')
    brisk_threshold: int = option(30, 1, 255, "brightness step of BRISK's corner test", unit='grey levels')
    sift: bool = option(True, text='SIFT keypoints (equation 12)')
    sift_contrast: float = option(0.04, 0.001, 0.5, 'SIFT extrema of less contrast are dropped')
    akaze: bool = option(True, text='AKAZE keypoints')
    akaze_threshold: float = option(0.001, 0.00001, 0.1, "AKAZE responses below are dropped")
    most_points: int = option(100, 1, 1000, 'each corner and blob detector keeps this many of its strongest points')
    skeleton_end: bool = option(True, text="end points of the silhouette's skeleton (Zhang and Suen)")
    skeleton_branch: bool = option(True, text="branch points of the silhouette's skeleton")
    skeleton_rows_px: int = option(128, 32, 512, 'size of the image that is thinned, as for rows', unit='px')

    def __post_init__(self) -> None:
        check(self)
