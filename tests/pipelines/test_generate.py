"""The denoising loop against diffusers, and what seeds, batches and strength promise."""

import numpy as np
import pytest
import torch
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import StableDiffusionPipeline
from PIL import Image

from pipelines.errors import InvalidSpec
from pipelines.generate import Picture, Working, generate
from pipelines.models.cards import assets_dir
from pipelines.spec import GenerationSpec, Phrase, Sampler, Taste, TasteForm

# diffusers 0.42 converts tensors to arrays in a way that NumPy 2.4 dislikes
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

LIKED = (Phrase(phrase="bold black outline"), Phrase(phrase="bright colours", weight=0.6))
DISLIKED = (Phrase(phrase="soft gradient"),)


def pictures(base, spec: GenerationSpec) -> list[Picture]:
    return [event for event in generate(base, spec) if isinstance(event, Picture)]


def pixels(picture: Picture | Image.Image) -> np.ndarray:
    return np.asarray(picture.image if isinstance(picture, Picture) else picture)


def same(a: Picture, b: Picture) -> bool:
    return np.array_equal(pixels(a), pixels(b))


def test_stock_pipeline_makes_the_same_picture(sticker):
    spec = GenerationSpec(prompt="a red apple, glossy 3d render", seed=7, steps=4, guidance=4.0)
    [ours] = pictures(sticker, spec)
    stock = StableDiffusionPipeline.from_pretrained(
        assets_dir() / "models/sticker-128", local_files_only=True, dtype=torch.float32
    )
    stock.set_progress_bar_config(disable=True)
    theirs = stock(
        spec.prompt,
        num_inference_steps=4,
        guidance_scale=4.0,
        width=128,
        height=128,
        generator=torch.Generator().manual_seed(7),
    ).images[0]
    difference = np.abs(pixels(ours).astype(int) - pixels(theirs).astype(int))
    assert difference.max() <= 2  # float noise from another order of sums


@pytest.mark.parametrize("sampler", list(Sampler))
def test_every_sampler_finishes_and_reports_each_step(tiny, sampler):
    spec = GenerationSpec(prompt="a cat", steps=3, sampler=sampler, count=2)
    events = list(generate(tiny, spec))
    working = [event for event in events if isinstance(event, Working)]
    assert [event.index for event in working] == [1, 2, 3]
    assert {event.total for event in working} == {3}
    assert all(p.image.size == (64, 64) for p in events if isinstance(p, Picture))
    assert [image.size for image in working[-1].preview(tiny)] == [(32, 32)] * 2


def test_samplers_agree_on_the_sticker_model(sticker):
    """Different integrators of one equation: with enough steps they end near one another."""

    def made(sampler):
        spec = GenerationSpec(prompt="a red apple", seed=3, steps=16, sampler=sampler)
        return pixels(pictures(sticker, spec)[0]).astype(float)

    reference = made(Sampler.DDIM)
    for sampler in (Sampler.EULER, Sampler.DPMPP_2M):
        assert np.corrcoef(reference.ravel(), made(sampler).ravel())[0, 1] > 0.8


def test_picture_i_has_seed_plus_i_whatever_the_batch(tiny):
    four = pictures(tiny, GenerationSpec(prompt="a cat", steps=2, seed=10, count=4))
    one = pictures(tiny, GenerationSpec(prompt="a cat", steps=2, seed=12))
    assert [p.seed for p in four] == [10, 11, 12, 13]
    assert np.abs(pixels(four[2]).astype(int) - pixels(one[0]).astype(int)).max() <= 1


def test_equal_batch_shape_gives_equal_pixels(tiny):
    spec = GenerationSpec(prompt="a cat", steps=3, seed=5, count=3, batch_size=2)
    assert all(same(a, b) for a, b in zip(pictures(tiny, spec), pictures(tiny, spec), strict=True))


@pytest.mark.parametrize(
    "taste",
    [
        Taste(liked=LIKED, disliked=DISLIKED, strength=0.0),
        Taste(),
        Taste(liked=LIKED[:1], disliked=LIKED[:1]),
    ],
    ids=["strength 0", "no words", "the same words on both sides"],
)
@pytest.mark.parametrize("form", list(TasteForm))
def test_taste_without_effect_is_the_base_picture_bit_for_bit(tiny, taste, form):
    spec = GenerationSpec(prompt="a cat", steps=3, seed=1, count=2)
    tasted = spec.model_copy(update={"taste": taste.model_copy(update={"form": form})})
    for base, other in zip(pictures(tiny, spec), pictures(tiny, tasted), strict=True):
        assert same(base, other)


