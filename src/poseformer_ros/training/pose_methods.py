"""Joint methods by name: whatever takes a `Silhouette` and returns a `Skeleton`."""

import importlib
from collections.abc import Callable

from poseformer_ros.errors import BadInput
from poseformer_ros.silhouette.person import Silhouette
from poseformer_ros.skeleton.dkp24 import Dkp24
from poseformer_ros.skeleton.joints import Skeleton

JointMethod = Callable[[Silhouette], Skeleton]

METHODS: dict[str, Callable[[], JointMethod]] = {'paper': Dkp24}


def joint_method(name: str) -> JointMethod:
    """A fresh method: one of METHODS, or 'package.module:Name' of a class or function that makes one.

    Raises BadInput when there is no such method.
    """
    if name in METHODS:
        return METHODS[name]()
    module, _, maker = name.partition(':')
    if not maker:
        raise BadInput(f'--method {name!r} is not known; choose one of {", ".join(METHODS)}, or give package.module:Name')
    try:
        return getattr(importlib.import_module(module), maker)()
    except (ImportError, AttributeError) as error:
        raise BadInput(f'--method {name!r}: {error}; give package.module:Name of a class or function') from error
