from hashlib import sha256

from pipelines.recipes.base_model.icons import load_icons
from pipelines.recipes.base_model.splits import Split, heldout_concepts, heldout_style, split

MANY = {f"style {letter}" for letter in "abcdefghi"}


def rows(concept: str, styles: set[str]) -> list[dict]:
    return [{"concept": concept, "set": style} for style in sorted(styles)]


def test_sixty_concepts_are_held_out_in_every_style():
    assert len(heldout_concepts()) == 60
    assert set(split(rows("shark", MANY))) == {Split.CONCEPT}


def test_one_style_of_a_common_concept_is_held_out_by_the_stated_formula():
    expected = sorted(MANY)[int(sha256(b"cat").hexdigest(), 16) % len(MANY)]
    assert heldout_style("cat", MANY) == expected
    parts = dict(zip(sorted(MANY), split(rows("cat", MANY)), strict=True))
    assert [style for style, part in parts.items() if part is Split.COMBINATION] == [expected]


def test_a_concept_in_few_styles_is_trained_on_whole():
    assert set(split(rows("cat", set(sorted(MANY)[:7])))) == {Split.TRAIN}


def test_tones_of_a_heldout_combination_are_held_out_too():
    twice = rows("cat", MANY) * 2
    assert split(twice)[: len(MANY)] == split(twice)[len(MANY) :]


def test_the_evaluators_split_is_another_one():
    concepts = [f"thing {n}" for n in range(40)]
    same = [heldout_style(c, MANY) == heldout_style(c, MANY, "evaluator:") for c in concepts]
    assert 0 < sum(same) < 15  # one in nine by chance


def test_the_evaluator_knows_the_sixty_concepts(icons_folder):
    parts = split(load_icons(icons_folder).rows, salt="evaluator:", hold_concepts=False)
    assert Split.CONCEPT not in parts
