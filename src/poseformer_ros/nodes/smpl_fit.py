"""Node smpl_fit: the body model fitted to each skeleton and its silhouette's depth."""

import hashlib
from dataclasses import replace

from visualization_msgs.msg import MarkerArray

from poseformer_ros import msg
from poseformer_ros.body.fitting.methods import METHODS, body_fitter
from poseformer_ros.body.fitting.result import FitState
from poseformer_ros.body.kinematics import shaped_body
from poseformer_ros.body.mesh_overlap import mesh_overlap
from poseformer_ros.body.model import load_body_model
from poseformer_ros.body.model_files import body_model_path, gender_of
from poseformer_ros.options import options_of
from poseformer_ros.ros import conversions
from poseformer_ros.ros.kept_state import KeptState
from poseformer_ros.ros.last_person import LastPerson
from poseformer_ros.ros.point_clouds import vertex_cloud
from poseformer_ros.ros.scenes.body_scene import body_markers, no_body
from poseformer_ros.ros.spec import NodeSpec
from poseformer_ros.ros.stage_node import StageNode
from poseformer_ros.ros.worker import LatestWorker


class Due:
    """Whether something that is done at most so often is due again."""

    def __init__(self) -> None:
        self._last_ns = 0

    def __call__(self, stamp_ns: int, rate_hz: float) -> bool:
        """Say whether, and if so take it for done; never at a rate of zero."""
        due = (stamp_ns - self._last_ns) * rate_hz >= conversions.NANO
        if due:
            self._last_ns = stamp_ns
        return due


class SmplFitNode(StageNode):
    """skeleton/raw, silhouette -> body/fit for every image; body/vertices and body/mesh while somebody reads them."""

    def __init__(self, spec: NodeSpec) -> None:
        super().__init__(spec)
        body = self.options['body']
        path = body_model_path(body.model_file, body.gender)
        self._model = load_body_model(path)
        self._make_fitter()
        for prefix in options_of(METHODS):
            self.options.on_change(prefix, lambda _: self._make_fitter())
        self._person = LastPerson()
        self._had_silhouette = False    # of any skeleton
        self._first_stamp_ns: int | None = None
        self._kept = KeptState(self)
        self._mesh_due, self._overlap_due = Due(), Due()
        self._out, self._info = self.publisher('body/fit'), self.publisher('body/model')
        self._vertices, self._mesh = self.publisher('body/vertices'), self.publisher('body/mesh')
        self._info.publish(conversions.body_model_message(self._model, path.name, gender_of(path), body.method,
                                                          hashlib.sha256(path.read_bytes()).hexdigest()))
        # A thread of its own: images and skeletons must not wait for the fit.
        self._worker = LatestWorker(lambda pair: self.guarded(self._fit, pair, conversions.stamp_ns(pair[0].header)), 'smpl_fit')
        self.listen('silhouette', self._person.keep, guarded=False)
        self.listen('skeleton/raw', self._on_skeleton, guarded=False)

    def reset(self) -> None:
        """Forget person and motion."""
        self._fitter.reset()
        self._person.forget()
        self._first_stamp_ns = None
        self._mesh_due, self._overlap_due = Due(), Due()

    def _make_fitter(self) -> None:
        self._fitter = body_fitter(self.options, self._model)

    def _on_skeleton(self, message: msg.Skeleton24) -> None:
        person = self._person.at(message.header)
        self._had_silhouette |= person is not None
        if not self._had_silhouette and self.count_publishers('silhouette'):
            # A node that has just started may read skeletons a moment before silhouettes: joints alone say another shape.
            self.health.count('dropped: its silhouette was not read, as none before')
        elif self._worker.put((message, person)):
            self.health.count('dropped: a newer skeleton came before this one was begun')

    def _fit(self, pair: tuple[msg.Skeleton24, msg.Silhouette | None]) -> None:
        message, person = pair
        stamp_ns = conversions.stamp_ns(message.header)
        if self._first_stamp_ns is None:
            self._first_stamp_ns = stamp_ns
        self._resume(stamp_ns)
        seconds = (stamp_ns - self._first_stamp_ns) / conversions.NANO
        silhouette = None if person is None else conversions.silhouette(person)
        result = self._fitter(conversions.skeleton(message), seconds, silhouette)
        if hasattr(self._fitter, 'state'):
            self._kept.keep(stamp_ns, self._fitter.state)
            self.health.doubt('memory', self._kept.trouble)
        surface_wanted = self._vertices.get_subscription_count() > 0
        mesh_wanted = self._mesh.get_subscription_count() > 0 and self._mesh_due(stamp_ns, self.options['body'].mesh_rate_hz)
        overlap_wanted = silhouette is not None and self._overlap_due(stamp_ns, self.options['body'].overlap_rate_hz)
        vertices = None
        if result.fitted and (surface_wanted or mesh_wanted or overlap_wanted):
            vertices = shaped_body(self._model, result.betas).posed_vertices(result.pose, result.translation)
        if overlap_wanted and vertices is not None:
            result = replace(result, silhouette_overlap=mesh_overlap(vertices, self._model.f, silhouette))
        self.answer(self._out, conversions.body_fit_message(result, message.header))
        if surface_wanted and vertices is not None:
            self._vertices.publish(vertex_cloud(vertices, message.header))
        if mesh_wanted:
            doubtful, skeleton = result.state == FitState.DOUBTFUL, self.options['mesh'].skeleton
            self._mesh.publish(MarkerArray(markers=no_body(message.header) if vertices is None else body_markers(
                vertices, self._model.f, result.joints, message.header, doubtful, skeleton)))

    def _resume(self, stamp_ns: int) -> None:
        before = self._kept.recall(stamp_ns)
        if before and hasattr(self._fitter, 'resume'):
            self._fitter.resume(before)

    def put_away(self) -> None:
        """Stop the worker before the node goes; after an orderly end nothing need be kept."""
        self._worker.stop()
        self._kept.forget()
