"""What must hold for every resource of the template, whoever adds one. A rule answers the ids that break it, and why.

faults = broken_rules(template(parameters).resources)
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tests.security.aws_rules import AWS_RULES
from tests.security.option_rules import OPTION_RULES
from tests.security.resources import Fault, Resources, listed, of_kind
from tests.security.source_keys import wrong_keys

DEAD_LETTERS = "DeadLetters"

ON_ALL_RESOURCES = {
    "ses:CreateConfigurationSet",
    "ses:GetIdentityNotificationAttributes",
    "ses:GetIdentityVerificationAttributes",
    "ses:ListEmailIdentities",
    "ses:ListIdentities",
    "ses:SetIdentityFeedbackForwardingEnabled",
    "ses:SetIdentityHeadersInNotificationsEnabled",
    "ses:SetIdentityNotificationTopic",
    "ses:ListConfigurationSets",
    "cloudwatch:DescribeAlarms",
    "dynamodb:ListExports",
    "dynamodb:ListStreams",
    "cloudwatch:GetMetricData",
    "ses:DeleteSuppressedDestination",
    "ses:PutSuppressedDestination",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
}
"""Actions that AWS lets nobody limit to a resource (its service authorization reference): these may stand on `*`."""


def every_hop_has_dead_letters(resources: Resources) -> Iterator[Fault]:
    for name, properties in of_kind(resources, "AWS::SNS::Subscription"):
        if properties["Protocol"] in ("sqs", "lambda", "https", "firehose") and "RedrivePolicy" not in properties:
            yield name, "a subscription without dead letters"
    for name, properties in of_kind(resources, "AWS::Events::Rule"):
        for target in properties["Targets"]:
            if "DeadLetterConfig" not in target:
                yield name, f"the target {target['Id']} has no dead letters"
    for name, properties in of_kind(resources, "AWS::Scheduler::Schedule"):
        if "DeadLetterConfig" not in properties["Target"]:
            yield name, "a schedule without dead letters"
    for name, properties in of_kind(resources, "AWS::SQS::Queue"):
        if name != DEAD_LETTERS and "RedrivePolicy" not in properties:
            yield name, "a queue without dead letters"
    for name, properties in of_kind(resources, "AWS::Lambda::EventSourceMapping"):
        if _is_stream(properties) and "OnFailure" not in properties.get("DestinationConfig", {}):
            yield name, "a stream without dead letters"


def dead_letters_outlive_their_sources(resources: Resources) -> Iterator[Fault]:
    longest = int(resources[DEAD_LETTERS]["Properties"]["MessageRetentionPeriod"])
    for name, properties in of_kind(resources, "AWS::SQS::Queue"):
        if name != DEAD_LETTERS and int(properties.get("MessageRetentionPeriod", 345600)) * 2 > longest:
            yield name, "keeps messages too long: in the dead letters they keep the age that they have"


def what_may_succeed_is_tried_ten_times(resources: Resources) -> Iterator[Fault]:
    for name, properties in of_kind(resources, "AWS::SQS::Queue"):
        if name != DEAD_LETTERS and int(properties.get("RedrivePolicy", {}).get("maxReceiveCount", 10)) < 10:
            yield name, "gives up too early"


def queues_wait_six_times_as_long_as_their_function_runs(resources: Resources) -> Iterator[Fault]:
    for name, properties in of_kind(resources, "AWS::Lambda::EventSourceMapping"):
        if _is_stream(properties):
            continue
        queue = _named(resources, properties["EventSourceArn"])
        function = _named(resources, properties["FunctionName"])
        timeout = int(resources[function]["Properties"].get("Timeout", 3))
        if int(resources[queue]["Properties"].get("VisibilityTimeout", 30)) < 6 * timeout:
            yield queue, f"is invisible for less than six times the {timeout} s of {function} ({name})"


def batches_are_answered_record_by_record(resources: Resources) -> Iterator[Fault]:
    for name, properties in of_kind(resources, "AWS::Lambda::EventSourceMapping"):
        if not _is_stream(properties) and "ReportBatchItemFailures" not in properties.get(
            "FunctionResponseTypes", []
        ):
            yield name, "one bad record would bring back its whole batch"


def services_are_told_for_whom_by_keys_that_they_send(resources: Resources) -> Iterator[Fault]:
    """On every grant to a service exactly the source keys that AWS documents for it (source_keys.py)."""
    for name, kind, service, used in _grants_to_services(resources):
        if fault := wrong_keys(service, kind, used):
            yield name, fault


def _grants_to_services(resources: Resources) -> Iterator[tuple[str, str, str, set[str]]]:
    """Who grants, in what, to which service, under which condition keys."""
    documents = [(name, properties["PolicyDocument"]) for name, properties in _policies_of_resources(resources)]
    documents += [(name, one["AssumeRolePolicyDocument"]) for name, one in of_kind(resources, "AWS::IAM::Role")]
    for name, document in documents:
        kind = resources[name]["Type"].rpartition("::")[2]
        for statement in filter(_allows_service, _statements(document)):
            yield from ((name, kind, service, _conditions(statement)) for service in sorted(_services(statement)))
    for name, properties in of_kind(resources, "AWS::Lambda::Permission"):
        used = {f"aws:{key.lower()}" for key in properties if key.startswith("Source")}
        yield name, "Permission", properties["Principal"], used


def nothing_travels_in_clear(resources: Resources) -> Iterator[Fault]:
    secured = set[str]()
    for _, properties in _policies_of_resources(resources):
        if any(_denies_plain_http(statement) for statement in _statements(properties["PolicyDocument"])):
            about = next(properties[key] for key in ("Topics", "Queues", "Bucket") if key in properties)
            secured |= {_named(resources, one) for one in (about if isinstance(about, list) else [about])}
    for kind in ("AWS::SNS::Topic", "AWS::SQS::Queue", "AWS::S3::Bucket"):
        for name, _ in of_kind(resources, kind):
            if name not in secured:
                yield name, "no policy denies plain HTTP (aws:SecureTransport)"


def everything_rests_encrypted(resources: Resources) -> Iterator[Fault]:
    """Topics are left out: what they hold rests for moments, and SES may publish to none with AWS's own key."""
    for name, properties in of_kind(resources, "AWS::SQS::Queue"):
        if not properties.get("SqsManagedSseEnabled") and "KmsMasterKeyId" not in properties:
            yield name, "a queue in clear"
    for name, properties in of_kind(resources, "AWS::S3::Bucket"):
        if "BucketEncryption" not in properties:
            yield name, "a bucket without encryption"
    for name, properties in of_kind(resources, "AWS::KinesisFirehose::DeliveryStream"):
        if "DeliveryStreamEncryptionConfigurationInput" not in properties:
            yield name, "a stream without encryption"
    for name, properties in of_kind(resources, "AWS::DynamoDB::Table"):
        if "SSESpecification" not in properties:
            yield name, "a table that does not say how it is encrypted"


