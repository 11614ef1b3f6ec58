"""SES beside a deployed stack: the client that reads and changes SES, and what the stack offers it."""

from collections.abc import Mapping
from typing import Any

from ses_feedback.ses_setup.ses import SesIdentities, pace
from ses_feedback.ses_setup.target import StackOffer
from ses_feedback_cli.connection import CONFIG, describe_stack, open_session
from ses_feedback_cli.output import fail


def open_ses(name: str | None) -> tuple[SesIdentities, StackOffer]:
    """SES's identities and configuration sets in the stack's region, and what the stack offers them."""
    session = open_session()
    stack = describe_stack(session, name)
    ses = SesIdentities(
        ses=session.client("ses", config=CONFIG),
        sesv2=session.client("sesv2", config=CONFIG),
        sns=session.client("sns", config=CONFIG),
        kms=session.client("kms", config=CONFIG),
        cloudformation=session.client("cloudformation", config=CONFIG),
        seconds_a_call=pace(),
    )
    return ses, offer_of(stack)


def offer_of(stack: Mapping[str, Any]) -> StackOffer:
    """From CloudFormation's description of a stack."""
    outputs = {output["OutputKey"]: output.get("OutputValue", "") for output in stack.get("Outputs", [])}
    parameters = {named["ParameterKey"]: named.get("ParameterValue", "") for named in stack.get("Parameters", [])}
    if not outputs.get("ArchiveStreamWriterRole"):
        fail(
            f"the stack {stack['StackName']} (status {stack['StackStatus']}) cannot set up identities: "
            "deploy it again with this version"
        )
    partition, region, account = (stack["StackId"].split(":")[place] for place in (1, 3, 4))

    def arn(service: str, name: str) -> str:
        return f"arn:{partition}:{service}:{region}:{account}:{name.rpartition('/')[2]}"

    return StackOffer(
        stack=stack["StackId"],
        topic=outputs["FeedbackTopic"],
        stream=arn("firehose", "") + f"deliverystream/{outputs['ArchiveStream']}",
        stream_role=outputs["ArchiveStreamWriterRole"],
        queue=arn("sqs", outputs["FeedbackQueue"]),
        dead_letters=arn("sqs", outputs["DeadLetters"]),
        key=parameters.get("KeyArn", ""),
        per_environment=parameters.get("TopicPerEnvironment") == "true",
    )
