"""Every family's tiny model and the embedded one, under one name."""

import pytest
import torch

from pipelines.models.base import BaseModel
from pipelines.models.loader import load
from tests.pipelines.conftest import CPU, save_tiny


@pytest.fixture(scope="session", params=["sd1", "pixart", "sticker"])
def model(request, tmp_path_factory) -> BaseModel:
    if request.param == "sticker":
        return request.getfixturevalue("sticker")
    card = save_tiny(tmp_path_factory.mktemp(f"lora-{request.param}"), request.param)
    return load(card, CPU, torch.float32)