def buckets_are_private_and_own_what_they_hold(resources: Resources) -> Iterator[Fault]:
    for name, properties in of_kind(resources, "AWS::S3::Bucket"):
        blocked = properties.get("PublicAccessBlockConfiguration", {})
        if len(blocked) != 4 or not all(blocked.values()):
            yield name, "does not block all public access"
        rules = properties.get("OwnershipControls", {}).get("Rules", [{}])
        if rules[0].get("ObjectOwnership") != "BucketOwnerEnforced":
            yield name, "lets objects belong to others"


def nothing_is_granted_wholesale(resources: Resources) -> Iterator[Fault]:
    for name, properties in of_kind(resources, "AWS::IAM::Role"):
        if properties.get("ManagedPolicyArns"):
            yield name, "has a managed policy: its grants are not written here"
        for policy in properties.get("Policies", []):
            for statement in _statements(policy["PolicyDocument"]):
                yield from ((name, fault) for fault in _wholesale(statement))
    for name, properties in of_kind(resources, "AWS::IAM::Policy"):
        for statement in _statements(properties["PolicyDocument"]):
            yield from ((name, fault) for fault in _wholesale(statement))
    for name, properties in _policies_of_resources(resources):
        for statement in _statements(properties["PolicyDocument"]):
            if statement["Effect"] == "Allow" and statement["Principal"] in ("*", {"AWS": "*"}):
                yield name, "allows everybody"


def _wholesale(statement: Mapping[str, Any]) -> Iterator[str]:
    if statement["Effect"] != "Allow":
        return
    actions, targets = listed(statement.get("Action", [])), listed(statement.get("Resource", []))
    if "NotAction" in statement or "NotResource" in statement:
        yield "allows whatever it does not name"
    if wide := [action for action in actions if "*" in action]:
        yield f"grants {wide}"
    if "*" in targets and not set(actions) <= ON_ALL_RESOURCES:
        yield f"grants {sorted(set(actions) - ON_ALL_RESOURCES)} on every resource"


