"""Rules about options that hold for the whole stack, or not at all: what one resource has, its kin must have too."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from tests.resolved_template import arn_of
from tests.security.resources import Fault, Resources, behind, listed, of_kind, statements_of_role


def one_boundary_holds_every_role(resources: Resources) -> Iterator[Fault]:
    """In an account that demands a permissions boundary, a single role without one fails the deployment."""
    boundaries = {name: one.get("PermissionsBoundary") for name, one in of_kind(resources, "AWS::IAM::Role")}
    demanded = next(filter(None, boundaries.values()), None)
    yield from ((name, "has no permissions boundary") for name, one in boundaries.items() if one != demanded)


def a_trace_is_whole(resources: Resources) -> Iterator[Fault]:
    """Whatever is on its way is traced, and may write its traces: without the permission it fails silently."""
    functions = dict(of_kind(resources, "AWS::Lambda::Function"))
    if not any(map(_is_traced, functions.values())):
        return
    for name, properties in functions.items():
        if not _is_traced(properties):
            yield name, "is not traced"
        role = behind(resources, properties["Role"])
        if not any("xray:PutTraceSegments" in listed(one["Action"]) for one in statements_of_role(resources, role)):
            yield role, f"may not write the traces of {name}"
    policies = [json.loads(one["PolicyDocument"]) for _, one in of_kind(resources, "AWS::XRay::ResourcePolicy")]
    sources = [one["Condition"]["StringLike"]["aws:SourceArn"] for policy in policies for one in policy["Statement"]]
    for name, properties in of_kind(resources, "AWS::SNS::Topic"):
        if properties.get("TracingConfig") != "Active":
            yield name, "is not traced"
        if not any(arn_of(name, resources[name]) in one for one in sources):
            yield name, "may not write its traces"


def _is_traced(properties: Any) -> bool:
    return bool(properties.get("TracingConfig", {}).get("Mode") == "Active")


def what_is_public_has_a_limit(resources: Resources) -> Iterator[Fault]:
    """An API takes 10,000 requests a second unless its stage says otherwise, and each starts a function."""
    for name, properties in of_kind(resources, "AWS::ApiGatewayV2::Stage"):
        if not 0 < properties.get("DefaultRouteSettings", {}).get("ThrottlingRateLimit", 10_000) <= 100:
            yield name, "lets anybody start functions without a limit"


_KEPT_BY_KEY = (
    "AWS::DynamoDB::Table",
    "AWS::KinesisFirehose::DeliveryStream",
    "AWS::Logs::LogGroup",
    "AWS::S3::Bucket",
    "AWS::SNS::Topic",
    "AWS::SQS::Queue",
    "AWS::SecretsManager::Secret",
)
_READS, _WRITES = {"kms:Decrypt"}, {"kms:Decrypt", "kms:GenerateDataKey"}
_NEEDS_KEY = {
    **dict.fromkeys(("sqs:ReceiveMessage", "secretsmanager:GetSecretValue", "s3:GetObject"), _READS),
    **dict.fromkeys((f"dynamodb:{verb}Item" for verb in ("Get", "Put", "Update", "BatchGet", "BatchWrite")), _READS),
    **dict.fromkeys(("dynamodb:Query", "dynamodb:Scan", "dynamodb:GetRecords"), _READS),
    **dict.fromkeys(("sqs:SendMessage", "sns:Publish"), _WRITES),
    "s3:PutObject": {"kms:GenerateDataKey"},
}
"""What a caller may do with the key of what it reaches. DynamoDB makes its keys by grants, and decrypts them for its
caller: https://docs.aws.amazon.com/kms/latest/developerguide/services-dynamodb.html
"""


def one_key_keeps_everything(resources: Resources) -> Iterator[Fault]:
    """With a key of the customer's own for topics: for all that rests, and for the roles that reach it, no others."""
    if not any("KmsMasterKeyId" in properties for _, properties in of_kind(resources, "AWS::SNS::Topic")):
        return
    for kind in _KEPT_BY_KEY:
        for name, properties in of_kind(resources, kind):
            if ":kms:" not in json.dumps(properties):
                yield name, "is not encrypted by the key"
    for name, properties in of_kind(resources, "AWS::SQS::Queue"):
        if properties.get("SqsManagedSseEnabled"):
            yield name, "asks for two kinds of encryption: SQS refuses that"
    for name, _ in of_kind(resources, "AWS::IAM::Role"):
        statements = [one for one in statements_of_role(resources, name) if one["Effect"] == "Allow"]
        actions = {action for one in statements for action in listed(one["Action"])}
        granted = {action for action in actions if action in _WRITES}
        for action in sorted(actions & _NEEDS_KEY.keys()):
            if missing := _NEEDS_KEY[action] - _by_service(statements, action.partition(":")[0]):
                yield name, f"may {action}, but not {sorted(missing)} on the way"
        if granted and not actions & _NEEDS_KEY.keys():
            yield name, f"may {sorted(granted)}, and reaches nothing that is encrypted"


def _by_service(statements: list[Any], service: str) -> set[str]:
    """What may be done with the key on a request to a service."""
    return {
        action
        for one in statements
        for via in listed(one.get("Condition", {}).get("StringEquals", {}).get("kms:ViaService", []))
        if via.partition(".")[0] == service
        for action in listed(one["Action"])
    }


OPTION_RULES: tuple[Callable[[Resources], Iterator[Fault]], ...] = (
    one_boundary_holds_every_role,
    a_trace_is_whole,
    one_key_keeps_everything,
    what_is_public_has_a_limit,
)
