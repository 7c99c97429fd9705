"""A running average of the weights: usually better than the last ones, and free at inference."""

import torch
from torch import Tensor, nn


def trained_state(module: nn.Module) -> dict[str, Tensor]:
    """What training changes: parameters with `requires_grad` and saved buffers, by name, shared
    with the module. Frozen weights, a base model's or a locked tower's, are not in it."""
    kept = module.state_dict(keep_vars=True)
    return {
        name: tensor.detach()
        for name, tensor in kept.items()
        if tensor.requires_grad or not isinstance(tensor, nn.Parameter)
    }


class Average:
    """Exponential moving average: w <- w + (1 - d)(weights - w), d rising to `decay`.

    The decay starts low, (1 + n) / (10 + n) after n updates, so that the first, random weights are
    forgotten. Buffers such as batch statistics are averaged too; counters are copied.
    """

    def __init__(self, module: nn.Module, decay: float) -> None:
        self.decay, self.updates = decay, 0
        self.weights = {name: t.clone() for name, t in trained_state(module).items()}

    @torch.no_grad()
    def update(self, module: nn.Module) -> None:
        """Move towards the module's present weights."""
        decay = min(self.decay, (1 + self.updates) / (10 + self.updates))
        self.updates += 1
        for name, now in trained_state(module).items():
            if now.is_floating_point():
                self.weights[name].lerp_(now, 1 - decay)
            else:
                self.weights[name].copy_(now)
