"""The ids that ledgers and backups hold already: a change of these makes copies of all of them."""

from ses_feedback.event_id import event_id, override_id


def test_the_id_of_a_reported_event_has_not_changed() -> None:
    assert event_id("bounce", "m-1", "kim@example.net", "Permanent", None) == "744c9f1629a2ea5aaff5c9fc"


def test_a_missing_part_counts_as_an_empty_one() -> None:
    assert event_id("bounce", None) == event_id("bounce", "")


def test_parts_do_not_run_into_one_another() -> None:
    assert event_id("a", "b") != event_id("ab", "") != event_id("", "ab")


def test_the_id_of_an_override_has_not_changed() -> None:
    parts = ("operator", "kim@example.net", "reinstated", "*", "*", "2026-11-24T10:00:00.000Z")
    assert override_id(*parts) == "826d37abe138ceb2aea0efed4a0ff76f"
