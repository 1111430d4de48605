"""What can be set of the training of the exercise model."""

from dataclasses import dataclass

from poseformer_ros.options import check, option
from poseformer_ros.recognition.encoder_size import SIZES


@dataclass(frozen=True)
class ExerciseTrainingOptions:
    """Training of the causal encoder; every field is an argument of `poseformer train exercise`."""

    size: str = option('small', choices=tuple(SIZES), text='size of the encoder')
    rate_hz: float = option(15.0, 5.0, 120.0, 'frames a second that the model learns and runs at', unit='Hz')
    epochs: int = option(12, 1, 1000, 'times that every recording is gone through')
    batch: int = option(8, 1, 256, 'windows in one step')
    window_frames: int = option(240, 20, 2000, 'frames of a window')
    learning_rate: float = option(1e-3, 1e-6, 0.1, 'highest, after the warm-up')
    weight_decay: float = option(0.02, 0.0, 1.0, 'of AdamW')
    label_smoothing: float = option(0.05, 0.0, 0.5, 'share of the target that is spread over all classes')
    other_weight: float = option(1.0, 0.0, 10.0, 'weight of frames whose label is no class; their target is knowing nothing')
    tempo: float = option(1.25, 1.0, 2.0, 'largest factor by which a window is played faster or slower')
    slow_camera: float = option(0.3, 0.0, 1.0, 'share of windows seen by a slower camera that loses frames')
    parts_missing: float = option(0.05, 0.0, 0.9, 'share of parts missing throughout a window')
    stage_missing: float = option(0.1, 0.0, 1.0, "share of windows in which all parts of one stage are missing, such as 'mesh/'")
    bursts: float = option(0.5, 0.0, 1.0, 'share of windows in which a third of the parts is missing for a while')
    other_bodies: float = option(0.0, 0.0, 1.0, "share of windows as another body would have made them; for a model that sees "
                                                "'mesh/height' and 'mesh/joints' alone")
    beginnings: float = option(0.0, 0.0, 1.0, 'share of windows that begin shortly before or after an exercise does, as a station '
                                              'sees it that is started for one')
    noise: float = option(0.1, 0.0, 2.0, 'noise of each frame, in standard deviations of the feature')
    shift: float = option(0.2, 0.0, 2.0, 'shift of a whole window, in standard deviations of the feature')
    validation_share: float = option(0.1, 0.0, 0.9, 'share of the people who are held out, when nobody is named')
    seed: int = option(0, 0, 2 ** 31 - 1, 'of start, windows and held-out people')
    threads: int = option(1, 1, 64, 'processor threads; more than one helps only while as many cores are idle')

    def __post_init__(self) -> None:
        check(self)
