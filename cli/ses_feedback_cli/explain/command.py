"""`ses-feedback explain`: what any payload would become."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from ses_feedback.errors import Unreadable
from ses_feedback.events.feedback import Feedback
from ses_feedback.events.transport import NoFeedback
from ses_feedback.settings.file import Settings
from ses_feedback.vocabulary import Kind
from ses_feedback_cli.explain.files import Explained, Found, Reader
from ses_feedback_cli.output import TROUBLE, print_json, warn


def explain_files(names: Iterable[str], settings: Settings, *, as_json: bool) -> int:
    """Explains file after file and answers the exit status; what cannot be read costs only itself."""
    reader = Reader(settings, datetime.now(UTC))
    counts: Counter[str] = Counter()
    show = _print_row if as_json else _card_printer()
    for name in names:
        for found in reader.read(name):
            if isinstance(found.what, Unreadable):
                warn(": ".join(filter(None, (found.source, found.place, str(found.what)))))
                counts["unreadable"] += 1
                continue
            show(found)
            counts[found.what.kind if isinstance(found.what, NoFeedback) else _kind(found.what)] += 1
    if not as_json:
        _sum_up(counts)
    return TROUBLE if counts["unreadable"] else 0


def row_of(explained: Explained) -> dict[str, Any]:
    """One line of `explain --json`: these names in this order, absent values null.

    An event about the account has two more at its end: what it is about, and what happened.
    """
    decision = explained.decision
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
    } | _of_account(feedback)


def _of_account(feedback: Feedback) -> dict[str, Any]:
    """What an event about the account has on top, which names no recipient."""
    if feedback.kind is not Kind.ACCOUNT:
        return {}
    return {"resource": feedback.resource, "account_event": feedback.account_event}


def _print_row(found: Found) -> None:
    if isinstance(found.what, Explained):
        print_json(row_of(found.what))
    elif isinstance(found.what, NoFeedback):
        print_json({"kind": found.what.kind, "why": found.what.why})


def _card_printer() -> Any:
    from ses_feedback_cli.explain.cards import CardPrinter

    return CardPrinter().print


def _kind(explained: Explained) -> str:
    return explained.decision.feedback.kind


def _sum_up(counts: Counter[str]) -> None:
    from ses_feedback_cli.explain.cards import print_sum

    if counts.total() > 1:
        print_sum(counts)
