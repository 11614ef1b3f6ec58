"""Rules about what only real AWS does: it stops loops, and falls behind where no emulator does."""

from collections.abc import Callable, Iterator
from typing import Any

from tests.resolved_template import arn_of
from tests.security.resources import Fault, Resources, listed, of_kind


def what_triggers_itself_is_allowed_to(resources: Resources) -> Iterator[Fault]:
    """Lambda stops a function that sends to its own queue after 16 rounds, unless `RecursiveLoop` allows it:
    https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
    """
    for name, properties in of_kind(resources, "AWS::Lambda::EventSourceMapping"):
        function = _behind(resources, properties["FunctionName"])
        sends = _sends_to(resources, function, properties["EventSourceArn"])
        if sends and resources[function]["Properties"].get("RecursiveLoop") != "Allow":
            yield function, f"sends to the queue that triggers it ({name}), and is stopped after 16 rounds"


def _sends_to(resources: Resources, function: str, queue: str) -> bool:
    role = resources[_behind(resources, resources[function]["Properties"]["Role"])]["Properties"]
    statements = [one for policy in role["Policies"] for one in policy["PolicyDocument"]["Statement"]]
    return any("sqs:SendMessage" in listed(one["Action"]) and queue in listed(one["Resource"]) for one in statements)


def _behind(resources: Resources, reference: Any) -> str:
    """The logical id behind an ARN or a made-up name."""
    return next(
        name for name, one in resources.items() if reference in (arn_of(name, one), f"ses-feedback-{name.lower()}")
    )


AWS_RULES: tuple[Callable[[Resources], Iterator[Fault]], ...] = (what_triggers_itself_is_allowed_to,)
