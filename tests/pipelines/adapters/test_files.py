"""Files: what we write others read, what others write we read, and what does not fit is refused."""

import hashlib
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import StableDiffusionPipeline
from safetensors import safe_open
from safetensors.torch import load_file, save, save_file

from pipelines.adapters import files, keys
from pipelines.adapters.lora import LoraAdapter, inject
from pipelines.adapters.metadata import Label
from pipelines.conditioning.prompt import parse
from pipelines.errors import (
    DamagedFile,
    InvalidSpec,
    ModelNotFound,
    UnknownAdapter,
    UnsafeFile,
    WrongFamily,
)
from pipelines.models.base import BaseModel
from pipelines.models.loader import load
from tests.pipelines.conftest import CPU, save_tiny

EVERYTHING = ("attention", "feed-forward", "convolution", "text")
# `<prefix>_<path with _>`, one dot, one of three endings (sd-scripts networks/lora.py)
BLOCK = r"(down_blocks_\d|mid_block|up_blocks_\d)"
LAYER = (
    rf"{BLOCK}_(attentions_\d_(proj_in|proj_out|transformer_blocks_\d_"
    r"(attn[12]_to_(q|k|v|out_0)|ff_net_(0_proj|2)))"
    r"|resnets_\d_(conv1|conv2|time_emb_proj|conv_shortcut)"
    r"|(down|up)samplers_0_conv)"
)
ENCODER = r"text_model_encoder_layers_\d+_(self_attn_(q|k|v|out)_proj|mlp_fc[12])"
KOHYA = re.compile(rf"(lora_unet_{LAYER}|lora_te_{ENCODER})\.(lora_(down|up)\.weight|alpha)")


@pytest.fixture(scope="module")
def sd1(tmp_path_factory) -> BaseModel:
    return load(save_tiny(tmp_path_factory.mktemp("files"), "sd1"), CPU, torch.float32)


def trained(base, targets=("attention", "feed-forward"), alpha=2.0, **options) -> LoraAdapter:
    adapter = inject(base, 4, alpha, targets, **options)
    generator = torch.Generator().manual_seed(0)
    for _, up in adapter.matrices().values():
        up.data.normal_(0, 0.1, generator=generator)
    return adapter


@torch.no_grad()
def answer(base: BaseModel, adapter: LoraAdapter | None = None, weight=0.8) -> torch.Tensor:
    noise = torch.randn(1, base.latent_channels, 8, 8, generator=torch.Generator().manual_seed(1))

    def said():
        return base.predict(noise, torch.tensor(500), base.encode([parse("a red fox")]))

    if adapter is None:
        return said()
    with adapter.applied(base, weight):
        return said()


def metadata(path: Path) -> dict[str, str]:
    with safe_open(path, "pt") as file:
        return file.metadata()


@pytest.mark.parametrize("layout", [None, "diffusers", "peft"])
@pytest.mark.parametrize("stabilised", [False, True])
def test_written_and_read_it_gives_the_same_outputs(model, tmp_path, layout, stabilised):
    adapter = trained(model, ("attention", "feed-forward", "text"), stabilised=stabilised)
    path = tmp_path / "cat.safetensors"
    digest = files.save(adapter, model, path, layout, dtype=torch.float32)
    again = files.load(path, model)
    assert torch.allclose(answer(model, again), answer(model, adapter), atol=1e-5)
    assert digest == files.content_hash(path)
    assert not any(p.requires_grad for p in again.weights.parameters())


def test_convolutions_survive_a_file(sd1, tmp_path):
    adapter = trained(sd1, EVERYTHING)
    files.save(adapter, sd1, tmp_path / "cat.safetensors", dtype=torch.float32)
    again = files.load(tmp_path / "cat.safetensors", sd1)
    assert torch.allclose(answer(sd1, again), answer(sd1, adapter), atol=1e-5)


