"""What is kept with a bag of the station that made it: software, camera preset, parameters of the nodes, body model."""

import json
from typing import Any

from ament_index_python.packages import get_package_share_directory
from rclpy.node import Node
from rclpy.parameter import parameter_value_to_python
from rclpy.parameter_client import AsyncParameterClient

from poseformer_ros import msg
from poseformer_ros.ros.qos import PROFILES


class StationFacts:
    """Asks the nodes in a node's namespace for their parameters, and hears which body model is fitted.

    known: names and values, as far as they are known.
    """

    def __init__(self, node: Node, camera: str) -> None:
        self.known = {'poseformer.version': _version(), 'poseformer.camera': camera, 'poseformer.namespace': node.get_namespace()}
        self._node, self._news = node, False
        self._parameters: dict[str, dict[str, Any]] = {}
        self._clients: dict[str, AsyncParameterClient] = {}
        self._asked: set[str] = set()
        node.create_subscription(msg.BodyModelInfo, 'body/model', self._on_body, PROFILES['latched'])

    def ask(self) -> bool:
        """Ask nodes that are new; returns whether something came since it was last asked."""
        for name, namespace in self._node.get_node_names_and_namespaces():
            path = f'{namespace.rstrip("/")}/{name}'
            if namespace == self._node.get_namespace() and not name.startswith(('_', self._node.get_name())):
                self._clients.setdefault(path, AsyncParameterClient(self._node, path))
        for path, client in self._clients.items():
            if path not in self._asked and client.services_are_ready():
                self._asked.add(path)
                client.list_parameters().add_done_callback(lambda future, path=path: self._on_names(path, future.result()))
        news, self._news = self._news, False
        return news

    def _on_names(self, path: str, listed: Any) -> None:
        names = sorted(listed.result.names)
        self._clients[path].get_parameters(names).add_done_callback(
            lambda future: self._on_values(path, names, future.result()))

    def _on_values(self, path: str, names: list[str], told: Any) -> None:
        values = {name: parameter_value_to_python(value) for name, value in zip(names, told.values)}
        self._parameters[path] = {name: value for name, value in values.items() if value is not None}
        self._keep('poseformer.parameters', json.dumps(self._parameters, default=list))

    def _on_body(self, message: msg.BodyModelInfo) -> None:
        self._keep('poseformer.body_model', f'{message.name} sha256:{message.file_sha256}')

    def _keep(self, name: str, value: str) -> None:
        self.known[name] = value
        self._news = True


def _version() -> str:
    """Of the installed package."""
    from xml.etree import ElementTree
    return ElementTree.parse(f'{get_package_share_directory("poseformer_ros")}/package.xml').findtext('version') or ''
