"""A stack, its settings and a SES that is not there: what is planned, applied and put back."""

import json
from copy import replace
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from ses_feedback.ses_setup.apply import carry_out
from ses_feedback.ses_setup.changes import Change, Step
from ses_feedback.ses_setup.plan import changes, plan, remarks, restoring_plan
from ses_feedback.ses_setup.report import Outcome
from ses_feedback.ses_setup.ses import SesIdentities
from ses_feedback.ses_setup.target import StackOffer
from ses_feedback.settings.checks import parse_settings
from ses_feedback.settings.file import Settings
from tests.samples import SHIPPED
from tests.ses_identities import ACCOUNT, REGION, FakeSes

SNS_ARN = f"arn:aws:sns:{REGION}:{ACCOUNT}:"
STACK = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/ses-feedback/0a1b2c3d"
OTHER_STACK = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/other/4e5f6a7b"
FEEDBACK, FOREIGN = f"{SNS_ARN}ses-feedback-FeedbackTopic-1", f"{SNS_ARN}somebody-elses"
DOMAIN, DEV = "example.com", "dev@example.com"
NO_SETS = "[ses]\ncreate_configuration_sets = false\n"
_SES_MAY = {"Effect": "Allow", "Principal": {"Service": "ses.amazonaws.com"}, "Action": "sns:Publish"}
SES_LETS = json.dumps({"Statement": [_SES_MAY]})
TARGET = StackOffer(
    stack=STACK,
    topic=FEEDBACK,
    stream="arn:stream",
    stream_role="arn:role",
    queue="arn:queue",
    dead_letters="arn:dead",
)


class FakeTopics:
    """SNS's topics: what each answers when it is asked for its attributes."""

    def __init__(self, fake: FakeSes) -> None:
        self.attributes: dict[str, dict[str, str]] = {}
        self._fake = fake

    def add(self, topic: str, policy: str = SES_LETS, subscriptions: str = "1", **more: str) -> None:
        self.attributes[topic] = {"Policy": policy, "SubscriptionsConfirmed": subscriptions, **more}
        self._fake.topics.add(topic)

    def get_topic_attributes(self, TopicArn: str) -> dict[str, Any]:  # noqa: N803
        if TopicArn not in self.attributes:
            said: Any = {"Error": {"Code": "NotFound", "Message": "Topic does not exist"}}
            raise boto3.client("sns", REGION).exceptions.NotFoundException(said, "GetTopicAttributes")
        return {"Attributes": self.attributes[TopicArn]}

    def create_topic(self, Name: str) -> dict[str, str]:  # noqa: N803
        if SNS_ARN + Name not in self.attributes:
            self.add(SNS_ARN + Name, "{}", "0")
        return {"TopicArn": SNS_ARN + Name}

    def set_topic_attributes(self, TopicArn: str, AttributeName: str, AttributeValue: str) -> None:  # noqa: N803
        self.attributes[TopicArn][AttributeName] = AttributeValue

    def subscribe(self, TopicArn: str, **how: Any) -> None:  # noqa: N803
        dead_letters = json.dumps({"deadLetterTargetArn": TARGET.dead_letters})
        assert how == {"Protocol": "sqs", "Endpoint": TARGET.queue, "Attributes": {"RedrivePolicy": dead_letters}}
        self.attributes[TopicArn]["SubscriptionsConfirmed"] = "1"

    def delete_topic(self, TopicArn: str) -> None:  # noqa: N803
        self.attributes.pop(TopicArn, None)
        self._fake.topics.discard(TopicArn)


class FakeKeys:
    """KMS, as far as it says whose a key is; what it does not know, it does not let anybody look up."""

    def __init__(self) -> None:
        self.managed: set[str] = set()

    def describe_key(self, KeyId: str) -> dict[str, Any]:  # noqa: N803
        if KeyId in self.managed:
            return {"KeyMetadata": {"KeyManager": "AWS"}}
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "DescribeKey")


