"""A team is notified by e-mail, or by its topic if SES refuses; an alert that no channel accepted raises."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.stub import ANY, Stubber

from ses_feedback.alerts.sender import AlertSender
from ses_feedback.errors import TeamUnreachable
from ses_feedback.settings.file import Team
from tests.alerts import alert
from tests.conftest import REGION

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sns import SNSClient

PREFIX = f"arn:aws:sns:{REGION}:111122223333:"
NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
EMAIL = Team(email=["qa@example.com", "lead@example.com"])
BOTH = Team(email=["qa@example.com"], topic="ses-feedback-team-qa")
TOPIC = Team(topic="arn:aws:sns:us-east-1:444455556666:ses-feedback-team-elsewhere")


@pytest.fixture
def ses(aws: None) -> "SESV2Client":
    return boto3.client("sesv2", region_name=REGION)


@pytest.fixture
def sns(aws: None) -> "SNSClient":
    return boto3.client("sns", region_name=REGION)


@pytest.fixture
def sender(ses: "SESV2Client", sns: "SNSClient") -> AlertSender:
    return AlertSender(ses, sns, sender="alerts@example.com", topic_prefix=PREFIX)


def published(sns: "SNSClient", topic: str) -> Stubber:
    stub = Stubber(sns)
    stub.add_response("publish", {"MessageId": "m"}, {"TopicArn": topic, "Subject": ANY, "Message": ANY})
    return stub


def test_a_team_with_addresses_gets_one_mail(sender: AlertSender, ses: "SESV2Client") -> None:
    sent: list[dict[str, Any]] = []
    ses.meta.events.register("provide-client-params.*.SendEmail", lambda params, **_: sent.append(params))
    with Stubber(ses) as stub:
        stub.add_response("send_email", {"MessageId": "m"})
        assert sender.notify("qa", EMAIL, [alert(1), alert(2)], NOW) == "email"
    [request] = sent
    assert request["Destination"] == {"ToAddresses": ["qa@example.com", "lead@example.com"]}
    mail = message_from_bytes(request["Content"]["Raw"]["Data"], policy=default)
    assert mail["From"].addresses[0].addr_spec == request["FromEmailAddress"] == "alerts@example.com"
    assert mail["Auto-Submitted"] == "auto-generated"


def test_moto_accepts_the_mail_as_ses_would(sender: AlertSender, ses: "SESV2Client") -> None:
    ses.create_email_identity(EmailIdentity="alerts@example.com")
    assert sender.notify("qa", EMAIL, [alert(1)], NOW) == "email"


def test_if_ses_refuses_the_topic_is_notified(sender: AlertSender, ses: "SESV2Client", sns: "SNSClient") -> None:
    with Stubber(ses) as refusing, published(sns, f"{PREFIX}ses-feedback-team-qa") as stub:
        refusing.add_client_error("send_email", "SendingPausedException", "Sending is paused")
        channel = sender.notify("qa", BOTH, [alert(1)], NOW)
        stub.assert_no_pending_responses()
    assert channel == "topic, since email: SendingPausedException"


def test_if_ses_cannot_be_reached_the_topic_is_notified(
    sender: AlertSender, ses: "SESV2Client", sns: "SNSClient"
) -> None:
    def unreachable(**_: Any) -> None:
        raise EndpointConnectionError(endpoint_url="https://email.eu-central-1.amazonaws.com")

    ses.meta.events.register("before-call.*.SendEmail", unreachable)
    with published(sns, f"{PREFIX}ses-feedback-team-qa"):
        assert sender.notify("qa", BOTH, [alert(1)], NOW) == "topic, since email: EndpointConnectionError"


def test_if_ses_refuses_and_there_is_no_topic_it_raises(sender: AlertSender, ses: "SESV2Client") -> None:
    with Stubber(ses) as refusing:
        refusing.add_client_error("send_email", "TooManyRequestsException")
        with pytest.raises(TeamUnreachable, match="email: TooManyRequestsException"):
            sender.notify("qa", EMAIL, [alert(1)], NOW)


def test_if_both_refuse_it_raises(sender: AlertSender, ses: "SESV2Client") -> None:
    with Stubber(ses) as refusing:
        refusing.add_client_error("send_email", "MessageRejected")
        with pytest.raises(TeamUnreachable, match="email: MessageRejected, topic: NotFound"):
            sender.notify("qa", BOTH, [alert(1)], NOW)


def test_a_team_with_a_topic_alone_gets_no_mail(sender: AlertSender, ses: "SESV2Client", sns: "SNSClient") -> None:
    with Stubber(ses), published(sns, str(TOPIC.topic)):
        assert sender.notify("qa", TOPIC, [alert(1)], NOW) == "topic"


def test_sns_accepts_the_subject_and_the_text_of_a_storm(sender: AlertSender, sns: "SNSClient") -> None:
    arn = sns.create_topic(Name="ses-feedback-team-qa")["TopicArn"]
    team = Team(topic=arn)
    assert sender.notify("qa", team, [alert(number) for number in range(2000)], NOW) == "topic"
