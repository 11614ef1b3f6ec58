"""What one stack offers SES: its topics, its archive stream, its configuration sets; and what belongs to whom."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class TopicState(StrEnum):
    """Of an SNS topic: FIFO, SES publishes to none of that kind; SEALED, encrypted by a key that SES cannot use;
    CLOSED, its policy does not let SES publish; DEAF, nothing is subscribed to it; UNREAD, reading it is denied.
    """

    READY = "ready"
    MISSING = "missing"
    FIFO = "fifo"
    SEALED = "sealed"
    CLOSED = "closed"
    DEAF = "deaf"
    UNREAD = "unread"


@dataclass(frozen=True, slots=True)
class Topic:
    """`causes`: each reason why SES's reports would not arrive, or might not, and what to do about it. `key`: the KMS
    key that encrypts it, as SNS names it; empty for none.
    """

    state: TopicState
    causes: tuple[str, ...] = ()
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StackOffer:
    """`stack`: the stack's ARN. `topic`: FeedbackTopic; `per_environment`: a topic for each instead. `stream`: what
    archives events, with the role by which SES writes to it. For topics that are created: `queue`, `dead_letters`,
    and the KMS `key`, empty for none.
    `sets`: the configuration sets that the settings name, and the stack's own. Read from AWS: `topics`, each
    topic that was seen; `alive`, the ARNs of other stacks that own something and still exist. ARNs throughout.
    """

    stack: str
    topic: str
    stream: str = ""
    stream_role: str = ""
    queue: str = ""
    dead_letters: str = ""
    key: str = ""
    per_environment: bool = False
    sets: frozenset[str] = frozenset()
    topics: Mapping[str, Topic] = field(default_factory=dict)
    alive: Collection[str] = frozenset()

    @property
    def stack_name(self) -> str:
        return stack_name(self.stack)

    @property
    def region(self) -> str:
        return region_of(self.stack)

    @property
    def account(self) -> str:
        return self.stack.split(":")[4]

    @property
    def prefix(self) -> str:
        """`arn:aws:sns:eu-central-1:111122223333:`"""
        return f"arn:{self.stack.split(':')[1]}:sns:{self.region}:{self.account}:"

    def topic_of(self, environment: str) -> str:
        return self.own_topic_of(environment) if self.per_environment else self.topic

    def own_topic_of(self, environment: str) -> str:
        """A stack's name has no underscore: no other stack's topic can be mistaken for this one's."""
        return f"{self.prefix}{self.stack_name}_feedback_{environment}"

    def owns(self, topic: str) -> bool:
        """Whether a topic is this stack's, or was created for one of its environments."""
        return bool(topic) and (topic == self.topic or topic.startswith(self.own_topic_of("")))

    def state_of(self, topic: str) -> TopicState | None:
        """None if it was not looked at."""
        seen = self.topics.get(topic)
        return seen.state if seen else None

    def other_owner(self, owner: str) -> str | None:
        """The name of the stack that owns something, if it is another stack that still exists."""
        return stack_name(owner) if owner and owner != self.stack and owner in self.alive else None


def stack_name(arn: str) -> str:
    """`arn:aws:cloudformation:eu-central-1:111122223333:stack/ses-feedback/0a1b…` -> `ses-feedback`"""
    return arn.split("/")[1] if "/" in arn else arn


def region_of(arn: str) -> str:
    parts = arn.split(":")
    return parts[3] if len(parts) > 3 else ""
