"""Tiny models of every family, random weights, real architectures and real files."""

import json
from pathlib import Path

import pytest
import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.transformers.pixart_transformer_2d import PixArtTransformer2DModel
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.schedulers.scheduling_ddim import DDIMScheduler
from transformers import AutoTokenizer, CLIPTextConfig, CLIPTextModel, T5Config, T5EncoderModel

from pipelines.models.base import BaseModel
from pipelines.models.cards import ModelCard, find_card, minilm_dir
from pipelines.models.loader import load

CPU = torch.device("cpu")
WIDTH = 16  # of the tiny text states


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    """Tiny tensors gain nothing from threads, and lose much beside another busy process."""
    torch.set_num_threads(1)


def tiny_autoencoder() -> AutoencoderKL:
    return AutoencoderKL(
        block_out_channels=(8, 8),
        down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2,
        latent_channels=4,
        norm_num_groups=4,
        mid_block_add_attention=False,
    )


def tiny_unet() -> UNet2DConditionModel:
    return UNet2DConditionModel(
        sample_size=8,
        block_out_channels=(8, 16),
        layers_per_block=1,
        cross_attention_dim=WIDTH,
        attention_head_dim=2,
        norm_num_groups=4,
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
    )


def tiny_pixart() -> PixArtTransformer2DModel:
    return PixArtTransformer2DModel(
        num_attention_heads=2,
        attention_head_dim=8,
        in_channels=4,
        out_channels=8,
        num_layers=2,
        cross_attention_dim=16,
        sample_size=8,
        caption_channels=WIDTH,
        use_additional_conditions=False,
    )


def tiny_clip(vocabulary: int) -> CLIPTextModel:
    return CLIPTextModel(
        CLIPTextConfig(
            vocab_size=vocabulary,
            hidden_size=WIDTH,
            intermediate_size=32,
            num_hidden_layers=1,
            num_attention_heads=2,
            max_position_embeddings=77,
        )
    )


def tiny_t5(vocabulary: int) -> T5EncoderModel:
    return T5EncoderModel(
        T5Config(vocab_size=vocabulary, d_model=WIDTH, d_ff=32, num_layers=1, num_heads=2, d_kv=8)
    )


def save_tiny(folder: Path, family: str) -> ModelCard:
    """A diffusers folder of random weights, as a hub would serve it."""
    torch.manual_seed(0)
    tokenizer = AutoTokenizer.from_pretrained(minilm_dir() / "tokenizer", local_files_only=True)
    tokenizer.model_max_length = 16
    denoiser, name = (tiny_unet(), "unet") if family == "sd1" else (tiny_pixart(), "transformer")
    encoder = tiny_clip(len(tokenizer)) if family == "sd1" else tiny_t5(len(tokenizer))
    denoiser.save_pretrained(folder / name)
    tiny_autoencoder().save_pretrained(folder / "vae")
    encoder.save_pretrained(folder / "text_encoder")
    tokenizer.save_pretrained(folder / "tokenizer")
    DDIMScheduler(clip_sample=False, beta_schedule="scaled_linear").save_pretrained(
        folder / "scheduler"
    )
    index = {
        name: ["diffusers", type(denoiser).__name__],
        "text_encoder": ["transformers", type(encoder).__name__],
    }
    (folder / "model_index.json").write_text(json.dumps(index))
    return ModelCard(
        id=f"tiny-{family}",
        name=f"Tiny {family}",
        family=family,
        source=str(folder),
        width=64,
        height=64,
        guidance=3.0,
    )


@pytest.fixture(scope="session", params=["sd1", "pixart"])
def tiny_card(request, tmp_path_factory) -> ModelCard:
    """A card for a tiny model on disk, one family after another."""
    return save_tiny(tmp_path_factory.mktemp(request.param), request.param)


@pytest.fixture(scope="session")
def tiny(tiny_card) -> BaseModel:
    """A tiny model, one family after another."""
    return load(tiny_card, CPU, torch.float32)


@pytest.fixture(scope="session")
def tiny_pixart_model(tmp_path_factory) -> BaseModel:
    """The tiny model whose denoiser masks padding."""
    return load(save_tiny(tmp_path_factory.mktemp("masked"), "pixart"), CPU, torch.float32)


@pytest.fixture(scope="session")
def sticker() -> BaseModel:
    """The embedded model."""
    return load(find_card("sticker-128"), CPU, torch.float32)
