"""What a message turns out to hold: an SES document, nothing that is feedback, or something unreadable."""

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from ses_feedback.errors import Unreadable
from ses_feedback.events.notification import Event
from ses_feedback.strict_json import decode


class Document(NamedTuple):
    """One SES event as JSON, without its envelope.

    `arrived_at`: the time in the envelope, for events without one. `origin`: where it is in an archive
    (`s3://bucket/key@offset`), else None. `detail_type`: EventBridge's name of the event, else None.
    `is_account_event`: it is about the account; `content` is then the whole event, whose envelope names the resource.
    `topic`: the ARN of the SNS topic that brought it, else None; of several, the one nearest to the document.
    `event`: what it says, if that was read with it (`ordinary_event`).
    """

    json: dict[str, Any] | str
    arrived_at: str | None = None
    origin: str | None = None
    detail_type: str | None = None
    is_account_event: bool = False
    topic: str | None = None
    event: Event | None = None

    @property
    def content(self) -> dict[str, Any]:
        """The event, decoded: the text of one that was read with it has not been needed until now."""
        if isinstance(self.json, dict):
            return self.json
        content = decode(self.json)
        return content if isinstance(content, dict) else {}

    @property
    def type_name(self) -> str:
        """The type of a mail's event as SES wrote it, in either dialect; empty where there is none."""
        return str(self.content.get("eventType") or self.content.get("notificationType") or "")


@dataclass(frozen=True, slots=True)
class NoFeedback:
    """A message without feedback, and why; `reason` is the same in one word, for counting."""

    kind: Literal["confirmation", "ignored"]
    reason: str
    why: str


type Opened = Document | NoFeedback | Unreadable

ALARM = "CloudWatch Alarm State Change"
"""EventBridge's name of an alarm's event, the only event about the account that is not SES's own."""

S3_TEST = NoFeedback("ignored", "s3_test_event", "S3's test of a new notification configuration")
