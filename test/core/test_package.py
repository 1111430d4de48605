"""What package.xml, CMakeLists.txt, setup.py and the tree say of each other."""

import ast
import re
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).parents[2]
PACKAGE = ElementTree.parse(ROOT / 'package.xml').getroot()
SOURCE = ROOT / 'src' / 'poseformer_ros'
# Packages of a ROS distribution that our Python may import; each must be declared.
ROS_PACKAGES = {'ament_index_python', 'builtin_interfaces', 'cv_bridge', 'diagnostic_msgs', 'geometry_msgs', 'launch',
                'launch_ros', 'message_filters', 'rcl_interfaces', 'rclpy', 'sensor_msgs', 'shape_msgs', 'std_msgs',
                'std_srvs', 'tf2_msgs', 'visualization_msgs'}


def imports(path: Path) -> set[str]:
    tree = ast.parse(path.read_text())
    names = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module]
    return {name.split('.')[0] for name in names}


def test_every_message_is_built():
    listed = set(re.findall(r'msg/\w+\.msg', (ROOT / 'CMakeLists.txt').read_text()))
    assert listed == {f'msg/{path.name}' for path in (ROOT / 'msg').glob('*.msg')}


def test_every_ros_import_is_declared():
    declared = {element.text for element in PACKAGE if element.tag.endswith('depend')}
    used = set().union(*(imports(path) for path in [*SOURCE.rglob('*.py'), *(ROOT / 'launch').glob('*.py')])) & ROS_PACKAGES
    assert used <= declared, f'declare {sorted(used - declared)} in package.xml'


def test_the_core_is_free_of_ros():
    core = [path for path in SOURCE.rglob('*.py') if path.parts[len(SOURCE.parts)] not in ('ros', 'station', 'nodes', 'cli')]
    assert len(core) > 30
    assert {str(path.relative_to(SOURCE)): found for path in core if (found := imports(path) & ROS_PACKAGES)} == {}


def test_the_top_module_holds_nothing():
    # The message generator installs an empty file of this name, and either may win.
    assert [type(node) for node in ast.parse((SOURCE / '__init__.py').read_text()).body] == [ast.Expr]


def test_no_module_has_the_name_of_generated_code():
    assert not {'msg', 'srv', 'action'} & {path.stem for path in SOURCE.rglob('*')}


def test_package_is_found_where_rosidl_looks():
    assert PACKAGE.findtext('member_of_group') == 'rosidl_interface_packages'
    assert PACKAGE.find('export').findtext('build_type') == 'ament_cmake'
    assert PACKAGE.get('format') == '3'