def test_every_key_of_a_file_is_in_kohyas_grammar(sd1, tmp_path):
    files.save(trained(sd1, EVERYTHING), sd1, tmp_path / "cat.safetensors")
    names = load_file(tmp_path / "cat.safetensors")
    assert [name for name in names if not KOHYA.fullmatch(name)] == []
    modules = {name.split(".", 1)[0] for name in names}
    assert len(names) == 3 * len(modules)  # down, up and alpha of each
    assert any("attn2_to_k" in name for name in modules)  # by which InvokeAI knows the base


def test_names_of_the_real_sd_1_5_are_those_that_kohya_writes(sd1):
    """On the full architecture, without its weights."""
    with torch.device("meta"):
        unet = UNet2DConditionModel(cross_attention_dim=768, attention_head_dim=8)
    sd15 = BaseModel(**{**vars(sd1), "denoiser": unet})
    places = sd1.family.lora.places(sd15, ("attention", "feed-forward"))
    names = {sd1.family.lora.kohya_name(place) for place in places}
    assert len(names) == 192  # modules of sd-scripts' default LoRA on SD 1.5's U-Net
    assert all(re.fullmatch(rf"lora_unet_{LAYER}", name) for name in names)
    for known in (
        "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_out_0",
        "lora_unet_mid_block_attentions_0_proj_in",
        "lora_unet_up_blocks_3_attentions_2_transformer_blocks_0_ff_net_0_proj",
    ):
        assert known in names


@pytest.mark.parametrize("layout", ["kohya", "diffusers"])
@pytest.mark.parametrize("which", ["sd1", "sticker"])
def test_stock_diffusers_loads_it_to_the_same_outputs(request, tmp_path, which, layout):
    base = request.getfixturevalue(which)
    text = ("text",) if which == "sd1" else ()  # diffusers knows CLIP's text encoder alone
    adapter = trained(base, ("attention", "feed-forward", *text))
    files.save(adapter, base, tmp_path / "cat.safetensors", layout, dtype=torch.float32)
    expected, before = answer(base, adapter, 1.0), answer(base)
    parts: Any = dict.fromkeys(("scheduler", "safety_checker", "feature_extractor"))
    stock = StableDiffusionPipeline(
        vae=base.autoencoder, text_encoder=base.text_encoder, tokenizer=base.tokenizer,
        unet=base.denoiser, requires_safety_checker=False, **parts,
    )  # fmt: skip
    stock.load_lora_weights(tmp_path / "cat.safetensors")
    try:
        assert torch.allclose(answer(base), expected, atol=1e-5)
    finally:
        stock.unload_lora_weights()
    assert torch.equal(answer(base), before)


def test_peft_itself_loads_the_folder_to_the_same_outputs(model, tmp_path):
    from peft import LoraConfig, inject_adapter_in_model, set_peft_model_state_dict

    adapter = trained(model, alpha=8.0)
    files.save(adapter, model, tmp_path / "cat", "peft", dtype=torch.float32)
    expected, plain = answer(model, adapter, 1.0), model.denoiser
    config = LoraConfig.from_pretrained(str(tmp_path / "cat"))
    copied = type(plain).from_config(plain.config)
    copied.load_state_dict(plain.state_dict())
    inject_adapter_in_model(config, copied)
    fit = set_peft_model_state_dict(copied, load_file(tmp_path / "cat" / files.PEFT_WEIGHTS))
    assert not fit.unexpected_keys
    theirs = BaseModel(**{**vars(model), "denoiser": copied.eval()})
    assert torch.allclose(answer(theirs), expected, atol=1e-5)


OLDER = {
    "processor": lambda name: name.replace(".to_out.0", ".to_out")
    .replace(".to_", ".processor.to_") + "_lora.{}.weight",
    "lora.down": lambda name: name + ".lora.{}.weight",
    "linear layer": lambda name: name + ".lora_linear_layer.{}.weight",
}  # fmt: skip


@pytest.mark.parametrize("spelling", OLDER)
def test_older_spellings_of_diffusers_are_read(sd1, tmp_path, spelling):
    adapter = trained(sd1, ("attention",), alpha=4.0)  # these files say no alpha: it is the rank
    tensors = {}
    for place, halves in adapter.matrices().items():
        key = OLDER[spelling](sd1.family.lora.diffusers_name(place))
        for word, half in zip(("down", "up"), halves, strict=True):
            tensors[key.format(word)] = half.detach().contiguous()
    save_file(tensors, tmp_path / "old.safetensors")
    again = files.load(tmp_path / "old.safetensors", sd1)
    assert torch.allclose(answer(sd1, again), answer(sd1, adapter), atol=1e-5)


