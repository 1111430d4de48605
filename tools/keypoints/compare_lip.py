"""Compares our LIP network with the published code, with the same random weights.

    git clone https://github.com/hyk1996/Single-Human-Parsing-LIP
    python tools/keypoints/compare_lip.py Single-Human-Parsing-LIP
"""

import argparse
import sys
import tempfile
import time
import types
from pathlib import Path

import torch

from poseformer_ros.keypoints.lip import SIDE_PX, import_network, load_weights

# As the published train.py builds it for --backend densenet.
PUBLISHED = {'sizes': (1, 2, 3, 6), 'psp_size': 1024, 'deep_features_size': 512, 'backend': 'densenet', 'pretrained': False}


def published_network(clone: Path) -> torch.nn.Module:
    """The published network; torchvision, which it wants for ImageNet's weights only, is left out."""
    no_weights = types.SimpleNamespace(features=torch.nn.Sequential())
    for name in ('torchvision', 'torchvision.models', 'torchvision.models.densenet'):
        sys.modules[name] = types.ModuleType(name)
    sys.modules['torchvision.models.densenet'].densenet121 = lambda pretrained: no_weights
    sys.path.insert(0, str(clone))
    from net.pspnet import PSPNet
    return PSPNet(**PUBLISHED)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('clone', type=Path)
    theirs = published_network(parser.parse_args().clone)
    torch.manual_seed(0)
    torch.set_num_threads(1)
    for module in theirs.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            for values, low, high in ((module.running_mean, -0.2, 0.2), (module.running_var, 0.5, 1.5),
                                      (module.weight.data, 0.5, 1.5), (module.bias.data, -0.2, 0.2)):
                values.uniform_(low, high)
    theirs.final[0].weight.data.normal_(0.0, 3.0)      # so that more than one class wins
    with tempfile.NamedTemporaryFile(suffix='.pth') as file:
        torch.save(torch.nn.DataParallel(theirs).state_dict(), file.name)      # as the published training saves it
        ours = load_weights(*import_network(), file.name)
    a, b = theirs.state_dict(), ours.state_dict()
    print(f'{len(a)} entries, {sum(p.numel() for p in theirs.parameters()):,} parameters; same names and shapes: '
          f'{ {k: v.shape for k, v in a.items()} == {k: v.shape for k, v in b.items()} }')
    image = torch.randn(1, 3, SIDE_PX, SIDE_PX)
    with torch.inference_mode():
        wanted, _ = theirs.eval()(image)
        found = torch.log_softmax(ours.eval()(image), dim=1)
        start = time.process_time()
        ours(image)
        seconds = time.process_time() - start
    print(f'largest difference of log probabilities {(found - wanted).abs().max():.2e}, of which the range is '
          f'{wanted.max() - wanted.min():.1f}; {len(found.argmax(1).unique())} classes win somewhere; same class at '
          f'{100 * (found.argmax(1) == wanted.argmax(1)).float().mean():.2f} % of pixels; {seconds:.2f} s CPU on one thread')


if __name__ == '__main__':
    main()
