"""moto in place of AWS, the functions as Lambda loads them, and the command line: what enters and what leaves."""

import io
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import boto3
from botocore import loaders
from botocore.client import BaseClient
from moto import mock_aws
from moto.backends import get_backend
from moto.core.models import DEFAULT_ACCOUNT_ID as ACCOUNT
from moto.dynamodb.models.dynamo_type import DynamoType
from typer.testing import CliRunner

ROOT = Path(__file__).parent.parent.parent
SETTINGS = ROOT / "layers" / "settings" / "feedback.toml"
REGION, SENDER, SECRET = "eu-central-1", "alerts@example.com", "abcd" * 12
FOREIGN_TOPIC = f"arn:aws:sns:{REGION}:222233334444:ses-feedback"
_SENDING = ("SendMessage", "SendMessageBatch", "Publish", "PublishBatch")
_BEHIND_TOPICS = ("AlertQueue", "ArchiveQueue")
QUEUES = ("DeadLetters", "FeedbackQueue", "AlertQueue", "ArchiveQueue", "WebhookQueue")
type Item = dict[str, Any]


class Context:
    """What Lambda tells a function about its invocation."""

    function_name, memory_limit_in_mb, aws_request_id = "function", 512, "request-1"
    invoked_function_arn = f"arn:aws:lambda:{REGION}:111122223333:function:function"

    def get_remaining_time_in_millis(self) -> int:
        return 900_000


@dataclass(slots=True)
class Written:
    """A table's item before and after a step; None where there is none."""

    before: Item | None
    after: Item | None


@dataclass
class World:
    """One AWS with the stack's tables, queues and topics, empty at first; and what was asked of SES and the bus."""

    clients: dict[str, Any] = field(default_factory=dict)
    urls: dict[str, str] = field(default_factory=dict)
    mails: list[dict[str, Any]] = field(default_factory=list)
    bus: list[dict[str, Any]] = field(default_factory=list)
    output: io.StringIO = field(default_factory=io.StringIO)
    unread: set[str] = field(default_factory=set)
    _seen: dict[tuple[str, str], Item] = field(default_factory=dict)
    _touched: set[tuple[str, str]] = field(default_factory=set)
    _modules: dict[str, Any] = field(default_factory=dict)

    def client(self, name: str) -> Any:
        if name not in self.clients:
            self.clients[name] = boto3.client(name, region_name=REGION)  # type: ignore[call-overload]
        return self.clients[name]

    def handle(self, function: str, event: Any) -> Any:
        """The handler's answer, or the name of what it raised."""
        if function not in self._modules:
            self._modules[function] = _loaded(function)
        try:
            return self._modules[function].handler(event, Context())
        except Exception as error:
            return {"raised": f"{type(error).__name__}: {error}"}

    def printed(self) -> list[dict[str, Any]]:
        """The lines of the log since the last look."""
        text = self.output.getvalue()
        self.output.seek(0)
        self.output.truncate()
        return [json.loads(line) for line in text.splitlines()]

    def take_mails(self) -> list[dict[str, Any]]:
        taken, self.mails[:] = list(self.mails), []
        return taken

    def take_bus(self) -> list[dict[str, Any]]:
        taken, self.bus[:] = list(self.bus), []
        return taken

    def written(self) -> dict[tuple[str, str], Written]:
        """By keys, what differs in the ledger since the last look, of what was written since."""
        touched, self._touched = sorted(self._touched), set()
        found: dict[tuple[str, str], Written] = {}
        for key in touched:
            item = _stored("ledger").get_item(*(DynamoType({"S": part}) for part in key))
            after = _sorted_sets(item.to_json()["Attributes"]) if item else None
            change = Written(self._seen.pop(key, None), after)
            if change.after:
                self._seen[key] = change.after
            if change.before != change.after:
                found[key] = change
        return found

    def check_seen(self) -> None:
        """The whole table is what was seen of it."""
        assert self.items("ledger") == self._seen

    def touch(self, params: Any) -> None:
        """Notes the keys that a write names."""
        for part in params.values() if isinstance(params, dict) else params:
            if isinstance(part, dict | list):
                self.touch(part)
        if isinstance(params, dict) and "pk" in params and "sk" in params:
            self._touched.add((params["pk"]["S"], params["sk"]["S"]))

    def items(self, table: str) -> dict[tuple[str, str], Item]:
        """From moto itself, which takes ten times as long to answer a scan."""
        stored = (_sorted_sets(item.to_json()["Attributes"]) for item in _stored(table).all_items())
        return {(item["pk"]["S"], item["sk"]["S"]): item for item in stored}

    def write(self, table: str, items: list[Item]) -> None:
        for item in items:
            self.client("dynamodb").put_item(TableName=table, Item=item)

    def messages(self, queue: str) -> list[dict[str, Any]]:
        """All messages of a queue, which they leave: body and attributes, in no order of time."""
        if queue not in self.unread:
            return []  # nothing was sent since
        self.unread.discard(queue)
        sqs, url, found = self.client("sqs"), self.urls[queue], list[dict[str, Any]]()
        options = {"MaxNumberOfMessages": 10, "MessageAttributeNames": ["All"], "WaitTimeSeconds": 0}
        is_full = True
        while is_full:
            messages = sqs.receive_message(QueueUrl=url, **options).get("Messages", [])
            is_full = len(messages) == options["MaxNumberOfMessages"]
            for message in messages:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                attributes = message.get("MessageAttributes", {})
                named = {name: value["StringValue"] for name, value in sorted(attributes.items())}
                found.append({"body": message["Body"], "attributes": named})
        return sorted(found, key=lambda one: json.dumps(one, sort_keys=True))

    def run(self, *arguments: str, text: str = "") -> dict[str, Any]:
        """The command `ses-feedback`: exit status, and the lines of both outputs."""
        from ses_feedback_cli.main import app

        result = CliRunner().invoke(app, list(arguments), input=text)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return {"exit": result.exit_code, "out": result.stdout.splitlines(), "err": result.stderr.splitlines()}

    def create_table(self, name: str, *, indexed: bool = True) -> None:
        index = {"scope_shard": "HASH", "since_address": "RANGE"} if indexed else {}
        keys = {"pk": "HASH", "sk": "RANGE"}
        indexes = {
            "GlobalSecondaryIndexes": [
                {"IndexName": "suppressed", "KeySchema": _schema(index), "Projection": {"ProjectionType": "ALL"}}
            ]
        }
        self.client("dynamodb").create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys | index],
            KeySchema=_schema(keys),
            **(indexes if indexed else {}),
        )


