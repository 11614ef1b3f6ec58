"""The outbox on DynamoDB and SQS (moto): every alert is sent once, and a storm is sent in few mails."""

import json
from typing import TYPE_CHECKING, Literal

import pytest
from botocore.exceptions import ClientError

from ses_feedback.alerts.alert import Alert
from ses_feedback.alerts.outbox import AT_ONCE_MAILS, OVERDUE_SECONDS, AlertOutbox, Flush, _pending
from ses_feedback.dead_letters import DeadLetters
from ses_feedback.errors import Busy
from ses_feedback.vocabulary import Urgency
from tests.alerts import alert
from tests.conftest import ALERT_TABLE
from tests.stores import Crash, crash_at, items_in, messages_in

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient

NOW, WINDOW, LEASE = 1_795_000_000.5, 300, 60


@pytest.fixture
def queue_url(sqs: "SQSClient") -> str:
    return sqs.create_queue(QueueName="alerts")["QueueUrl"]


@pytest.fixture
def outbox(dynamodb: "DynamoDBClient", sqs: "SQSClient", queue_url: str) -> AlertOutbox:
    return outbox_with(WINDOW, dynamodb, sqs, queue_url)


def outbox_with(window: int, dynamodb: "DynamoDBClient", sqs: "SQSClient", queue_url: str) -> AlertOutbox:
    return AlertOutbox(
        dynamodb=dynamodb,
        table=ALERT_TABLE,
        sqs=sqs,
        queue_url=queue_url,
        dead_letters=DeadLetters(sqs, queue_url, "test"),
        window_seconds=window,
        lease_seconds=LEASE,
    )


def tell(outbox: AlertOutbox, now: float = NOW) -> list[Alert]:
    """A flush that works: what it sent."""
    pending = outbox.take("qa", now)
    outbox.mark_sent("qa", pending, now)
    outbox.release("qa", now, is_done=True)
    return pending


def scheduled(sqs: "SQSClient", queue_url: str) -> int:
    """How many messages wait in the queue until their delay is over."""
    answer = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["ApproximateNumberOfMessagesDelayed"])
    return int(answer["Attributes"]["ApproximateNumberOfMessagesDelayed"])


def test_what_is_put_in_comes_out_as_it_was(outbox: AlertOutbox) -> None:
    outbox.add("qa", [alert(1)])
    assert tell(outbox) == [alert(1)]


def test_a_copy_waits_once(outbox: AlertOutbox) -> None:
    assert outbox.add("qa", [alert(1), alert(1)]) == [alert(1)]
    outbox.add("qa", [alert(1)])
    assert tell(outbox) == [alert(1)]


def test_an_alert_that_was_sent_is_not_sent_again(outbox: AlertOutbox) -> None:
    outbox.add("qa", [alert(1)])
    tell(outbox)
    assert outbox.add("qa", [alert(1), alert(2)]) == [alert(2)]
    assert tell(outbox) == [alert(2)]


def test_each_team_has_its_own_alerts(outbox: AlertOutbox) -> None:
    outbox.add("qa", [alert(1)])
    assert outbox.take("developers", NOW) == []
    assert outbox.add("developers", [alert(1)]) == [alert(1)]


def test_a_storm_is_sent_in_one_flush(outbox: AlertOutbox) -> None:
    storm = [alert(number) for number in range(230)]
    assert outbox.add("qa", storm) == storm
    assert len(tell(outbox)) == 230
    assert outbox.add("qa", storm) == []
    assert tell(outbox) == []


def test_without_alerts_nothing_is_stored(outbox: AlertOutbox) -> None:
    assert outbox.add("qa", []) == []
    assert tell(outbox) == []


def test_a_sent_mark_expires_after_four_days(outbox: AlertOutbox, dynamodb: "DynamoDBClient") -> None:
    outbox.add("qa", [alert(1)])
    tell(outbox)
    [mark] = items_in(dynamodb, ALERT_TABLE, "S#").values()
    assert mark == {"expires_at": int(NOW) + 4 * 24 * 3600}


# --- Windows ------------------------------------------------------------------------------------------------


def test_a_flush_is_scheduled_once_until_it_is_done(outbox: AlertOutbox, sqs: "SQSClient", queue_url: str) -> None:
    for second in (0, 1, WINDOW - 1, WINDOW + 1):
        outbox.schedule("qa", NOW + second)
    assert scheduled(sqs, queue_url) == 1


