"""Ten to a request; whatever a service did not accept raises."""

from collections.abc import Sequence

import pytest

from ses_feedback.batches import send_in_batches
from ses_feedback.errors import PartlyAccepted


def test_entries_go_ten_to_a_request_in_their_order() -> None:
    sent: list[int] = []
    sizes: list[int] = []

    def send(numbers: Sequence[int]) -> list[str]:
        sizes.append(len(numbers))
        sent.extend(numbers)
        return []

    send_in_batches(iter(range(23)), send, service="SNS", name="alerts")
    assert sizes == [10, 10, 3]
    assert sent == list(range(23))


def test_without_entries_nothing_is_sent() -> None:
    send_in_batches([], lambda _: pytest.fail("a request"), service="SNS", name="alerts")


def test_the_first_batch_that_is_partly_accepted_raises_with_its_first_code() -> None:
    answers = iter([[], ["Throttled", "InternalError"]])
    with pytest.raises(PartlyAccepted, match="SNS accepted all but 2 of 10 alerts: Throttled"):
        send_in_batches(range(40), lambda _: next(answers), service="SNS", name="alerts")
    assert list(answers) == []
