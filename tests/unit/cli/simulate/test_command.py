"""The command `simulate` on the local SES: which paths it uses, and what arrives there."""

import gzip
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from ses_feedback_cli.demo import local_aws
from ses_feedback_cli.demo.local_aws import LocalAws
from ses_feedback_cli.main import app

pytestmark = pytest.mark.slow

type Command = Callable[..., Result]


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAws]:
    running = local_aws.start(tmp_path_factory.mktemp("ministack"))
    try:
        local_aws.wait_until_ready(running)
        _set_up(running)
        yield running
    finally:
        running.stop()


def _set_up(aws: LocalAws) -> None:
    """A domain with topics, one of its addresses with its own topics, and a set with every kind of destination."""
    ses, v2, sns, sqs = (aws.client(name) for name in ("ses", "sesv2", "sns", "sqs"))
    for name in ("by-domain", "by-address", "by-set", "by-bus"):
        url = sqs.create_queue(QueueName=name)["QueueUrl"]
        queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        topic = sns.create_topic(Name=name)["TopicArn"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue, Attributes={"RawMessageDelivery": "true"})
    arn = "arn:aws:{}:eu-central-1:000000000000:{}".format
    for identity, topic in (("shop.example", "by-domain"), ("vip@shop.example", "by-address")):
        v2.create_email_identity(EmailIdentity=identity)
        for kind in ("Bounce", "Complaint"):
            ses.set_identity_notification_topic(Identity=identity, NotificationType=kind, SnsTopic=arn("sns", topic))
    aws.client("s3").create_bucket(Bucket="records", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    role = "arn:aws:iam::000000000000:role/any"
    stream = aws.client("firehose").create_delivery_stream(
        DeliveryStreamName="records",
        ExtendedS3DestinationConfiguration={"BucketARN": "arn:aws:s3:::records", "RoleARN": role},
    )["DeliveryStreamARN"]
    events = aws.client("events")
    events.put_rule(Name="feedback", EventPattern=json.dumps({"source": ["aws.ses"]}))
    events.put_targets(Rule="feedback", Targets=[{"Id": "queue", "Arn": arn("sqs", "by-bus")}])
    v2.create_configuration_set(ConfigurationSetName="all")
    for name, matching, target in (
        ("topic", ["BOUNCE", "DELIVERY_DELAY"], {"SnsDestination": {"TopicArn": arn("sns", "by-set")}}),
        ("bus", ["BOUNCE"], {"EventBridgeDestination": {"EventBusArn": arn("events", "event-bus/default")}}),
        ("stream", ["SEND"], {"KinesisFirehoseDestination": {"IamRoleArn": role, "DeliveryStreamArn": stream}}),
    ):
        v2.create_configuration_set_event_destination(
            ConfigurationSetName="all",
            EventDestinationName=name,
            EventDestination={"Enabled": True, "MatchingEventTypes": matching, **target},
        )
    v2.put_email_identity_configuration_set_attributes(EmailIdentity="shop.example", ConfigurationSetName="all")


@pytest.fixture
def simulate(aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> Command:
    for name, value in aws.environment.items():
        monkeypatch.setenv(name, value)
    return lambda *arguments: CliRunner().invoke(app, ["simulate", *arguments])


def received(aws: LocalAws, queue: str) -> list[dict[str, Any]]:
    """What arrived in a queue since the last look."""
    sqs = aws.client("sqs")
    url, bodies = sqs.get_queue_url(QueueName=queue)["QueueUrl"], []
    while new := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages"):
        bodies += [json.loads(message["Body"]) for message in new]
        for message in new:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return [body for body in bodies if "mail" in body or "detail" in body]


def test_one_mail_reaches_every_path_of_its_identity(aws: LocalAws, simulate: Command) -> None:
    result = simulate("--from", "orders@shop.example", "--to", "bounce@demo.example", "--json")
    assert result.exit_code == 0, result.output
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    bounced = {("domain shop.example", "Bounce"), ("all/topic", "Bounce"), ("all/bus", "Bounce")}
    assert {(row["path"], row["kind"]) for row in rows} == bounced | {("all/stream", "Send")}
    (notification,), (event,), (envelope,) = (
        received(aws, "by-domain"),
        received(aws, "by-set"),
        received(aws, "by-bus"),
    )
    assert (envelope["source"], envelope["detail-type"]) == ("aws.ses", "Email Bounced")
    bodies = (notification, event, envelope["detail"])
    assert len({body["bounce"]["feedbackId"] for body in bodies}) == len(bodies)
    assert {body["mail"]["messageId"] for body in bodies} == {rows[0]["message_id"]}


def test_a_stream_holds_the_record_with_its_newline(aws: LocalAws, simulate: Command) -> None:
    assert simulate("--from", "orders@shop.example", "--to", "label+stream@demo.example").exit_code == 0
    s3 = aws.client("s3")
    bodies = [
        s3.get_object(Bucket="records", Key=entry["Key"])["Body"].read()
        for entry in s3.list_objects_v2(Bucket="records")["Contents"]
    ]
    texts = [(gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body).decode() for body in bodies]
    (record,) = [text for text in texts if "label+stream@" in text]
    assert record.endswith("}\n")
    assert json.loads(record)["eventType"] == "Send"


def test_a_verified_address_inherits_neither_topics_nor_default_set_from_its_domain(
    aws: LocalAws, simulate: Command
) -> None:
    result = simulate("--from", "VIP <vip@shop.example>", "--to", "bounce@demo.example", "--json")
    assert [json.loads(line)["path"] for line in result.stdout.splitlines()] == ["address vip@shop.example"]
    assert len(received(aws, "by-address")) == 1


def test_a_named_set_is_used_and_tags_arrive(aws: LocalAws, simulate: Command) -> None:
    simulate(
        *("--from", "vip@shop.example", "--to", "greylist@demo.example"),
        *("--configuration-set", "all", "--tag", "environment=dev"),
    )
    (event,) = received(aws, "by-set")
    assert (event["eventType"], event["mail"]["tags"]["environment"]) == ("DeliveryDelay", ["dev"])


def test_copies_count_and_dry_run(aws: LocalAws, simulate: Command) -> None:
    vip = ("--from", "vip@shop.example", "--to", "bounce@a.example", "--to", "bounce@b.example")
    result = simulate(*vip, "--count", "2", "--copies", "3", "--shuffle", "--seed", "5", "--dry-run", "--json")
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert (len(rows), len({row["message_id"] for row in rows})) == (12, 4)
    assert json.loads(rows[0]["text"])["notificationType"] == "Bounce"
    assert received(aws, "by-address") == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--from", "who@unknown.example", "--to", "bounce@a.example"], "identity of this SES"),
        (
            ["--from", "a@shop.example", "--to", "bounce@a.example", "--configuration-set", "no"],
            "configuration set no",
        ),
        (["--from", "a@shop.example", "--to", "jane@simulator.amazonses.com"], "documents only"),
        (["--from", "a@shop.example"], "--to"),
        (["--to", "bounce@a.example", "--tag", "x"], "not a tag"),
    ],
)
def test_what_ses_would_refuse_is_one_line_of_error(simulate: Command, arguments: list[str], words: str) -> None:
    result = simulate(*arguments)
    assert (result.exit_code, words in result.stderr, result.stderr.count("\n")) == (2, True, 1)


def test_without_an_emulator_nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    result = CliRunner().invoke(app, ["simulate", "--to", "bounce@a.example"])
    assert (result.exit_code, "AWS_ENDPOINT_URL is not set" in result.stderr) == (2, True)


def test_the_scenarios_list_the_outcome_of_each_recipient() -> None:
    listed = CliRunner().invoke(app, ["simulate", "--scenarios"]).stdout
    assert "mailboxfull@" in listed
    assert "the mailbox is full" in listed


def test_a_sender_without_topics_or_set_learns_where_its_feedback_goes(aws: LocalAws, simulate: Command) -> None:
    aws.client("sesv2").create_email_identity(EmailIdentity="bare.example")
    result = simulate("--from", "a@bare.example", "--to", "bounce@a.example")
    assert (result.exit_code, "e-mail its feedback to the sender" in result.stderr) == (0, True)
