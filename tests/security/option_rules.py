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


OPTION_RULES: tuple[Callable[[Resources], Iterator[Fault]], ...] = (
    one_boundary_holds_every_role,
    a_trace_is_whole,
    what_is_public_has_a_limit,
)
