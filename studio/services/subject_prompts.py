"""Subjects in prompts: from names to the words and adapters that a picture is made with."""

from collections.abc import Iterable, Sequence

from pipelines.models.cards import ModelCard
from pipelines.spec import AdapterUse, GenerationSpec
from studio.domain import Snapshot, Subject
from studio.errors import InvalidInput, NotFound
from studio.services.models import ModelService
from studio.services.subject_words import has_token, inline_weights, named_weights, spoken
from studio.store import Store


def with_subjects(
    spec: GenerationSpec, asked: Sequence[str], card: ModelCard, store: Store, models: ModelService
) -> GenerationSpec:
    """The spec with subjects in it: those `asked` for ("Momo", "Momo:0.8") and those inside the
    prompt (`<subject:Momo:0.8>`). Their names become the words that they were learnt by; one that
    the prompt does not name is put in front of it.

    A spec that has adapters already (recall) is left as it is.

    Raises:
        NotFound: there is no such subject.
        InvalidInput: a weight is wrong, or nothing was trained for this model.
    """
    if spec.adapters:
        return spec
    known = {subject.name.casefold(): subject for subject in store.subjects.all()}
    if not known and not asked:
        return spec
    beside = {store.subjects.find(n).id: weight for n, weight in named_weights(asked).items()}
    weights = beside | inline_weights(spec.prompt, known)
    if not weights:
        return spec
    cast = [store.subjects.find(subject_id) for subject_id in weights]
    uses = tuple(
        AdapterUse(hash=snapshot_for(subject, card, store, models).hash, weight=weights[subject.id])
        for subject in cast
    )
    changes = {
        "prompt": named_in(spoken(spec.prompt, cast), cast),
        "negative_prompt": spoken(spec.negative_prompt, cast),
        "adapters": uses,
    }
    return GenerationSpec.parse({**spec.model_dump(), **changes})


def named_in(prompt: str, cast: Iterable[Subject]) -> str:
    """The prompt with every subject's token in it somewhere."""
    missing = [f"a {subject.words}" for subject in cast if not has_token(prompt, subject)]
    return ", ".join([*missing, prompt] if prompt else missing)


def snapshot_for(subject: Subject, card: ModelCard, store: Store, models: ModelService) -> Snapshot:
    """The picked snapshot if it fits the model, else the newest that does.

    Raises:
        InvalidInput: none does; the message says for which models there are some.
    """
    shots = store.subjects.snapshots(subject.id)
    fitting = [shot for shot in shots if fits(shot, card, models)]
    if not fitting:
        taught = ", ".join(sorted({shot.model_id for shot in shots})) or "no model yet"
        raise InvalidInput(
            f"{card.name} has not learnt “{subject.name}” (taught: {taught}). Train it first: "
            f'studio train subject "{subject.name}".'
        )
    picked = [shot for shot in fitting if shot.id == subject.snapshot_id]
    return (picked or fitting)[-1]


def fits(snapshot: Snapshot, card: ModelCard, models: ModelService) -> bool:
    """Whether a snapshot can be used with a model: the one that learnt it, or a relative. The
    small model that ships has relatives by family only in name; it is built smaller."""
    if snapshot.model_id == card.id:
        return True
    try:
        learnt_by = models.card(snapshot.model_id)
    except NotFound:
        return False  # the model is gone
    return learnt_by.family == card.family and not (learnt_by.embedded or card.embedded)
