"""Plays events through the functions in the order in which AWS calls them, and notes what each of them did."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.golden.envelopes import queued
from tests.golden.lines import (
    against,
    answer_lines,
    item_line,
    letter_lines,
    log_line,
    mail_lines,
    metric_line,
    split,
)
from tests.golden.server import Server
from tests.golden.world import World

type Line = dict[str, Any]

MARK = """{"eventType": "Send", "send": {}, "mail": {"timestamp": "2026-11-20T09:00:00.000Z", "messageId": "mark",
"source": "dev@example.com", "destination": ["mark@example.net"]}}"""


@dataclass(slots=True)
class Play:
    """`data` and `words` are the lines so far; `pending` the bodies of alerts that no team has been told of."""

    world: World
    application: Server
    folder: Path
    data: list[Line] = field(default_factory=list)
    words: list[Line] = field(default_factory=list)
    pending: list[str] = field(default_factory=list)
    explained: dict[str, tuple[Line, Line]] = field(default_factory=dict)

    def add(self, name: str, data: Mapping[str, Any], words: Mapping[str, Any]) -> None:
        """What is empty is left out; a line of words without any as well."""
        self.data.append({"event": name} | {key: value for key, value in data.items() if value not in ([], {}, "")})
        if said := {key: value for key, value in words.items() if value not in ([], {}, "")}:
            self.words.append({"event": name} | said)

    def feed(self, name: str, function: str, event: Any) -> list[str]:
        """One call of a function, and of those that read the ledger's stream after it; what it put into queues."""
        answer = self.world.handle(function, event)
        data, words = self._outcome(answer)
        rows = self._rows(data)
        self._publish(rows, data)
        forwarded = [message["body"] for message in self.world.messages("FeedbackQueue")]
        data["queued"] = forwarded
        if name in self.explained:
            explained, notes = self.explained[name]
            by_id = {str(row["event_id"]["S"]): item_line(row) for row in rows}
            compared = [against(by_id.get(str(one.get("event_id")), {}), one) for one in explained["rows"]]
            data["explained"], words["explained"] = explained | {"rows": compared}, notes
        data["log"] = [against(_row_of(rows, line), line) for line in data["log"]]
        self.add(f"{name} {function}", data, words)
        return forwarded

    def tell_teams(self, name: str) -> None:
        """The alerts so far reach route_alerts in one batch, then every flush that it asked for."""
        bodies, self.pending = self.pending, []
        round_number = 0
        while bodies:
            round_number += 1
            answer = self.world.handle("route_alerts", queued(*bodies))
            data, words = self._outcome(answer)
            mails = [mail_lines(mail) for mail in self.world.take_mails()]
            data["mails"], words["mails"] = [mail for mail, _ in mails], [said for _, said in mails]
            bodies = [message["body"] for message in self.world.messages("AlertQueue")]
            data["queued"] = bodies
            self.add(f"{name}, round {round_number}", data, words)

    def explain(self, texts: Mapping[str, str], *, cards: bool = False) -> None:
        """`explain --json` of many files at once; for some, the cards as well.

        Not every line names its file, so that between two files stands one that is known.
        """
        names = {f"{number:04}": name for number, name in enumerate(texts)}
        here = Path.cwd()
        os.chdir(self.folder)
        try:
            Path("mark").write_text(MARK, encoding="utf-8")
            for file, name in names.items():
                Path(file).write_text(texts[name], encoding="utf-8", errors="surrogatepass")
            result = self.world.run("explain", "--json", *(one for file in names for one in (file, "mark")))
            cards_of = {file: self.world.run("explain", file)["out"] for file in names} if cards else {}
        finally:
            os.chdir(here)
        rows_of: dict[str, list[Line]] = {file: [] for file in names}
        files = iter(names)
        file = next(files)
        for line in result["out"]:
            row = json.loads(line)
            if row.get("source") == "mark":
                file = next(files, "")
            else:
                rows_of[file].append(row)
        for file, name in names.items():
            split_rows = [split(_without_file(row)) for row in rows_of[file]]
            errors = [line[len("error: 0000") :] for line in result["err"] if line.startswith(f"error: {file}")]
            notes = [texts for _, texts in split_rows if texts]
            said = {
                "texts": notes,
                "errors": errors,
                "cards": [line.strip("│╭╮╰╯─ ") for line in cards_of.get(file, [])],
            }
            data = {"rows": [row for row, _ in split_rows], "errors": len(errors)}
            self.explained[name] = data, {key: value for key, value in said.items() if value}

    def _outcome(self, answer: Any) -> tuple[Line, Line]:
        """Answer, log, metrics and dead letters of one call."""
        printed = self.world.printed()
        logs = [split(log_line(line)) for line in printed if "_aws" not in line]
        letters = [letter_lines(letter) for letter in self.world.messages("DeadLetters")]
        answered, said = answer_lines(answer)
        data = {
            "answer": answered,
            "log": [line for line, _ in logs],
            "metrics": sorted(metric_line(line) for line in printed if "_aws" in line),
            "dead_letters": [letter for letter, _ in letters],
        }
        words = {"log": [texts for _, texts in logs], "dead_letters": [cause for _, cause in letters]}
        return data, words | {"answer": said}

    def _rows(self, data: Line) -> list[dict[str, Any]]:
        """What was written to the ledger; answers the new images of its events."""
        written = self.world.written()
        data["items"] = [
            item_line(change.after) if change.after else {"pk": pk, "sk": sk, "deleted": True}
            for (pk, sk), change in written.items()
        ]
        return [change.after for (_, sk), change in written.items() if change.after and sk.startswith("E#")]

    def _publish(self, rows: list[dict[str, Any]], data: Line) -> None:
        """Hands new images of events to the readers of the stream, and notes what they tell whom."""
        if not rows:
            return
        records = [{"eventName": "INSERT", "dynamodb": {"NewImage": row}} for row in rows]
        for reader in ("publish_alerts", "publish_feedback"):
            if (answer := self.world.handle(reader, {"Records": records})) is not None:
                data[reader] = answer
        alerts = [message["body"] for message in self.world.messages("AlertQueue")]
        self.pending += alerts
        plain = {row["event_id"]["S"]: item_line(row) for row in rows}
        told = [json.loads(alert) for alert in alerts]
        data["alerts"] = [_alert_line(plain[alert["event_id"]], alert) for alert in told]
        data["bus"] = []
        for entry in self.world.take_bus():
            detail = json.loads(entry["Detail"])
            facts = against(plain[detail["data"]["event_id"]], detail["data"])
            data["bus"].append(entry | {"Detail": detail | {"data": facts}})


def _row_of(rows: list[dict[str, Any]], line: Line) -> Line:
    """The row of the event that a line of the log names."""
    return next((item_line(row) for row in rows if row["event_id"]["S"] == line.get("event_id")), {})


def _alert_line(row: Line, alert: Line) -> Line:
    """An alert is its row: said are only what the row has otherwise, and what it has on top."""
    otherwise = {name: value for name, value in alert.items() if row.get(name) != value}
    return otherwise | {"row": row["sk"], "not": sorted(row.keys() - alert.keys())}


def _without_file(row: Line) -> Line:
    """The file's name is ours; the position behind it is not."""
    return row | {"source": row["source"][4:]} if "source" in row else row
