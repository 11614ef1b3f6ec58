"""The key policy of docs/encryption.md lets each service do what the template has it do, and no other account's."""

import json
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

import pytest

from tests.docs.pages import blocks
from tests.iam import Stack, evaluate, template
from tests.resolved_template import ACCOUNT, REGION
from tests.samples import ROOT
from tests.security.resources import listed, of_kind, statements_of_role

KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/0a1b2c3d-0000-4000-8000-000000000000"
EVERYTHING = {
    "KeyArn": KEY,
    "HttpsTopicArns": ["arn:aws:sns:eu-west-1:222222222222:their-bounces"],
    "Api": "jwt",
    "ApiJwtIssuer": "https://login.example.com/",
    "ApiJwtAudience": ["shop"],
    "ApiJwtWriteScope": "suppressions/write",
    "HttpsAccessLogs": "true",
    "WebhookUrl": "https://app.example.com/feedback",
    "FeedbackSns": "true",
}
BACK_UP = f"arn:aws:sts::{ACCOUNT}:assumed-role/BackUpRole/session"
OF_LOGS = f"logs.{REGION}.amazonaws.com"
UNCONDITIONAL = {"sns.amazonaws.com", "events.amazonaws.com"}
"""Whose requests to KMS say nothing about their source, as far as AWS documents."""


def key_policy() -> Any:
    [policy] = blocks(ROOT / "docs" / "encryption.md", "json")
    return json.loads(policy.text)


def services(stack: Stack) -> set[str]:
    """Who puts something into an encrypted topic or queue."""
    found = set[str]()
    for kind in ("AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy"):
        for _, properties in of_kind(stack.resources, kind):
            for statement in properties["PolicyDocument"]["Statement"]:
                if statement["Effect"] == "Allow":
                    found |= set(listed(statement["Principal"]["Service"]))
    return found


@pytest.mark.parametrize("action", ["kms:GenerateDataKey", "kms:Decrypt"])
@pytest.mark.parametrize("service", sorted(services(template(EVERYTHING))))
def test_every_service_that_delivers_may_use_the_key(service: str, action: str) -> None:
    sends_account = {"aws:SourceAccount": ACCOUNT} if service not in UNCONDITIONAL else {}
    assert evaluate(service, [], key_policy(), action, KEY, sends_account)


@pytest.mark.parametrize("service", sorted(services(template(EVERYTHING)) - UNCONDITIONAL))
def test_no_other_account_has_a_service_use_the_key(service: str) -> None:
    asked = {"aws:SourceAccount": "999999999999"}
    assert not evaluate(service, [], key_policy(), "kms:GenerateDataKey", KEY, asked)


def test_every_log_group_of_the_stack_and_no_other_is_encrypted() -> None:
    [statement] = [one for one in key_policy()["Statement"] if one["Principal"].get("Service") == OF_LOGS]
    [(_, patterns)] = statement["Condition"]["ArnLike"].items()

    def may(group: str) -> bool:
        arn = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}"
        return any(fnmatchcase(arn, pattern) for pattern in patterns)

    groups = [one["LogGroupName"] for _, one in of_kind(template(EVERYTHING).resources, "AWS::Logs::LogGroup")]
    assert len(groups) > 10
    assert [group for group in groups if not may(group)] == []
    assert not may("/aws/lambda/payroll")


def test_back_up_encrypts_backups_and_decrypts_the_ledger_but_no_backup() -> None:
    def may(action: str, service: str) -> bool:
        asked = {"kms:ViaService": f"{service}.{REGION}.amazonaws.com"}
        return evaluate(BACK_UP, policies, key_policy(), action, KEY, asked)

    policies = template(EVERYTHING).role_policies("BackUpRole")
    assert may("kms:GenerateDataKey", "s3")
    assert may("kms:Decrypt", "dynamodb")
    assert not may("kms:Decrypt", "s3")


def without_key(parameters: dict[str, Any]) -> Iterator[tuple[str, str]]:
    resources = template(parameters).resources
    for name, _ in of_kind(resources, "AWS::IAM::Role"):
        for statement in statements_of_role(resources, name):
            yield from ((name, action) for action in listed(statement["Action"]) if action.startswith("kms:"))


def test_without_a_key_no_role_may_use_one() -> None:
    assert list(without_key({})) == [("ConfigureIdentitiesRole", "kms:DescribeKey")]


def test_the_backups_may_have_another_key_than_the_rest() -> None:
    other = KEY.replace("0a1b", "ffff")
    resources = template({"KeyArn": KEY, "BackupKeyArn": other}).resources
    assert other in json.dumps(resources["BackupBucket"])
    assert KEY in json.dumps(resources["ArchiveBucket"])
    assert resources["BackUp"]["Properties"]["Environment"]["Variables"]["BACKUP_KEY_ARN"] == other