@contextmanager
def world(webhook: str, authority: Path) -> Iterator[World]:
    """`webhook`: where webhooks are posted; `authority`: the file with the certificate to trust there."""
    os.environ |= {
        **dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"), "testing"),
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "SES_FEEDBACK_SETTINGS": str(SETTINGS),
        "SES_FEEDBACK_TABLE": "ledger",
        "COLUMNS": "100",
    }
    sys.path.insert(0, str(SETTINGS.parent))
    loaders.create_loader = cache(loaders.create_loader)  # AWS's service descriptions are read once
    found = World()
    real, out = BaseClient._make_api_call, sys.stdout  # type: ignore[attr-defined]

    def listen(client: BaseClient, operation: str, params: dict[str, Any]) -> Any:
        if operation == "DescribeStacks":
            return _stack(found)
        if operation == "SendEmail":
            found.mails.append(params)
        if operation == "PutEvents":
            found.bus.extend(params["Entries"])
        if operation in ("PutItem", "UpdateItem", "DeleteItem") and params["TableName"] == "ledger":
            found.touch(params)
        if operation in _SENDING:
            found.unread |= {params["QueueUrl"].rpartition("/")[2]} if "QueueUrl" in params else set(_BEHIND_TOPICS)
        return real(client, operation, params)

    with mock_aws():
        _build(found)
        os.environ |= _environment(found, webhook) | {"SSL_CERT_FILE": str(authority)}
        BaseClient._make_api_call = listen  # type: ignore[attr-defined]
        sys.stdout = found.output
        try:
            yield found
        finally:
            BaseClient._make_api_call, sys.stdout = real, out  # type: ignore[attr-defined]