def test_layers_of_different_ranks_are_read(sd1, tmp_path):
    small, large = trained(sd1, ("attention",)), inject(sd1, 7, 3.0, ("feed-forward",))
    tensors = keys.kohya(small, sd1) | keys.kohya(large, sd1)
    save_file(
        {n: t.detach().contiguous() for n, t in tensors.items()}, tmp_path / "mixed.safetensors"
    )
    again = files.load(tmp_path / "mixed.safetensors", sd1)
    assert {shape.rank for shape in again.shapes.values()} == {4, 7}


def test_metadata_name_the_base_and_the_trigger_and_no_path(sd1, tmp_path):
    label = Label(title="Rex", trigger="sks dog", licence="CC0-1.0")
    path = tmp_path / "rex.safetensors"
    files.save(trained(sd1), sd1, path, label=label, training={"ss_steps": 300})
    said = metadata(path)
    assert said["ss_v2"] == "False"
    assert said["ss_base_model_version"] == "tiny-sd1"  # not 768 wide: no SD 1.x
    assert (said["ss_network_dim"], said["ss_network_alpha"]) == ("4", "2.0")
    assert json.loads(said["ss_network_args"]) == {}
    assert said["ss_steps"] == "300"
    assert said["modelspec.trigger_phrase"] == "sks dog"
    assert said["modelspec.architecture"] == "tiny-sd1/lora"
    assert said["modelspec.prediction_type"] == "epsilon"
    assert str(tmp_path) not in json.dumps(said)


def test_a_base_as_wide_as_sd_1_is_called_so(sd1, tmp_path, monkeypatch):
    monkeypatch.setattr("pipelines.adapters.metadata.cross_width", lambda base: 768)
    files.save(trained(sd1), sd1, tmp_path / "rex.safetensors")
    said = metadata(tmp_path / "rex.safetensors")
    assert said["ss_base_model_version"] == "sd_v1"
    assert said["modelspec.architecture"] == "stable-diffusion-v1/lora"


def test_hashes_are_those_that_sd_scripts_would_compute(sd1, tmp_path):
    path = tmp_path / "rex.safetensors"
    files.save(trained(sd1), sd1, path)
    said, tensors = metadata(path), load_file(path)
    # library/train_util.py: precalculate_safetensors_hashes
    buffer = io.BytesIO(save(tensors, {k: v for k, v in said.items() if k.startswith("ss_")}))
    header = int.from_bytes(buffer.read(8), "little")
    buffer.seek(8 + header)
    assert said["sshs_model_hash"] == hashlib.sha256(buffer.read()).hexdigest()
    buffer.seek(0x100000)
    assert said["sshs_legacy_hash"] == hashlib.sha256(buffer.read(0x10000)).hexdigest()[:8]
    assert said["sshs_model_hash"] == files.content_hash(path)


def test_hash_stays_when_the_metadata_are_edited(sd1, tmp_path):
    first = files.save(trained(sd1), sd1, tmp_path / "a.safetensors", label=Label(title="Rex"))
    second = files.save(trained(sd1), sd1, tmp_path / "b.safetensors", label=Label(title="Bo"))
    other = files.save(trained(sd1, alpha=3.0), sd1, tmp_path / "c.safetensors")
    assert first == second != other


def test_files_are_half_as_large_as_what_was_trained(sd1, tmp_path):
    files.save(trained(sd1), sd1, tmp_path / "a.safetensors")
    tensors = load_file(tmp_path / "a.safetensors")
    assert {t.dtype for t in tensors.values() if t.ndim} == {torch.float16}


def test_lora_for_another_width_is_refused_with_its_own_base(sd1, sticker, tmp_path):
    files.save(trained(sticker), sticker, tmp_path / "s.safetensors")
    expected = r"s\.safetensors does not fit Tiny sd1.*made for the embedded sticker model"
    with pytest.raises(WrongFamily, match=expected):
        files.load(tmp_path / "s.safetensors", sd1)


