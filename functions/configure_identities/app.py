"""Brings SES in line with the settings whenever the stack is deployed, and puts back what it found at the end."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, NamedTuple

from ses_feedback.custom_resource import Invocation, Result, respond
from ses_feedback.entry import entry
from ses_feedback.environment import read_environment


class Environment(NamedTuple):
    mode: Annotated[Literal["apply", "plan"], "ConfigureSes"]
    topic_per_environment: Annotated[bool, "TopicPerEnvironment"]
    feedback_topic_arn: Annotated[str, "FeedbackTopic"]
    feedback_queue_arn: Annotated[str, "FeedbackQueue"]
    dead_letters_arn: Annotated[str, "DeadLetters"]
    archive_stream_arn: Annotated[str, "ArchiveStream"]
    archive_stream_role_arn: Annotated[str, "ArchiveStreamWriterRole"]
    key_arn: Annotated[str, "KeyArn"] = ""


@entry("ConfigureIdentities", Environment)
def handler(event: dict[str, Any], context: Invocation) -> None:
    """Always answers CloudFormation, and a deletion always with success: a stack must neither hang nor be stuck."""
    respond(event, context, configure)


def configure(event: Mapping[str, Any], context: Invocation) -> Result:
    from ses_feedback.handlers.configure_identities import deploy  # here: see custom_resource
    from ses_feedback.ses_setup.target import StackOffer

    env = read_environment(Environment, "ConfigureIdentities")
    offer = StackOffer(
        stack=event["StackId"],
        topic=env.feedback_topic_arn, queue=env.feedback_queue_arn, dead_letters=env.dead_letters_arn,
        stream=env.archive_stream_arn, stream_role=env.archive_stream_role_arn,
        key=env.key_arn,
        per_environment=env.topic_per_environment,
    )  # fmt: skip
    return deploy(event, offer, context.get_remaining_time_in_millis(), only_plan=env.mode == "plan")
