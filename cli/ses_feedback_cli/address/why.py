"""`ses-feedback why`: the story of an address, and where it stands now."""

from datetime import UTC, datetime
from typing import Any

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ses_feedback.alerts.delisting import detail_in, lines_about
from ses_feedback.alerts.words import Words, complaint_type, effect_words, for_shell, minute, shown, words_for
from ses_feedback.attribute_values import Item
from ses_feedback.decision.state import State
from ses_feedback.decision.suppression import Suppression
from ses_feedback.ledger.table import Ledger
from ses_feedback.settings.file import Settings
from ses_feedback.vocabulary import Action, Effect, Kind, Reason
from ses_feedback_cli.address.status import holding, key_of, row_of, sentence, words_of_fact
from ses_feedback_cli.explain.cards import STYLES, WIDEST
from ses_feedback_cli.output import console, print_json


def tell_why(received: str, ledger: Ledger, settings: Settings, *, as_json: bool) -> None:
    """Two reads: the state and the events. Raises botocore's errors."""
    address = key_of(received)
    state, events = ledger.state(address), ledger.events(address)
    found = holding(state, settings, datetime.now(UTC))
    if as_json:
        print_json(_story(address, state, events, found))
        return
    _print_story(address, state, events, found)


def _story(address: str, state: State, events: list[Item], found: list[Suppression]) -> dict[str, Any]:
    deciding = {one.event_id for one in found}
    return {
        "address": address,
        "known": is_known(state, events),
        "suppressions": [row_of(one) for one in found],
        "soft_evidence": sum(len(values) for values in state.soft.values()),
        "events": [
            {
                **{name: value for name, value in event.items() if name not in ("expires_at", "rank")},
                "meaning": _words(event).meaning,
                "decided": event.get("event_id") in deciding,
            }
            for event in events
        ],
        "next": next_command(address, found),
    }


def is_known(state: State, events: list[Item]) -> bool:
    return bool(events or state.registers or state.soft)


def next_command(address: str, found: list[Suppression]) -> str:
    """What one does next: look whether SES's own list stops the mail, lift what stops it, or ask before sending."""
    if any(one.fact.is_from_ses_list for one in found):
        return f"aws sesv2 get-suppressed-destination --email-address {for_shell(address)}"
    if found:
        return f"ses-feedback reinstate {for_shell(address)} --reason '…'"
    return f"ses-feedback check {for_shell(address)}"


def _print_story(address: str, state: State, events: list[Item], found: list[Suppression]) -> None:
    out = console()
    out.width = min(out.width, WIDEST)
    out.print(Text(shown(address, 320), style="bold"))
    if not is_known(state, events):
        unknown = "Unknown: no event about this address has been recorded, and nothing is held against it."
        out.print(Padding(Text(unknown), (0, 0, 0, 2)))
        return
    deciding = {one.event_id for one in found}
    for event in events:
        out.print(Padding(_event(event, decided=event.get("event_id") in deciding), (1, 0, 0, 2)))
    if not events:
        gone = "Its events are gone (they are kept for a while only); what they proved still holds."
        out.print(Padding(Text(gone), (0, 0, 0, 2)))
    out.print()
    for line in _now(state, found):
        out.print(Padding(line, (0, 0, 0, 2)))
    out.print(Text.assemble("  Next: ", (next_command(address, found), "cyan")), soft_wrap=True)


def _event(event: Item, *, decided: bool) -> Table:
    """One event: when and what, the server's own words, what they mean, and the rule that decided."""
    effect = Effect(event.get("effect", Effect.NONE))
    words = _words(event)
    kind = str(event.get("kind", "")).replace("_", " ")
    done = effect if effect is not Effect.NONE else "no effect"
    mark = "  ◀ decides now" if decided else ""
    body = Table.grid(padding=(0, 2))
    body.add_column(style="bright_black", no_wrap=True)
    body.add_column(overflow="fold", ratio=1)
    head = Text.assemble((minute(str(event.get("occurred_at", ""))), "bold"), f"  {kind} → ", (done, STYLES[effect]))
    table = Table.grid(expand=True)
    table.add_row(head.append(mark, style="bold red"))
    for label, text in (
        ("said", shown(str(event.get("diagnostic", "")), 600)),
        ("SES says", _types(event)),
        ("means", f"{words.title}. {words.meaning}"),
        ("rule", shown(str(event.get("rule", "")), 100)),
        *((label.lower(), text) for label, text in lines_about(detail_in(event))),
        ("provider", shown(str(event.get("provider", "")), 100)),
        ("by", shown(str(event.get("by", "")), 200)),
        ("why", shown(str(event.get("note", "")), 300)),
        ("done", _done(event, effect)),
        ("mail", _mail(event)),
        ("event", str(event.get("event_id", ""))),
    ):
        if text:
            body.add_row(label, Text(text))
    table.add_row(Padding(body, (0, 0, 0, 2)))
    return table


def _words(event: Item) -> Words:
    reason, kind = event.get("reason"), event.get("kind", "")
    return words_for(
        Kind(kind) if kind in list(Kind) else Kind.UNKNOWN,
        Reason(reason) if reason in list(Reason) else None,
        event.get("account_event")
        or complaint_type(event.get("complaint_feedback_type"), event.get("complaint_sub_type")),
        Effect(event.get("effect", Effect.NONE)),
    )


def _types(event: Item) -> str:
    names = ("bounce_type", "bounce_sub_type", "complaint_feedback_type", "complaint_sub_type")
    named = "/".join(shown(str(event[name]), 100) for name in names if name in event)
    status = f"status {shown(str(event['status']), 100)}" if "status" in event else ""
    return ", ".join(filter(None, (named, status)))


def _done(event: Item, effect: Effect) -> str:
    action = event.get("action")
    known = Action(action) if action in list(Action) else None
    kind = event.get("kind", "")
    return effect_words(
        effect,
        event.get("scope"),
        event.get("until"),
        known,
        Kind(kind) if kind in list(Kind) else Kind.UNKNOWN,
    )


def _mail(event: Item) -> str:
    if "sent_at" not in event:  # no mail's: an operator's, or SES's list
        return ""
    subject = f"“{shown(str(event['subject']), 120)}” " if "subject" in event else ""
    sender = shown(str(event.get("sender", "an unnamed sender")), 320)
    sent = minute(str(event.get("sent_at", "")))
    where = f"{event.get('environment')}, {event.get('message_stream')}; team {event.get('team')}"
    return f"{subject}from {sender}, sent {sent} ({where})"


def _now(state: State, found: list[Suppression]) -> list[Text]:
    lines = [
        Text.assemble(("Now: ", "bold"), (sentence(one), "red"), f" {words_of_fact(one.fact).advice}")
        for one in found
    ]
    if lines:
        return lines
    pieces = sum(len(values) for values in state.soft.values())
    counted = f" {pieces} soft bounce{'s' if pieces != 1 else ''} remembered." if pieces else ""
    return [Text.assemble(("Now: ", "bold"), ("not suppressed.", "green"), counted)]
