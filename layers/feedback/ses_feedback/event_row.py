"""The row of an event: what was reported, what was decided and who must know. The ledger writes it; alerts, the
webhook and `ses-feedback why` read it.

To add a field, name it in `EventRow` and fill it in `ledger.rows`. That puts it into the table, into every alert
(`alerts.alert.LEFT_OUT` lists the exceptions) and into `why --json`. Then show it where people should see it: in
`alerts.mail`, in `why`, and, as a promise to applications, in `webhook.event.FeedbackData`.
"""

import json
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from enum import StrEnum
from typing import Any, Self, TypedDict, get_args

from ses_feedback.errors import Unreadable
from ses_feedback.vocabulary import AccountEvent, Action, Effect, Kind, Reason, Urgency


class Preferences(TypedDict):
    """What a recipient wants from a contact list: nothing at all, or by topic `OptIn` or `OptOut`."""

    unsubscribe_all: bool | None
    topics: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    """One event of one address, or of the account. Times are UTC texts (`timestamp`); absent values are None.

    The row of an override (`Kind.OPERATOR`, `Kind.SES_LIST`) or of an import (`Kind.IMPORTED`) is not about a mail:
    it lacks what mails have, and says in `by` and `note` who decided and why.
    """

    event_id: str
    team: str | None = None  # whose mail it was; `EVERY_TEAM`: all must know
    alert: Urgency | None = None  # None: nobody is notified
    kind: Kind
    effect: Effect
    occurred_at: str
    sent_at: str | None = None  # when the mail was
    environment: str
    message_stream: str
    matched: str | None = None  # what in the settings made it this team's mail
    rank: int | None = None  # how well the message knew whose mail it was: a better copy replaces the row
    recipient: str | None = None
    original_recipient: str | None = None  # the address that was written to, where it was forwarded to `recipient`
    resource: str | None = None  # of an event about the account: an ARN
    account_event: AccountEvent | None = None
    reason: Reason | None = None
    action: Action | None = None
    rule: str | None = None
    status: str | None = None
    diagnostic: str | None = None  # the server's reply, or SES's own words
    bounce_type: str | None = None
    bounce_sub_type: str | None = None
    complaint_feedback_type: str | None = None
    complaint_sub_type: str | None = None
    sender: str | None = None
    subject: str | None = None
    message_id: str | None = None
    header_message_id: str | None = None  # the Message-ID that the mail was sent with
    configuration_set: str | None = None
    tags: str | None = None  # the sender's own tags of the mail, as JSON: `message_tags`
    contact_list: str | None = None  # of a change of subscription, like the next
    preferences: str | None = None  # what the recipient wants from now on, as JSON: `topic_preferences`
    origin: str | None = None  # where the event was read: a message's id, or an object of the archive and an offset
    scope: str | None = None  # where the address is suppressed, if `effect` says so
    until: str | None = None  # and until when; None: for good
    provider: str | None = None  # who runs the recipient's mail
    block_list: str | None = None  # this and the next three: what the reply tells a refused sender
    sending_ip: str | None = None
    delist_link: str | None = None
    retry_after: str | None = None  # seconds
    by: str | None = None
    note: str | None = None
    copy: str | None = None  # "yes": filed under `recipient` so that it is found there; it decided nothing
    replayed: str | None = None  # "yes": written by a replay or a restore, which notify nobody
    expires_at: int | None = None  # seconds since 1970

    @property
    def address(self) -> str | None:
        """The address that `effect` is about, under which the row is filed (a `copy` is not)."""
        return self.original_recipient or self.recipient

    @property
    def final_recipient(self) -> str | None:
        """Where a mail to `address` was forwarded to; None where it was not."""
        return self.recipient if self.original_recipient else None

    @property
    def message_tags(self) -> dict[str, list[str]]:
        tags: dict[str, list[str]] = json.loads(self.tags or "{}")
        return tags

    @property
    def topic_preferences(self) -> Preferences | None:
        preferences: Preferences | None = json.loads(self.preferences or "null")
        return preferences

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Self:
        """The row in a plain item (`attribute_values.plain`), whichever version wrote it: names unknown here are
        passed over, and a word unknown here stays the text that it is. Raises `Unreadable` if a field is missing.
        """
        values = {name: item[name] for name in NAMES if name in item}
        for name, words in WORDS.items():
            if name in values and values[name] in words:
                values[name] = words(values[name])
        try:
            return cls(**values)
        except TypeError:
            missing = [f.name for f in fields(cls) if f.default is MISSING and f.name not in values]
            event = item.get("event_id", "without an id")
            raise Unreadable(f"the row of the event {event!s:.100} lacks {', '.join(missing)}") from None

    def to_item(self) -> dict[str, str | int]:
        """The reverse of `from_item`; absent values are left out."""
        return {name: value for name in NAMES if (value := getattr(self, name)) is not None}


NAMES = tuple(field.name for field in fields(EventRow))

WORDS: dict[str, type[StrEnum]] = {
    field.name: words
    for field in fields(EventRow)
    for words in (field.type, *get_args(field.type))
    if isinstance(words, type) and issubclass(words, StrEnum)
}
"""The fields whose texts are words of the vocabulary."""
