"""`ses-feedback explain`: what any payload means, and what would be done about it."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from ses_feedback.errors import Unreadable
from ses_feedback.events.document import NoFeedback
from ses_feedback.events.feedback import Feedback
from ses_feedback.settings.file import Settings
from ses_feedback.vocabulary import Kind
from ses_feedback_cli.explain.files import Explained, Finding, Reader
from ses_feedback_cli.output import TROUBLE, print_json, warn


def explain_files(names: Iterable[str], settings: Settings, *, as_json: bool) -> int:
    """Explains one file after another and returns the exit status; what cannot be read does not stop the rest."""
    reader = Reader(settings, datetime.now(UTC))
    counts: Counter[str] = Counter()
    show = _print_row if as_json else _card_printer()
    for name in names:
        for finding in reader.read(name):
            result = finding.result
            if isinstance(result, Unreadable):
                warn(": ".join(filter(None, (finding.source, finding.place, str(result)))))
                counts["unreadable"] += 1
                continue
            show(finding)
            counts[result.kind if isinstance(result, NoFeedback) else result.decision.feedback.kind] += 1
    if not as_json:
        _sum_up(counts)
    return TROUBLE if counts["unreadable"] else 0


def row_of(explained: Explained) -> dict[str, Any]:
    """One line of `explain --json`: these names in this order, absent values null.

    `docs/local.md` explains the last ten. An event about the account has two more at the end: its resource, and
    what happened.
    """
    decision, suppressed = explained.decision, explained.decision.suppression
    feedback, route, classified = decision.feedback, decision.route, decision.classification
    return {
        "kind": feedback.kind,
        "recipient": feedback.recipient,
        "reason": decision.reason,
        "action": decision.action,
        "effect": decision.effect,
        "bounce_type": feedback.bounce_type,
        "bounce_sub_type": feedback.bounce_sub_type,
        "complaint_feedback_type": feedback.complaint_feedback_type,
        "complaint_sub_type": feedback.complaint_sub_type,
        "status": feedback.status,
        "diagnostic": feedback.diagnostic,
        "message_id": feedback.message_id,
        "feedback_id": feedback.feedback_id,
        "event_id": feedback.event_id,
        "occurred_at": feedback.occurred_at if explained.has_times else None,
        "sent_at": feedback.sent_at if explained.has_times else None,
        "sender": feedback.sender,
        "configuration_set": feedback.configuration_set,
        "tags": feedback.tags,
        "environment": route.environment,
        "message_stream": route.message_stream,
        "team": route.team,
        "matched": route.matched,
        "rule": classified.rule if classified else None,
        "source": feedback.source,
        "scope": suppressed.scope if suppressed else None,
        "alert": explained.alert or "none",
        "in_bounce_rate": "bounces_for_rate" in explained.counted,
        "in_complaint_rate": "complaints_for_rate" in explained.counted,
        "tenant": feedback.tenant,
        "original_recipient": feedback.original_recipient,
        "header_message_id": feedback.header_message_id,
        "is_bot_event": feedback.is_bot_event,
        "contact_list": feedback.contact_list,
        "preferences": feedback.preferences,
    } | _of_account(feedback)


def _of_account(feedback: Feedback) -> dict[str, Any]:
    """The extra fields of an event about the account, which names no recipient."""
    if feedback.kind is not Kind.ACCOUNT:
        return {}
    return {"resource": feedback.resource, "account_event": feedback.account_event}


def _print_row(finding: Finding) -> None:
    if isinstance(finding.result, Explained):
        print_json(row_of(finding.result))
    elif isinstance(finding.result, NoFeedback):
        print_json({"kind": finding.result.kind, "why": finding.result.why})


def _card_printer() -> Callable[[Finding], None]:
    from ses_feedback_cli.explain.cards import CardPrinter

    return CardPrinter().print


def _sum_up(counts: Counter[str]) -> None:
    from ses_feedback_cli.explain.cards import print_sum

    if counts.total() > 1:
        print_sum(counts)
