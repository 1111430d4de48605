"""What can be set in the fit of the body model."""

from dataclasses import dataclass, field, fields

from poseformer_ros.options import check, option


@dataclass(frozen=True)
class FitOptions:
    """How the body model is fitted to joints and depth in real time."""

    iterations: int = option(2, 1, 50, 'steps of the solver per frame, from where the last frame ended')
    start_iterations: int = option(15, 1, 200, 'steps of the solver for a new person and after a loss')
    joint_sigma_m: float = option(0.03, 0.001, 0.5, 'standard deviation of a joint whose covariance is not known', unit='m')
    least_sigma_m: float = option(0.003, 0.0005, 0.1, 'no joint is believed to be nearer than this', unit='m')
    gate_sigmas: float = option(4.0, 1.0, 20.0, 'a joint further from the body than this many of its own standard '
                                'deviations, and than `gate_m`, loses most of its weight')
    gate_m: float = option(0.08, 0.01, 1.0, 'see `gate_sigmas`', unit='m')
    hidden_doubt: float = option(2.0, 1.0, 100.0, 'while a body is followed, joints that something hides count with so many times '
                                 'their standard deviation: guesses err for long')
    joint_offsets: str = option('detector', choices=('detector', 'none', 'dkp24'), live=False,
                                text='offsets that bring a detector\'s points onto the model\'s joints: those learned for the '
                                'detector that found them, none, or one\'s')
    pose_prior: float = option(0.5, 0.0, 100.0, 'weight of the usual poses')
    shape_prior: float = option(1.0, 0.01, 100.0, 'weight of the mean shape')
    shape_limit: float = option(2.0, 0.1, 10.0, 'no shape parameter grows beyond this; children of a metre are at 2.7 in '
                               'all_ages')
    limits: float = option(1.0, 0.0, 100.0, 'weight of the limits of knees and elbows')
    turn_drift_rad_s: float = option(1.5, 0.01, 100.0, 'a joint may stray from its steady turning by this much in a second; lower '
                                     'is calmer and later', unit='rad/s')
    place_drift_m_s: float = option(0.5, 0.01, 100.0, 'the same for the place of the body', unit='m/s')
    speed_gain: float = option(0.3, 0.0, 1.0, 'share of a surprise that is taken for a change of speed')
    shape_memory_s: float = option(20.0, 0.1, 10000.0, 'what is known of a person\'s shape fades in this time', unit='s')
    gap_s: float = option(1.0, 0.05, 60.0, 'after a longer pause the pose is sought anew; the shape is kept', unit='s')
    least_joints: int = option(6, 3, 24, 'with fewer joints measured nobody is fitted')
    lost_share: float = option(0.5, 0.0, 1.0, 'the fit is lost when a smaller share of the joints lies on the body')
    depth: bool = option(True, text='pull the surface to the depth points of the silhouette')
    depth_points: int = option(200, 20, 5000, 'how many depth points are used, from every part of the '
                               'body alike; each counts as independent')
    depth_sigma_m: float = option(0.02, 0.001, 0.2, 'standard deviation of the surface against depth: clothes, sensor, '
                                  'body model', unit='m')
    depth_gate_m: float = option(0.05, 0.005, 0.5, 'depth points this far from the surface lose most of their weight; '
                                 'the outline at as many of its standard deviations',
                                 unit='m')
    outline_points: int = option(130, 0, 1000, "how many pixels of the silhouette's outline pull at the body's rim, where what is "
                                 'behind is farther; 0 for none')
    outline_sigma_m: float = option(0.01, 0.001, 0.2, 'standard deviation of the rim against the outline', unit='m')
    clothes: float = option(0.0, 0.0, 3.0, 'how thick the clothes are that depth points lie on, as a share of what people usually '
                            'wear; 0 for bare bodies', live=False)
    limb_search: bool = option(True, text='where joints or depth image contradict the body, a limb that nothing hides is sought '
                                          'anew among all ways it may point')
    error_lasts_s: float = option(0.0, 0.0, 60.0, 'errors of joints and clothes last about this long: frames nearer to each '
                                  'other say little new, and the covariance grows accordingly', unit='s')

    doubtful_below: float = option(0.65, 0.0, 1.0, 'a fit whose quality, the chance that all joints lie within 10 cm, is lower '
                                   'has the state DOUBTFUL')

    def __post_init__(self) -> None:
        check(self)


_DECLARED = {declared.name: declared.metadata for declared in fields(FitOptions)}


@dataclass(frozen=True)
class StationFitOptions(FitOptions):
    """The fit's options; the station's joints err far and for long where they mistake an arm, its people may be children, and wear
    clothes."""

    gate_sigmas: float = field(default=2.5, metadata=_DECLARED['gate_sigmas'])
    error_lasts_s: float = field(default=2.0, metadata=_DECLARED['error_lasts_s'])
    shape_limit: float = field(default=3.0, metadata=_DECLARED['shape_limit'])
    clothes: float = field(default=1.0, metadata=_DECLARED['clothes'])
