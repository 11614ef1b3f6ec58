"""What a single function needs around it: its variables, and what it calls besides the shared queues and tables."""

import copy
import itertools
import json
import os
from collections.abc import Callable, Mapping
from types import ModuleType, SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from ses_feedback.cached_secret import CACHED_SECONDS, CachedSecret
from ses_feedback.errors import Undelivered
from ses_feedback.metrics.rate_alarms import alarms
from ses_feedback.settings.file import Settings
from ses_feedback_cli.backup.restore import verify
from ses_feedback_cli.backup.source import source_of
from tests.conftest import REGION, TABLE
from tests.faults.world import World
from tests.many_addresses import items_of, write
from tests.ses_rig import FOREIGN, Rig
from tests.sns import NOW, TOPIC, key

BACKUPS, REFUSED_ONCE = "backups", "refused-once-1"
STACK = f"arn:aws:cloudformation:{REGION}:111122223333:stack/ses-feedback/0a1b2c3d"

type Loading = Callable[[World, Settings, pytest.MonkeyPatch], ModuleType]


class Application:
    """Accepts webhooks; REFUSED_ONCE only at the second attempt."""

    def __init__(self, world: World) -> None:
        self._world, self._has_refused = world, False

    def begin(self) -> None:
        self._has_refused = False

    def post(self, _body: bytes, headers: Mapping[str, str]) -> None:
        try:
            with self._world.injector.call("Post"):
                if headers["webhook-id"] == REFUSED_ONCE and not self._has_refused:
                    self._has_refused = True
                    raise Undelivered("the answer was 503")
                self._world.heard[headers["webhook-id"]] += 1
        except (ClientError, ReadTimeoutError) as lost:
            raise Undelivered("no answer") from lost


