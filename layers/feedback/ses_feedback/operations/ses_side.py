"""What SES itself knows of an address: its suppression lists, and the mails that put it there.

It answers for mail that was sent before the loop was installed. What cannot be asked is unknown, with the reason.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from ses_feedback import timestamp
from ses_feedback.address import normalise
from ses_feedback.decision.ses_list import Entry
from ses_feedback.operations.ses_list import SesLists, is_missing
from ses_feedback.operations.trouble import Trouble, trouble_with

MOST_TENANTS = 20
"""Whose lists are asked unless they are named: SES allows a call a second."""


class ListAnswer(NamedTuple):
    """What a list says: the account's where `tenant` is empty. Without `entry` and `unknown`, it has no spelling that
    was looked for.
    """

    tenant: str
    asked_at: datetime
    entry: Entry | None = None
    unknown: Trouble | None = None


class MailEvent(NamedTuple):
    """`what` as SES has it, such as `BOUNCE PERMANENT/General`; `said`: the mail server's words, if there are any."""

    at: datetime
    what: str
    said: str


class MailAnswer(NamedTuple):
    """What Message Insights has of a mail: what became of it at this recipient."""

    message_id: str
    asked_at: datetime
    sender: str = ""
    subject: str = ""
    events: tuple[MailEvent, ...] = ()
    unknown: Trouble | None = None


class SesSide(NamedTuple):
    """`tenants`: why it is not known which tenants there are; `not_asked`: whether there are more than were asked."""

    lists: list[ListAnswer]
    mails: list[MailAnswer]
    tenants: Trouble | None
    not_asked: bool

    def row(self) -> dict[str, Any]:
        """As `--json` gives it."""
        return {
            "lists": [
                {"tenant": of.tenant or None, "asked_at": timestamp.to_text(of.asked_at), **entry_row(of.entry)}
                | unknown_row(of.unknown)
                for of in self.lists
            ],
            "messages": [_mail_row(mail) for mail in self.mails],
            "tenants": unknown_row(self.tenants) | {"more": self.not_asked},
        }


def entry_row(entry: Entry | None) -> dict[str, Any]:
    return {
        "listed": entry.reason if entry else None,
        "spelling": entry.spelling if entry else None,
        "since": timestamp.to_text(entry.since) if entry else None,
        "message_id": (entry.message_id or None) if entry else None,
    }


def unknown_row(unknown: Trouble | None) -> dict[str, Any]:
    return {
        "unknown": unknown.why if unknown else None,
        "add_permission": unknown.statement if unknown else None,
    }


def _mail_row(mail: MailAnswer) -> dict[str, Any]:
    events = [{"at": timestamp.to_text(event.at), "what": event.what, "said": event.said} for event in mail.events]
    return {
        "message_id": mail.message_id,
        "asked_at": timestamp.to_text(mail.asked_at),
        "sender": mail.sender or None,
        "subject": mail.subject or None,
        "events": events,
    } | unknown_row(mail.unknown)


def ask_ses(received: str, address: str, named: Sequence[str], known: Iterable[str], ses: SesLists) -> SesSide:
    """Asks the account's list and those of tenants: the named, those known to have the address, and else the first
    that SES has; then about the mails that put it there. Raises `InvalidRequest` for a named tenant that is unknown.
    """
    spellings = tuple(dict.fromkeys((received.strip(), address)))
    _check_tenants(named, ses)
    tenants, trouble, more = _tenants(dict.fromkeys((*named, *sorted(known))), ses)
    lists = [ask_list(tenant, spellings, ses) for tenant in ("", *tenants)]
    messages = dict.fromkeys(of.entry.message_id for of in lists if of.entry and of.entry.message_id)
    return SesSide(lists, [ask_about(message, address, ses) for message in messages], trouble, more)


def _check_tenants(named: Iterable[str], ses: SesLists) -> None:
    """Raises `InvalidRequest` for one that SES does not know: asked for an address, it says "not found" for both."""
    for tenant in named:
        with suppress(BotoCoreError, ClientError):  # whoever may not ask that may still ask the list
            ses.options_of_tenant(tenant)


def _tenants(wanted: Iterable[str], ses: SesLists) -> tuple[list[str], Trouble | None, bool]:
    asked = list(wanted)
    if not ses.knows_tenants:
        return [], Trouble("the installed boto3 does not know the lists of tenants: upgrade it"), False
    try:
        for name in ses.tenants():
            if name in asked:
                continue
            if len(asked) >= MOST_TENANTS:
                return asked, None, True
            asked.append(name)
    except (BotoCoreError, ClientError) as error:
        return asked, trouble_with(error, "ses:ListTenants"), False
    return asked, None, False


def ask_list(tenant: str, spellings: Iterable[str], ses: SesLists) -> ListAnswer:
    """Looks for each spelling, since SES finds exact ones only; the latest entry is the answer."""
    now = datetime.now(UTC)
    try:
        found = [entry for spelling in spellings if (entry := ses.entry(spelling, tenant))]
    except (BotoCoreError, ClientError) as error:
        return ListAnswer(tenant, now, unknown=trouble_with(error, "ses:GetSuppressedDestination"))
    return ListAnswer(tenant, now, max(found, key=lambda entry: entry.since, default=None))


def ask_about(message: str, address: str, ses: SesLists) -> MailAnswer:
    """Message Insights of one mail, at this address."""
    now = datetime.now(UTC)
    try:
        found = ses.insights(message)
    except ClientError as error:
        if is_missing(error):
            why = "SES does not have it: Virtual Deliverability Manager was off when it was sent, or it was long ago"
            return MailAnswer(message, now, unknown=Trouble(why))
        return MailAnswer(message, now, unknown=trouble_with(error, "ses:GetMessageInsights"))
    except BotoCoreError as error:
        return MailAnswer(message, now, unknown=trouble_with(error, "ses:GetMessageInsights"))
    events = [
        MailEvent(event["Timestamp"], *_what(event))
        for insights in found.get("Insights", [])
        if normalise(insights.get("Destination", "")) == address
        for event in insights.get("Events", [])
        if event.get("Timestamp")
    ]
    sender, subject = found.get("FromEmailAddress", ""), found.get("Subject", "")
    return MailAnswer(message, now, sender, subject, tuple(sorted(events)))


def _what(event: Any) -> tuple[str, str]:
    details = event.get("Details", {})
    bounce, complaint = details.get("Bounce", {}), details.get("Complaint", {})
    kinds = [bounce.get("BounceType"), bounce.get("BounceSubType")]
    kinds += [complaint.get("ComplaintSubType"), complaint.get("ComplaintFeedbackType")]
    named = "/".join(filter(None, kinds))
    return " ".join(filter(None, (event.get("Type", ""), named))), bounce.get("DiagnosticCode", "")
