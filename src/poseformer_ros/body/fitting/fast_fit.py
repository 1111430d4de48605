"""`method: fast`: the paper's objective (equations 23 to 29) solved frame by frame, with a memory of person and motion."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from poseformer_ros.body.fitting.fit_options import FitOptions
from poseformer_ros.body.fitting.jacobian import pose_body
from poseformer_ros.body.fitting.joint_offsets import body_size, offsets_for
from poseformer_ros.body.fitting.limb_search import LIMBS, LimbWay, sight_costs, sought_limb, turned
from poseformer_ros.body.fitting.objective import Guess, Objective, minimise
from poseformer_ros.body.fitting.pose_prior import fit_prior_path, load_pose_prior
from poseformer_ros.body.fitting.quadratic import POSE, SHAPE, TRANSLATION, UNKNOWNS
from poseformer_ros.body.fitting.quality import evidence_of, load_quality_model
from poseformer_ros.body.fitting.result import BodyFitResult, FitState, no_fit
from poseformer_ros.body.fitting.start import TRUNK, first_pose
from poseformer_ros.body.fitting.surface.clothes import usual_clothes
from poseformer_ros.body.fitting.surface.depth_term import Surface, depth_points, surface_residual
from poseformer_ros.body.fitting.surface.outline import Outline, outline_of
from poseformer_ros.body.fitting.surface.point_parts import part_chances
from poseformer_ros.body.fitting.terms import (
    JointTarget,
    ShapeKnowledge,
    joint_distance,
    joint_target,
    measured_joints,
    nothing_known,
    robust_weights,
)
from poseformer_ros.body.kinematics import rest_joints
from poseformer_ros.body.model import SHAPE_COUNT, BodyModel
from poseformer_ros.geometry.rotations import rotation_matrices, rotation_vectors
from poseformer_ros.silhouette.person import Silhouette
from poseformer_ros.skeleton.joints import JOINT_COUNT, JointState, Skeleton

NOWHERE_INFORMATION = 1e-2      # 1 / rad^2 and 1 / m^2: keeps the equations solvable where nothing is measured
WIDE_GATE = 4.0                 # a first guess may be this much further off before joints lose weight
UNWRAP_RAD = 1.5 * np.pi        # a rotation vector may grow this long before it is written the other way round
SPEED_DECAY_S = 0.2             # a turning that nothing measures comes to rest in this time
FASTEST = 15.0                  # rad/s and m/s; exercises stay well below (a thrower's elbow reaches 40 rad/s)
LEAST_STEP_S = 1e-3
TEACHES_NO_SHAPE = 0.1          # quality below which a fit is surely wrong
LONGEST_PAUSE_S = 0.3           # to which the pause of a limb sought in vain grows
SEEK_AGAIN_S = 0.1              # pause between first guesses that came to nothing; each costs several frames' time
EXPLAINED_M = 0.05              # a depth point this near to the surface is of it
FAR_M, FAR_SHARE = 0.06, 0.03   # so many depth points so far off the body, and within a limb's reach, contradict the limb
UNSEEN_COST = 3.0               # so does a limb that should be seen and is not
MOST_LIMB_POINTS = 40
AWAY_SIGMA_M, AWAY_GATE = 0.03, 3.0     # of depth points about the nearest vertex: clothes, and vertices 3 cm apart
AWAY_WEIGHT = 0.4           # neighbours lie off together: so much of a point's word is its own
MOST_FAR_SHARE = 0.1            # so many of them, and a fresh body may be better
MOST_OFF_TRUNK, OFF_LASTS_S = 4, 0.5    # so many joints of the trunk off the body contradict it, or any that long
LEAPT = 3                       # so do so many joints that are off it all at once
POOL = 5                        # times as many depth points are looked at as are used
LEAST_GAIN = 3.0                # of -log p, before a limb or the body jumps
HELD_SHARE = 0.6                # the depth points alone hold a body that goes through this share of them
DEPTH_START_ROUNDS = 2          # surface and depth are paired anew this often in a first frame, later once
CHAINS = np.array([limb.parts for limb in LIMBS])
ENDS = CHAINS[:, 1:3]           # elbow and wrist, knee and ankle
_REST = np.delete(np.arange(UNKNOWNS), SHAPE)       # of the unknowns: pose and translation


@dataclass(frozen=True)
class Motion:
    """The pose known at a moment: unknowns (85,), their variance (85,), speed (85,) per second, stamp in seconds."""

    unknowns: np.ndarray
    variance: np.ndarray
    speed: np.ndarray
    stamp_s: float


@dataclass(frozen=True)
class Seen:
    """What the image shows of the person.

    points: (N, 3) metres, at least one, of the depth image. chances: (24, N) of `part_chances`, or None. outline: None where the
    person ends nowhere before something farther. person: the silhouette.
    limbs: (4,) bool of LIMBS, whether the detector does not say that something hides elbow or wrist, knee or ankle: what is hidden
    the depth image tells nothing of.
    """

    points: np.ndarray
    chances: np.ndarray | None
    outline: Outline | None
    person: Silhouette
    limbs: np.ndarray

    @property
    def some(self) -> np.ndarray:
        """One in POOL of the points, evenly, as many as are used."""
        return self.points[:-(-len(self.points) // POOL)]


@dataclass(frozen=True)
class Candidate:
    """A body, and what the depth image says of it.

    guess: as solved. objective: that it solves, with its depth pairs.
    to_limb: (N, 5) metres from some depth points to trunk and head, and to each of LIMBS; N is zero without an image.
    unseen: (4,) of LIMBS, -log p of what should be seen of them and is not.
    """

    guess: Guess
    objective: Objective
    to_limb: np.ndarray
    unseen: np.ndarray

    @property
    def away(self) -> np.ndarray:
        """(N,) metres from the depth points to the body."""
        return self.to_limb.min(axis=1)

    @property
    def far(self) -> np.ndarray:
        """(N,) bool: depth points that are not of the body."""
        return self.away > FAR_M

    @property
    def off(self) -> np.ndarray:
        """(24,) bool: joints measured elsewhere."""
        joints = self.objective.weighed
        return joint_distance(self.guess.body.joints, joints) > joints.gate

    @property
    def cost(self) -> float:
        """-log p by joints and usual poses, by how far depth points lie off, and by what is seen of the limbs.

        Against depth points a joint costs as much as it lies off, however far (Laplace's distribution, rounded at its tip), or a
        backpack, of which a hundred points lie off the body, would be worth an arm; without an image as the solver has it. Pairs
        along rays will not do to compare two bodies: an arm laid along an outline finds a pair for each point there.
        """
        off = joint_distance(self.guess.body.joints, self.objective.joints)
        if not len(self.to_limb):
            return self.guess.usual + 0.5 * float(robust_weights(off * off, self.objective.joints.gate)[0].sum())
        joints = float(np.sum(np.sqrt(1.0 + 2.0 * off * off) - 1.0))
        surface = 0.5 * AWAY_WEIGHT * float(np.minimum((self.away / AWAY_SIGMA_M) ** 2, AWAY_GATE ** 2).sum())
        return self.guess.usual + joints + surface + float(self.unseen.sum())


class BodyFitter:
    """Fits the body model to one person over time; another track_id begins a new person."""

    def __init__(self, model: BodyModel, options: FitOptions = FitOptions(), betas: np.ndarray | None = None) -> None:
        """`betas`: (10,) shape to begin every person with. Raises BadInput for another number of them."""
        self._model, self._options = model, options
        self._betas = np.zeros(SHAPE_COUNT) if betas is None else np.array(betas, np.float64)
        rest_joints(model, self._betas)
        self._prior = load_pose_prior(fit_prior_path())
        self._usual = self._prior.usual_pose()
        self._surface = Surface(model, options.clothes * usual_clothes())
        self._quality = load_quality_model()
        self.evidence: np.ndarray | None = None     # of the last fit's quality; what its model is learned from
        self.reset()

    def reset(self) -> None:
        """Forget person and motion."""
        self._track_id = 0
        self._shape = replace(nothing_known(), vector=self._options.shape_prior * self._betas)
        self._motion: Motion | None = None
        self._lost_s = -np.inf
        self._begun_s = -np.inf     # when the body was begun
        self._fresh_s = -np.inf     # when a fresh body was no better,
        self._off_fresh = np.zeros(JOINT_COUNT, bool)       # and the joints that have been off the body ever since
        self._off_since_s = np.full(JOINT_COUNT, np.nan)    # since when a measured joint has lain off the body
        self._limb_sought_s, self._limb_pause_s = np.full(len(LIMBS), -np.inf), np.zeros(len(LIMBS))

    def state(self) -> dict[str, Any]:
        """The person's number and shape, as plain numbers for `resume`."""
        return {'track_id': self._track_id, 'information': self._shape.information.tolist(), 'vector': self._shape.vector.tolist()}

    def resume(self, known: dict[str, Any]) -> None:
        """Go on with a person whose shape was known before."""
        self._track_id = known['track_id']
        self._shape = ShapeKnowledge(np.array(known['information']), np.array(known['vector']))

    def __call__(self, skeleton: Skeleton, stamp_s: float, person: Silhouette | None = None) -> BodyFitResult:
        """Fit one frame taken at `stamp_s` seconds.

        skeleton: joints in the optical frame. person: the silhouette they were found in, for the depth term.
        """
        if skeleton.track_id == 0:
            return no_fit(FitState.NONE, 0)
        if skeleton.track_id != self._track_id:
            self.reset()
            self._track_id = skeleton.track_id
        self._offsets = offsets_for(self._options.joint_offsets, skeleton.detector)
        if measured_joints(skeleton).sum() < self._options.least_joints or 0.0 <= stamp_s - self._lost_s < SEEK_AGAIN_S:
            return self._lost()
        course, information = self._expected(stamp_s)
        target = joint_target(self._on_model(skeleton, course), self._options)
        seen = self._seen(person, skeleton)
        objective = Objective(self._model, self._prior, self._options, target, self._shape, course, information,
                              followed=self._motion is not None)
        found = self._solve(objective, seen, stamp_s)
        guess, pairs, on_body = found.guess, found.objective, target.measured & ~found.off
        if on_body.sum() < self._options.lost_share * target.measured.sum() and not self._held(pairs, seen):
            self._motion, self._lost_s = None, stamp_s
            return self._lost()
        self._off_since_s = np.where(target.measured & ~on_body, np.fmin(self._off_since_s, stamp_s), np.nan)
        if self._motion is None:
            self._begun_s = stamp_s
        step_s = 0.0 if self._motion is None else stamp_s - self._motion.stamp_s
        told = self._honest_variance(guess, pairs, step_s)
        result = self._result(guess, told, target, skeleton, on_body, pairs)
        if seen is not None:
            result = self._judged(result, found, skeleton.facing_sigma_rad, stamp_s - self._begun_s)
        self._remember(guess, pairs, stamp_s)
        # Joints of a body that the image cuts lie where the image ends: they would make it a short one for long.
        surely_wrong = result.quality < TEACHES_NO_SHAPE       # false where there is no quality
        if not surely_wrong and (person is None or not person.cut):
            self._shape = self._learned(guess, step_s)
        return result

    def _judged(self, result: BodyFitResult, found: Candidate, facing_sigma_rad: float, followed_s: float) -> BodyFitResult:
        """The same with its quality, which the depth image tells. followed_s: seconds since the body was begun."""
        unusual = self._prior(found.guess.unknowns[POSE]).value
        self.evidence = evidence_of(found.away, found.unseen, result.joints, unusual, found.objective.joints, facing_sigma_rad,
                                    followed_s)
        quality = self._quality(self.evidence)
        state = FitState.DOUBTFUL if quality < self._options.doubtful_below else FitState.FITTED
        return replace(result, quality=quality, state=state)

    def _lost(self) -> BodyFitResult:
        return no_fit(FitState.LOST, self._track_id, self._shape.mean(self._options))

    def _seen(self, person: Silhouette | None, skeleton: Skeleton) -> Seen | None:
        if person is None or not person.found or not self._options.depth:
            return None
        points = depth_points(person, POOL * self._options.depth_points)
        limbs = ~(skeleton.state[ENDS] == JointState.OCCLUDED).any(axis=1)
        outline = outline_of(person, self._options.outline_points)
        return Seen(points, part_chances(person, points), outline, person, limbs) if len(points) else None

    def _held(self, objective: Objective, seen: Seen | None) -> bool:
        """Whether depth alone holds the body, when a detector errs in most joints at once."""
        if seen is None or objective.depth is None:
            return False
        return objective.depth.unpaired <= (1.0 - HELD_SHARE) * min(self._options.depth_points, len(seen.points))

    def _on_model(self, skeleton: Skeleton, course: np.ndarray) -> Skeleton:
        """The detector's points moved onto the model's joints."""
        if self._offsets is None:
            return skeleton
        turn = None if self._motion is None else rotation_matrices(course[POSE][:3])
        return self._offsets.on_model(skeleton, rest_joints(self._model, self._shape.mean(self._options)), turn)

    def _expected(self, stamp_s: float) -> tuple[np.ndarray, np.ndarray]:
        """Unknowns (85,) as the frames before expect them, and with what information (85,)."""
        course, information = np.zeros(UNKNOWNS), np.full(UNKNOWNS, NOWHERE_INFORMATION)
        motion = self._motion
        if motion is not None and not LEAST_STEP_S <= stamp_s - motion.stamp_s <= self._options.gap_s:
            motion = self._motion = None
        if motion is not None:
            step_s = stamp_s - motion.stamp_s
            course = motion.unknowns + step_s * motion.speed
            drift = np.zeros(UNKNOWNS)
            drift[POSE], drift[TRANSLATION] = self._options.turn_drift_rad_s * step_s, self._options.place_drift_m_s * step_s
            information = np.maximum(1.0 / (motion.variance + drift ** 2), NOWHERE_INFORMATION)
        information[SHAPE] = 0.0
        return course, information

    def _solve(self, objective: Objective, seen: Seen | None, stamp_s: float) -> Candidate:
        """The best body: on from the last frame, or begun anew where there is none, or where joints contradict it and a fresh
        one is better."""
        if self._motion is None:
            return self._with_better_limb(self._sought(objective, seen), seen, stamp_s)
        found = self._with_better_limb(self._refined(objective, objective.course, seen, 1), seen, stamp_s)
        contradicted = (found.off[TRUNK].sum() >= MOST_OFF_TRUNK or np.any(stamp_s - self._off_since_s >= OFF_LASTS_S)
                        or found.far.sum() > MOST_FAR_SHARE * len(found.far))
        leapt = np.count_nonzero(found.off & ~self._off_fresh) >= LEAPT
        self._off_fresh &= found.off
        if not leapt and (not contradicted or 0.0 <= stamp_s - self._fresh_s < SEEK_AGAIN_S):
            return found
        self._off_since_s[:] = np.nan
        information = np.where(objective.course_information > 0, NOWHERE_INFORMATION, 0.0)
        other = self._sought(replace(objective, course_information=information, followed=False), seen)
        if other.cost >= found.cost - LEAST_GAIN:
            self._fresh_s, self._off_fresh = stamp_s, found.off
            return found
        self._motion = None     # what was known of the motion was of a wrong body
        return other

    def _with_better_limb(self, found: Candidate, seen: Seen | None, stamp_s: float) -> Candidate:
        """The same, or with that limb turned elsewhere which gains most by it, where joints or depth image contradict the body."""
        if seen is None or not self._options.limb_search:
            return found
        doubtful = self._doubtful_limbs(found, seen)
        self._limb_pause_s[~doubtful] = 0.0
        number, way = self._best_way(found, np.flatnonzero(doubtful & (stamp_s - self._limb_sought_s >= self._limb_pause_s)), seen,
                                     stamp_s)
        if way is None:
            return found
        start = turned(LIMBS[number], way, found.guess.unknowns, found.guess.body)
        turning = LIMBS[number].turning
        course, information = found.objective.course.copy(), found.objective.course_information.copy()
        course[turning], information[turning] = start[turning], NOWHERE_INFORMATION
        other = self._refined(replace(found.objective, course=course, course_information=information), start, seen, 1)
        return other if other.cost < found.cost - LEAST_GAIN else found

    def _best_way(self, found: Candidate, limbs: np.ndarray, seen: Seen, stamp_s: float) -> tuple[int, LimbWay | None]:
        """Of some of LIMBS the one that gains most by another way, and that way; None where none gains enough."""
        best, limb = None, 0
        for number in limbs:
            points = seen.some[np.delete(found.to_limb, number + 1, axis=1).min(axis=1) > EXPLAINED_M]
            points = points[::-(-len(points) // MOST_LIMB_POINTS) or 1]
            way = sought_limb(LIMBS[number], found.guess.body, points, seen.person, found.objective.joints)
            self._limb_sought_s[number] = stamp_s
            self._limb_pause_s[number] = np.clip(2.0 * self._limb_pause_s[number], SEEK_AGAIN_S, LONGEST_PAUSE_S)
            if way.gain > (LEAST_GAIN if best is None else best.gain):
                best, limb = way, number
        return limb, best

    def _doubtful_limbs(self, found: Candidate, seen: Seen) -> np.ndarray:
        """(4,) bool of LIMBS: a limb that should be seen and is not, whose measured joints lie elsewhere, or within whose reach
        depth points far from the body lie."""
        chains = found.guess.body.joints[CHAINS]
        reach = np.linalg.norm(np.diff(chains, axis=1), axis=2).sum(axis=1)
        near = np.linalg.norm(seen.some[found.far] - chains[:, :1], axis=2) < reach[:, None]
        return seen.limbs & ((found.unseen >= UNSEEN_COST) | found.off[ENDS].any(axis=1)
                             | (near.sum(axis=1) > FAR_SHARE * min(self._options.depth_points, len(seen.points))))

    def _sought(self, objective: Objective, seen: Seen | None) -> Candidate:
        """From Procrustes' first guess, with outliers let in at first."""
        betas = self._shape.mean(self._options)
        joints = objective.joints
        pose, translation = first_pose(rest_joints(self._model, betas), self._usual, joints.positions, joints.measured)
        start = np.concatenate([pose.ravel(), betas, translation])
        wide = replace(objective, course=start, joints=replace(joints, gate=WIDE_GATE * joints.gate))
        start = minimise(wide, start, self._options.start_iterations).unknowns
        objective = replace(objective, course=start)
        if seen is None:
            return _candidate(minimise(objective, start, self._options.start_iterations), objective)
        return self._refined(objective, start, seen, DEPTH_START_ROUNDS)

    def _refined(self, objective: Objective, start: np.ndarray, seen: Seen | None, rounds: int) -> Candidate:
        """Steps of the solver from nearby, in rounds between which surface and depth are paired anew."""
        for _ in range(rounds):
            if seen is not None:
                pairs = self._surface.pair(pose_body(self._model, start), start[SHAPE], seen.points, self._options.depth_points,
                                           seen.chances, seen.outline)
                objective = replace(objective, depth=pairs)
            guess = minimise(objective, start, self._options.iterations)
            start = guess.unknowns
        if seen is None:
            return _candidate(guess, objective)
        return Candidate(guess, objective, self._surface.distances(guess.body, start[SHAPE], seen.some),
                         sight_costs(guess.body.joints, seen.person))

    def _honest_variance(self, guess: Guess, objective: Objective, step_s: float) -> np.ndarray:
        """Variance (85, 85) for errors that last: what earlier frames said of the pose counts only by what is new in it."""
        old = 1.0 - self._new_share(step_s)
        information = guess.information.copy()
        information[np.diag_indices(UNKNOWNS)] -= old * np.maximum(objective.course_information - NOWHERE_INFORMATION, 0.0)
        return np.linalg.inv(information)

    def _remember(self, guess: Guess, objective: Objective, stamp_s: float) -> None:
        """What the next frame may expect: place and speed, each with its uncertainty."""
        unknowns, speed, step_s = guess.unknowns.copy(), np.zeros(UNKNOWNS), 0.0
        told_variance = _told_variance(guess)
        if self._motion is not None:
            step_s = stamp_s - self._motion.stamp_s
            told = np.clip(1.0 - told_variance * objective.course_information, 0.0, 1.0)   # this frame's share in it
            speed = self._motion.speed * (1.0 - (1.0 - told) * min(1.0, step_s / SPEED_DECAY_S))
            speed += self._options.speed_gain / step_s * told * (unknowns - objective.course)
            speed[objective.course_information <= NOWHERE_INFORMATION] = 0.0    # sought anew: no surprise, and no speed
        speed = np.clip(speed, -FASTEST, FASTEST)
        speed[SHAPE] = 0.0
        long = np.linalg.norm(unknowns[POSE].reshape(JOINT_COUNT, 3), axis=1) > UNWRAP_RAD
        if long.any():
            unknowns[POSE].reshape(JOINT_COUNT, 3)[long] = _shortest(unknowns[POSE].reshape(JOINT_COUNT, 3)[long])
            speed[POSE].reshape(JOINT_COUNT, 3)[long] = 0.0
        self._motion = Motion(unknowns, told_variance, speed, stamp_s)

    def _learned(self, guess: Guess, step_s: float) -> ShapeKnowledge:
        """What earlier frames said of the shape, faded by time, and what this one adds: its marginal information less theirs and
        the prior's, and of it only what is new while errors last. A gradient is left where a limit holds the shape."""
        across = guess.information[_REST, SHAPE]
        marginal = guess.information[SHAPE, SHAPE] - across.T @ np.linalg.solve(guess.information[_REST[:, None], _REST], across)
        vector = marginal @ guess.unknowns[SHAPE] - guess.gradient[SHAPE]
        added = marginal - self._options.shape_prior * np.eye(SHAPE_COUNT) - self._shape.information
        fade, share = np.exp(-step_s / self._options.shape_memory_s), self._new_share(step_s)
        return ShapeKnowledge(fade * self._shape.information + share * added,
                              fade * self._shape.vector + share * (vector - self._shape.vector))

    def _new_share(self, step_s: float) -> float:
        """How much of a frame's information is new, a time after the one before: all of the first.

        Frames a time t apart whose errors fade as exp(-t / T) hold tanh(t / 2T) of the information of as many independent ones
        (the limit of many; Bartlett 1946).
        """
        lasts_s = self._options.error_lasts_s
        return 1.0 if lasts_s == 0.0 or step_s == 0.0 else float(np.tanh(0.5 * step_s / lasts_s))

    def _result(self, guess: Guess, variance: np.ndarray, target: JointTarget, skeleton: Skeleton, on_body: np.ndarray,
                objective: Objective) -> BodyFitResult:
        rows = guess.jacobian.reshape(-1, UNKNOWNS)
        covariance = (rows @ variance).reshape(guess.jacobian.shape) @ guess.jacobian.transpose(0, 2, 1)
        if self._offsets is not None:
            lacking = body_size(guess.body.rest) * self._offsets.fit_scatter
            covariance = covariance + (lacking ** 2)[:, None, None] * np.eye(3)
        seen = on_body & (skeleton.state == JointState.OBSERVED)
        away = guess.body.joints - target.positions
        betas = guess.unknowns[SHAPE].copy()
        return BodyFitResult(
            pose=_shortest(guess.unknowns[POSE].reshape(JOINT_COUNT, 3)), betas=betas,
            translation=guess.unknowns[TRANSLATION].copy(), joints=guess.body.joints,
            joint_state=np.where(seen, JointState.OBSERVED, JointState.INFERRED).astype(np.uint8),
            joint_covariance=covariance, joint_residual=float(np.sqrt(np.mean(np.sum(away[on_body] ** 2, axis=1)))),
            surface_residual=surface_residual(guess.body, betas, objective.depth), state=FitState.FITTED, track_id=self._track_id)


def _candidate(guess: Guess, objective: Objective) -> Candidate:
    """A body where there is no depth image."""
    return Candidate(guess, objective, np.zeros((0, 1 + len(LIMBS))), np.zeros(len(LIMBS)))


def _told_variance(guess: Guess) -> np.ndarray:
    """Variance (85,) by measurements alone: usual poses are weighed in every frame and would count again and again."""
    information = guess.information.copy()
    information[POSE, POSE] -= guess.prior
    return np.diag(np.linalg.inv(information)).copy()


def _shortest(vectors: np.ndarray) -> np.ndarray:
    """The same rotations as vectors no longer than pi."""
    if np.linalg.norm(vectors, axis=1).max() <= np.pi:
        return vectors.copy()
    return rotation_vectors(rotation_matrices(vectors))
