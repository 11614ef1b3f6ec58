"""What an operator rules is evidence like any other: it merges in any order, and counts until something is newer."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from ses_feedback.decision.effect import judge_override
from ses_feedback.decision.fact import Fact
from ses_feedback.decision.override import Override, listed_by_ses, reinstatement, suppression_of, unlisted_by_ses
from ses_feedback.decision.state import Evidence, Place, Stamp, State, keep_days
from ses_feedback.decision.suppression import Suppression, applies_to, suppressions
from ses_feedback.event_row import EventRow
from ses_feedback.ledger.rows import override_row
from ses_feedback.scope import Scope
from ses_feedback.settings.file import Settings

DAY = datetime(2026, 11, 1, 6, tzinfo=UTC)
JANE = "jane@example.com"


def at(day: float) -> datetime:
    return DAY + timedelta(days=day)


def found(settings: Settings, *evidence: Override | Evidence) -> list[Suppression]:
    return suppressions(merged(settings, *evidence), settings)


def merged(settings: Settings, *evidence: Override | Evidence) -> State:
    state = State()
    for piece in evidence:
        state = state.merged(piece.evidence if isinstance(piece, Override) else piece, keep_days(settings))
    return state


def stopped(day: float, **how: str | int) -> Override:
    return suppression_of(JANE, at(day), "ops", "asked by telephone", **how)  # type: ignore[arg-type]


def lifted(day: float, stream: str = "*") -> Override:
    return reinstatement(JANE, at(day), "ops", "wrote today", stream)


def bounce(day: float, stream: str = "transactional") -> Evidence:
    time = at(day).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return Evidence(Place(Fact("user_unknown"), "production", stream), Stamp.of(time, f"b{day}"))


def test_an_operators_suppression_holds_everywhere_for_good(settings: Settings) -> None:
    [one] = found(settings, stopped(0))
    assert (one.scope, one.fact, one.until) == ("global", "operator", None)


def test_a_suppression_may_hold_for_some_days(settings: Settings) -> None:
    [one] = found(settings, stopped(0, days=5))
    assert one.until == "2026-11-06T06:00:00.000Z"


@pytest.mark.parametrize(
    ("how", "scope"),
    [
        ({"message_stream": "marketing"}, "message_stream:marketing"),
        ({"environment": "dev"}, "environment:dev"),
        ({"environment": "production"}, "environment:production"),
    ],
)
def test_a_suppression_may_hold_for_one_stream_or_environment(
    how: dict[str, str], scope: str, settings: Settings
) -> None:
    [one] = found(settings, stopped(0, **how))
    assert one.scope == scope
    assert not applies_to(Scope(scope), "staging", "transactional", settings)


def test_the_later_of_suppression_and_reinstatement_decides_in_whatever_order(settings: Settings) -> None:
    for history, held in (([stopped(0), lifted(1)], False), ([lifted(0), stopped(1)], True)):
        assert {bool(found(settings, *order)) for order in permutations(history)} == {held}


@pytest.mark.parametrize("order", list(permutations([0, 1, 2])))
def test_evidence_older_than_a_reinstatement_does_not_count_and_newer_does(
    order: tuple[int, ...], settings: Settings
) -> None:
    history: list[Override | Evidence] = [bounce(0), lifted(1), bounce(2)]
    assert found(settings, *(history[i] for i in order)) == found(settings, bounce(2))
    assert found(settings, *(history[i] for i in order if i < 2)) == []


def test_a_reinstatement_of_one_stream_leaves_what_stops_the_others(settings: Settings) -> None:
    assert [one.scope for one in found(settings, bounce(0), lifted(1, "marketing"))] == ["global"]
    assert found(settings, stopped(0, message_stream="marketing"), lifted(1, "marketing")) == []


def test_what_ses_lists_is_suppressed_here_until_it_is_no_longer_listed(settings: Settings) -> None:
    listed, gone = listed_by_ses(JANE, at(0), "BOUNCE"), unlisted_by_ses(JANE, at(1))
    assert [one.fact for one in found(settings, listed)] == ["ses_suppressed.account"]
    assert found(settings, listed, gone) == found(settings, gone, listed) == []
    assert found(settings, gone, listed_by_ses(JANE, at(2), "BOUNCE"))


def test_no_longer_being_on_sess_list_lifts_no_bounce(settings: Settings) -> None:
    assert found(settings, bounce(0), unlisted_by_ses(JANE, at(1)))


def row_of(override: Override, settings: Settings) -> EventRow:
    judged = judge_override(override, merged(settings, override), settings)
    return override_row(override, judged.suppression, settings.policy.history_days)


def test_the_row_says_who_when_and_why(settings: Settings) -> None:
    ruling = stopped(0, days=5)
    row = row_of(ruling, settings)
    assert (row.by, row.note, row.occurred_at) == ("ops", "asked by telephone", "2026-11-01T06:00:00.000Z")
    assert (row.kind, row.effect, row.scope) == ("operator", "suppressed", "global")
    assert row.until == "2026-11-06T06:00:00.000Z"


@pytest.mark.parametrize("note", ["x" * 5000, "\ud800" * 500, "ü" * 400])
def test_a_row_stays_small_whatever_the_reason_says(note: str, settings: Settings) -> None:
    ruling = reinstatement(JANE, DAY, "arn:aws:sts::111122223333:assumed-role/ops/" + "y" * 400, note)
    row = row_of(ruling, settings)
    assert sum(len(name) + len(str(value).encode()) for name, value in row.to_item().items()) < 900
