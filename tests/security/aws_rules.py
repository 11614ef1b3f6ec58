"""Rules about what only real AWS does: it stops loops, and falls behind where no emulator does."""

from collections.abc import Callable, Iterator

from tests.resolved_template import arn_of
from tests.security.resources import Fault, Resources, behind, listed, of_kind, statements_of_role


def what_triggers_itself_is_allowed_to(resources: Resources) -> Iterator[Fault]:
    """Lambda stops a function that sends to its own queue after 16 rounds, unless `RecursiveLoop` allows it:
    https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
    """
    for name, properties in of_kind(resources, "AWS::Lambda::EventSourceMapping"):
        function = behind(resources, properties["FunctionName"])
        sends = _sends_to(resources, function, properties["EventSourceArn"])
        if sends and resources[function]["Properties"].get("RecursiveLoop") != "Allow":
            yield function, f"sends to the queue that triggers it ({name}), and is stopped after 16 rounds"


WAITS_BY_DESIGN = "WebhookQueue"
"""Its messages wait for the application for up to a day, and then are dead letters."""


def what_falls_behind_raises_an_alarm(resources: Resources) -> Iterator[Fault]:
    """Each hop that retries for hours, or drops what its dead letters refuse, tells an operator long before that."""
    watched = {
        (properties["Namespace"], properties["MetricName"], dimension["Value"])
        for _, properties in of_kind(resources, "AWS::CloudWatch::Alarm")
        for dimension in properties.get("Dimensions", [])
        if properties["AlarmActions"]
    }
    for name, metric in _that_may_fallbehind(resources):
        if (*metric, _name(resources, name)) not in watched:
            yield name, f"no alarm on {metric[1]} notifies an operator"


def _that_may_fallbehind(resources: Resources) -> Iterator[tuple[str, tuple[str, str]]]:
    """The resources, with the namespace and name of the metric that shows it."""
    for _, properties in of_kind(resources, "AWS::Lambda::EventSourceMapping"):
        if ":sqs:" not in properties["EventSourceArn"]:
            yield behind(resources, properties["FunctionName"]), ("AWS/Lambda", "IteratorAge")
        elif (queue := behind(resources, properties["EventSourceArn"])) != WAITS_BY_DESIGN:
            yield queue, ("AWS/SQS", "ApproximateAgeOfOldestMessage")
    for name, _ in of_kind(resources, "AWS::KinesisFirehose::DeliveryStream"):
        yield name, ("AWS/Firehose", "DeliveryToS3.DataFreshness")
    for _, properties in of_kind(resources, "AWS::SNS::Subscription"):
        if properties["Protocol"] == "sqs":
            yield behind(resources, properties["TopicArn"]), ("AWS/SNS", "NumberOfNotificationsFailed")
    for name, properties in of_kind(resources, "AWS::Lambda::Function"):
        if "RecursiveLoop" in properties:
            yield name, ("AWS/Lambda", "RecursiveInvocationsDropped")


def _name(resources: Resources, logical_id: str) -> str:
    return arn_of(logical_id, resources[logical_id]).replace("/", ":").rpartition(":")[2]


def _sends_to(resources: Resources, function: str, queue: str) -> bool:
    statements = statements_of_role(resources, behind(resources, resources[function]["Properties"]["Role"]))
    return any("sqs:SendMessage" in listed(one["Action"]) and queue in listed(one["Resource"]) for one in statements)


def what_ses_publishes_to_lets_it_first(resources: Resources) -> Iterator[Fault]:
    """SES publishes a message of its own when a destination is made, and refuses it without the topic's policy;
    CloudFormation then says `kinesisFirehoseDestination() is null` in place of that:
    https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/2492
    """
    policies = {name: one["Topics"] for name, one in of_kind(resources, "AWS::SNS::TopicPolicy")}
    for name, properties in of_kind(resources, "AWS::SES::ConfigurationSetEventDestination"):
        topic = properties["EventDestination"].get("SnsDestination", {}).get("TopicARN")
        awaited = listed(resources[name].get("DependsOn", []))
        if topic and not any(topic in policies.get(one, []) for one in awaited):
            yield name, "does not wait for the policy of its topic"


AWS_RULES: tuple[Callable[[Resources], Iterator[Fault]], ...] = (
    what_triggers_itself_is_allowed_to,
    what_falls_behind_raises_an_alarm,
    what_ses_publishes_to_lets_it_first,
)
