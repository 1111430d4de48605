"""A file of network weights that a user gives; nothing in it is run."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from poseformer_ros.errors import BadInput


@dataclass(frozen=True)
class WeightsFile:
    """option: that names the file. path: of the file. remedy: what to do when it cannot be used."""

    option: str
    path: str
    remedy: str

    def state(self, torch: Any) -> dict[str, Any]:
        """Tensors by name. Raises BadInput naming option, file and remedy."""
        if not self.path or not Path(self.path).is_file():
            raise self._refusal('is not a file')
        try:
            state = torch.load(self.path, map_location='cpu', weights_only=True)
        except Exception as error:      # torch raises many kinds, down to those of pickle and zip
            raise self._refusal(f'cannot be read as plain tensors ({type(error).__name__})') from error
        if not isinstance(state, dict) or not all(torch.is_tensor(value) for value in state.values()):
            raise self._refusal('is not a dictionary of tensors')
        return state

    def filled(self, network: Any, state: dict[str, Any], what: str) -> Any:
        """The network with these weights; `what` says which network it is. Raises BadInput when they do not fit."""
        try:
            network.load_state_dict(state, strict=True)
        except (RuntimeError, TypeError, AttributeError) as error:
            raise self._refusal(f'does not fit {what} ({str(error)[:300]})') from error
        return network

    def _refusal(self, why: str) -> BadInput:
        return BadInput(f"{self.option}: '{self.path}' {why}; {self.remedy}")
