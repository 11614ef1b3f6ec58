"""Writes the row of an event: from a decision about a report, or from an override."""

import json
from collections.abc import Mapping
from copy import replace
from typing import TYPE_CHECKING, Any

from ses_feedback import timestamp
from ses_feedback.decision.decide import Decision
from ses_feedback.decision.override import Override
from ses_feedback.decision.suppression import Suppression
from ses_feedback.event_row import EventRow, Preferences
from ses_feedback.events.feedback import Feedback
from ses_feedback.ledger.items import key_of
from ses_feedback.vocabulary import Effect, Kind, Urgency

if TYPE_CHECKING:
    from ses_feedback.decision.effect import Judged
    from ses_feedback.decision.imported import Imported, Listing

_ROW_BYTES, _LEAST_BYTES = 1024, 300
"""A row fits one write unit: texts from outside share what our own words leave of it; the archive has them whole.
Only beside an address of several hundred bytes are they left with the minimum, and the row takes a second unit.
"""

_FROM_OUTSIDE = {
    "resource": 400,
    "message_id": 80,
    "sender": 100,
    "configuration_set": 64,
    "contact_list": 64,
    "status": 20,
    "bounce_type": 40,
    "bounce_sub_type": 40,
    "complaint_feedback_type": 40,
    "complaint_sub_type": 40,
    "delist_link": 160,
    "subject": 120,
    "origin": 300,
    "diagnostic": 300,
}
"""Texts from outside, and the bytes that each may take, in this order: the last ones get what is left."""

_NOTE_BYTES, _BY_BYTES = 300, 200
_MESSAGE_ID_BYTES, _TAGS_BYTES, _TOPICS_BYTES = 120, 160, 300


def event_row(decision: Decision, alert: Urgency | None, history_days: int) -> EventRow:
    """The row of an event, with texts from outside cut so that it fits."""
    feedback, route, suppressed, detail = decision.feedback, decision.route, decision.suppression, decision.detail
    row = _fitted(
        EventRow(
            event_id=feedback.event_id,
            team=route.team,
            alert=alert,
            kind=feedback.kind,
            effect=decision.effect,
            occurred_at=feedback.occurred_at,
            sent_at=feedback.sent_at,
            environment=route.environment,
            message_stream=route.message_stream,
            matched=_cut(route.matched, 100),
            rank=route.rank,
            recipient=feedback.recipient,
            original_recipient=feedback.original_recipient,
            resource=feedback.resource,
            account_event=feedback.account_event,
            reason=decision.reason,
            action=decision.action,
            rule=decision.classification.rule if decision.classification else None,
            status=feedback.status,
            diagnostic=feedback.diagnostic,
            bounce_type=feedback.bounce_type,
            bounce_sub_type=feedback.bounce_sub_type,
            complaint_feedback_type=feedback.complaint_feedback_type,
            complaint_sub_type=feedback.complaint_sub_type,
            sender=feedback.sender,
            subject=feedback.subject,
            message_id=feedback.message_id,
            configuration_set=feedback.configuration_set,
            contact_list=feedback.contact_list,
            preferences=_preferences(feedback.preferences),
            origin=feedback.source,
            scope=suppressed.scope if suppressed else None,
            until=suppressed.until if suppressed else None,
            provider=decision.provider,
            block_list=_cut(detail.block_list or "", 60) or None,
            sending_ip=detail.sending_ip,
            delist_link=_whole(detail.delist_link, _FROM_OUTSIDE["delist_link"]),
            retry_after=None if detail.retry_after is None else str(detail.retry_after),
            expires_at=_epoch(timestamp.later(feedback.occurred_at, days=history_days)),
        )
    )
    return _with_tags(row, feedback)


def copy_of(row: EventRow) -> EventRow:
    """The row that is filed under the final address of a forwarded mail: what was reported, but no effect."""
    return replace(row, copy="yes", alert=None, effect=Effect.NONE, scope=None, until=None)


def override_row(override: Override, suppressed: Suppression | None, history_days: int) -> EventRow:
    """The row of an override among the events of its address, with the suppression that it began, if any."""
    place, time = override.evidence.place, override.evidence.time
    return EventRow(
        event_id=override.event_id,
        kind=override.kind,
        effect=override.effect,
        occurred_at=time,
        environment=place.environment,
        message_stream=place.message_stream,
        recipient=override.address,
        scope=suppressed.scope if suppressed else None,
        until=suppressed.until if suppressed else None,
        by=_cut(override.by, _BY_BYTES),
        note=_cut(override.note, _NOTE_BYTES),
        expires_at=_epoch(timestamp.later(time, days=history_days)),
    )


