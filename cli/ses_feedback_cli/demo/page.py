"""The report on the terminal."""

from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console, Group
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

_COLOURS = {"suppressed": "red", "counted": "yellow", "cleared": "green", "fix_sender": "magenta"}


def show(report: dict[str, Any], console: Console) -> None:
    """Prints it, section by section; it reads as well without colours and in 80 columns."""
    console.print(
        Group(
            _heading("What each event became, and why"),
            _events(report["events"]),
            _heading("Who is suppressed now"),
            _suppressed(report["suppressed"]),
            _heading("What each team's inbox holds"),
            _inboxes(report["inboxes"]),
            _heading("What the archive watcher found"),
            _archive(report["archive"]),
            _heading("What lies in the dead-letter queue, and why"),
            _dead_letters(report["dead_letters"]),
        )
    )


def _heading(text: str) -> Text:
    return Text(f"\n{text}\n", style="bold")


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="dim")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _events(events: list[dict[str, Any]]) -> Table:
    table = _table("event", "recipient", "what it is", "what was done", "team, and why them")
    for event in events:
        name = event["file"].rpartition(".")[0].replace("_", " ")
        if "effect" not in event:
            table.add_row(name, "", Text(event["kind"], style="magenta"), escape(f"dead letter: {event['why']}"), "")
            continue
        table.add_row(
            name,
            escape(event["recipient"] or ""),
            event["kind"] + (f": {event['reason']}" if event.get("reason") else ""),
            _done(event),
            escape(f"{event['team']}: {event['matched']}"),
        )
    return table


def _done(event: dict[str, Any]) -> Text:
    if event["is_copy"]:
        return Text("nothing: a copy, known already", style="dim")
    effect, action = event["effect"], event.get("action")
    if effect == "suppressed":
        until = f" until {event['until'][:10]}" if event.get("until") else ""
        return Text(f"suppressed, {event['scope']}{until}", style="red")
    if effect == "none" and action == "fix_sender":
        return Text("none: the sender must be fixed", style="magenta")
    return Text(effect, style=_COLOURS.get(effect, ""))


def _suppressed(entries: list[dict[str, Any]]) -> Table:
    table = _table("scope", "address", "because of", "since", "until")
    for entry in entries:
        since, until = entry["since"][:16].replace("T", " "), (entry["until"] or "for good")[:10]
        table.add_row(entry["scope"], escape(entry["address"]), entry["fact"], since, until)
    return table


def _inboxes(inboxes: dict[str, list[dict[str, Any]]]) -> Table:
    table = _table("team", "to", "subject", "to open")
    for team, mails in inboxes.items():
        for mail in mails:
            table.add_row(team, ", ".join(mail["to"]), escape(mail["subject"]), _short(mail["html"]))
        if not mails:
            table.add_row(team, "", Text("no mail", style="dim"), "")
    return table


def _short(path: str) -> str:
    try:
        return str(Path(path).relative_to(Path.cwd()))
    except ValueError:
        return path


def _archive(archive: dict[str, Any]) -> Padding:
    counts = ", ".join(f"{count} {name}" for name, count in sorted(archive["counts"].items(), key=lambda c: -c[1]))
    table = _table("at byte", "recipient", "what it is", "what was done")
    for row in sorted(archive["reports"], key=_position):
        what = row["kind"] + (f": {row['reason']}" if row["reason"] else "")
        table.add_row(str(_position(row)), escape(row["recipient"]), what, _done({**row, "is_copy": False}))
    return Padding(Group(Text(archive["object"], overflow="fold"), Text(f"{counts}\n"), table), 0)


def _position(row: dict[str, Any]) -> int:
    return int(row["origin"].rpartition("@")[2])


def _dead_letters(letters: list[dict[str, Any]]) -> Table:
    table = _table("function", "cause", "where")
    for letter in letters:
        where = letter["origin"] or ""
        table.add_row(letter["function"] or "", escape(letter["cause"]), escape(where.rpartition("/")[2]))
    return table
