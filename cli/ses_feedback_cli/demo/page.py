"""The report on the terminal, readable without colours and in 80 columns."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from rich.console import Console
from rich.text import Text

from ses_feedback.scope import Scope

_COLOURS = {"suppressed": "red", "counted": "yellow", "cleared": "green", "dead letter": "magenta"}
_EFFECT, _ADDRESS = 13, 33
_SERVICES = {"sns": "SNS", "events": "EventBridge", "firehose": "Firehose, archive", "https": "HTTPS, verified"}


def show(report: dict[str, Any], console: Console) -> None:
    """Prints it, section by section."""
    sections = {
        "The outcome of each event, and why": _events(report["events"]),
        "The same event over every path": _every_path(report["every_path"]),
        "Who is suppressed now": _suppressed(report["suppressed"]),
        "What is in each team's inbox": _inboxes(report["inboxes"]),
        "What the archive watcher found": _archive(report["archive"]),
        "What is in the dead-letter queue, and why": _dead_letters(report["dead_letters"]),
    }
    for heading, lines in sections.items():
        console.print(Text(f"\n{heading}\n", style="bold"))
        for line in lines:
            console.print(_inert(line), soft_wrap=True)


def _inert(line: Text) -> Text:
    """The line without anything that acts on a terminal: events contain whatever their senders like."""
    line.plain = "".join(c if c.isprintable() else "\ufffd" for c in line.plain)
    return line


def _events(events: list[dict[str, Any]]) -> Iterator[Text]:
    for event in events:
        name = event["file"].rpartition(".")[0].replace("_", " ")
        if "effect" not in event:
            yield _line("dead letter", "", event["kind"])
            yield _remark(f"{name}: {event['why']}")
            continue
        yield _outcome(event)
        whose = "alerts" if event.get("alert") and not event["is_copy"] else "belongs to"
        yield _remark(f"{name}: {_consequence(event)}{whose} {event['team']}, by {event['matched']}")


def _outcome(event: dict[str, Any]) -> Text:
    report = event["kind"] + (f": {event['reason']}" if event.get("reason") else "")
    return _line("copy" if event.get("is_copy") else event["effect"], event["recipient"] or "", report)


def _consequence(event: dict[str, Any]) -> str:
    if event["is_copy"]:
        return "already known; "
    if event["effect"] == "suppressed":
        until = f" until {event['until'][:10]}" if event.get("until") else " for good"
        return f"{_scope(event['scope'])}{until}; "
    return "fix the sender, not the list; " if event.get("action") == "fix_sender" else ""


def _suppressed(entries: list[dict[str, Any]]) -> Iterator[Text]:
    for scope, group in groupby(entries, key=lambda entry: entry["scope"]):
        yield Text(f"  {_scope(scope)}", style="bold dim")
        for entry in group:
            until = (entry["until"] or "for good")[:10]
            yield Text(f"    {entry['address']:{_ADDRESS}}{entry['fact']:24}{until}")


def _inboxes(inboxes: dict[str, list[dict[str, Any]]]) -> Iterator[Text]:
    for team, mails in inboxes.items():
        yield Text(f"  {team}: {', '.join(mails[0]['to']) if mails else 'no mail'}", style="bold dim")
        for mail in mails:
            yield Text(f"    {mail['subject']}")
            yield Text(f"      build/demo/{mail['html']}", style="dim")


def _every_path(mail: dict[str, Any]) -> Iterator[Text]:
    yield Text(f"  One mail to {mail['recipient']}, one complaint, {len(mail['copies'])} copies:")
    for copy in mail["copies"]:
        dialect = f"{copy['dialect']}, {'with tags' if copy['tags'] else 'no tags'}"
        yield Text(f"    {_SERVICES[copy['service']]:19}{dialect:23}{copy['path']}", style="dim")
    rows = mail["rows"]
    teams = ", ".join(sorted({row["team"] for row in rows}))
    yield Text(f"  Rows of evidence: {len(rows)}. Teams notified: {mail['notified']} ({teams}).")
    for event in mail["account"]:
        yield Text(
            f"  From SES itself, over EventBridge: {event['what']}. Teams notified: {event['notified']} (all)."
        )
        yield Text(f"    {event['resource']}", style="dim")


def _archive(archive: dict[str, Any]) -> Iterator[Text]:
    counts = sorted(archive["counts"].items(), key=lambda count: -count[1])
    yield Text(f"  {archive['object']}")
    yield Text(f"  {', '.join(f'{count} {name}' for name, count in counts)}")
    yield Text("")
    for row in sorted(archive["reports"], key=_position):
        yield _outcome(row)
        yield _remark(f"at byte {_position(row)}")


def _dead_letters(dead_letters: list[dict[str, Any]]) -> Iterator[Text]:
    for dead_letter in dead_letters:
        yield Text(f"  {dead_letter['function']}: {dead_letter['cause']}")
        yield _remark((dead_letter["origin"] or "").rpartition("/")[2])


def _line(effect: str, address: str, report: str) -> Text:
    coloured = Text(f"  {effect:{_EFFECT}}", style=_COLOURS.get(effect, "dim"))
    return coloured.append(f"{address:{_ADDRESS}}{report}", style="default")


def _remark(text: str) -> Text:
    return Text(f"  {'':{_EFFECT}}{text}", style="dim")


def _scope(scope: str) -> str:
    """`environment:dev` in words."""
    kind, name = Scope(scope).kind, Scope(scope).name
    return {"environment": f"in {name} only", "message_stream": f"in the stream {name} only"}.get(kind, "everywhere")


def _position(row: dict[str, Any]) -> int:
    return int(row["origin"].rpartition("@")[2])