def logs_end(resources: Resources) -> Iterator[Fault]:
    groups = dict(of_kind(resources, "AWS::Logs::LogGroup"))
    for name, properties in groups.items():
        if "RetentionInDays" not in properties:
            yield name, "a log that is kept for ever"
    for name, properties in of_kind(resources, "AWS::Lambda::Function"):
        if _named(resources, properties.get("LoggingConfig", {}).get("LogGroup", "")) not in groups:
            yield name, "logs into a group that Lambda would make, and keep for ever"


def what_cannot_be_had_again_outlives_the_stack(resources: Resources) -> Iterator[Fault]:
    """But for a bucket whose stack was never made. A table with deletion protection would fail that rollback."""
    for name in resources:
        resource = resources[name]
        is_bucket = resource["Type"] == "AWS::S3::Bucket"
        kept = ("RetainExceptOnCreate" if is_bucket else "Retain", "Retain")
        is_kept = (resource.get("DeletionPolicy"), resource.get("UpdateReplacePolicy")) == kept
        is_precious = is_bucket or resource["Properties"].get("DeletionProtectionEnabled")
        if (is_precious or name == "LedgerTable") and not is_kept:
            yield name, "is deleted with its stack, or left behind by a deployment that failed"


RULES: tuple[Callable[[Resources], Iterator[Fault]], ...] = (
    every_hop_has_dead_letters,
    dead_letters_outlive_their_sources,
    what_may_succeed_is_tried_ten_times,
    queues_wait_six_times_as_long_as_their_function_runs,
    batches_are_answered_record_by_record,
    services_are_told_for_whom_by_keys_that_they_send,
    nothing_travels_in_clear,
    everything_rests_encrypted,
    buckets_are_private_and_own_what_they_hold,
    nothing_is_granted_wholesale,
    logs_end,
    what_cannot_be_had_again_outlives_the_stack,
    *AWS_RULES,
    *OPTION_RULES,
)


def broken_rules(resources: Resources) -> dict[str, list[Fault]]:
    """By rule, what breaks it; rules that hold are left out."""
    found = {rule.__name__: list(rule(resources)) for rule in RULES}
    return {rule: faults for rule, faults in found.items() if faults}


def _policies_of_resources(resources: Resources) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for kind in (
        "AWS::SNS::TopicPolicy",
        "AWS::SQS::QueuePolicy",
        "AWS::S3::BucketPolicy",
        "AWS::Events::EventBusPolicy",
    ):
        yield from (
            (name, properties) for name, properties in of_kind(resources, kind) if "PolicyDocument" in properties
        )


def _statements(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return list(document["Statement"])


def _services(statement: Mapping[str, Any]) -> set[str]:
    principal = statement.get("Principal", {})
    return set(listed(principal.get("Service", []))) if isinstance(principal, Mapping) else set()


def _allows_service(statement: Mapping[str, Any]) -> bool:
    return statement["Effect"] == "Allow" and bool(_services(statement))


def _conditions(statement: Mapping[str, Any]) -> set[str]:
    return {key.lower() for keys in statement.get("Condition", {}).values() for key in keys}


def _denies_plain_http(statement: Mapping[str, Any]) -> bool:
    is_plain = statement.get("Condition") == {"Bool": {"aws:SecureTransport": "false"}}
    return statement["Effect"] == "Deny" and statement["Principal"] == "*" and is_plain


def _is_stream(properties: Mapping[str, Any]) -> bool:
    return ":sqs:" not in properties["EventSourceArn"]


def _named(resources: Resources, reference: str) -> str:
    """The logical id behind a made-up name, URL or ARN."""
    last = reference.rstrip("*:").replace("/", ":").rpartition(":")[2] if not reference.startswith("/") else reference
    return next(
        (name for name in resources if last in (f"ses-feedback-{name.lower()}", _own_name(resources, name))), ""
    )


def _own_name(resources: Resources, name: str) -> str | None:
    properties = resources[name].get("Properties", {})
    return next((properties[key] for key in ("BucketName", "LogGroupName", "QueueName") if key in properties), None)
