"""Whatever comes twice, late or in another order: the same state, and the same answer."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ses_feedback import timestamp
from ses_feedback.decision.suppression import Evidence, Place, State, keep_days, suppressions, surplus
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
    ),
    st.sampled_from(["production", "dev"]),
    st.sampled_from(["transactional", "marketing"]),
)
values = st.builds("{}|{}".format, times, event_ids)
evidence = st.builds(lambda place, value: Evidence(place, value, place.fact.startswith("soft")), places, values)
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
        values.map(lambda v: Evidence(Place("soft.unknown", "production", "transactional"), v, True)), max_size=80
    )
)
def test_pruning_loses_nothing_that_the_policy_asks_for(history: list[Evidence]) -> None:
    whole = State({}, {piece.place: frozenset(p.value for p in history) for piece in history})
    assert suppressions(merged(history), SETTINGS) == suppressions(whole, SETTINGS)


def test_a_copy_is_no_change() -> None:
    once = merged([Evidence(Place("user_unknown", "dev", "transactional"), "2026-01-01T00:00:00.000Z|a")])
    place, value = next(iter(once.registers.items()))
    assert once.merged(Evidence(place, value), KEPT) == once


@given(histories)
def test_rev_grows_with_every_change(history: list[Evidence]) -> None:
    state = State()
    for piece in history:
        after = state.merged(piece, KEPT)
        assert after == state or after.rev > state.rev
        state = after


@given(st.frozensets(values, max_size=80), st.frozensets(values, max_size=80), st.integers(1, 12))
def test_pruning_a_union_is_pruning_its_pruned_parts(one: frozenset[str], other: frozenset[str], days: int) -> None:
    def pruned(values: frozenset[str]) -> frozenset[str]:
        return values - surplus(values, days)

    assert pruned(one | other) == pruned(pruned(one) | pruned(other))
    assert pruned(pruned(one)) == pruned(one)


@given(st.frozensets(values, max_size=120))
def test_no_more_is_kept_than_five_a_day_on_the_last_days(soft: frozenset[str]) -> None:
    kept = soft - surplus(soft, KEPT)
    days = [value[:10] for value in kept]
    assert len(set(days)) <= KEPT
    assert max((days.count(one) for one in set(days)), default=0) <= 5


@given(histories, places, values)
def test_new_evidence_lifts_no_suppression_but_by_the_facts_that_may(
    history: list[Evidence], place: Place, value: str
) -> None:
    if place.fact in ("delivered", "not_spam", "reinstated"):
        return
    before = merged(history)
    after = before.merged(Evidence(place, value, place.fact.startswith("soft")), KEPT)
    held = {s.scope: s.until or "9999" for s in suppressions(after, SETTINGS)}
    assert all(held.get(s.scope, "") >= (s.until or "9999") for s in suppressions(before, SETTINGS))


@pytest.mark.parametrize("seed", range(5))
def test_a_long_storm_of_soft_bounces_stays_small(seed: int) -> None:
    chance = random.Random(seed)
    place = Place("soft.server_error", "production", "transactional")
    state = State()
    for number in chance.sample(range(400), k=400):
        time = timestamp.later("2026-01-01T00:00:00.000Z", hours=number * 2.4)
        state = state.merged(Evidence(place, f"{time}|{number}", is_soft=True), KEPT)
    assert len(state.soft[place]) == 5 * KEPT