def imported_row(
    address: str,
    found: "Imported",
    listing: "Listing",
    judged: "Judged",
    *,
    by: str,
    note: str,
    origin: str,
    expires_at: int,
) -> EventRow:
    """The row of a listing of another provider's list; nobody is notified of it. Its time may be long ago, so what
    expires is the import (`expires_at`, seconds since 1970).
    """
    suppressed, classification = judged.suppression, found.classification
    return _fitted(
        EventRow(
            event_id=found.event_id,
            kind=Kind.IMPORTED,
            effect=judged.effect,
            occurred_at=found.time,
            environment=found.environment,
            message_stream=found.message_stream,
            recipient=address,
            reason=classification.reason if classification else None,
            action=classification.action if classification else None,
            rule=classification.rule if classification else None,
            status=listing.status,
            diagnostic=listing.words,
            origin=origin,
            scope=suppressed.scope if suppressed else None,
            until=suppressed.until if suppressed else None,
            by=_cut(by, _BY_BYTES),
            note=_cut(note, _NOTE_BYTES),
            replayed="yes",
            expires_at=expires_at,
        )
    )


def _fitted(row: EventRow) -> EventRow:
    """The row with its texts from outside cut; a text with no room at all is left out."""
    item, cut = row.to_item(), dict[str, Any]()
    texts = {name: item[name] for name in _FROM_OUTSIDE if name in item}
    left = max(_left(row) + _weight(texts), _LEAST_BYTES)
    for name, text in texts.items():
        kept = _cut(str(text), min(_FROM_OUTSIDE[name], left - len(name))) or None
        if kept != text:
            cut[name] = kept
        if kept is not None:
            left -= len(name) + len(kept.encode())
    return replace(row, **cut) if cut else row


def _cut(text: str, size: int) -> str:
    """At most `size` bytes of a text, whole characters only; lone surrogates, which UTF-8 refuses, become `?`."""
    return text.encode(errors="replace")[: max(size, 0)].decode(errors="ignore")


def _with_tags(row: EventRow, feedback: Feedback) -> EventRow:
    """The row with what still fits: the sender's own tags, and the mail's own Message-ID."""
    row = replace(row, tags=_json_of(feedback.own_tags, min(_TAGS_BYTES, _left(row) - len("tags"))))
    room = min(_MESSAGE_ID_BYTES, _left(row) - len("header_message_id"))
    return replace(row, header_message_id=_whole(feedback.header_message_id, room))


def _left(row: EventRow) -> int:
    """The bytes of a write unit that a row leaves."""
    keys = {"pk": key_of(row.address or row.resource or ""), "sk": f"E#{row.event_id}"}
    return _ROW_BYTES - _weight(row.to_item()) - _weight(keys)


def _preferences(preferences: Preferences | None) -> str | None:
    """As JSON, with the topics that fit: few lists have more than SES's limit of 20."""
    if preferences is None:
        return None
    topics: dict[str, str] = json.loads(_json_of(preferences["topics"], _TOPICS_BYTES) or "{}")
    return json.dumps({**preferences, "topics": topics}, ensure_ascii=False)


def _json_of(entries: Mapping[str, Any], size: int) -> str | None:
    """The entries that fit into `size` bytes, whole, as JSON; None if there are none."""
    kept = dict[str, Any]()
    for name, value in entries.items():
        if len(_json({**kept, name: value}).encode()) <= size:
            kept[name] = value
    return _json(kept) if kept else None


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False).encode(errors="replace").decode()  # as `_cut`: surrogates become `?`


def _whole(text: str | None, size: int) -> str | None:
    """A text that is useless in part: all of it or nothing."""
    return text if text and len(text.encode()) <= size else None


def _weight(row: Mapping[str, Any]) -> int:
    """The bytes of an item, as DynamoDB counts them, or a few more."""
    return sum(len(name) + len(str(value).encode()) for name, value in row.items())


def _epoch(moment: str) -> int:
    return int(timestamp.to_datetime(moment).timestamp())
