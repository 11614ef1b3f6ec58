"""What configure_identities would set, were every identity of the settings verified and nothing set yet."""

from copy import replace
from dataclasses import asdict
from typing import Any

from ses_feedback.ses_setup.changes import HEADERS, NONE, OFF, ON, Identity, IdentitySetting
from ses_feedback.ses_setup.identities import wanted_identities
from ses_feedback.ses_setup.plan import SesState, changes, environments_with_topics, plan, remarks
from ses_feedback.ses_setup.target import StackOffer, Topic, TopicState
from ses_feedback.settings.file import load_settings

_UNSET = (
    dict.fromkeys(IdentitySetting, NONE) | dict.fromkeys(HEADERS.values(), OFF) | {IdentitySetting.FORWARDING: ON}
)


def answer(event: dict[str, Any], env: Any) -> dict[str, Any]:
    """`would_change`: the steps in their order; `remarks`: on the rest. A deletion is answered in words."""
    if event["RequestType"] == "Delete":
        return {"would_restore": "what the tags of each identity and configuration set say that the stack found"}
    settings, offer = load_settings(), _offer(event["StackId"], env)
    own = dict.fromkeys(map(offer.own_topic_of, environments_with_topics(settings)), Topic(TopicState.MISSING))
    topics = own if offer.per_environment else {offer.topic: Topic(TopicState.READY)}
    verified = {wanted.name: Identity(wanted.name, "SUCCESS", _UNSET) for wanted in wanted_identities(settings)}
    state = SesState(offer.region, verified, {}, frozenset(verified))
    steps = plan(settings, replace(offer, topics=topics), state)
    return {
        "assumed": "every identity of the settings is verified, and nothing is set",
        "mode": env.mode,
        "would_change": [asdict(change) for change in changes(steps)],
        "remarks": [asdict(remark) for remark in remarks(steps)],
    }


def _offer(stack: str, env: Any) -> StackOffer:
    """`stack`: its ARN. SAM knows the ids of resources alone, and the plan compares ARNs."""
    _, partition, _, region, account, _ = stack.split(":", 5)
    name = stack.split("/")[1]
    return StackOffer(
        stack=stack,
        topic=f"arn:{partition}:sns:{region}:{account}:{name}-{env.feedback_topic_arn}",
        queue=f"arn:{partition}:sqs:{region}:{account}:{name}-FeedbackQueue",
        dead_letters=f"arn:{partition}:sqs:{region}:{account}:{name}-DeadLetters",
        stream=f"arn:{partition}:firehose:{region}:{account}:deliverystream/{name}-ArchiveStream",
        stream_role=f"arn:{partition}:iam::{account}:role/{name}-ArchiveStreamWriterRole",
        per_environment=env.topic_per_environment,
    )
