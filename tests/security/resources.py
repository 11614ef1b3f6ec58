"""A template's resources, as the rules see them: references resolved (tests/resolved_template.py)."""

from collections.abc import Iterator, Mapping
from typing import Any

type Resources = Mapping[str, Mapping[str, Any]]
type Fault = tuple[str, str]
"""The resource's logical id, and what is wrong with it."""


def of_kind(resources: Resources, kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The logical ids and properties of the resources of one type."""
    return ((name, one.get("Properties", {})) for name, one in resources.items() if one["Type"] == kind)


def listed(value: Any) -> list[Any]:
    """What may stand alone or in a list, as a list."""
    return value if isinstance(value, list) else [value]
