"""The template as CloudFormation would see it: transformed, every reference resolved to a made-up name or ARN.

Both branches of an Fn::If are resolved, the one that is not chosen as well: nothing promises that CloudFormation
leaves it alone, so that what is out of range there may fail a deployment.
"""

import re
from collections.abc import Mapping
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

from tests.transform import transformed

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


class UnknownParameters(Exception):
    """The template has no such parameters."""


class OutOfRange(Exception):
    """The template selects what a list does not have."""


def resources_of(path: Path, parameters: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The resources that are made with some parameters, the others at their defaults, by their logical ids."""
    document = deepcopy(_transformed(path))
    values = {name: spec.get("Default", f"{name}@example.com") for name, spec in document["Parameters"].items()}
    if unknown := set(parameters) - set(values):
        raise UnknownParameters(f"no parameters of the template: {sorted(unknown)}")
    resolver = _Resolver(document, values | dict(parameters))
    made = {name: one for name, one in document["Resources"].items() if resolver.is_made(one)}
    return {name: resolver.resolve(one) for name, one in made.items()}


def arn_of(logical_id: str, resource: Mapping[str, Any]) -> str:
    """The ARN of a resource; its own name must be resolved."""
    kind = resource["Type"]
    pattern = _ARNS.get(kind, f"arn:aws:{kind.split('::')[1].lower()}:{{region}}:{{account}}:{{name}}")
    name = logical_id if kind == "AWS::IAM::Role" else _name(logical_id, resource)
    return pattern.format(region=REGION, account=ACCOUNT, name=name)


@cache
def _transformed(path: Path) -> dict[str, Any]:
    return transformed(path)


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
                condition, *branches = argument
                then, otherwise = map(self.resolve, branches)
                return then if self._holds(condition) else otherwise
            case "Select":
                return self._selected(*self.resolve(argument))
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

    def _selected(self, index: Any, values: list[Any]) -> Any:
        if not int(index) < len(values):
            raise OutOfRange(f"index {index} of {values}")
        return values[int(index)]

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
            return arn_of(name, resource)
        if resource["Type"] == "AWS::SQS::Queue":
            return f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{_name(name, resource)}"
        return _name(name, resource)

    def _attribute(self, logical_id: str, attribute: str) -> str:
        resource = self._resolved(logical_id)
        if attribute in ("Arn", "TopicArn"):
            return arn_of(logical_id, resource)
        if attribute == "StreamArn":
            return f"{arn_of(logical_id, resource)}/stream/2026-11-24T00:00:00.000"
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
