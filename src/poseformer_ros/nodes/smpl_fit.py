"""Node smpl_fit: the body model fitted to each skeleton and its silhouette's depth."""

import hashlib
from pathlib import Path

import numpy as np

from poseformer_ros import msg
from poseformer_ros.body.fitting.fast_fit import BodyFitter
from poseformer_ros.body.fitting.result import BodyFitResult, FitState
from poseformer_ros.body.kinematics import shaped_body
from poseformer_ros.body.model import default_body_path, load_body_model
from poseformer_ros.ros import conversions
from poseformer_ros.ros.body_scene import mesh_marker, no_mesh, vertex_cloud
from poseformer_ros.ros.last_person import LastPerson
from poseformer_ros.ros.stage_node import StageNode
from poseformer_ros.ros.worker import LatestWorker


class SmplFitNode(StageNode):
    """skeleton/raw, silhouette -> body/fit for every picture; body/vertices and body/mesh while somebody reads them."""

    def __init__(self) -> None:
        super().__init__('smpl_fit')
        path = Path(self.options['body'].model_file or default_body_path()).expanduser()
        self._model = load_body_model(path)
        self._make_fitter()
        self.options.on_change('fit', lambda _: self._make_fitter())
        self._person = LastPerson()
        self._first_stamp_ns: int | None = None
        self._mesh_stamp_ns = 0
        self._out, self._info = self.publisher('body/fit'), self.publisher('body/model')
        self._vertices, self._mesh = self.publisher('body/vertices'), self.publisher('body/mesh')
        self._info.publish(conversions.body_model_message(self._model, path.name, hashlib.sha256(path.read_bytes()).hexdigest()))
        # A thread of its own: pictures and skeletons must not wait for the fit.
        self._worker = LatestWorker(lambda pair: self.guarded(self._fit, pair, conversions.stamp_ns(pair[0].header)), 'smpl_fit')
        self.listen('silhouette', self._person.keep, guarded=False)
        self.listen('skeleton/raw', self._on_skeleton, guarded=False)

    def reset(self) -> None:
        """Forget person and motion."""
        self._fitter.reset()
        self._person.forget()
        self._first_stamp_ns, self._mesh_stamp_ns = None, 0

    def _make_fitter(self) -> None:
        self._fitter = BodyFitter(self._model, self.options['fit'])

    def _on_skeleton(self, message: msg.Skeleton24) -> None:
        if self._worker.put((message, self._person.at(message.header))):
            self.health.count('dropped: a newer skeleton came before this one was begun')

    def _fit(self, pair: tuple[msg.Skeleton24, msg.Silhouette | None]) -> None:
        message, person = pair
        stamp_ns = conversions.stamp_ns(message.header)
        if self._first_stamp_ns is None:
            self._first_stamp_ns = stamp_ns
        seconds = (stamp_ns - self._first_stamp_ns) / conversions.NANO
        silhouette = None if person is None else conversions.silhouette(person)
        result = self._fitter(conversions.skeleton(message), seconds, silhouette)
        self._out.publish(conversions.body_fit_message(result, message.header))
        self._publish_surface(result, stamp_ns, message)

    def _publish_surface(self, result: BodyFitResult, stamp_ns: int, message: msg.Skeleton24) -> None:
        mesh_due = (stamp_ns - self._mesh_stamp_ns) * self.options['body'].mesh_rate_hz >= conversions.NANO
        mesh_wanted = self._mesh.get_subscription_count() > 0 and mesh_due
        if mesh_wanted:
            self._mesh_stamp_ns = stamp_ns
        if not (mesh_wanted or self._vertices.get_subscription_count()):
            return
        if result.state != FitState.FITTED:
            if mesh_wanted:
                self._mesh.publish(no_mesh(message.header))
            return
        vertices = np.asarray(shaped_body(self._model, result.betas).posed_vertices(result.pose, result.translation))
        if self._vertices.get_subscription_count():
            self._vertices.publish(vertex_cloud(vertices, message.header))
        if mesh_wanted:
            self._mesh.publish(mesh_marker(vertices, self._model.f, message.header))

    def destroy_node(self) -> None:
        """Stop the worker before the node goes."""
        self._worker.stop()
        super().destroy_node()