def test_lora_for_another_family_is_refused(sd1, tiny_pixart_model, tmp_path):
    files.save(trained(tiny_pixart_model), tiny_pixart_model, tmp_path / "p.safetensors")
    with pytest.raises(WrongFamily, match="no such layer"):
        files.load(tmp_path / "p.safetensors", sd1)


def test_sdxl_lora_is_refused_by_its_second_text_encoder(sd1, tmp_path):
    name = "lora_te2_text_model_encoder_layers_0_mlp_fc1"
    tensors = {
        f"{name}.lora_down.weight": torch.zeros(4, 8),
        f"{name}.lora_up.weight": torch.zeros(8, 4),
    }
    save_file(tensors, tmp_path / "xl.safetensors")
    with pytest.raises(WrongFamily, match="made for SDXL"):
        files.load(tmp_path / "xl.safetensors", sd1)


@pytest.mark.parametrize(
    ("key", "kind"),
    [("dora_scale", "DoRA"), ("lora_magnitude_vector", "DoRA"), ("hada_w1_a", "LoHa"),
     ("lokr_w1", "LoKr")],
)  # fmt: skip
def test_other_kinds_of_adapters_are_refused_by_name(sd1, tmp_path, key, kind):
    save_file({f"lora_unet_conv_in.{key}": torch.zeros(1)}, tmp_path / "x.safetensors")
    with pytest.raises(UnknownAdapter, match=f"holds a {kind} adapter"):
        files.load(tmp_path / "x.safetensors", sd1)


def test_dora_that_only_its_settings_name_is_refused(sd1, tmp_path):
    files.save(trained(sd1), sd1, tmp_path / "x", "peft")
    file = tmp_path / "x" / files.PEFT_CONFIG
    file.write_text(json.dumps(json.loads(file.read_text()) | {"use_dora": True}))
    with pytest.raises(UnknownAdapter, match="DoRA"):
        files.load(tmp_path / "x", sd1)


def test_pickles_and_damaged_and_missing_files_are_refused(sd1, tmp_path):
    (tmp_path / "x.pt").write_bytes(b"")
    with pytest.raises(UnsafeFile, match="can run code"):
        files.load(tmp_path / "x.pt", sd1)
    with pytest.raises(ModelNotFound, match="No LoRA at"):
        files.load(tmp_path / "none.safetensors", sd1)
    (tmp_path / "cut.safetensors").write_bytes(b"1234567890")
    with pytest.raises(DamagedFile, match="cannot be read"):
        files.load(tmp_path / "cut.safetensors", sd1)
    save_file({"unet.conv_in.weight": torch.zeros(2)}, tmp_path / "whole.safetensors")
    with pytest.raises(DamagedFile, match="is not a part of a LoRA"):
        files.load(tmp_path / "whole.safetensors", sd1)
    save_file({"unet.conv_in.lora_A.weight": torch.zeros(2, 2)}, tmp_path / "half.safetensors")
    with pytest.raises(DamagedFile, match="only one half"):
        files.load(tmp_path / "half.safetensors", sd1)


def test_family_without_kohyas_grammar_says_so(tiny_pixart_model, tmp_path):
    with pytest.raises(UnknownAdapter, match="no kohya names for Tiny pixart"):
        files.save(trained(tiny_pixart_model), tiny_pixart_model, tmp_path / "p", "kohya")


