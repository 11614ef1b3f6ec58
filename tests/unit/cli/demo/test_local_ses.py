"""What the local SES adds to MiniStack, called through botocore, which rejects answers in any other shape."""

import json
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError
from ministack.services import ses as ministack_ses

from ses_feedback_cli.demo import local_aws, local_ses
from ses_feedback_cli.demo.local_aws import LocalAws

pytestmark = pytest.mark.slow

DOMAIN, ADDRESS = "example.com", "orders+1@example.com"


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAws]:
    running = local_aws.start(tmp_path_factory.mktemp("ministack"))
    try:
        local_aws.wait_until_ready(running)
        yield running
    finally:
        running.stop()


@pytest.fixture
def local(aws: LocalAws) -> SimpleNamespace:
    """Clients, with a new domain, address and topic."""
    clients = SimpleNamespace(
        ses=aws.client("ses"), v2=aws.client("sesv2"), sns=aws.client("sns"), sqs=aws.client("sqs")
    )
    for identity in clients.ses.list_identities()["Identities"]:
        clients.ses.delete_identity(Identity=identity)
    clients.ses.verify_domain_identity(Domain=DOMAIN)
    clients.v2.create_email_identity(EmailIdentity=ADDRESS, Tags=[{"Key": "owner", "Value": "us"}])
    clients.topic = clients.sns.create_topic(Name="feedback")["TopicArn"]
    return clients


def attributes(local: SimpleNamespace, identity: str) -> dict[str, object]:
    answer = local.ses.get_identity_notification_attributes(Identities=[identity, "unknown.example"])
    by_identity: dict[str, dict[str, object]] = answer["NotificationAttributes"]
    assert set(by_identity) == {identity}
    return by_identity[identity]


def test_a_new_identity_forwards_and_has_no_topics(local: SimpleNamespace) -> None:
    assert attributes(local, DOMAIN) == {
        "ForwardingEnabled": True,
        "HeadersInBounceNotificationsEnabled": False,
        "HeadersInComplaintNotificationsEnabled": False,
        "HeadersInDeliveryNotificationsEnabled": False,
    }


@pytest.mark.parametrize("identity", [DOMAIN, ADDRESS])
def test_the_topics_and_headers_of_an_identity_can_be_set_read_and_cleared(
    local: SimpleNamespace, identity: str
) -> None:
    chosen = {"Identity": identity, "NotificationType": "Bounce"}
    local.ses.set_identity_notification_topic(**chosen, SnsTopic=local.topic)
    local.ses.set_identity_headers_in_notifications_enabled(**chosen, Enabled=True)
    changed = attributes(local, identity)
    assert (changed["BounceTopic"], changed["HeadersInBounceNotificationsEnabled"]) == (local.topic, True)
    local.ses.set_identity_notification_topic(**chosen)
    assert "BounceTopic" not in attributes(local, identity)


def test_a_topic_gets_the_confirmation_that_it_is_in_use(local: SimpleNamespace) -> None:
    url = local.sqs.create_queue(QueueName="subscriber")["QueueUrl"]
    queue = local.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    local.sns.subscribe(
        TopicArn=local.topic, Protocol="sqs", Endpoint=queue, Attributes={"RawMessageDelivery": "true"}
    )
    local.ses.set_identity_notification_topic(Identity=DOMAIN, NotificationType="Complaint", SnsTopic=local.topic)
    (message,) = local.sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"]
    assert json.loads(message["Body"])["notificationType"] == "AmazonSnsSubscriptionSucceeded"


@pytest.mark.parametrize(
    ("identity", "topic"),
    [
        ("unknown.example", "arn:aws:sns:eu-central-1:000000000000:feedback"),
        (DOMAIN, "arn:aws:sns:eu-central-1:000000000000:missing"),
        (DOMAIN, "arn:aws:sns:us-east-1:000000000000:feedback"),
    ],
)
def test_an_unknown_identity_or_topic_is_refused(local: SimpleNamespace, identity: str, topic: str) -> None:
    with pytest.raises(ClientError, match=r"InvalidParameterValue.*(verified email address|no such topic)"):
        local.ses.set_identity_notification_topic(Identity=identity, NotificationType="Bounce", SnsTopic=topic)


