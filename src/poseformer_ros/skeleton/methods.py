"""The ways to find a person's joints, by name: a new one is a file and a row here."""

from dataclasses import dataclass
from typing import Protocol

from poseformer_ros.options import Method, OptionsByPrefix, check, option, options_of
from poseformer_ros.silhouette.person import Silhouette
from poseformer_ros.skeleton.dkp24 import Dkp24, Dkp24Options
from poseformer_ros.skeleton.facing import FacingOptions
from poseformer_ros.skeleton.joints import Skeleton
from poseformer_ros.skeleton.learned import LearnedJoints, LearnedJointsOptions
from poseformer_ros.skeleton.lift import LiftOptions
from poseformer_ros.skeleton.onnx_pose import OnnxPose, OnnxPoseOptions


class JointDetector(Protocol):
    """Finds the joints of one person in one image."""

    def __call__(self, person: Silhouette) -> Skeleton:
        """24 joints in the optical frame, pixels of the full image; MISSING where the image does not show them, all of nobody."""

    def reset(self) -> None:
        """Forget earlier images."""


METHODS = {
    'learned': Method(lambda options: LearnedJoints(options['learned'], options['facing']),
                      {'learned': LearnedJointsOptions, 'facing': FacingOptions}),
    'paper': Method(lambda options: Dkp24(options['dkp24'], options['lift']), {'dkp24': Dkp24Options, 'lift': LiftOptions}),
    'onnx_pose': Method(lambda options: OnnxPose(options['onnx_pose'], options['lift']),
                        {'onnx_pose': OnnxPoseOptions, 'lift': LiftOptions}),
}


@dataclass(frozen=True)
class JointsOptions:
    """Each field becomes a ROS parameter `joints.<name>`."""

    method: str = option('learned', choices=METHODS, live=False,
                         text="who finds the joints: the person network, the paper's DKP-Net-24, or a 2-D pose network of yours on "
                         'colour')

    def __post_init__(self) -> None:
        check(self)


OPTIONS = {'joints': JointsOptions, **options_of(METHODS)}


def joint_detector(options: OptionsByPrefix) -> JointDetector:
    """The chosen detector; `options` of every prefix in OPTIONS. Raises BadInput when it cannot be had."""
    return METHODS[options['joints'].method].make(options)
