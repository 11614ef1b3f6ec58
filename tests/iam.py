"""What the template's roles and services may do: its policies, references resolved, under a real policy evaluation.

moto looks at neither resources, conditions nor resource policies, and MiniStack enforces nothing; iam-simulate
(tests/iam_simulate, run by node) evaluates all of them, and refuses actions and condition keys that do not exist.

    stack = template({"BackupListing": "true"})
    stack.allowed("BackUpRole", "s3:PutObject", f"{stack.arn('BackupBucket')}/key", {"s3:if-none-match": "*"})
    stack.allowed("sns.amazonaws.com", "sqs:SendMessage", stack.arn("FeedbackQueue"), {"aws:SourceArn": ...})
"""

import atexit
import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.transform import transformed

ROOT = Path(__file__).parent.parent
ACCOUNT, REGION = "111122223333", "eu-central-1"
STACK_ID = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/ses-feedback/0a1b2c3d-0000-4000-8000-000000000000"
ABSENT = object()
"""What `AWS::NoValue` resolves to: whatever holds it goes without it."""

PSEUDO: dict[str, Any] = {
    "AWS::AccountId": ACCOUNT,
    "AWS::NoValue": ABSENT,
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::StackId": STACK_ID,
    "AWS::StackName": "ses-feedback",
    "AWS::URLSuffix": "amazonaws.com",
}
_NAMES = ("BucketName", "FunctionName", "LogGroupName", "QueueName", "RoleName", "TableName", "TopicName", "Name")
_ARNS = {
    "AWS::DynamoDB::Table": "arn:aws:dynamodb:{region}:{account}:table/{name}",
    "AWS::Events::EventBus": "arn:aws:events:{region}:{account}:event-bus/{name}",
    "AWS::Events::Rule": "arn:aws:events:{region}:{account}:rule/{name}",
    "AWS::IAM::Role": "arn:aws:iam::{account}:role/{name}",
    "AWS::KinesisFirehose::DeliveryStream": "arn:aws:firehose:{region}:{account}:deliverystream/{name}",
    "AWS::Lambda::Function": "arn:aws:lambda:{region}:{account}:function:{name}",
    "AWS::Logs::LogGroup": "arn:aws:logs:{region}:{account}:log-group:{name}:*",
    "AWS::S3::Bucket": "arn:aws:s3:::{name}",
    "AWS::SNS::Topic": "arn:aws:sns:{region}:{account}:{name}",
    "AWS::SQS::Queue": "arn:aws:sqs:{region}:{account}:{name}",
    "AWS::SecretsManager::Secret": "arn:aws:secretsmanager:{region}:{account}:secret:{name}-AbCdEf",
}
_REF_IS_ARN = ("AWS::SNS::Topic", "AWS::SecretsManager::Secret")
_RESOURCE_POLICIES = {
    "AWS::S3::BucketPolicy": "Bucket",
    "AWS::SNS::TopicPolicy": "Topics",
    "AWS::SQS::QueuePolicy": "Queues",
}


class NotEvaluated(Exception):
    """The question was wrong: no such role, action or condition key, or a policy that is none."""


@dataclass(frozen=True, slots=True)
class Stack:
    """The template as it would be deployed: its resources, with every reference resolved to a made-up name or ARN."""

    resources: Mapping[str, Mapping[str, Any]]

    def arn(self, logical_id: str) -> str:
        return _arn(logical_id, self.resources[logical_id])

    def role_policies(self, role: str) -> list[dict[str, Any]]:
        """The inline policies of a role, by its logical id."""
        resource = self.resources.get(role)
        if resource is None or resource["Type"] != "AWS::IAM::Role":
            raise NotEvaluated(f"{role} is no role of this template with these parameters")
        found = resource["Properties"].get("Policies", [])
        return [{"name": policy["PolicyName"], "policy": policy["PolicyDocument"]} for policy in found]

    def resource_policy(self, arn: str) -> dict[str, Any] | None:
        """The statements of the bucket, topic or queue policies about a resource, or an object's bucket."""
        owner = arn.partition("/")[0] if arn.startswith("arn:aws:s3:::") else arn
        statements: list[Any] = []
        for resource in self.resources.values():
            if key := _RESOURCE_POLICIES.get(resource["Type"]):
                about = resource["Properties"][key]
                if owner in map(self._owned, about if isinstance(about, list) else [about]):
                    statements += resource["Properties"]["PolicyDocument"]["Statement"]
        return {"Version": "2012-10-17", "Statement": statements} if statements else None

    def allowed(self, who: str, action: str, resource: str, context: Mapping[str, str] | None = None) -> bool:
        """Whether a role (its logical id) or a service (`sns.amazonaws.com`) may do it.

        Over TLS, unless `context` (condition keys) says otherwise. Raises `NotEvaluated` where that cannot be said.
        """
        is_service = who.endswith(".amazonaws.com")
        policies = [] if is_service else self.role_policies(who)
        principal = who if is_service else f"arn:aws:sts::{ACCOUNT}:assumed-role/{who}/session"
        return evaluate(principal, policies, self.resource_policy(resource), action, resource, context)

    def _owned(self, reference: str) -> str:
        """The ARN of what a policy says it is about: a queue by its URL, a bucket by its name, a topic by its ARN."""
        if reference.startswith("https://sqs."):
            return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{reference.rpartition('/')[2]}"
        return reference if reference.startswith("arn:") else f"arn:aws:s3:::{reference}"


