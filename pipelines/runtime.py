"""Device, precision, memory and noise: everything about the machine that a picture depends on.

Nothing happens at import; torch is asked only when a function is called.
"""

import gc
import os
import platform
import time
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import psutil
import torch
from torch import Tensor

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
RECORDED = ("torch", "diffusers", "transformers")  # versions that decide pixels


def pick_device(wanted: str = "auto") -> torch.device:
    """CUDA (ROCm answers to the same name), then MPS, then XPU, then the processor."""
    if wanted != "auto":
        return torch.device(wanted)
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    if torch.xpu.is_available():
        return torch.device("xpu")
    return torch.device("cpu")


def pick_dtype(device: torch.device, cpu_dtype: str = "float32") -> torch.dtype:
    """float16 on accelerators; on a processor what `probe_cpu_dtype` found."""
    return DTYPES[cpu_dtype] if device.type == "cpu" else torch.float16


@torch.inference_mode()
def probe_cpu_dtype(seconds: float = 1.0) -> tuple[str, dict[str, float]]:
    """Which precision this processor convolves faster in, measured for about `seconds`.

    bfloat16 is 2 to 3 times faster where the processor has instructions for it and many times
    slower where it has not, so it is measured rather than guessed.

    Returns:
        the name of the faster dtype, and GFLOP/s of both.
    """
    rates = {}
    for name in ("float32", "bfloat16"):
        x = torch.randn(4, 128, 16, 16).to(DTYPES[name])
        w = torch.randn(128, 128, 3, 3).to(DTYPES[name])
        torch.nn.functional.conv2d(x, w, padding=1)  # the first call builds the kernel
        start, calls = time.perf_counter(), 0
        while time.perf_counter() - start < seconds / 2:
            torch.nn.functional.conv2d(x, w, padding=1)
            calls += 1
        flops = 2 * 4 * 128 * 128 * 9 * 16 * 16 * calls
        rates[name] = flops / (time.perf_counter() - start) / 1e9
    # equal pixels across machines are worth more than a few percent
    return ("bfloat16" if rates["bfloat16"] > 1.2 * rates["float32"] else "float32"), rates


def noise(seeds: list[int], shape: tuple[int, ...]) -> Tensor:
    """Standard normal noise (len(seeds), *shape), float32 on the processor, so that a seed means
    the same on every device and in every batch."""
    return torch.stack(
        [torch.randn(shape, generator=torch.Generator().manual_seed(seed)) for seed in seeds]
    )


def conditions(device: torch.device, dtype: torch.dtype) -> dict[str, Any]:
    """Under which conditions equal pixels are promised; written into every picture's record."""
    return {
        "device": device.type,
        "dtype": str(dtype).removeprefix("torch."),
        "threads": torch.get_num_threads(),
        "versions": {name: package_version(name) for name in RECORDED},
        "machine": platform.machine(),
    }


def package_version(name: str) -> str:
    """Installed version of a package, "" if it is not there."""
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def memory_report(device: torch.device | None = None) -> dict[str, int]:
    """Bytes: this process's resident set, the machine's total and free, the accelerator's."""
    machine = psutil.virtual_memory()
    report = {
        "process": psutil.Process(os.getpid()).memory_info().rss,
        "total": machine.total,
        "available": machine.available,
    }
    if device is not None and device.type == "cuda":
        free, total = torch.cuda.mem_get_info(device)
        report |= {"gpu_total": total, "gpu_available": free}
    return report


def release_memory() -> None:
    """Give memory of dropped models back to the system, the C library's free lists included."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    if platform.system() == "Linux":
        import ctypes

        try:
            ctypes.CDLL("libc.so.6").malloc_trim(0)
        except (OSError, AttributeError):
            return  # musl has no malloc_trim and needs none
