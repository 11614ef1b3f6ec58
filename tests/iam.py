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
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.resolved_template import ACCOUNT, REGION, UnknownParameters, arn_of, resources_of

ROOT = Path(__file__).parent.parent
_RESOURCE_POLICIES = {
    "AWS::S3::BucketPolicy": "Bucket",
    "AWS::SNS::TopicPolicy": "Topics",
    "AWS::SQS::QueuePolicy": "Queues",
}


KEY_POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "kms:*", "Resource": "*"}],
}


class NotEvaluated(Exception):
    """The question was wrong: no such role, action or condition key, or a policy that is none."""


@dataclass(frozen=True, slots=True)
class Stack:
    """The template as it would be deployed: its resources, with every reference resolved to a made-up name or ARN."""

    resources: Mapping[str, Mapping[str, Any]]

    def arn(self, logical_id: str) -> str:
        return arn_of(logical_id, self.resources[logical_id])

    def role_policies(self, role: str) -> list[dict[str, Any]]:
        """The policies of a role, by its logical id: its own, and those that are attached to it."""
        resource = self.resources.get(role)
        if resource is None or resource["Type"] != "AWS::IAM::Role":
            raise NotEvaluated(f"{role} is no role of this template with these parameters")
        found = list(resource["Properties"].get("Policies", []))
        attached = [one["Properties"] for one in self.resources.values() if one["Type"] == "AWS::IAM::Policy"]
        found += [one for one in attached if f"ses-feedback-{role.lower()}" in one["Roles"]]
        return [{"name": policy["PolicyName"], "policy": policy["PolicyDocument"]} for policy in found]

    def resource_policy(self, arn: str) -> dict[str, Any] | None:
        """The statements about a resource, or an object's bucket: of bucket, topic and queue policies, of permissions
        to call a function, and of a role's trust policy. A key has the policy that KMS gives it, which leaves it to
        the account's roles."""
        if arn.startswith("arn:aws:kms:"):
            return KEY_POLICY
        owner = arn.partition("/")[0] if arn.startswith("arn:aws:s3:::") else arn
        statements: list[Any] = []
        for name, resource in self.resources.items():
            if resource["Type"] == "AWS::IAM::Role" and arn_of(name, resource) == arn:
                return dict(resource["Properties"]["AssumeRolePolicyDocument"])
            if resource["Type"] == "AWS::Lambda::Permission" and resource["Properties"]["FunctionName"] == arn:
                statements.append(_permission(resource["Properties"]))
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


def _permission(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The statement that Lambda makes of a permission."""
    account = {"StringEquals": {"aws:SourceAccount": properties.get("SourceAccount")}}
    return {
        "Effect": "Allow",
        "Principal": {"Service": properties["Principal"]},
        "Action": properties["Action"],
        "Resource": properties["FunctionName"],
        "Condition": {"ArnLike": {"aws:SourceArn": properties["SourceArn"]}}
        | (account if "SourceAccount" in properties else {}),
    }


def template(parameters: Mapping[str, Any] | None = None) -> Stack:
    """The stack of some parameters, the others at their defaults; without what their conditions leave out."""
    try:
        return Stack(resources_of(ROOT / "template.yaml", parameters or {}))
    except UnknownParameters as unknown:
        raise NotEvaluated(str(unknown)) from None


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