def _build(found: World) -> None:
    found.create_table("ledger")
    found.create_table("alerts", indexed=False)
    sqs, sns = found.client("sqs"), found.client("sns")
    found.urls = {name: sqs.create_queue(QueueName=name)["QueueUrl"] for name in QUEUES}
    topic = sns.create_topic(Name="alerts")["TopicArn"]
    sns.create_topic(Name="ses-feedback-team-customer-service")
    operations = sns.create_topic(Name="operations")["TopicArn"]
    for arn, queue in ((topic, "AlertQueue"), (operations, "ArchiveQueue")):
        endpoint = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}"
        raw = {"RawMessageDelivery": "true"}
        sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=endpoint, Attributes=raw)
    found.client("sesv2").create_email_identity(EmailIdentity=SENDER)
    found.client("events").create_event_bus(Name="feedback")
    secrets = found.client("secretsmanager")
    secrets.create_secret(Name="webhook", SecretString=SECRET)
    secrets.create_secret(Name="https", SecretString=json.dumps({"username": "sns", "password": "a-password"}))
    s3 = found.client("s3")
    for bucket in ("backups", f"ses-feedback-archive-111122223333-{REGION}"):
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})


def _stack(found: World) -> dict[str, Any]:
    """What CloudFormation says of the stack, which moto does not know without more packages."""
    outputs = found.urls | {"LedgerTable": "ledger"}
    named = [{"OutputKey": name, "OutputValue": value} for name, value in outputs.items()]
    return {"Stacks": [{"StackName": "ses-feedback", "StackStatus": "CREATE_COMPLETE", "Outputs": named}]}


def _environment(found: World, webhook: str) -> dict[str, str]:
    prefix = f"arn:aws:sns:{REGION}:{ACCOUNT}:"
    return {
        "TABLE_NAME": "ledger",
        "TABLE_ARN": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/ledger",
        "DEAD_LETTERS_URL": found.urls["DeadLetters"],
        "FEEDBACK_QUEUE_URL": found.urls["FeedbackQueue"],
        "ALERTS_TOPIC_ARN": f"{prefix}alerts",
        "ALERT_TABLE_NAME": "alerts",
        "ALERT_QUEUE_URL": found.urls["AlertQueue"],
        "ALERT_WINDOW_SECONDS": "0",
        "LEAST_SENDS": "100",
        "ALERT_SENDER": SENDER,
        "TOPIC_PREFIX": prefix,
        "POWERTOOLS_SERVICE_NAME": "ses-feedback",
        "POWERTOOLS_METRICS_NAMESPACE": "SESFeedback",
        "EVENT_BUS_NAME": "feedback",
        "WEBHOOK_URL": webhook,
        "WEBHOOK_ALLOW_PRIVATE": "true",
        "WEBHOOK_SECRET": "webhook",
        "WEBHOOK_QUEUE_URL": found.urls["WebhookQueue"],
        "BASIC_AUTH_SECRET": "https",
        "TOPIC_ARNS": FOREIGN_TOPIC,
        "ALLOW_SHA1": "false",
        "MAX_AGE_SECONDS": "3600",
        "OPERATIONS_TOPIC_ARN": f"{prefix}operations",
        "BACKUP_BUCKET": "backups",
        "BACKUP_METHOD": "parts",
        "BACKUP_LISTING": "true",
        "BACKUP_KEY_ARN": "",
    }


def _loaded(function: str) -> Any:
    spec = spec_from_file_location(f"ses_feedback_function_{function}", ROOT / "functions" / function / "app.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def _schema(keys: dict[str, str]) -> list[dict[str, str]]:
    return [{"AttributeName": name, "KeyType": kind} for name, kind in keys.items()]


def _stored(table: str) -> Any:
    """A table as moto has it."""
    return get_backend("dynamodb")[ACCOUNT][REGION].get_table(table)


def _sorted_sets(item: Item) -> Item:
    """Sets have no order."""
    return {
        name: {kind: sorted(content) if kind in ("SS", "NS") else content for kind, content in value.items()}
        for name, value in item.items()
    }
