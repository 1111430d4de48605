"""For pip: the method without ROS, and the `poseformer` command. colcon builds through CMakeLists.txt and ignores this file."""

from pathlib import Path
from xml.etree import ElementTree

from setuptools import find_packages, setup

HERE = Path(__file__).parent
PACKAGE = ElementTree.parse(HERE / 'package.xml').getroot()


def requirements(name: str) -> list[str]:
    """The packages of a requirements file."""
    lines = (HERE / 'requirements' / f'{name}.txt').read_text().splitlines()
    return [line for line in lines if line and not line.startswith(('#', '-'))]


setup(
    name=PACKAGE.findtext('name'),
    version=PACKAGE.findtext('version'),
    description=PACKAGE.findtext('description'),
    license=PACKAGE.findtext('license'),
    python_requires='>=3.10',
    package_dir={'': 'src'},
    packages=find_packages('src'),
    package_data={'poseformer_ros': ['assessment/data/*.yaml', 'body/data/*.npz', 'drawing/report/*.html', 'synthesis/data/*.npz',
                                     'recognition/data/*.onnx', 'person/data/*.onnx']},
    install_requires=requirements('station'),
    extras_require={name: requirements(name) for name in ('fhir', 'learning', 'ray', 'studio', 'view')},
    entry_points={'console_scripts': ['poseformer = poseformer_ros.cli.main:main']},
)
