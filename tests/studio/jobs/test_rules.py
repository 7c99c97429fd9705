"""Who goes next: one computes at a time, and pictures go first."""

from hypothesis import given, settings
from hypothesis import strategies as st

from studio.domain import Job, JobState
from studio.jobs.kinds import AT_ONCE, Kind, Resource
from studio.jobs.rules import Do, Seen, decide

TRAIN = Kind("m:train", Resource.COMPUTE)
PICTURE = Kind("m:picture", Resource.COMPUTE, first=True)
PULL = Kind("m:pull", Resource.NETWORK)


def seen(
    kind: Kind, state: JobState = JobState.WAITING, paused: bool = False, yielding: bool = False
) -> Seen:
    return Seen(Job(kind="k", title="t", state=state), kind, paused, yielding)


def test_the_oldest_waiting_job_starts() -> None:
    first, second = seen(TRAIN), seen(TRAIN)
    assert decide([first, second]) == [(Do.START, first)]


def test_one_job_computes_at_a_time() -> None:
    assert decide([seen(TRAIN, JobState.RUNNING), seen(TRAIN)]) == []
    assert decide([seen(PICTURE, JobState.RUNNING), seen(PICTURE)]) == []


def test_a_picture_makes_a_training_pause_and_waits_until_it_has() -> None:
    picture = seen(PICTURE)
    running = seen(TRAIN, JobState.RUNNING)
    assert decide([running, picture]) == [(Do.HOLD, running)]
    asked = seen(TRAIN, JobState.RUNNING, yielding=True)
    assert decide([asked, picture]) == []
    held = seen(TRAIN, JobState.PAUSED, yielding=True)
    assert decide([held, picture]) == [(Do.START, picture)]


def test_the_held_training_goes_on_before_anything_new_starts() -> None:
    held = seen(TRAIN, JobState.PAUSED, yielding=True)
    assert decide([held, seen(PICTURE, JobState.RUNNING)]) == []
    assert decide([held, seen(TRAIN)]) == [(Do.GO_ON, held)]


def test_a_training_need_not_stop_for_a_picture_that_was_cancelled() -> None:
    asked = seen(TRAIN, JobState.RUNNING, yielding=True)
    assert decide([asked]) == [(Do.GO_ON, asked)]


def test_a_training_told_to_go_on_counts_as_computing_until_it_says_so() -> None:
    going_on = seen(TRAIN, JobState.PAUSED)
    assert decide([going_on, seen(TRAIN)]) == []


def test_a_job_paused_by_the_person_blocks_nobody_and_stays_paused() -> None:
    paused = seen(TRAIN, JobState.PAUSED, paused=True, yielding=True)
    waiting = seen(TRAIN)
    assert decide([paused]) == []
    assert decide([paused, waiting]) == [(Do.START, waiting)]


def test_downloads_wait_for_no_computing() -> None:
    pulls = [seen(PULL) for _ in range(3)]
    steps = decide([seen(TRAIN, JobState.RUNNING), *pulls])
    assert steps == [(Do.START, pulls[0]), (Do.START, pulls[1])]


ACTIVE = st.builds(
    seen,
    st.sampled_from([TRAIN, PICTURE, PULL]),
    st.sampled_from([JobState.WAITING, JobState.RUNNING, JobState.PAUSED]),
    st.booleans(),
    st.booleans(),
)


@settings(deadline=None)  # the processor is shared
@given(st.lists(ACTIVE, max_size=8))
def test_nothing_ever_starts_beyond_the_limit(active: list[Seen]) -> None:
    steps = decide(active)
    for resource, limit in AT_ONCE.items():
        working = {s.job.id for s in active if s.kind.resource is resource and s.works}
        let_go = {s.job.id for do, s in steps if s.kind.resource is resource and do is not Do.HOLD}
        assert len(let_go - working) <= max(0, limit - len(working))


@settings(deadline=None)  # the processor is shared
@given(st.lists(ACTIVE, max_size=8))
def test_a_waiting_picture_is_never_passed_by_a_training(active: list[Seen]) -> None:
    waits = any(s.waits and s.kind is PICTURE for s in active)
    started = [s.kind for do, s in decide(active) if do is not Do.HOLD and not s.works]
    if waits and TRAIN in started:
        assert PICTURE in started
