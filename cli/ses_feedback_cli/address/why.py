"""`ses-feedback why`: the history of an address, and its status now."""

from collections.abc import Sequence
from datetime import UTC, datetime

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ses_feedback import timestamp
from ses_feedback.address import is_rule
from ses_feedback.alerts.delisting import detail_in, lines_about
from ses_feedback.alerts.words import (
    effect_words,
    for_shell,
    minute,
    preferences_words,
    shown,
    tags_words,
    words_about,
)
from ses_feedback.decision.fact import PREDICTED
from ses_feedback.decision.state import State
from ses_feedback.decision.suppression import Suppression
from ses_feedback.errors import InvalidRequest
from ses_feedback.event_row import EventRow
from ses_feedback.ledger.table import Ledger
from ses_feedback.operations.lifting import tenants_of
from ses_feedback.operations.ses_list import SesLists
from ses_feedback.operations.ses_side import SesSide, ask_ses
from ses_feedback.operations.status import keys_of, sentence, words_of_fact
from ses_feedback.operations.story import Story, stories
from ses_feedback.settings.file import Settings
from ses_feedback.vocabulary import Effect
from ses_feedback_cli.output import STYLES, WIDEST, console, print_json, progress
from ses_feedback_cli.ses_list.words import ses_table


def show_why(
    received: str,
    ledger: Ledger,
    settings: Settings,
    *,
    tenants: Sequence[str] = (),
    ses: SesLists | None = None,
    as_json: bool,
) -> None:
    """Tells of an address, or of the rules that a domain names: one read of the state, one of the events under each
    key. `ses` is asked about an address, if it is given. Raises the ledger's errors.
    """
    if ses and any(map(is_rule, keys_of(received))):
        raise InvalidRequest(f"{received} names a domain, and SES lists addresses only: leave --ses out")
    for story in stories(received, ledger, settings, datetime.now(UTC)):
        side = _ask(received, story, tenants, ses) if ses else None
        if as_json:
            about_ses = {"ses": side.row()} if side else {}
            print_json(story.row() | about_ses | {"next": next_command(story.address, story.suppressions)})
        else:
            _print_story(story, side)


def _ask(received: str, story: Story, tenants: Sequence[str], ses: SesLists) -> SesSide:
    with progress("Asking SES, one call a second …"):
        return ask_ses(received, story.address, tenants, tenants_of(story.state), ses)


def next_command(address: str, suppressions: list[Suppression]) -> str:
    """What to do next: see whether SES's own list stops the mail, lift what stops it, or check before sending. What
    SES predicts (`PREDICTED`) is on no list.
    """
    facts = (held.fact for held in suppressions)
    if listed := next((fact for fact in facts if fact.is_from_ses_list and fact != PREDICTED), None):
        whose = f" --tenant-name {listed.tenant}" if listed.tenant else ""
        return f"aws sesv2 get-suppressed-destination --email-address {for_shell(address)}{whose}"
    if suppressions:
        first = suppressions[0]  # a rule comes last: what is known of the address itself is lifted first
        return f"ses-feedback reinstate {for_shell(first.rule or address)} --reason '…'"
    return f"ses-feedback check {for_shell(address)}"


def _print_story(story: Story, side: SesSide | None) -> None:
    address, state, events, suppressions, rules = story
    out = console()
    out.width = min(out.width, WIDEST)
    out.print(Text(shown(address, 320), style="bold"))
    if not story.is_known and not rules:
        unknown = "Unknown here: no event about this address has been recorded, and nothing suppresses it."
        out.print(Padding(Text(unknown), (0, 0, 0, 2)))
        _print_side(side, out)
        return
    for event in events:
        out.print(Padding(_event(event, decided=event.event_id in story.deciding), (1, 0, 0, 2)))
    for rule, about in rules.items():
        out.print(Padding(Text(f"Rule for {rule}", style="bold"), (1, 0, 0, 2)))
        for event in about:
            out.print(Padding(_event(event, decided=event.event_id in story.deciding), (1, 0, 0, 2)))
    if not events and story.is_known:
        gone = "Its events have expired (they are kept for a limited time); what they proved still counts."
        out.print(Padding(Text(gone), (0, 0, 0, 2)))
    out.print()
    for line in _now(state, suppressions):
        out.print(Padding(line, (0, 0, 0, 2)))
    _print_side(side, out)
    out.print(Text.assemble("  Next: ", (next_command(address, suppressions), "cyan")), soft_wrap=True)