def test_interrupted_writing_leaves_the_old_file(sd1, tmp_path, monkeypatch):
    path = tmp_path / "cat.safetensors"
    files.save(trained(sd1), sd1, path)
    before = path.read_bytes()

    def half_written(tensors, target, metadata):
        target.write_bytes(b"half")
        raise OSError("no space left on device")

    monkeypatch.setattr(files, "save_file", half_written)
    with pytest.raises(OSError, match="no space"):
        files.save(trained(sd1, alpha=9.0), sd1, path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("layout", [None, "diffusers", "peft"])
def test_what_alpha_changes_has_another_hash(model, tmp_path, layout):
    """Equal A and B at another scale are another adapter."""
    path, digests = tmp_path / "x.safetensors", set()
    for alpha, stabilised in ((4.0, False), (16.0, False), (16.0, True)):
        adapter = trained(model, alpha=alpha, stabilised=stabilised)
        digests.add(files.save(adapter, model, path, layout))
    assert len(digests) == 3


def test_hash_of_a_diffusers_file_stays_when_its_title_is_edited(sd1, tmp_path):
    first, second = (
        files.save(
            trained(sd1), sd1, tmp_path / f"{t}.safetensors", "diffusers", label=Label(title=t)
        )
        for t in ("Rex", "Bo")
    )
    assert first == second


def mixed(base: BaseModel) -> LoraAdapter:
    """Two ranks and two alphas side by side, on both parts of the model."""
    small, large = trained(base, ("attention", "text")), inject(base, 7, 3.0, ("feed-forward",))
    for _, up in large.matrices().values():
        up.data.normal_(0, 0.1, generator=torch.Generator().manual_seed(1))
    return LoraAdapter(small.layers | large.layers, small.shapes | large.shapes)


@pytest.mark.parametrize("layout", ["kohya", "diffusers", "peft"])
def test_layers_of_different_ranks_and_alphas_survive_every_layout(sd1, tmp_path, layout):
    adapter, path = mixed(sd1), tmp_path / "x.safetensors"
    files.save(adapter, sd1, path, layout, dtype=torch.float32)
    again = files.load(path, sd1)
    assert {(shape.rank, shape.alpha) for shape in again.shapes.values()} == {(4, 2.0), (7, 3.0)}
    assert again.shapes == adapter.shapes
    assert torch.allclose(answer(sd1, again), answer(sd1, adapter), atol=1e-5)


def edited(config: Path, **values) -> None:
    """Other settings in a peft folder."""
    config.write_text(json.dumps(json.loads(config.read_text()) | values))


def test_patterns_of_a_foreign_folder_are_regular_expressions(sd1, tmp_path):
    """As `get_pattern_key` of peft: the first that matches the path's end."""
    files.save(trained(sd1, ("attention", "text")), sd1, tmp_path / "x", "peft")
    edited(
        tmp_path / "x" / files.PEFT_CONFIG, alpha_pattern={r"attn\d\.to_[qk]": 5, r".*attn2.*": 7}
    )
    pattern = {r"text_model\.encoder\.layers\.0\..*": 9}
    edited(tmp_path / "x" / "text_encoder" / files.PEFT_CONFIG, alpha_pattern=pattern)
    shapes = files.load(tmp_path / "x", sd1).shapes
    for place, shape in shapes.items():
        expected = (
            9 if place.startswith("text") else 5 if place.endswith(("to_q", "to_k")) else None
        )
        expected = expected or (7 if "attn2" in place else 2)
        assert shape.alpha == expected, place


def test_keys_with_clips_old_wrapper_are_read(sd1, tmp_path):
    adapter = trained(sd1, ("text",))
    files.save(adapter, sd1, tmp_path / "x", "peft", dtype=torch.float32)
    weights = tmp_path / "x" / "text_encoder" / files.PEFT_WEIGHTS
    tensors = load_file(weights)
    old = {
        k.replace(".encoder.layers", ".text_model.encoder.layers"): t for k, t in tensors.items()
    }
    assert old.keys() != tensors.keys()
    save_file(old, weights)
    again = files.load(tmp_path / "x", sd1)
    assert torch.allclose(answer(sd1, again), answer(sd1, adapter), atol=1e-5)


def test_folder_takes_the_place_of_all_that_lay_there(sd1, tmp_path):
    files.save(trained(sd1, ("attention", "text")), sd1, tmp_path / "x", "peft")
    digest = files.save(trained(sd1, ("attention",)), sd1, tmp_path / "x", "peft")
    assert not any(place.startswith("text") for place in files.load(tmp_path / "x", sd1).shapes)
    assert digest == files.save(trained(sd1, ("attention",)), sd1, tmp_path / "y", "peft")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["x", "y"]


def test_interrupted_writing_leaves_the_old_folder(sd1, tmp_path, monkeypatch):
    path = tmp_path / "x"
    before = files.save(trained(sd1, ("attention", "text")), sd1, path, "peft")

    def refused(*_):
        raise OSError("no space left on device")

    monkeypatch.setattr(files, "save_file", refused)
    with pytest.raises(OSError, match="no space"):
        files.save(trained(sd1, alpha=9.0), sd1, path, "peft")
    assert files.content_hash(path) == before
    assert list(tmp_path.iterdir()) == [path]


def test_folder_of_other_things_is_left_alone(sd1, tmp_path):
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "to-mother.txt").write_text("Dear")
    with pytest.raises(InvalidSpec, match="other than an adapter"):
        files.save(trained(sd1), sd1, tmp_path / "letters", "peft")
    assert (tmp_path / "letters" / "to-mother.txt").read_text() == "Dear"


