"""Options of the stages from the station's parameter files."""

import pytest

from poseformer_ros.errors import BadInput
from poseformer_ros.stage_options import STAGES, read_parameters, stage_options

FILE = """
/**/silhouette:
  ros__parameters:
    segmentation.gate_m: 0.4
    diagnostics.silence_s: 3.0
/ward_3:
  joints:
    ros__parameters:
      dkp24: {mirrored: true}
      filter.min_cutoff_hz: 2.0
/**:
  ros__parameters:
    fit.depth: false
    use_sim_time: true
camera:
  ros__parameters:
    anything: [1, 2]
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / 'parameters.yaml'
    path.write_text(FILE)
    return path


def test_defaults_are_those_of_the_classes():
    assert stage_options() == {stage: {prefix: options() for prefix, options in prefixes.items()}
                               for stage, prefixes in STAGES.items()}


def test_a_file_of_the_station_says_the_same_here(file):
    options = stage_options(read_parameters(file))
    assert options['silhouette']['segmentation'].gate_m == 0.4
    assert options['joints']['dkp24'].mirrored and options['joints']['filter'].min_cutoff_hz == 2.0
    assert not options['smpl_fit']['fit'].depth


def test_the_node_has_the_last_word(file):
    parameters = read_parameters(file)
    parameters['smpl_fit'] = {'fit.depth': True}
    assert stage_options(parameters)['smpl_fit']['fit'].depth


@pytest.mark.parametrize(('parameters', 'said'), [
    ({'joints': {'dkp24.mirored': True}}, "joints: parameter 'dkp24.mirored' is not known"),
    ({'joints': {'dkp24.mirrored': 1}}, 'Dkp24Options.mirrored'),
    ({'silhouette': {'segmentation.gate_m': 70.0}}, 'DepthSegmentationOptions.gate_m'),
])
def test_what_cannot_be_used_is_named(parameters, said):
    with pytest.raises(BadInput, match=said):
        stage_options(parameters)


@pytest.mark.parametrize('content', ['- a', 'silhouette: 3', ': :', 'silhouette: {gate_m: 3}'])
def test_a_file_of_something_else_is_refused(tmp_path, content):
    path = tmp_path / 'wrong.yaml'
    path.write_text(content)
    with pytest.raises(BadInput, match='wrong.yaml'):
        read_parameters(path)
