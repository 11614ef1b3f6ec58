"""Feedback: what SES reported about one recipient of one mail, in our own words.

Everything decided later (why it bounced, whose mail it was, what follows for the address) is decided from this value
alone. `read` makes it, from the event of a mail (`mail_event`) or of the account (`account_event`).
"""

from typing import NamedTuple

from ses_feedback.event_row import Preferences
from ses_feedback.events.sender import Sender, strongest
from ses_feedback.vocabulary import AccountEvent, Kind


class Origin(NamedTuple):
    """Whose mail it was, as far as the mail itself shows: what routing looks at.

    `senders` are in order of strength (`events.sender`). `tags` are the mail's message tags. `topic` is the ARN of
    the SNS topic that brought the report. An account event has an `account_event` instead, and an alarm's names its
    `environment`.
    """

    senders: tuple[Sender, ...]
    tags: dict[str, list[str]]
    environment: str | None = None
    account_event: AccountEvent | None = None
    topic: str | None = None

    @property
    def configuration_set(self) -> str | None:
        """The set that published the event; identity notifications name none."""
        return next(iter(self.tags.get("ses:configuration-set", [])), None)

    @property
    def tenant(self) -> str | None:
        """The tenant of SES that sent the mail; identity notifications name none."""
        return next(iter(self.tags.get("ses:tenant-name", [])), None)


class Feedback(NamedTuple):
    """One report about one recipient.

    `recipient` is the key of the address (`address.normalise`), None for opens, clicks and account events;
    `received` is what SES wrote. An account event names a `resource` instead (an ARN, or words), and an alarm's its
    `environment`. Times are UTC as `timestamp.to_text` writes them: `occurred_at` when it happened, `sent_at`
    when the mail was sent. `original_recipient` is the key of the address that was written to, where that is another
    one. `dsn_action` is the Action of RFC 3464. `listed` counts the recipients that the
    report names: with several, a complaint is of low confidence. `tags` are all of `mail.tags`.
    `header_message_id` is the Message-ID that the mail was sent with, unless SES made it. `is_bot_event` is SES's
    guess who opened or clicked (`Likely`, `Unlikely`; None: not said). `contact_list` and `preferences` say what the
    recipient wants from now on. `source` says where the report was read, as a file or an object with a position;
    `topic` is the ARN of the SNS topic that brought it.
    """

    kind: Kind
    event_id: str
    recipient: str | None
    received: str | None
    occurred_at: str
    sent_at: str
    message_id: str | None = None
    header_message_id: str | None = None
    feedback_id: str | None = None
    senders: tuple[Sender, ...] = ()
    subject: str | None = None
    tags: dict[str, list[str]] = {}  # noqa: RUF012 - never changed
    bounce_type: str | None = None
    bounce_sub_type: str | None = None
    complaint_feedback_type: str | None = None
    complaint_sub_type: str | None = None
    delay_type: str | None = None
    dsn_action: str | None = None
    status: str | None = None
    diagnostic: str | None = None
    reporting_mta: str | None = None
    listed: int = 1
    is_bot_event: str | None = None
    contact_list: str | None = None
    preferences: Preferences | None = None
    original_recipient: str | None = None
    resource: str | None = None
    account_event: AccountEvent | None = None
    environment: str | None = None
    source: str | None = None
    topic: str | None = None

    @property
    def own_tags(self) -> dict[str, list[str]]:
        """The tags that the sender gave the mail, without those of SES (`ses:…`)."""
        return {name: values for name, values in self.tags.items() if not name.lower().startswith("ses:")}

    @property
    def address(self) -> str | None:
        """The key of the address that the report is about: the one that was written to, where that is known.

        A mail may be forwarded and bounce there (Original-Recipient and Final-Recipient, RFC 3464 2.3.1 and 2.3.2):
        nobody ever writes to the final address from here, so stopping mail to it would stop nothing.
        """
        return self.original_recipient or self.recipient

    @property
    def sender(self) -> str | None:
        """Who sent the mail, as people should see it."""
        return strongest(self.senders)

    def is_sent_by(self, key: str) -> bool:
        """Whether any name of the sender is the address with this key."""
        return any(sender.name == key for sender in self.senders)

    @property
    def origin(self) -> Origin:
        return Origin(self.senders, self.tags, self.environment, self.account_event, self.topic)

    @property
    def configuration_set(self) -> str | None:
        return self.origin.configuration_set

    @property
    def tenant(self) -> str | None:
        return self.origin.tenant