@pytest.mark.parametrize("said", ["{", "[]", "7", '{"unet.lora_alpha": "much"}',
                                  '{"unet.alpha_pattern": {"(": 2}}'])  # fmt: skip
def test_settings_that_cannot_be_meant_are_a_damaged_file(sd1, tmp_path, said):
    path = tmp_path / "x.safetensors"
    files.save(trained(sd1), sd1, path, "diffusers")
    save_file(load_file(path), path, {"lora_adapter_metadata": said})
    for judge in (lambda: files.load(path, sd1), lambda: files.content_hash(path)):
        with pytest.raises(DamagedFile, match=r"x\.safetensors .* settings"):
            judge()


@pytest.mark.parametrize("said", ["{", "[]", '{"lora_alpha": [1, 2]}'])
def test_settings_of_a_folder_that_cannot_be_meant_are_a_damaged_file(sd1, tmp_path, said):
    files.save(trained(sd1), sd1, tmp_path / "x", "peft")
    (tmp_path / "x" / files.PEFT_CONFIG).write_text(said)
    with pytest.raises(DamagedFile, match=r"x/adapter_config\.json .* settings"):
        files.load(tmp_path / "x", sd1)


@pytest.mark.parametrize(
    ("tensors", "what"),
    [
        ({}, "no matrices"),
        ({"lora_A": torch.zeros(0, 8), "lora_B": torch.zeros(8, 0)}, "no matrix"),
        ({"lora_A": torch.tensor(1.0), "lora_B": torch.zeros(8, 2)}, "no matrix"),
        ({"lora_A": torch.zeros(2, 8), "lora_B": torch.zeros(8, 2), "a": [1.0, 2]}, "no number"),
        ({"lora_A": torch.zeros(2, 8), "lora_B": torch.zeros(8, 2), "a": [float("nan")]}, "no num"),
    ],
)  # fmt: skip
def test_tensors_that_are_no_loras_are_a_damaged_file(sd1, tmp_path, tensors, what):
    name, path = "unet.mid_block.attentions.0.proj_in", tmp_path / "x.safetensors"
    named = {
        f"{name}.alpha" if k == "a" else f"{name}.{k}.weight": torch.as_tensor(t)
        for k, t in tensors.items()
    }
    save_file(named, path)
    with pytest.raises(DamagedFile, match=what):
        files.load(path, sd1)


def test_layer_named_in_two_spellings_is_a_damaged_file(sd1, tmp_path):
    adapter = trained(sd1, ("attention",))
    tensors = keys.kohya(adapter, sd1) | keys.diffusers(adapter, sd1)
    save_file({n: t.detach().clone() for n, t in tensors.items()}, tmp_path / "x.safetensors")
    with pytest.raises(DamagedFile, match="names a layer twice"):
        files.load(tmp_path / "x.safetensors", sd1)


@pytest.mark.parametrize("content", [b"", b"1234", b"\xff" * 8, b"\xff" * 200])
def test_hash_of_a_damaged_file_is_refused(tmp_path, content):
    (tmp_path / "x.safetensors").write_bytes(content)
    with pytest.raises(DamagedFile, match="cannot be read"):
        files.content_hash(tmp_path / "x.safetensors")