def test_forwarding_can_end_only_if_bounces_and_complaints_have_topics(local: SimpleNamespace) -> None:
    with pytest.raises(ClientError, match="both bounces and complaints"):
        local.ses.set_identity_feedback_forwarding_enabled(Identity=DOMAIN, ForwardingEnabled=False)
    for wanted in ("Bounce", "Complaint"):
        local.ses.set_identity_notification_topic(Identity=DOMAIN, NotificationType=wanted, SnsTopic=local.topic)
    local.ses.set_identity_feedback_forwarding_enabled(Identity=DOMAIN, ForwardingEnabled=False)
    assert local.v2.get_email_identity(EmailIdentity=DOMAIN)["FeedbackForwardingStatus"] is False


def test_the_default_configuration_set_of_an_identity_is_kept(local: SimpleNamespace) -> None:
    with pytest.raises(ClientError, match="NotFoundException"):
        local.v2.put_email_identity_configuration_set_attributes(EmailIdentity=ADDRESS, ConfigurationSetName="none")
    local.v2.create_configuration_set(ConfigurationSetName="default-set")
    local.v2.put_email_identity_configuration_set_attributes(
        EmailIdentity=ADDRESS, ConfigurationSetName="default-set"
    )
    answer = local.v2.get_email_identity(EmailIdentity=ADDRESS)
    assert (answer["ConfigurationSetName"], answer["Tags"]) == ("default-set", [{"Key": "owner", "Value": "us"}])
    local.v2.put_email_identity_configuration_set_attributes(EmailIdentity=ADDRESS)
    assert "ConfigurationSetName" not in local.v2.get_email_identity(EmailIdentity=ADDRESS)
    local.v2.delete_configuration_set(ConfigurationSetName="default-set")


def test_an_identity_can_be_created_with_a_default_configuration_set(local: SimpleNamespace) -> None:
    local.v2.create_configuration_set(ConfigurationSetName="from-the-start")
    local.v2.create_email_identity(EmailIdentity="a.example", ConfigurationSetName="from-the-start")
    assert local.v2.get_email_identity(EmailIdentity="a.example")["ConfigurationSetName"] == "from-the-start"
    local.v2.delete_configuration_set(ConfigurationSetName="from-the-start")


def test_both_interfaces_see_the_same_identities(local: SimpleNamespace) -> None:
    assert set(local.ses.list_identities()["Identities"]) == {DOMAIN, ADDRESS}
    identities = local.v2.list_email_identities()["EmailIdentities"]
    listed = {identity["IdentityName"]: identity["IdentityType"] for identity in identities}
    assert listed == {DOMAIN: "DOMAIN", ADDRESS: "EMAIL_ADDRESS"}
    local.v2.delete_email_identity(EmailIdentity=ADDRESS)
    local.ses.delete_identity(Identity=DOMAIN)
    assert local.ses.list_identities()["Identities"] == local.v2.list_email_identities()["EmailIdentities"] == []


def test_the_tags_of_an_identity_can_be_changed(local: SimpleNamespace) -> None:
    arn = f"arn:aws:ses:eu-central-1:000000000000:identity/{DOMAIN}"
    local.v2.tag_resource(ResourceArn=arn, Tags=[{"Key": "stack", "Value": "one"}])
    assert local.v2.get_email_identity(EmailIdentity=DOMAIN)["Tags"] == [{"Key": "stack", "Value": "one"}]
    local.v2.untag_resource(ResourceArn=arn, TagKeys=["stack"])
    assert local.v2.get_email_identity(EmailIdentity=DOMAIN)["Tags"] == []


def test_verifying_again_keeps_the_settings(local: SimpleNamespace) -> None:
    for identity, kind in ((ADDRESS, "verify_email_identity"), (DOMAIN, "verify_domain_identity")):
        local.ses.set_identity_notification_topic(Identity=identity, NotificationType="Bounce", SnsTopic=local.topic)
        getattr(local.ses, kind)(**{"EmailAddress" if "@" in identity else "Domain": identity})
        assert attributes(local, identity)["BounceTopic"] == local.topic


def test_an_existing_identity_cannot_be_created_nor_a_missing_one_deleted(local: SimpleNamespace) -> None:
    with pytest.raises(ClientError, match="AlreadyExistsException"):
        local.v2.create_email_identity(EmailIdentity=DOMAIN)
    for ask in (local.v2.get_email_identity, local.v2.delete_email_identity):
        with pytest.raises(ClientError, match="NotFoundException"):
            ask(EmailIdentity="unknown.example")


def test_a_different_ministack_is_refused_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(ministack_ses, "_identities")
    with pytest.raises(
        SystemExit, match=r"MiniStack .* has no _identities in ministack\.services\.ses: .* `make install"
    ):
        local_ses.install()