def test_a_late_flush_is_not_superseded_by_alerts_that_arrived_meanwhile(outbox: AlertOutbox) -> None:
    outbox.schedule("qa", NOW)
    outbox.schedule("qa", NOW + WINDOW + 0.05)
    assert not outbox.is_superseded(Flush("qa", int(NOW * 1000) + WINDOW * 1000))


def test_a_flush_that_never_ran_is_given_up(outbox: AlertOutbox, sqs: "SQSClient", queue_url: str) -> None:
    outbox.schedule("qa", NOW)
    outbox.schedule("qa", NOW + WINDOW + OVERDUE_SECONDS + 1)
    assert scheduled(sqs, queue_url) == 2


def test_an_alert_that_a_copy_stored_again_while_it_was_sent_is_not_sent_again(outbox: AlertOutbox) -> None:
    outbox.add("qa", [alert(1)])
    assert tell(outbox) == [alert(1)]
    outbox._write([{"PutRequest": {"Item": _pending("qa", alert(1))}}])
    assert outbox.take("qa", NOW) == []


def test_a_late_release_keeps_the_lease_of_the_next_flush(outbox: AlertOutbox) -> None:
    outbox.take("qa", NOW)
    outbox.take("qa", NOW + LEASE)
    outbox.release("qa", NOW, is_done=True)
    with pytest.raises(Busy):
        outbox.take("qa", NOW + LEASE + 1)


def test_after_a_flush_the_next_alert_schedules_another(
    outbox: AlertOutbox, sqs: "SQSClient", queue_url: str
) -> None:
    outbox.schedule("qa", NOW)
    tell(outbox, NOW + 1)
    outbox.schedule("qa", NOW + 2)
    assert scheduled(sqs, queue_url) == 2


def test_a_flush_is_a_delayed_message_that_names_its_team(
    dynamodb: "DynamoDBClient", sqs: "SQSClient", queue_url: str
) -> None:
    outbox_with(0, dynamodb, sqs, queue_url).schedule("qa", NOW)
    [message] = messages_in(sqs, queue_url)
    assert json.loads(message["Body"]) == {"flush": "qa", "at": int(NOW * 1000)}


def test_a_flush_is_superseded_by_another_that_is_under_way(outbox: AlertOutbox) -> None:
    outbox.schedule("qa", NOW)
    first, second = Flush("qa", int(NOW * 1000) + WINDOW * 1000), Flush("qa", int(NOW * 1000) + WINDOW * 2000 + 1000)
    assert not outbox.is_superseded(first)
    tell(outbox, NOW + 1)
    outbox.schedule("qa", NOW + WINDOW + 1)
    assert (outbox.is_superseded(first), outbox.is_superseded(second)) == (True, False)


def test_a_flush_without_a_time_is_never_superseded(outbox: AlertOutbox) -> None:
    outbox.schedule("qa", NOW)
    assert not outbox.is_superseded(Flush("qa"))


def test_a_flush_whose_window_is_over_looks_once_more(outbox: AlertOutbox) -> None:
    outbox.schedule("qa", NOW)
    tell(outbox)
    assert not outbox.is_superseded(Flush("qa", int(NOW * 1000) + WINDOW * 1000))


def test_a_flush_that_finds_the_team_busy_schedules_another_a_little_later(
    outbox: AlertOutbox, sqs: "SQSClient", queue_url: str
) -> None:
    outbox.flush_soon("qa")
    assert scheduled(sqs, queue_url) == 1


@pytest.mark.parametrize("when", ["before-call", "after-call"])
@pytest.mark.parametrize("number", range(2))
def test_a_crash_while_scheduling_leaves_a_flush_under_way(
    number: int, when: Literal["before-call", "after-call"], outbox: AlertOutbox, dynamodb: "DynamoDBClient",
    sqs: "SQSClient", queue_url: str,
) -> None:  # fmt: skip
    with crash_at(dynamodb, number, when), pytest.raises(Crash):
        outbox.schedule("qa", NOW)
    outbox.schedule("qa", NOW)
    assert scheduled(sqs, queue_url) >= 1


def test_an_alert_that_is_not_urgent_waits(outbox: AlertOutbox) -> None:
    assert not outbox.must_flush_now("qa", [alert(1)], NOW)
    assert not outbox.must_flush_now("qa", [], NOW)


