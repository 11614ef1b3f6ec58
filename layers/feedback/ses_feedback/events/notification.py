"""The SES event as AWS documents it, in both dialects; unknown fields and values pass, wrong shapes do not.

Identity notifications say `notificationType`, event publishing says `eventType`; the rest is the
same except for tags (event publishing only). Every field may be absent: `mail_event` checks what is needed.

https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html
https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
"""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from ses_feedback.errors import Unreadable


def _text(value: Any) -> str | None:
    """A text field. One that is missing, null or a number must not cost us the event."""
    if value is None or isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) else None


def texts(value: Any) -> list[str]:
    """A list of texts; a single text counts as a list of one (tags are sent both ways)."""
    if isinstance(value, str):
        return [value]
    return [str(element) for element in value if element is not None] if isinstance(value, list) else []


def _tags(value: Any) -> dict[str, list[str]]:
    return {str(name): texts(values) for name, values in value.items()} if isinstance(value, dict) else {}


def _addresses(value: Any) -> list[Any]:
    """Recipients as objects; some senders of test events write bare addresses."""
    if not isinstance(value, list):
        return []
    return [{"emailAddress": element} if isinstance(element, str) else element for element in value]


def _object(value: Any) -> dict[str, Any] | None:
    return value if isinstance(value, dict) else None


def _objects(value: Any) -> list[Any]:
    return [element for element in value if isinstance(element, dict)] if isinstance(value, list) else []


type Text = Annotated[str | None, BeforeValidator(_text)]
type Texts = Annotated[list[str], BeforeValidator(texts)]


class _Model(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="ignore", frozen=True)


class Recipient(_Model):
    email_address: Text = None
    action: Text = None
    status: Text = None
    diagnostic_code: Text = None


type Recipients = Annotated[list[Recipient], BeforeValidator(_addresses)]


class CommonHeaders(_Model):
    subject: Text = None
    message_id: Text = None


class Header(_Model):
    name: Text = None
    value: Text = None


class Mail(_Model):
    timestamp: Text = None
    message_id: Text = None
    source: Text = None
    destination: Texts = Field(default_factory=list)
    headers: Annotated[list[Header], BeforeValidator(lambda value: value or [])] = Field(default_factory=list)
    common_headers: CommonHeaders | None = None
    tags: Annotated[dict[str, list[str]], BeforeValidator(_tags)] = Field(default_factory=dict)

    @property
    def subject(self) -> str | None:
        """The subject of the mail; identities send headers only when that is switched on."""
        return (self.common_headers and self.common_headers.subject) or self._header("subject")

    @property
    def header_message_id(self) -> str | None:
        """The Message-ID that the mail was sent with; None where it is the one that SES made of `message_id`."""
        named = (self.common_headers and self.common_headers.message_id) or self._header("message-id")
        is_made_by_ses = bool(named and self.message_id and named.lstrip("<").startswith(self.message_id))
        return None if is_made_by_ses else named

    def _header(self, name: str) -> str | None:
        return next((h.value for h in self.headers if h.name and h.name.lower() == name), None)


class Bounce(_Model):
    bounce_type: Text = None
    bounce_sub_type: Text = None
    bounced_recipients: Recipients = Field(default_factory=list)
    timestamp: Text = None
    feedback_id: Text = None
    reporting_mta: Text = Field(default=None, alias="reportingMTA")


class Complaint(_Model):
    complained_recipients: Recipients = Field(default_factory=list)
    timestamp: Text = None
    feedback_id: Text = None
    complaint_sub_type: Text = None
    complaint_feedback_type: Text = None


class Delivery(_Model):
    timestamp: Text = None
    recipients: Texts = Field(default_factory=list)
    smtp_response: Text = None
    reporting_mta: Text = Field(default=None, alias="reportingMTA")


class DeliveryDelay(_Model):
    delay_type: Text = None
    delayed_recipients: Recipients = Field(default_factory=list)
    timestamp: Text = None
    reporting_mta: Text = Field(default=None, alias="reportingMTA")


class Reject(_Model):
    reason: Text = None


class Failure(_Model):
    """Why a template could not be rendered: the object of a `Rendering Failure`."""

    error_message: Text = None


class Engagement(_Model):
    """An open or a click: neither names a recipient."""

    timestamp: Text = None
    link: Text = None
    is_bot_event: Text = None


class TopicStatus(_Model):
    topic_name: Text = None
    subscription_status: Text = None


class TopicPreferences(_Model):
    """What somebody wants from a contact list. https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html"""

    unsubscribe_all: Annotated[
        bool | None, BeforeValidator(lambda value: value if value in (True, False) else None)
    ] = None
    topic_subscription_status: Annotated[list[TopicStatus], BeforeValidator(_objects)] = Field(default_factory=list)


class Subscription(_Model):
    timestamp: Text = None
    contact_list: Text = None
    new_topic_preferences: Annotated[TopicPreferences | None, BeforeValidator(_object)] = None


class Notification(_Model):
    """One SES event. `kind_name` is the type as SES wrote it, or the best guess without one."""

    event_type: Text = None
    notification_type: Text = None
    mail: Mail = Field(default_factory=Mail)
    bounce: Bounce | None = None
    complaint: Complaint | None = None
    delivery: Delivery | None = None
    delivery_delay: DeliveryDelay | None = None
    reject: Reject | None = None
    failure: Failure | None = None
    open: Engagement | None = None
    click: Engagement | None = None
    subscription: Subscription | None = None

    @property
    def kind_name(self) -> str:
        """`Rendering Failure`, `Bounce` …; without either dialect's field, the name of the object that is there."""
        if self.event_type or self.notification_type:
            return self.event_type or self.notification_type or ""
        present = self.model_fields_set - {"event_type", "notification_type", "mail"}
        return min(present, default="")


def read_notification(content: dict[str, Any]) -> Notification:
    """The document as a `Notification`. Raises `Unreadable` with the place that is wrong."""
    try:
        return Notification.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        raise Unreadable(first["msg"], ".".join(str(step) for step in first["loc"])) from None
