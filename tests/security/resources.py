"""A template's resources, as the rules see them: references resolved (tests/resolved_template.py)."""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.resolved_template import arn_of

type Resources = Mapping[str, Mapping[str, Any]]
type Fault = tuple[str, str]
"""The resource's logical id, and what is wrong with it."""


def of_kind(resources: Resources, kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The logical ids and properties of the resources of one type."""
    return ((name, one.get("Properties", {})) for name, one in resources.items() if one["Type"] == kind)


def listed(value: Any) -> list[Any]:
    """What may stand alone or in a list, as a list."""
    return value if isinstance(value, list) else [value]


def behind(resources: Resources, reference: Any) -> str:
    """The logical id behind an ARN or a made-up name."""
    return next(
        name for name, one in resources.items() if reference in (arn_of(name, one), f"ses-feedback-{name.lower()}")
    )


def statements_of_role(resources: Resources, role: str) -> list[Mapping[str, Any]]:
    """What a role is granted, by its logical id: by its own policies, and by those that are attached to it."""
    policies = list(resources[role]["Properties"].get("Policies", []))
    attached = (one for _, one in of_kind(resources, "AWS::IAM::Policy"))
    policies += [one for one in attached if f"ses-feedback-{role.lower()}" in one["Roles"]]
    return [statement for one in policies for statement in one["PolicyDocument"]["Statement"]]
