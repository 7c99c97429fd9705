"""Losses of denoising models, each beside its equation.

x_0 is a clean latent (B, C, h, w), eps standard normal noise of its shape, a = alpha-bar at t with
shape (B, 1, 1, 1): x_t = sqrt(a) x_0 + sqrt(1 - a) eps, and SNR(t) = a / (1 - a). The models of the
SD family call what they predict "epsilon", "v_prediction" or "sample".
"""

import torch
import torch.nn.functional as F
from torch import Tensor

KINDS = ("epsilon", "v_prediction", "sample")


def noised(x_0: Tensor, eps: Tensor, a: Tensor) -> Tensor:
    """x_t = sqrt(a) x_0 + sqrt(1 - a) eps. Ho et al. 2020, arXiv 2006.11239, eq. 4."""
    return a.sqrt() * x_0 + (1 - a).sqrt() * eps


def target(x_0: Tensor, eps: Tensor, a: Tensor, kind: str) -> Tensor:
    """What the model should say: eps, v = sqrt(a) eps - sqrt(1 - a) x_0, or x_0.

    v: Salimans & Ho 2022, arXiv 2202.00512, appendix D.
    """
    if kind == "v_prediction":
        return a.sqrt() * eps - (1 - a).sqrt() * x_0
    if kind == "sample":
        return x_0
    return eps


def min_snr(a: Tensor, gamma: float, kind: str) -> Tensor:
    """Weight of the squared error in what the model predicts, so that its error in x_0 counts
    min(SNR, gamma) everywhere. Hang et al. 2023, arXiv 2303.09556, section 3.4.

    An error in eps is SNR times, one in v SNR + 1 times smaller in x_0: min(SNR, gamma) / SNR,
    min(SNR, gamma) / (SNR + 1), and min(SNR, gamma) itself for x_0. Where nothing but noise is
    left (SNR = 0, zero terminal SNR) the weights are 1, 0 and 0.
    """
    snr = a / (1 - a).clamp(min=1e-12)
    if kind == "v_prediction":
        return snr.clamp(max=gamma) / (snr + 1)
    if kind == "sample":
        return snr.clamp(max=gamma)
    return (gamma / snr.clamp(min=1e-12)).clamp(max=1.0)


def squared_error(prediction: Tensor, wanted: Tensor) -> Tensor:
    """(B, C, h, w), float32."""
    return F.mse_loss(prediction.float(), wanted.float(), reduction="none")


def masked(error: Tensor, mask: Tensor, unmasked: float) -> Tensor:
    """m' * error with m' = max(m, unmasked), divided by each picture's mean of m', so that a small
    subject teaches as much as a large one. mask: (B, 1, h, w) in [0, 1], 1 on the subject.

    OneTrainer's masked training with `normalize_masked_area_loss`.
    """
    m = mask.clamp(min=unmasked)
    return m * error / m.mean((1, 2, 3), keepdim=True).clamp(min=1e-6)


def outside(error: Tensor, mask: Tensor) -> Tensor:
    """(1 - m) * error: what the surroundings cost where the base model's own prediction is the
    target there (OneTrainer's masked prior preservation)."""
    return (1 - mask) * error


def offset_noise(
    noise: Tensor, strength: float, generator: torch.Generator | None = None
) -> Tensor:
    """Noise plus `strength` times one number a channel, so that brightness is learnt as well;
    N. Guttenberg 2023, "Diffusion with offset noise". 0 changes nothing; models with zero terminal
    SNR do not need it."""
    if strength == 0.0:
        return noise
    constant = torch.randn(*noise.shape[:2], 1, 1, generator=generator, device=noise.device)
    return noise + strength * constant


def even_steps(batch: int, steps: int, start: Tensor) -> Tensor:
    """Time steps (B,) in [0, steps) spread evenly over the range from one random number `start` in
    [0, 1): each is uniform, together they vary less. Kingma et al. 2021, arXiv 2107.00630,
    appendix I.1."""
    places = (start + torch.arange(batch, device=start.device) / batch) % 1
    return (places * steps).long().clamp(max=steps - 1)
