"""The assessment's results as messages."""

import math

import numpy as np
from sensor_msgs.msg import JointState
from std_msgs.msg import Header

from poseformer_ros import msg
from poseformer_ros.assessment.body_series import DEGREE, unit_of
from poseformer_ros.assessment.set_assessment import AssessedRepetition


def joint_state(series: dict[str, np.ndarray], header: Header) -> JointState:
    """Series of one moment, each (1,): angles in radians, shares of the body's size as parts of one."""
    values = {name: float(of[0]) for name, of in series.items()}
    return JointState(header=header, name=list(values),
                      position=[math.radians(value) if unit_of(name) == DEGREE else value / 100.0 for name, value in
                      values.items()])


def repetition_message(one: AssessedRepetition, exercise: str, final: bool, begun_s: float, track_id: int, header: Header
                       ) -> msg.AssessmentRepetition:
    """A repetition with its measures and faults; begun_s: the set's beginning."""
    when = one.repetition
    return msg.AssessmentRepetition(
        header=header, track_id=track_id, exercise=exercise, number=when.number, final=final, side=when.side, half=when.half,
        start_s=when.start_s - begun_s, far_s=when.far_s - begun_s, leave_s=when.leave_s - begun_s, end_s=when.end_s - begun_s,
        measures=[measure.name for measure in one.measures], values=[float(measure.value) for measure in one.measures],
        errors=[float(measure.error) for measure in one.measures], units=[measure.unit for measure in one.measures],
        faults=[fault.name for fault in one.faults], sentences=[fault.sentence for fault in one.faults],
        fault_s=[fault.stamp_s - begun_s for fault in one.faults])