def template(parameters: Mapping[str, Any] | None = None, path: Path = ROOT / "template.yaml") -> Stack:
    """The stack of some parameters, the others at their defaults; without what their conditions leave out."""
    document = deepcopy(_transformed(path))
    values = {name: spec.get("Default", f"{name}@example.com") for name, spec in document["Parameters"].items()}
    if unknown := set(parameters or {}) - set(values):
        raise NotEvaluated(f"no parameters of the template: {sorted(unknown)}")
    resolver = _Resolver(document, values | dict(parameters or {}))
    made = {name: one for name, one in document["Resources"].items() if resolver.is_made(one)}
    return Stack({name: resolver.resolve(one) for name, one in made.items()})


@cache
def _transformed(path: Path) -> dict[str, Any]:
    return transformed(path)


def evaluate(
    principal: str,
    identity_policies: list[dict[str, Any]],
    resource_policy: dict[str, Any] | None,
    action: str,
    resource: str,
    context: Mapping[str, str] | None = None,
) -> bool:
    """Whether policies together allow a request. Raises `NotEvaluated`."""
    asked = {"aws:SecureTransport": "true"} | dict(context or {})
    simulation = {
        "identityPolicies": identity_policies,
        "serviceControlPolicies": [],
        "resourceControlPolicies": [],
        "request": {
            "action": action,
            "principal": principal,
            "resource": {"accountId": ACCOUNT, "resource": resource},
            "contextVariables": asked,
        },
    } | ({"resourcePolicy": resource_policy} if resource_policy else {})
    answer = _ask(simulation)
    if ignored := set(answer.get("ignored") or []) & set(context or {}):
        raise NotEvaluated(f"{action} on {resource} knows no {sorted(ignored)}")
    if "error" in answer:
        raise NotEvaluated(f"{action} on {resource}: {json.dumps(answer['error'])}")
    return bool(answer["result"] == "Allowed")


def _ask(simulation: dict[str, Any]) -> Any:
    process = _simulator()
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(simulation) + "\n")
    process.stdin.flush()
    if line := process.stdout.readline():
        return json.loads(line)
    raise NotEvaluated("iam-simulate ended: run `make install`, and tests/iam_simulate/simulate.mjs by hand")


