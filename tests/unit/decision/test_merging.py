"""Whatever comes twice, late or in another order: the same state, and the same answer."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ses_feedback import timestamp
from ses_feedback.decision.fact import Fact
from ses_feedback.decision.state import Evidence, Place, Stamp, State, keep_days, surplus
from ses_feedback.decision.suppression import suppressions
from tests.samples import shipped_settings

SETTINGS = shipped_settings()
KEPT = keep_days(SETTINGS)

times = st.integers(0, 60 * 24).map(lambda hours: timestamp.later("2026-01-01T00:00:00.000Z", hours=hours))
event_ids = st.sampled_from("abcdefgh")
places = st.builds(
    Place,
    st.sampled_from(
        ["user_unknown", "domain_invalid", "complaint.abuse.full", "complaint.abuse.low", "not_spam", "delivered"]
        + ["ses_suppressed.global", "ses_suppressed.tenant", "reinstated", "soft.mailbox_full", "soft.unknown"]
    ).map(Fact),
    st.sampled_from(["production", "dev"]),
    st.sampled_from(["transactional", "marketing"]),
)
stamps = st.builds(Stamp.of, times, event_ids)
evidence = st.builds(Evidence, places, stamps)
histories = st.lists(evidence, max_size=60)


def merged(history: list[Evidence], state: State | None = None) -> State:
    state = state or State()
    for piece in history:
        state = state.merged(piece, KEPT)
    return state


@given(histories, st.randoms(use_true_random=False))
def test_a_history_doubled_and_shuffled_merges_to_the_same_state(
    history: list[Evidence], chance: random.Random
) -> None:
    doubled = history + chance.choices(history, k=len(history)) if history else []
    chance.shuffle(doubled)
    one, other = merged(history), merged(doubled)
    assert (one.registers, one.soft) == (other.registers, other.soft)
    assert suppressions(one, SETTINGS) == suppressions(other, SETTINGS)


@given(
    st.lists(
        stamps.map(lambda stamp: Evidence(Place(Fact("soft.unknown"), "production", "transactional"), stamp)),
        max_size=80,
    )
)
def test_pruning_loses_nothing_that_the_policy_asks_for(history: list[Evidence]) -> None:
    whole = State({}, {piece.place: frozenset(p.stamp for p in history) for piece in history})
    assert suppressions(merged(history), SETTINGS) == suppressions(whole, SETTINGS)


def test_a_copy_is_not_a_change() -> None:
    once = merged(
        [Evidence(Place(Fact("user_unknown"), "dev", "transactional"), Stamp("2026-01-01T00:00:00.000Z|a"))]
    )
    place, stamp = next(iter(once.registers.items()))
    assert once.merged(Evidence(place, stamp), KEPT) == once


@given(histories)
def test_rev_grows_with_every_change(history: list[Evidence]) -> None:
    state = State()
    for piece in history:
        after = state.merged(piece, KEPT)
        assert after == state or after.rev > state.rev
        state = after


@given(st.frozensets(stamps, max_size=80), st.frozensets(stamps, max_size=80), st.integers(1, 12))
def test_pruning_a_union_is_pruning_its_pruned_parts(
    one: frozenset[Stamp], other: frozenset[Stamp], days: int
) -> None:
    def pruned(stamps: frozenset[Stamp]) -> frozenset[Stamp]:
        return stamps - surplus(stamps, days)

    assert pruned(one | other) == pruned(pruned(one) | pruned(other))
    assert pruned(pruned(one)) == pruned(one)


@given(st.frozensets(stamps, max_size=120))
def test_no_more_is_kept_than_five_a_day_on_the_last_days(soft: frozenset[Stamp]) -> None:
    kept = soft - surplus(soft, KEPT)
    days = [stamp.day for stamp in kept]
    assert len(set(days)) <= KEPT
    assert max((days.count(one) for one in set(days)), default=0) <= 5


@given(histories, places, stamps)
def test_new_evidence_lifts_no_suppression_but_by_the_facts_that_may(
    history: list[Evidence], place: Place, stamp: Stamp
) -> None:
    if place.fact in ("delivered", "not_spam", "reinstated"):
        return
    before = merged(history)
    after = before.merged(Evidence(place, stamp), KEPT)
    held = {s.scope: s.until or "9999" for s in suppressions(after, SETTINGS)}
    assert all(held.get(s.scope, "") >= (s.until or "9999") for s in suppressions(before, SETTINGS))


@pytest.mark.parametrize("seed", range(5))
def test_a_long_storm_of_soft_bounces_stays_small(seed: int) -> None:
    chance = random.Random(seed)
    place = Place(Fact("soft.server_error"), "production", "transactional")
    state = State()
    for number in chance.sample(range(400), k=400):
        time = timestamp.later("2026-01-01T00:00:00.000Z", hours=number * 2.4)
        state = state.merged(Evidence(place, Stamp.of(time, str(number))), KEPT)
    assert len(state.soft[place]) == 5 * KEPT
