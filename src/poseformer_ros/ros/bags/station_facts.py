"""What is kept with a bag of the station that made it: software, camera preset, parameters of the nodes, body model."""

import json
from typing import Any

from ament_index_python.packages import get_package_share_directory
from rcl_interfaces.srv import GetParameters, ListParameters
from rclpy.client import Client
from rclpy.node import Node
from rclpy.parameter import parameter_value_to_python

from poseformer_ros import msg
from poseformer_ros.ros.qos import PROFILES

# Two clients for a node, not the six of rclpy's parameter client: each takes time to end on a loaded machine.
SERVICES = ((ListParameters, 'list_parameters'), (GetParameters, 'get_parameters'))


class StationFacts:
    """Asks the nodes in a node's namespace for their parameters, and hears which body model is fitted.

    known: names and values, as far as they are known.
    """

    def __init__(self, node: Node, camera: str) -> None:
        self.known = {'poseformer.version': software_version(), 'poseformer.camera': camera,
                      'poseformer.namespace': node.get_namespace()}
        self._node, self._news = node, False
        self._parameters: dict[str, dict[str, Any]] = {}
        self._clients: dict[str, tuple[Client, ...]] = {}
        self._asked: set[str] = set()
        node.create_subscription(msg.BodyModelInfo, 'body/model', self._on_body, PROFILES['latched'])

    def ask(self) -> bool:
        """Ask nodes that are new; returns whether something came since it was last asked."""
        for name, namespace in self._node.get_node_names_and_namespaces():
            path = f'{namespace.rstrip("/")}/{name}'
            ours = namespace == self._node.get_namespace() and not name.startswith(self._node.get_name())
            if ours and path not in self._clients:
                self._clients[path] = tuple(self._node.create_client(kind, f'{path}/{service}') for kind, service in SERVICES)
        for path, (names, values) in self._clients.items():
            if path not in self._asked and names.service_is_ready() and values.service_is_ready():
                self._asked.add(path)
                names.call_async(ListParameters.Request()).add_done_callback(
                    lambda future, path=path: self._on_names(path, future.result()))
        news, self._news = self._news, False
        return news

    def _on_names(self, path: str, listed: ListParameters.Response) -> None:
        names = sorted(listed.result.names)
        self._clients[path][1].call_async(GetParameters.Request(names=names)).add_done_callback(
            lambda future: self._on_values(path, names, future.result()))

    def _on_values(self, path: str, names: list[str], told: GetParameters.Response) -> None:
        values = {name: parameter_value_to_python(value) for name, value in zip(names, told.values)}
        self._parameters[path] = {name: value for name, value in values.items() if value is not None}
        self._keep('poseformer.parameters', json.dumps(self._parameters, default=list))

    def _on_body(self, message: msg.BodyModelInfo) -> None:
        self._keep('poseformer.body_model', f'{message.name} sha256:{message.file_sha256}')

    def _keep(self, name: str, value: str) -> None:
        self.known[name] = value
        self._news = True


def software_version() -> str:
    """Of the installed package."""
    from xml.etree import ElementTree
    return ElementTree.parse(f'{get_package_share_directory("poseformer_ros")}/package.xml').findtext('version') or ''