def test_a_window_has_room_for_a_few_mails_at_once(outbox: AlertOutbox) -> None:
    urgent = [alert(1), alert(2, Urgency.AT_ONCE)]
    now = [outbox.must_flush_now("qa", urgent, NOW + second) for second in range(AT_ONCE_MAILS + 2)]
    assert now == [True] * AT_ONCE_MAILS + [False] * 2
    assert outbox.must_flush_now("qa", urgent, NOW + WINDOW)
    assert outbox.must_flush_now("qa", urgent, NOW + WINDOW + 1)


# --- One flush at a time ------------------------------------------------------------------------------------


def test_two_flushes_cannot_lease_one_team(outbox: AlertOutbox) -> None:
    outbox.add("qa", [alert(1)])
    assert outbox.take("qa", NOW) == [alert(1)]
    with pytest.raises(Busy):
        outbox.take("qa", NOW + LEASE - 1)
    assert outbox.take("developers", NOW) == []


def test_a_request_that_dynamodb_rejects_is_not_mistaken_for_a_busy_team(
    outbox: AlertOutbox, dynamodb: "DynamoDBClient"
) -> None:
    refusal = ClientError({"Error": {"Code": "ThrottlingException"}}, "UpdateItem")
    with crash_at(dynamodb, 0, "before-call", refusal), pytest.raises(ClientError):
        outbox.take("qa", NOW)


def test_a_flush_that_died_keeps_the_team_no_longer_than_its_lease(outbox: AlertOutbox) -> None:
    outbox.add("qa", [alert(1)])
    outbox.take("qa", NOW)
    assert outbox.take("qa", NOW + LEASE) == [alert(1)]


def test_a_flush_that_no_channel_accepted_leaves_its_alerts_to_the_next(outbox: AlertOutbox) -> None:
    outbox.add("qa", [alert(1)])
    outbox.take("qa", NOW)
    outbox.release("qa", NOW, is_done=False)
    assert tell(outbox) == [alert(1)]


def test_a_flush_that_no_channel_accepted_is_not_superseded(outbox: AlertOutbox) -> None:
    outbox.schedule("qa", NOW)
    outbox.take("qa", NOW)
    outbox.release("qa", NOW, is_done=False)
    assert not outbox.is_superseded(Flush("qa", int(NOW * 1000) + WINDOW * 1000))


def test_alerts_that_arrive_during_a_flush_get_the_next(
    outbox: AlertOutbox, sqs: "SQSClient", queue_url: str
) -> None:
    told = outbox.take("qa", NOW)
    outbox.add("qa", [alert(1)])
    outbox.mark_sent("qa", told, NOW)
    outbox.release("qa", NOW, is_done=True)
    assert scheduled(sqs, queue_url) == 1


@pytest.mark.parametrize("when", ["before-call", "after-call"])
@pytest.mark.parametrize("number", range(3))
def test_a_crash_at_the_end_of_a_flush_leaves_no_alert_without_one(
    number: int, when: Literal["before-call", "after-call"], outbox: AlertOutbox, dynamodb: "DynamoDBClient"
) -> None:
    outbox.schedule("qa", NOW)
    flush = Flush("qa", int(NOW * 1000) + WINDOW * 1000)
    told = outbox.take("qa", NOW)
    outbox.add("qa", [alert(1)])
    with crash_at(dynamodb, number, when), pytest.raises(Crash):
        outbox.release("qa", NOW, is_done=not told)
    assert (
        not outbox.is_superseded(flush) or items_in(dynamodb, ALERT_TABLE, "WINDOW")[("T#qa", "WINDOW")]["flush_at"]
    )
    assert outbox.take("qa", NOW + LEASE) == [alert(1)]


@pytest.mark.parametrize("when", ["before-call", "after-call"])
@pytest.mark.parametrize("number", range(4))
def test_a_crash_while_alerts_are_marked_loses_none(
    number: int, when: Literal["before-call", "after-call"], outbox: AlertOutbox, dynamodb: "DynamoDBClient"
) -> None:
    alerts = [alert(n) for n in range(40)]
    outbox.add("qa", alerts)
    told = outbox.take("qa", NOW)
    with crash_at(dynamodb, number, when), pytest.raises(Crash):
        outbox.mark_sent("qa", told, NOW)
    marked = {sk[2:] for _, sk in items_in(dynamodb, ALERT_TABLE, "S#")}
    pending = {sk[2:] for _, sk in items_in(dynamodb, ALERT_TABLE, "P#")}
    assert marked | pending == {one.event_id for one in alerts}