def _print_side(side: SesSide | None, out: Console) -> None:
    if side:
        asked = minute(timestamp.to_text(side.lists[0].asked_at))
        out.print(Padding(Text(f"SES's own lists, asked {asked}", style="bold"), (1, 0, 0, 2)))
        out.print(Padding(ses_table(side), (0, 0, 1, 4)))


def _event(event: EventRow, *, decided: bool) -> Table:
    """One event: when and what, the server's own words, what they mean, and the rule that decided."""
    effect, words = event.effect, words_about(event, event.effect)
    kind = event.kind.replace("_", " ")
    done = effect if effect != Effect.NONE else "no effect"
    mark = "  ◀ decides now" if decided else ""
    body = Table.grid(padding=(0, 2))
    body.add_column(style="bright_black", no_wrap=True)
    body.add_column(overflow="fold", ratio=1)
    head = Text.assemble((minute(event.occurred_at), "bold"), f"  {kind} → ", (done, STYLES[effect]))
    table = Table.grid(expand=True)
    table.add_row(head.append(mark, style="bold red"))
    for label, text in (
        ("said", shown(event.diagnostic or "", 600)),
        ("SES says", _types(event)),
        ("means", f"{words.title}. {words.meaning}"),
        ("rule", shown(event.rule or "", 100)),
        *((label.lower(), text) for label, text in lines_about(detail_in(event))),
        ("provider", shown(event.provider or "", 100)),
        ("by", shown(event.by or "", 200)),
        ("why", shown(event.note or "", 300)),
        ("forward", _forward(event)),
        ("done", effect_words(effect, event.scope, event.until, event.action, event.kind)),
        ("mail", _mail(event)),
        ("its own ID", shown(event.header_message_id or "", 200)),
        ("tags", shown(tags_words(event), 200)),
        ("wants", shown(preferences_words(event), 300)),
        ("event", event.event_id),
    ):
        if text:
            body.add_row(label, Text(text))
    table.add_row(Padding(body, (0, 0, 0, 2)))
    return table


def _types(event: EventRow) -> str:
    types = (event.bounce_type, event.bounce_sub_type, event.complaint_feedback_type, event.complaint_sub_type)
    named = "/".join(shown(name, 100) for name in types if name)
    status = f"status {shown(event.status, 100)}" if event.status else ""
    return ", ".join(filter(None, (named, status)))


def _forward(event: EventRow) -> str:
    """Where a mail was forwarded; the evidence is about the address that was written to."""
    if not event.original_recipient:
        return ""
    final, written_to = shown(event.recipient or "", 320), shown(event.original_recipient, 320)
    return f"written to {written_to}, forwarded to {final}; the evidence is about {written_to}"


def _mail(event: EventRow) -> str:
    if event.sent_at is None:  # an override
        return ""
    subject = f"“{shown(event.subject, 120)}” " if event.subject else ""
    sender = shown(event.sender or "an unnamed sender", 320)
    where = f"{event.environment}, {event.message_stream}; team {event.team}"
    return f"{subject}from {sender}, sent {minute(event.sent_at)} ({where})"


def _now(state: State, suppressions: list[Suppression]) -> list[Text]:
    lines = [
        Text.assemble(("Now: ", "bold"), (sentence(held), "red"), f" {words_of_fact(held.fact).advice}")
        for held in suppressions
    ]
    if lines:
        return lines
    pieces = sum(len(values) for values in state.soft.values())
    counted = f" {pieces} soft bounce{'s' if pieces != 1 else ''} remembered." if pieces else ""
    return [Text.assemble(("Now: ", "bold"), ("not suppressed.", "green"), counted)]
