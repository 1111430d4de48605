"""The sum of all terms (paper, equation 29), and its damped Gauss-Newton solution."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from poseformer_ros.body.fitting.fit_options import FitOptions
from poseformer_ros.body.fitting.jacobian import PosedBody, joint_jacobian, pose_body
from poseformer_ros.body.fitting.pose_prior import PosePrior
from poseformer_ros.body.fitting.quadratic import POSE, SHAPE, UNKNOWNS
from poseformer_ros.body.fitting.surface.depth_term import DepthTarget, depth_term
from poseformer_ros.body.fitting.terms import JointTarget, ShapeKnowledge, joint_term, less_of_hidden, limit_term
from poseformer_ros.body.model import SHAPE_COUNT, BodyModel

FIRST_DAMPING = 1e-4        # share of the diagonal
STRONGEST_DAMPING = 1e4
DAMPING_DOWN, DAMPING_UP = 0.1, 10.0
LITTLE_GAIN = 0.2           # of -log p; a step that promises less moves nothing by a standard deviation
FORESEEN_GAIN = 4.0         # one that promises less goes where the quadratic says: it is the last, and nothing is computed anew

_DIAGONAL = np.diag_indices(UNKNOWNS)
_UNIT = np.eye(SHAPE_COUNT)


@dataclass(frozen=True)
class Objective:
    """What is minimised for one frame.

    course: (85,) where the unknowns are expected from the frames before. course_information: (85,) how strongly, zero
        where nothing is expected. Both leave the shape alone; `shape` is what earlier frames say of it.
    followed: whether the movement is known, so that hidden joints count less.
    depth: the surface's target, or None.
    """

    model: BodyModel
    prior: PosePrior
    options: FitOptions
    joints: JointTarget
    shape: ShapeKnowledge
    course: np.ndarray
    course_information: np.ndarray
    followed: bool = False
    depth: DepthTarget | None = None

    @cached_property
    def weighed(self) -> JointTarget:
        """The joints as they are weighed."""
        return less_of_hidden(self.joints, self.options) if self.followed else self.joints


@dataclass(frozen=True)
class Guess:
    """An objective at one guess; after a last, small step as the quadratic before it foresees, `usual` and `jacobian` as before it.

    unknowns: (85,). value: of all terms. usual: of usual poses, limits and shape alone.
    gradient: (85,). information: (85, 85). prior: (72, 72), the part of it that comes from usual poses.
    body: posed. jacobian: (24, 3, 85) of its joints.
    """

    unknowns: np.ndarray
    value: float
    usual: float
    gradient: np.ndarray
    information: np.ndarray
    prior: np.ndarray
    body: PosedBody
    jacobian: np.ndarray


def evaluate(objective: Objective, unknowns: np.ndarray) -> Guess:
    """All terms at a guess (85,)."""
    options = objective.options
    body = pose_body(objective.model, unknowns)
    jacobian = joint_jacobian(body)
    joints = joint_term(body.joints, jacobian, objective.weighed)
    value, gradient, information = joints.value, joints.gradient, joints.information
    diagonal = objective.course_information.copy()

    pose = objective.prior(unknowns[POSE])
    value += options.pose_prior * pose.value
    gradient[POSE] += options.pose_prior * pose.gradient
    prior = options.pose_prior * pose.information
    information[POSE, POSE] += prior

    limits, pull, stiffness = limit_term(unknowns[POSE])
    value += options.limits * limits
    gradient[POSE] += options.limits * pull
    diagonal[POSE] += options.limits * stiffness

    shape = objective.shape.information + options.shape_prior * _UNIT
    betas = unknowns[SHAPE]
    value += 0.5 * float(betas @ shape @ betas) - float(objective.shape.vector @ betas)
    gradient[SHAPE] += shape @ betas - objective.shape.vector
    information[SHAPE, SHAPE] += shape

    usual = value - joints.value
    if objective.depth is not None:
        surface = depth_term(objective.model, body, betas, objective.depth, options)
        value += surface.value
        gradient += surface.gradient
        information += surface.information

    away = unknowns - objective.course
    pull = objective.course_information * away
    information[_DIAGONAL] += diagonal
    return Guess(unknowns, value + 0.5 * float(away @ pull), usual, gradient + pull, information, prior, body, jacobian)


def minimise(objective: Objective, start: np.ndarray, steps: int) -> Guess:
    """Levenberg and Marquardt's method from unknowns (85,): at most that many steps, none seen to go uphill, shape in limits."""
    limit = objective.options.shape_limit
    guess = evaluate(objective, _within(start, limit))
    damping = FIRST_DAMPING
    for _ in range(steps):
        step = _step(guess, damping, limit)
        promise = -0.5 * float(step @ guess.gradient)
        if promise < LITTLE_GAIN:
            break
        there = _within(guess.unknowns + step, limit)
        if promise < FORESEEN_GAIN:
            return _foreseen(objective, guess, there)
        trial = evaluate(objective, there)
        if trial.value <= guess.value:
            guess, damping = trial, damping * DAMPING_DOWN
        elif damping < STRONGEST_DAMPING:
            damping *= DAMPING_UP
        else:
            break
    return guess


def _foreseen(objective: Objective, guess: Guess, unknowns: np.ndarray) -> Guess:
    """The guess at unknowns (85,) near by, by the quadratic at this one."""
    step = unknowns - guess.unknowns
    pull = guess.information @ step
    return replace(guess, unknowns=unknowns, value=guess.value + float(step @ (guess.gradient + 0.5 * pull)),
                   gradient=guess.gradient + pull, body=pose_body(objective.model, unknowns))


def _step(guess: Guess, damping: float, limit: float) -> np.ndarray:
    """The damped Gauss-Newton step (85,); shape parameters that press against their limit stay."""
    damped = guess.information.copy()
    damped[_DIAGONAL] *= 1.0 + damping
    betas = guess.unknowns[SHAPE]
    pressing = (np.abs(betas) >= limit) & (betas * guess.gradient[SHAPE] < 0)
    if not pressing.any():
        return np.linalg.solve(damped, -guess.gradient)
    free = np.ones(UNKNOWNS, bool)
    free[SHAPE] = ~pressing
    step = np.zeros(UNKNOWNS)
    step[free] = np.linalg.solve(damped[np.ix_(free, free)], -guess.gradient[free])
    return step


def _within(unknowns: np.ndarray, limit: float) -> np.ndarray:
    """The same with the shape cut at its limits."""
    unknowns = unknowns.copy()
    np.clip(unknowns[SHAPE], -limit, limit, out=unknowns[SHAPE])
    return unknowns
