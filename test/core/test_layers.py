"""Imports run downwards: which folder may know which, no circle, and what must not come along."""

import ast
import functools
import subprocess
import sys
from collections import Counter
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / 'src' / 'poseformer_ros'
# From the top; a folder imports only from lines below its own, or from itself. `drawing` stands above the stages, most of whose
# results it paints; no stage draws.
LAYERS = (('cli', 'nodes'), ('station',), ('ros',), ('training',), ('evaluation',), ('features',), ('pipeline',), ('synthesis',),
          ('recordings',), ('drawing',), ('stage_options',), ('recognition',), ('keypoints',), ('assessment', 'body'),
          ('skeleton',), ('silhouette',), ('person',), ('geometry',), ('camera',), ('onnx_session', 'onnx_model'), ('onnx_scan',),
          ('options', 'claim'), ('errors', 'in_processes'))
LINE = {name: number for number, names in enumerate(LAYERS) for name in names}
MOST_FILES = 20


@functools.cache
def modules() -> dict[str, Path]:
    return {'.'.join(path.relative_to(SOURCE).with_suffix('').parts): path for path in SOURCE.rglob('*.py')
            if path.name != '__init__.py'}


@functools.cache
def imported(path: Path) -> set[str]:
    """Our modules that a module imports, without the package's name; also where the import stands in a function."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split('.')[0] == 'poseformer_ros':
            base = node.module.removeprefix('poseformer_ros').lstrip('.')
            inside = [f'{base}.{alias.name}'.lstrip('.') for alias in node.names]
            found |= {name for name in inside if name in modules()} or {base}
    return {name for name in found if name in modules()}


def test_every_folder_has_its_layer():
    assert {name.split('.')[0] for name in modules()} == set(LINE)


@pytest.mark.parametrize('folder', LINE)
def test_imports_run_downwards(folder):
    upward = [f'{name} -> {other}' for name, path in modules().items() if name.split('.')[0] == folder
              for other in imported(path) if other.split('.')[0] != folder and LINE[other.split('.')[0]] <= LINE[folder]]
    assert not upward


def test_no_circle():
    TopologicalSorter({name: imported(path) for name, path in modules().items()}).prepare()


def test_no_folder_is_a_heap():
    heaps = {folder: count for folder, count in Counter(path.parent for path in modules().values()).items() if count > MOST_FILES}
    assert not heaps


def test_the_graph_brings_no_renderer():
    pytest.importorskip('rclpy')
    heavy = ('open3d', 'rerun', 'torch', 'poseformer_ros.synthesis.rendering.renderer',
             'poseformer_ros.synthesis.capsule.capsule_figure')
    look = f'import sys; import poseformer_ros.station.graph; print([name for name in {heavy} if name in sys.modules])'
    assert subprocess.check_output([sys.executable, '-c', look], text=True).strip() == '[]'