@pytest.mark.parametrize("form", list(TasteForm))
@pytest.mark.parametrize("sides", [(LIKED, DISLIKED), (LIKED, ()), ((), DISLIKED)])
def test_taste_changes_the_picture(tiny, form, sides):
    taste = Taste(liked=sides[0], disliked=sides[1], form=form)
    spec = GenerationSpec(prompt="a cat", steps=3, seed=1, taste=taste)
    [base], [tasted] = pictures(tiny, spec.without_taste()), pictures(tiny, spec)
    assert not same(base, tasted)


def test_phrase_weight_zero_says_nothing(sticker):
    """(word:0) is the empty prompt's state in the word's place."""

    def liked(weight):
        taste = Taste(liked=(Phrase(phrase="outline", weight=weight),))
        spec = GenerationSpec(prompt="a cat", steps=3, seed=1, taste=taste)
        return pixels(pictures(sticker, spec)[0]).astype(float)

    plain = pixels(pictures(sticker, GenerationSpec(prompt="a cat", steps=3, seed=1))[0])
    near, far = (np.abs(liked(weight) - plain).mean() for weight in (0.0, 1.0))
    assert near != far


def test_wildcards_make_one_of_each_with_their_own_prompts(tiny):
    made = pictures(tiny, GenerationSpec(prompt="a {red|blue} cat", steps=1, count=1))
    assert [p.prompt for p in made] == ["a red cat", "a blue cat"]
    made = pictures(tiny, GenerationSpec(prompt="a {red|blue} cat", steps=1, count=3))
    assert [p.prompt for p in made] == ["a red cat", "a blue cat", "a red cat"]


def test_prompts_longer_than_a_window_count_to_their_end(tiny):
    long = "a cat " * 20
    spec = GenerationSpec(prompt=long, steps=2, seed=2)
    [a], [b] = (
        pictures(tiny, spec),
        pictures(tiny, spec.model_copy(update={"prompt": long + "dog"})),
    )
    assert not same(a, b)


def test_long_prompt_with_taste_and_negative_prompt(tiny):
    taste = Taste(liked=LIKED, disliked=DISLIKED)
    spec = GenerationSpec(prompt="a cat " * 20, negative_prompt="blurry", steps=2, taste=taste)
    assert len(pictures(tiny, spec)) == 1


def test_cancelling_is_not_asking_for_the_next_step(tiny):
    events = generate(tiny, GenerationSpec(prompt="a cat", steps=50))
    assert isinstance(next(events), Working)
    events.close()


def test_words_that_do_not_fit_are_listed_lightest_first_out(tiny):
    phrases = tuple(Phrase(phrase=f"quality number {i}", weight=i / 10) for i in range(1, 11))
    spec = GenerationSpec(prompt="a cat", steps=1, taste=Taste(liked=phrases))
    [picture] = pictures(tiny, spec)
    taste = picture.record["taste"]
    assert taste["liked"][0] == "quality number 10"
    assert "quality number 1" in taste["left_out"]
    assert sorted(taste["liked"] + taste["left_out"]) == sorted(p.phrase for p in phrases)


def test_size_that_does_not_suit_the_model_is_refused(sticker):
    with pytest.raises(InvalidSpec, match=r"steps: .*less than or equal to 150"):
        GenerationSpec.parse({"prompt": "a cat", "steps": 1000})
    with pytest.raises(InvalidSpec, match="width"):
        GenerationSpec.parse({"prompt": "a cat", "width": 100})
    with pytest.raises(InvalidSpec, match="colour"):
        GenerationSpec.parse({"prompt": "a cat", "colour": "red"})


def test_record_holds_what_recall_needs(tiny):
    taste = Taste(liked=LIKED, disliked=DISLIKED)
    spec = GenerationSpec(prompt="a cat", steps=2, seed=4, count=3, batch_size=2, taste=taste)
    third = pictures(tiny, spec)[2]
    assert GenerationSpec.parse(third.record["spec"]) == spec
    assert third.record["batch"] == {"size": 1, "position": 0}
    assert third.record["index"] == 2
    assert {"dtype", "threads", "versions", "device"} <= third.record["conditions"].keys()
