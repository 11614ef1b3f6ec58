"""Who may do what: permissions.txt, row by row, against the template's roles and resource policies; and nothing
that the template grants is missing there."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.iam import Stack, evaluate, template
from tests.resolved_template import ACCOUNT, REGION, STACK_ID

PARAMETERS = {
    "HttpsTopicArns": ["arn:aws:sns:eu-west-1:222222222222:their-bounces"],
    "Api": "jwt",
    "ApiJwtIssuer": "https://login.example.com/",
    "ApiJwtAudience": ["shop"],
    "ApiJwtWriteScope": "suppressions/write",
    "WebhookUrl": "https://app.example.com/feedback",
    "FeedbackSns": "true",
    "BackupMethod": "parts",
}
EVERYTHING = {
    "name": "all",
    "policy": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]},
}
PEOPLE = {
    "administrator": f"arn:aws:iam::{ACCOUNT}:user/administrator",
    "stranger": "arn:aws:iam::999999999999:user/stranger",
}
NAMES_NO_RESOURCE = {"dynamodb:ListStreams"}
"""Granted as AWS's tutorial of streams does; the simulator evaluates it on `*` alone, where it grants nothing."""
RESOURCE_POLICIES = ("AWS::S3::BucketPolicy", "AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy")


@dataclass(frozen=True, slots=True)
class Expectation:
    """`given`: the parameters that differ from PARAMETERS, such as `BackupMethod=export`."""

    who: str
    given: str
    may: bool
    action: str
    on: str
    when: tuple[str, ...]

    def __str__(self) -> str:
        return " ".join(
            [self.who, *self.given.split(), "may" if self.may else "may not", self.action, self.on, *self.when]
        )


@cache
def stack(given: str = "") -> Stack:
    return template(PARAMETERS | dict(one.split("=", 1) for one in given.split()))


def roles() -> list[str]:
    return [name for name, one in stack().resources.items() if one["Type"] == "AWS::IAM::Role"]


def expectations() -> Iterator[Expectation]:
    for line in (Path(__file__).parent / "permissions.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            who, may, actions, on, *when = re.split(r" {2,}", line)
            assert may in ("may", "may not"), line
            conditions = tuple(when[0].split(", ")) if when else ()
            who, _, given = who.partition(" with ")
            for one in roles() if who == "every role" else [who]:
                for action in actions.split(", "):
                    yield Expectation(one, given, may == "may", action, on, conditions)


ROWS = list(dict.fromkeys(expectations()))


class Places(dict[str, str]):
    """What stands for {Name}: a place, or the ARN of the resource of that logical id in a stack."""

    def __init__(self, of: Stack) -> None:
        super().__init__(
            account=ACCOUNT,
            region=REGION,
            stack_id=STACK_ID,
            alarms=f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm",
            api=f"arn:aws:execute-api:{REGION}:{ACCOUNT}:ses-feedback-https",
            http_api=f"arn:aws:execute-api:{REGION}:{ACCOUNT}:ses-feedback-api",
            logs=f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group",
            ses=f"arn:aws:ses:{REGION}:{ACCOUNT}",
            sns=f"arn:aws:sns:{REGION}:{ACCOUNT}",
        )
        self._of = of

    def __missing__(self, name: str) -> str:
        return self._of.arn(name)


PLACES = Places(stack())


def answer(row: Expectation) -> bool:
    asked = stack(row.given)
    places = Places(asked)
    context = dict(condition.format_map(places).split("=", 1) for condition in row.when)
    on = row.on.format_map(places)
    if row.who in PEOPLE:
        policy = asked.resource_policy(on)
        return evaluate(PEOPLE[row.who], [EVERYTHING], policy, row.action, on, context)
    return asked.allowed(row.who, row.action, on, context)


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_who_may_and_who_may_not(row: Expectation) -> None:
    assert answer(row) is row.may


VARIANTS = list(dict.fromkeys((row.who, row.given) for row in ROWS if row.given))


@pytest.mark.parametrize(("role", "given"), [*((role, "") for role in roles()), *VARIANTS])
def test_every_action_that_a_role_is_granted_is_expected_and_something_is_refused_to_it(
    role: str, given: str
) -> None:
    statements = [one for policy in stack(given).role_policies(role) for one in policy["policy"]["Statement"]]
    granted = {action for one in statements for action in listed(one["Action"])} - NAMES_NO_RESOURCE
    rows = [row for row in ROWS if (row.who, row.given) == (role, given)]
    assert granted == {row.action for row in rows if row.may}
    assert [row for row in rows if not row.may]


@pytest.mark.parametrize("role", roles())
def test_every_role_may_be_assumed_by_a_service(role: str) -> None:
    [statement] = stack().resources[role]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    service = statement["Principal"]["Service"]
    assert [row for row in ROWS if (row.who, row.may, row.on) == (service, True, f"{{{role}}}")]


@pytest.mark.parametrize("policy", [n for n, one in stack().resources.items() if one["Type"] in RESOURCE_POLICIES])
def test_every_grant_to_a_service_and_every_denial_of_a_resource_policy_is_expected(policy: str) -> None:
    for statement in stack().resources[policy]["Properties"]["PolicyDocument"]["Statement"]:
        if statement["Effect"] == "Allow":
            asked = expected(statement["Principal"]["Service"], listed(statement["Resource"]))
            assert {row.may for row in asked} == {True, False}, statement["Sid"]
        elif statement["Sid"] == "OnlyOverTls":
            asked = expected("administrator", listed(statement["Resource"]))
            assert [row for row in asked if "aws:SecureTransport=false" in row.when], policy


def test_every_permission_to_call_a_function_is_expected() -> None:
    permissions = [
        one["Properties"] for one in stack().resources.values() if one["Type"] == "AWS::Lambda::Permission"
    ]
    assert permissions
    for one in permissions:
        assert {row.may for row in expected(one["Principal"], [one["FunctionName"]])} == {True, False}


def test_a_role_whose_statements_are_widened_to_every_resource_breaks_rows_of_the_table() -> None:
    role = widened(stack().resources["ReceiveFeedbackRole"])
    wider = Stack({**stack().resources, "ReceiveFeedbackRole": role})
    rows = [row for row in ROWS if row.who == "ReceiveFeedbackRole" and not (row.may or row.when or row.given)]
    broken = {row.action for row in rows if wider.allowed(row.who, row.action, row.on.format_map(PLACES))}
    assert {"sqs:SendMessage", "secretsmanager:GetSecretValue", "sns:ConfirmSubscription", "sns:Publish"} <= broken


def widened(role: Mapping[str, Any]) -> dict[str, Any]:
    [policy] = role["Properties"]["Policies"]
    statements = [one | {"Resource": "*"} for one in policy["PolicyDocument"]["Statement"]]
    document = policy["PolicyDocument"] | {"Statement": statements}
    return {**role, "Properties": {**role["Properties"], "Policies": [policy | {"PolicyDocument": document}]}}


def expected(who: str, resources: list[str]) -> list[Expectation]:
    return [row for row in ROWS if row.who == who and row.on.format_map(PLACES) in resources]


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
