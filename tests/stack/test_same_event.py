"""One event over two paths is one event: for each pair of paths, with tags and without, with unequal feedback ids."""

import json
import random
import uuid
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import combinations
from typing import Any

import pytest

from ses_feedback_cli.demo import signed_sns, story
from ses_feedback_cli.simulate.command import SENT_AGO
from ses_feedback_cli.simulate.events import Published, publications
from ses_feedback_cli.simulate.mail import Account, Mail, ses_id
from ses_feedback_cli.simulate.paths import Destination, Path, read_sending
from ses_feedback_cli.simulate.publisher import Publisher
from tests.stack.driver import Driver, total

PATHS = ("domain topic", "address topic", "set to SNS", "set to EventBridge", "set to Firehose", "HTTPS")
PAIRS = [*((path,) for path in PATHS), *combinations(PATHS, 2)]
KINDS = ("complaint", "bounce")
SENDER, TEAM, SET = "staging@example.com", "qa@example.com", "same-event"
"""Its address is the settings' for staging, and so is the tag: tags must not change whom a copy is for."""


@dataclass(frozen=True, slots=True)
class Case:
    """A mail, and the paths of its event; one path alone shows that each of them works."""

    paths: tuple[str, ...]
    kind: str
    tagged: bool


CASES = [Case(chosen, kind, tagged) for chosen in PAIRS for kind in KINDS for tagged in (False, True)]


@dataclass(frozen=True, slots=True)
class Sent:
    """What was published for each case, the mails that the team got of it, and the events it was told of."""

    messages: dict[Case, list[Published]]
    mails: list[dict[str, Any]]
    told: Counter[str]


@pytest.fixture(scope="module")
def sent(driver: Driver) -> Sent:
    """Every case as a mail of its own, over its paths, in any order."""
    before = len(driver.mails(TEAM))
    paths, chance = _paths(driver), random.Random(17)
    mails = {case: _mail(case, chance) for case in CASES}
    account = Account("000000000000", "eu-central-1", "example.com")
    found = {
        case: [
            message
            for message in publications(mail, account, [paths[name] for name in case.paths], chance)
            if message.kind.lower() == case.kind
        ]
        for case, mail in mails.items()
    }
    every = [message for messages in found.values() for message in messages]
    chance.shuffle(every)
    over_https = [message for message in every if message.path == "https"]
    signed_sns.post(driver.stack, [message.text for message in over_https])
    Publisher(driver.stack.aws.client).publish(message for message in every if message.path != "https")
    driver.settle(300)
    return Sent(found, driver.mails(TEAM)[before:], _told(driver))


def _told(driver: Driver) -> Counter[str]:
    """The marks of what teams were told: one for each event and team."""
    marks = (item["sk"]["S"] for item in story.scan(driver.stack, "AlertTable"))
    return Counter(mark.removeprefix("S#") for mark in marks if mark.startswith("S#"))


def _mail(case: Case, chance: random.Random) -> Mail:
    sent_at = datetime.now(UTC) - SENT_AGO
    return Mail(
        message_id=ses_id("eu-central-1", sent_at, chance),
        sender=SENDER,
        recipients=(f"{case.kind}@{uuid.uuid4().hex[:12]}.example",),
        subject="The same event",
        sent_at=sent_at,
        tags={"environment": "staging"} if case.tagged else {},
        configuration_set="ses-feedback-staging",
    )


def _paths(driver: Driver) -> dict[str, Path]:
    """As SES is set up here: an address and a domain with topics, and a set with three destinations."""
    ses, v2 = driver.stack.aws.client("ses"), driver.stack.aws.client("sesv2")
    outputs = driver.stack.outputs
    v2.create_email_identity(EmailIdentity="same-event.example")
    for kind in ("Bounce", "Complaint"):
        ses.set_identity_notification_topic(
            Identity="same-event.example", NotificationType=kind, SnsTopic=outputs["FeedbackTopic"]
        )
    stream = driver.stack.aws.client("firehose").describe_delivery_stream(DeliveryStreamName=outputs["ArchiveStream"])
    stream_arn = stream["DeliveryStreamDescription"]["DeliveryStreamARN"]
    bus = "arn:aws:events:eu-central-1:000000000000:event-bus/default"
    v2.create_configuration_set(ConfigurationSetName=SET)
    for name, target in (
        ("sns", {"SnsDestination": {"TopicArn": outputs["FeedbackTopic"]}}),
        ("eventbridge", {"EventBridgeDestination": {"EventBusArn": bus}}),
        (
            "firehose",
            {
                "KinesisFirehoseDestination": {
                    "IamRoleArn": "arn:aws:iam::0:role/any",
                    "DeliveryStreamArn": stream_arn,
                }
            },
        ),
    ):
        v2.create_configuration_set_event_destination(
            ConfigurationSetName=SET,
            EventDestinationName=name,
            EventDestination={"Enabled": True, "MatchingEventTypes": ["BOUNCE", "COMPLAINT"], **target},
        )
    (by_domain,) = read_sending(ses, v2, "anyone@same-event.example", None).paths
    by_address, *by_set = read_sending(ses, v2, SENDER, SET).paths
    found = {"domain topic": by_domain, "address topic": by_address}
    found["HTTPS"] = Destination("https", "sns", signed_sns.TOPIC, frozenset({"Bounce", "Complaint"}))
    names = {"sns": "set to SNS", "eventbridge": "set to EventBridge", "firehose": "set to Firehose"}
    return found | {names[path.name.partition("/")[2]]: path for path in by_set}


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{' and '.join(c.paths)}, {c.kind}{', tags' * c.tagged}")
def test_the_same_event_over_two_paths_is_one_event(driver: Driver, sent: Sent, case: Case) -> None:
    messages = sent.messages[case]
    assert [("tags" in json.loads(m.text)["mail"]) for m in messages] == ["topic" not in name for name in case.paths]
    assert len({message.message_id for message in messages}) == 1
    assert len({message.feedback_id for message in messages}) == len(case.paths)
    (row,) = driver.rows(messages[0].recipients[0].partition("@")[2])
    assert (row["team"], row["message_id"], row["kind"]) == ("qa", messages[0].message_id, case.kind)
    assert sent.told[row["event_id"]] == 1


def test_the_team_is_notified_of_each_event_once(sent: Sent) -> None:
    assert sum(map(total, sent.mails)) == len(CASES)