def post_webhook(world: World, _settings: Settings, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    boto3.client("secretsmanager", region_name=REGION).create_secret(Name="webhook", SecretString="abcd" * 12)
    variables = {"WEBHOOK_URL": "https://application.example", "WEBHOOK_ALLOW_PRIVATE": "false"}
    _set(monkeypatch, variables | {"WEBHOOK_SECRET": "webhook", "WEBHOOK_QUEUE_URL": world.queues["webhooks"]})
    module, application = world.load("post_webhook"), Application(world)
    _read_each_time(module.delivery._secret, monkeypatch)
    monkeypatch.setattr(module.delivery, "_address", application)
    world.surround(application.begin)
    return module


def publish_feedback(world: World, _settings: Settings, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    boto3.client("events", region_name=REGION).create_event_bus(Name="feedback")
    _set(monkeypatch, {"EVENT_BUS_NAME": "feedback"})
    return world.load("publish_feedback")


def receive_feedback(world: World, _settings: Settings, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    secret = json.dumps({"username": "sns", "password": "a-password"})
    boto3.client("secretsmanager", region_name=REGION).create_secret(Name="https", SecretString=secret)
    variables = {"BASIC_AUTH_SECRET": "https", "TOPIC_ARNS": TOPIC, "ALLOW_SHA1": "false", "MAX_AGE_SECONDS": "3600"}
    _set(monkeypatch, variables | {"OPERATIONS_TOPIC_ARN": os.environ["ALERTS_TOPIC_ARN"]})
    module = world.load("receive_feedback")
    _read_each_time(module.secret, monkeypatch)
    certificates = SimpleNamespace(key=lambda _host, _path: key().public_key())
    monkeypatch.setattr(module.verifier, "_certificates", certificates)
    monkeypatch.setattr(module.verifier, "_clock", lambda: NOW)
    return module


def answer_requests(world: World, _settings: Settings, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The application calls again if it is answered 5xx."""
    _set(monkeypatch, {"POWERTOOLS_SERVICE_NAME": "ses-feedback"})
    module = world.load("answer_requests")
    answer = module.handler

    def answer_or_fail(event: dict[str, Any], context: Any) -> Any:
        answered = answer(event, context)
        if answered["statusCode"] >= 500:
            raise ConnectionError(answered["body"])
        return answered

    monkeypatch.setattr(module, "handler", answer_or_fail)
    monkeypatch.setattr("ses_feedback.api.addresses._now", lambda: NOW)
    return module


def back_up(world: World, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    s3, rows = boto3.client("s3", region_name=REGION), list(items_of(12, settings))
    s3.create_bucket(Bucket=BACKUPS, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    arn = world.dynamodb.describe_table(TableName=TABLE)["Table"]["TableArn"]
    variables = {"BACKUP_BUCKET": BACKUPS, "BACKUP_METHOD": "parts", "BACKUP_LISTING": "true", "BACKUP_KEY_ARN": ""}
    _set(monkeypatch, variables | {"TABLE_ARN": arn})

    def keys() -> list[str]:
        return [item["Key"] for item in s3.list_objects_v2(Bucket=BACKUPS).get("Contents", [])]

    def begin() -> None:
        for name in keys():
            s3.delete_object(Bucket=BACKUPS, Key=name)
        write(world.dynamodb, TABLE, rows)

    def backups() -> list[Any]:
        """The verified contents of each backup that has a manifest; fails if one is not whole."""
        places = [f"s3://{BACKUPS}/{name}" for name in keys() if name.endswith("manifest.json")]
        assert places, "there is no backup"
        held = [verify(source_of(place, lambda: s3)) for place in places]
        return held[:1] if all(backup == held[0] for backup in held) else held

    world.surround(begin, backups)
    return world.load("back_up")


def configure_alarms(world: World, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    cloudwatch, module = boto3.client("cloudwatch", region_name=REGION), world.load("configure_alarms")
    stale: Any = next(iter(alarms(settings, STACK, 1)))

    def names() -> list[str]:
        return sorted(alarm["AlarmName"] for alarm in cloudwatch.describe_alarms()["MetricAlarms"])

    def begin() -> None:
        cloudwatch.delete_alarms(AlarmNames=names())
        cloudwatch.put_metric_alarm(**stale | {"AlarmName": "ses-feedback-rates-gone-bounces"})

    world.surround(begin, names)
    monkeypatch.setattr("ses_feedback.custom_resource.answer", deploy_again_unless_done)
    return module


def configure_identities(world: World, _settings: Settings, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    rig = Rig("[ses]\ntake_over = true\n")
    rig.fake.verify("example.com", Topics={"Bounce": FOREIGN, "Complaint": FOREIGN})
    at_first = copy.deepcopy(rig.fake.identities)
    rig.surround(monkeypatch)
    monkeypatch.setattr("ses_feedback.custom_resource.answer", deploy_again_unless_done)

    def begin() -> None:
        rig.fake.identities, rig.fake.sets = copy.deepcopy(at_first), {}

    world.surround(begin, lambda: copy.deepcopy((rig.fake.identities, rig.fake.sets)))
    return world.load("configure_identities")


def deploy_again_unless_done(
    _event: Any, status: str, reason: str, data: Mapping[str, str], _log_stream: str
) -> None:
    """In place of CloudFormation, whose user deploys again after a failure, or if something is left to do."""
    if status == "FAILED" or any(data.get(name, "0") != "0" for name in ("Refused", "Left")):
        raise RuntimeError(reason)


def _read_each_time(secret: CachedSecret, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that died remembers nothing: five minutes pass between any two readings of the clock."""
    monkeypatch.setattr(secret, "_clock", itertools.count(step=CACHED_SECONDS + 1).__next__)


def _set(monkeypatch: pytest.MonkeyPatch, variables: Mapping[str, str]) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


SURROUNDINGS: dict[str, Loading] = {
    loading.__name__: loading
    for loading in (
        answer_requests,
        back_up,
        configure_alarms,
        configure_identities,
        post_webhook,
        publish_feedback,
        receive_feedback,
    )
}
