"""The condition keys that say for whom a service acts, as AWS documents them for each service and kind of grant.

A key that a service does not send denies everything from the first deployment on, and no emulator shows it.
So a grant holds the keys of this table: none that is missing here, whatever other services send.
"""

from typing import NamedTuple

ACCOUNT, ARN = "aws:sourceaccount", "aws:sourcearn"
SOURCE_KEYS = {ACCOUNT, ARN, "aws:sourceowner", "aws:sourceorgid", "aws:sourceorgpaths", "sts:externalid"}

_GUIDES = "https://docs.aws.amazon.com/"


class Documented(NamedTuple):
    keys: frozenset[str]
    page: str


def _documented(page: str, *keys: str) -> Documented:
    return Documented(frozenset(keys), _GUIDES + page)


DOCUMENTED: dict[tuple[str, str], Documented] = {
    ("ses", "TopicPolicy"): _documented("ses/latest/dg/configure-sns-notifications.html", ACCOUNT, ARN),
    ("ses", "Role"): _documented("ses/latest/dg/event-publishing-add-event-destination-firehose.html", ACCOUNT, ARN),
    ("cloudwatch", "TopicPolicy"): _documented("sns/latest/dg/sns-access-policy-use-cases.html", ARN),
    ("sns", "QueuePolicy"): _documented("sns/latest/dg/subscribe-sqs-queue-to-sns-topic.html", ARN),
    ("events", "QueuePolicy"): _documented("eventbridge/latest/userguide/eb-use-resource-based.html", ARN),
    ("s3", "QueuePolicy"): _documented(
        "AmazonS3/latest/userguide/grant-destinations-permissions-to-s3.html", ACCOUNT, ARN
    ),
    ("apigateway", "Permission"): _documented("lambda/latest/dg/services-apigateway.html", ARN),
    ("scheduler", "Role"): _documented(
        "scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html", ACCOUNT, ARN
    ),
    ("firehose", "Role"): _documented("firehose/latest/dev/controlling-access.html"),
    ("lambda", "Role"): _documented("lambda/latest/dg/lambda-intro-execution-role.html"),
}
"""By service, and the last word of the type of resource that grants: what a grant must hold, and may hold."""


def wrong_keys(service: str, kind: str, used: set[str]) -> str:
    """What is wrong with the source keys of a grant to `sns.amazonaws.com` and its like; empty if nothing."""
    documented = DOCUMENTED.get((service.partition(".")[0], kind))
    if documented is None:
        return f"grants {service} in a {kind}, for which nobody has looked up the keys that it sends"
    if extra := (used & SOURCE_KEYS) - documented.keys:
        return f"grants {service} on {sorted(extra)}, which it is not documented to send: {documented.page}"
    if missing := documented.keys - used:
        return f"grants {service} for any account, without {sorted(missing)}: {documented.page}"
    return ""
