"""The comparison's rows: one table."""

from collections.abc import Callable, Mapping

from torch import nn

from poseformer_ros.training.classifiers import networks, shallow
from poseformer_ros.training.classifiers.interface import (
    BOTH_WAYS,
    IN_RECORDING,
    MOVING,
    SERIES,
    STATISTICS,
    Classifier,
    ClassifierMethod,
)

EPOCHS = 10
STRENGTHS = ({'strength': 0.01}, {'strength': 0.001})


def _network(make: Callable[[int, int], nn.Module]) -> Callable[..., Classifier]:
    return lambda classes, seed: networks.Network(make, classes, seed, EPOCHS)


def _both_ways(make: Callable[..., Classifier]) -> Callable[..., Classifier]:
    return lambda classes, seed, **choice: shallow.BothWays(make(classes, seed, **choice))


METHODS: Mapping[str, ClassifierMethod] = {
    'majority': ClassifierMethod('always the most common class', STATISTICS, shallow.Majority),
    'linear': ClassifierMethod('hand-made statistics, logistic regression', STATISTICS, shallow.linear, STRENGTHS),
    'trees': ClassifierMethod('hand-made statistics, Extra Trees', STATISTICS, shallow.trees),
    'fcbf': ClassifierMethod("hand-made statistics, FCBF, Extra Trees (as in the paper's comparison)", STATISTICS,
                             shallow.fcbf_trees, ({'threshold': 0.1}, {'threshold': 0.03})),
    'vote': ClassifierMethod('logistic regression and Extra Trees together', STATISTICS, shallow.vote, STRENGTHS, shallow.linear),
    'boosted': ClassifierMethod('hand-made statistics, boosted trees', STATISTICS, shallow.boosted),
    'moving': ClassifierMethod('statistics, how much everything moves and where the body goes; logistic regression and Extra Trees '
                               'together', MOVING, shallow.vote, STRENGTHS, shallow.linear),
    'both_ways': ClassifierMethod('as `moving`, from everybody and their mirror image', BOTH_WAYS, _both_ways(shallow.vote),
                                  STRENGTHS, _both_ways(shallow.linear)),
    'in_set': ClassifierMethod('which exercise the recording is of, then whether a window lies in a set of it; Extra Trees',
                               IN_RECORDING, shallow.InSet),
    'gru': ClassifierMethod('gated recurrent unit', SERIES, _network(networks.Recurrent)),
    'lite': ClassifierMethod('1-D CNN like LITE', SERIES, _network(networks.Convolutional)),
    'encoder': ClassifierMethod("the paper's encoder, small", SERIES, _network(networks.WholeWindow)),
    'causal': ClassifierMethod('the causal encoder, small', SERIES, _network(networks.Causal)),
}