class FakeStacks:
    """CloudFormation, as far as it says which stacks there are."""

    def __init__(self) -> None:
        self.alive: set[str] = {STACK}

    def describe_stacks(self, StackName: str) -> dict[str, Any]:  # noqa: N803
        status = "CREATE_COMPLETE" if StackName in self.alive else "DELETE_COMPLETE"
        return {"Stacks": [{"StackStatus": status}]}


@dataclass
class Rig:
    """`now`: the clock, which moves by sleeping and by nothing else."""

    lines: str = NO_SETS
    target: StackOffer = TARGET
    fake: FakeSes = field(default_factory=FakeSes)
    now: float = 0.0

    def __post_init__(self) -> None:
        self.topics, self.keys, self.stacks = FakeTopics(self.fake), FakeKeys(), FakeStacks()
        self.topics.add(FEEDBACK)
        self.topics.add(FOREIGN)
        ses, sesv2 = self.fake.clients()
        self.clients: dict[str, Any] = {"ses": ses, "sesv2": sesv2, "sns": self.topics, "kms": self.keys}
        self.clients["cloudformation"] = self.stacks

    @property
    def settings(self) -> Settings:
        return parse_settings(SHIPPED.read_text(encoding="utf-8").partition("[policy]")[0] + self.lines)

    @property
    def environment(self) -> dict[str, str]:
        """The variables of configure_identities."""
        return {
            "MODE": "apply",
            "TOPIC_PER_ENVIRONMENT": "false",
            "FEEDBACK_TOPIC_ARN": self.target.topic,
            "FEEDBACK_QUEUE_ARN": self.target.queue,
            "DEAD_LETTERS_ARN": self.target.dead_letters,
            "ARCHIVE_STREAM_ARN": self.target.stream,
            "ARCHIVE_STREAM_ROLE_ARN": self.target.stream_role,
        }

    def surround(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Puts this SES and these settings around configure_identities, which then waits for nothing."""
        for name, value in self.environment.items():
            monkeypatch.setenv(name, value)
        deployment = "ses_feedback.handlers.configure_identities"
        monkeypatch.setattr(f"{deployment}.client", lambda name, **_: self.clients[name])
        monkeypatch.setattr(f"{deployment}.load_settings", lambda: self.settings)
        monkeypatch.setattr("ses_feedback.ses_setup.ses.SECONDS_A_CALL", 0.0)

    def edge(self, deadline: float = float("inf")) -> SesIdentities:
        return SesIdentities(**self.clients, clock=lambda: self.now, sleep=self._sleep, deadline=deadline)

    def _sleep(self, seconds: float) -> None:
        self.now += seconds

    def steps(self) -> list[Step]:
        found, target = self.edge().look(self.settings, self.target)
        return plan(self.settings, target, found)

    def changes(self) -> list[Change]:
        return changes(self.steps())

    def remarks(self, subject: str) -> list[str]:
        return [f"{one.weight}: {one.text}" for one in remarks(self.steps()) if one.subject == subject]

    def apply(self, deadline: float = float("inf")) -> Outcome:
        edge = self.edge(deadline)
        found, target = edge.look(self.settings, self.target)
        return carry_out(changes(plan(self.settings, target, found)), edge, target)

    def end(self) -> Outcome:
        """As the stack is deleted."""
        edge = self.edge()
        found, target = edge.look(self.settings, self.target)
        return carry_out(changes(restoring_plan(self.settings, target, found)), edge, target)

    def per_environment(self) -> None:
        self.target = replace(self.target, per_environment=True)


def bare(one: dict[str, Any]) -> dict[str, Any]:
    """Without what is off or empty: SES tells no difference."""
    kept = {key: {k: v for k, v in one[key].items() if v} for key in ("Topics", "Headers", "Tags")}
    return one | kept


def with_keys(*lines: str) -> str:
    return NO_SETS + "\n".join(lines) + "\n"
