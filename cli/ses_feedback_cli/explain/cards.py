"""What `explain` shows to people: a card for each recipient, a line for what needs no decision."""

from collections import Counter

from rich import box
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from ses_feedback.alerts.delisting import lines_about
from ses_feedback.alerts.words import Words, bounce_cause, complaint_type, effect_words, minute, shown, words_for
from ses_feedback.decision.decide import Decision
from ses_feedback.decision.routing import Route
from ses_feedback.events.document import NoFeedback
from ses_feedback.events.feedback import Feedback
from ses_feedback.vocabulary import EVERY_TEAM, Effect, Kind, Urgency
from ses_feedback_cli.explain.files import Explained, Finding
from ses_feedback_cli.output import STYLES, WIDEST, console

_BRIEF = (Kind.SEND, Kind.DELIVERY, Kind.OPEN, Kind.CLICK)
"""Kinds that fill archives: in an archive, each gets only a line."""


class CardPrinter:
    def __init__(self) -> None:
        self._console = console()

    def print(self, finding: Finding) -> None:
        result = finding.result
        if isinstance(result, NoFeedback):
            self._print_line(result.kind, result.why, finding.source)
        elif isinstance(result, Explained):
            feedback = result.decision.feedback
            if finding.is_one_of_many and feedback.kind in _BRIEF:
                self._print_line(feedback.kind, feedback.recipient or "no recipient named", finding.source)
            else:
                self._console.print(card(result, min(self._console.width, WIDEST)))

    def _print_line(self, label: str, text: str, source: str) -> None:
        name, where = f"{label.replace('_', ' '):<12}", f" ({_short(source)})"
        line = Text.assemble((name, "bright_black"), f" {_short(text)}", (where, "bright_black"))
        self._console.print(line, soft_wrap=True)


def print_sum(counts: Counter[str]) -> None:
    """The number of events of each kind, after the last one."""
    parts = [f"{count} {kind.replace('_', ' ')}" for kind, count in counts.most_common()]
    console().print(Text(f"\n{counts.total()} in total: {', '.join(parts)}.", style="bold"))


def words_of(feedback: Feedback, decision: Decision) -> Words:
    if feedback.kind is Kind.COMPLAINT:
        cause = complaint_type(feedback.complaint_feedback_type, feedback.complaint_sub_type)
    else:
        cause = feedback.account_event or bounce_cause(decision.reason, feedback.bounce_sub_type)
    return words_for(feedback.kind, decision.reason, cause, decision.effect)


def card(explained: Explained, width: int) -> Panel:
    """All that matters about one report, at a glance."""
    decision = explained.decision
    feedback, style = decision.feedback, STYLES[decision.effect]
    words = words_of(feedback, decision)
    body = Table.grid(padding=(0, 2))
    body.add_column(style="bright_black", no_wrap=True)
    body.add_column(overflow="fold", ratio=1)
    for label, text in _rows(explained, words):
        if text:
            body.add_row(label, text)
    title = Text.assemble(
        (f" {feedback.kind.replace('_', ' ')} ", "bold"), ("→ ", "bright_black"), (f"{_effect(decision)} ", style)
    )
    return Panel(body, title=title, title_align="left", box=box.ROUNDED, border_style=style, width=width)


def _rows(explained: Explained, words: Words) -> list[tuple[str, Text | str]]:
    decision = explained.decision
    feedback, suppressed = decision.feedback, decision.suppression
    rows: list[tuple[str, Text | str]] = [
        _whom(feedback),
        ("written to", _short(feedback.original_recipient)),
        ("meaning", Text.assemble((words.title, "bold"), f". {words.meaning}")),
    ]
    if feedback.kind in (Kind.BOUNCE, Kind.COMPLAINT, Kind.DELIVERY_DELAY) or decision.effect is not Effect.NONE:
        scope, until = (suppressed.scope, suppressed.until) if suppressed else (None, None)
        effect = effect_words(decision.effect, scope, until, decision.action, feedback.kind)
        rows.append(("effect", Text(effect, style=STYLES[decision.effect] if suppressed else "")))
    if decision.classification:
        match = decision.classification
        rows.append(("reason", f"{match.reason}, calls for {match.action} (rule {_short(match.rule)})"))
        rows += [(label.lower(), Text(text)) for label, text in lines_about(decision.detail)]
        rows.append(("provider", decision.provider or ""))
    return [*rows, *_facts(feedback), *_circumstances(explained), ("source", Text(_short(feedback.source)))]


def _whom(feedback: Feedback) -> tuple[str, Text]:
    if feedback.kind is Kind.ACCOUNT:
        return "about", Text(_short(feedback.resource), style="bold")
    return "recipient", Text(_short(feedback.recipient) or "none named", style="bold")


def _facts(feedback: Feedback) -> list[tuple[str, Text | str]]:
    """What SES reported, in its own words and the server's."""
    complaint = (feedback.complaint_feedback_type, feedback.complaint_sub_type)
    types = (feedback.bounce_type, feedback.bounce_sub_type, *complaint, feedback.delay_type)
    type_names = "/".join(_short(name) for name in types if name)
    status = f"status {_short(feedback.status)}" if feedback.status else ""
    return [
        ("reply", Text(shown(feedback.diagnostic or "", 600), style="italic")),
        ("SES says", Text(", ".join(filter(None, (type_names, status))))),
    ]


def _circumstances(explained: Explained) -> list[tuple[str, Text | str]]:
    feedback, route = explained.decision.feedback, explained.decision.route
    subject = f"“{shown(feedback.subject, 120)}” " if feedback.subject else ""
    mail = f"{subject}from {_short(feedback.sender) or 'an unnamed sender'}"
    team = _team(route)
    where = f"{route.environment}, {route.message_stream} → {team}, by {_short(route.matched)}"
    if feedback.kind is Kind.ACCOUNT:
        to = f"→ {team}, since nothing names a sender" if route.matched == "default" else where
        times = f"reported {minute(feedback.occurred_at)}"
        return [("route", Text(to)), ("alert", Text(_alert(explained))), ("times", Text(times))]
    sent, occurred = minute(feedback.sent_at), minute(feedback.occurred_at)
    times = f"sent {sent}" + (f"; reported {occurred}" if feedback.occurred_at != feedback.sent_at else "")
    return [
        ("mail", Text(mail)),
        ("message", Text(_short(feedback.message_id))),
        ("route", Text(where)),
        ("alert", Text(_alert(explained))),
        ("times", Text(times if explained.has_times else "the payload gives none")),
    ]


def _alert(explained: Explained) -> str:
    """Who is alerted, and how soon, while the event is less than a day old."""
    team = _team(explained.decision.route)
    match explained.alert:
        case Urgency.AT_ONCE:
            return f"{team}, at once"
        case Urgency.DIGEST:
            return f"{team}, in its next digest"
        case None:
            return "nobody"


def _team(route: Route) -> str:
    return "every team" if route.team == EVERY_TEAM else f"team {route.team}"


def _effect(decision: Decision) -> str:
    return "no effect" if decision.effect is Effect.NONE else decision.effect


def _short(text: str | None) -> str:
    return shown(text or "", 320)