@cache
def _simulator() -> "subprocess.Popen[str]":
    """One process of node for all questions of this one."""
    path = f"{ROOT / '.venv-node' / 'bin'}{os.pathsep}{os.environ['PATH']}"
    node = shutil.which("node", path=path)
    if node is None:
        raise NotEvaluated("node is missing: run `make install`")
    process = subprocess.Popen(
        [node, "simulate.mjs"],
        cwd=ROOT / "tests" / "iam_simulate",
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    def end() -> None:
        with process:  # closes its input, which ends it
            pass

    atexit.register(end)
    return process


class _Resolver:
    """Resolves the intrinsic functions that this template uses."""

    def __init__(self, document: Mapping[str, Any], values: Mapping[str, Any]) -> None:
        self._resources, self._values = document["Resources"], PSEUDO | dict(values)
        self._conditions, self._mappings = document.get("Conditions", {}), document.get("Mappings", {})

    def is_made(self, resource: Mapping[str, Any]) -> bool:
        return "Condition" not in resource or self._holds(resource["Condition"])

    def resolve(self, node: Any) -> Any:
        if isinstance(node, list):
            return [value for value in map(self.resolve, node) if value is not ABSENT]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            [(name, argument)] = node.items()
            if name == "Ref" or name.startswith("Fn::"):
                return self._function(name.removeprefix("Fn::"), argument)
        resolved = {key: self.resolve(value) for key, value in node.items()}
        return {key: value for key, value in resolved.items() if value is not ABSENT}

    def _holds(self, condition: str) -> bool:
        return bool(self._truth(self._conditions[condition]))

    def _truth(self, node: dict[str, Any]) -> bool:
        [(name, argument)] = node.items()
        match name:
            case "Condition":
                return self._holds(argument)
            case "Fn::Equals":
                first, second = map(str, self.resolve(argument))
                return first == second
            case "Fn::Not":
                return not self._truth(argument[0])
            case "Fn::And":
                return all(map(self._truth, argument))
            case "Fn::Or":
                return any(map(self._truth, argument))
        raise NotImplementedError(name)

    def _function(self, name: str, argument: Any) -> Any:
        match name:
            case "Ref":
                return self._ref(argument)
            case "GetAtt":
                logical_id, attribute = argument.split(".", 1) if isinstance(argument, str) else argument
                return self._attribute(logical_id, attribute)
            case "Sub":
                text, own = (argument, {}) if isinstance(argument, str) else argument
                return self._sub(text, self.resolve(own))
            case "If":
                condition, then, otherwise = argument
                return self.resolve(then if self._holds(condition) else otherwise)
            case "Select":
                index, values = argument
                return self.resolve(values)[int(self.resolve(index))]
            case "Split":
                separator, text = argument
                return self.resolve(text).split(separator)
            case "Join":
                separator, values = argument
                return separator.join(map(str, self.resolve(values)))
            case "FindInMap":
                table, first, second = self.resolve(argument)
                return self._mappings[table][first][second]
        raise NotImplementedError(name)

    def _sub(self, text: str, own: Mapping[str, Any]) -> str:
        def value(match: re.Match[str]) -> str:
            name = match[1]
            if name in own:
                return str(own[name])
            return str(self._attribute(*name.split(".", 1)) if "." in name else self._ref(name))

        return re.sub(r"\$\{([^!}][^}]*)\}", value, text).replace("${!", "${")

    def _ref(self, name: str) -> Any:
        if name in self._values:
            return self._values[name]
        resource = self._resolved(name)
        if resource["Type"] in _REF_IS_ARN:
            return _arn(name, resource)
        if resource["Type"] == "AWS::SQS::Queue":
            return f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{_name(name, resource)}"
        return _name(name, resource)

    def _attribute(self, logical_id: str, attribute: str) -> str:
        resource = self._resolved(logical_id)
        if attribute in ("Arn", "TopicArn"):
            return _arn(logical_id, resource)
        if attribute == "StreamArn":
            return f"{_arn(logical_id, resource)}/stream/2026-11-24T00:00:00.000"
        return (
            f"{_name(logical_id, resource)}.{attribute}"
            if not attribute.endswith("Name")
            else _name(logical_id, resource)
        )

    def _resolved(self, logical_id: str) -> dict[str, Any]:
        """A resource with its own name resolved, and no more: resources refer to one another in circles."""
        resource = self._resources[logical_id]
        named = {key: value for key, value in resource.get("Properties", {}).items() if key in _NAMES}
        return {"Type": resource["Type"], "Properties": self.resolve(named)}


def _name(logical_id: str, resource: Mapping[str, Any]) -> str:
    """Its own, else one like those that CloudFormation makes up."""
    properties = resource.get("Properties", {})
    found = next((properties[key] for key in _NAMES if isinstance(properties.get(key), str)), None)
    return found or f"ses-feedback-{logical_id.lower()}"


def _arn(logical_id: str, resource: Mapping[str, Any]) -> str:
    kind = resource["Type"]
    pattern = _ARNS.get(kind, f"arn:aws:{kind.split('::')[1].lower()}:{{region}}:{{account}}:{{name}}")
    name = logical_id if kind == "AWS::IAM::Role" else _name(logical_id, resource)
    return pattern.format(region=REGION, account=ACCOUNT, name=name)
