"""`ses-feedback suppressions` on moto's ledger: all are found, by each filter, and exported as a list."""

import csv
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner, Result

from ses_feedback.decision.decide import decide
from ses_feedback.decision.fact import Fact
from ses_feedback.decision.suppression import Suppression
from ses_feedback.ledger.index import SuppressedIndex
from ses_feedback.ledger.items import entry_item
from ses_feedback.ledger.table import Ledger
from ses_feedback.operations.listing import Filter, everybody, page
from ses_feedback.scope import GLOBAL, Scope
from ses_feedback.settings.file import Settings
from ses_feedback_cli.main import app
from tests.conftest import TABLE
from tests.many_addresses import write
from tests.samples import NOW, changed, feedback_in, load
from tests.stores import Crash, crash_at

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = pytest.mark.slow

MARKETING, JANE = Scope("message_stream:marketing"), "jane.doe@example.net"
SINCE, ENDED = "2026-11-01T10:00:00.000Z", "2026-11-02T10:00:00.000Z"
CROWD = {f"reader{number}@crowd.example": (GLOBAL, MARKETING)[number % 2] for number in range(40)}


def held_in(scope: Scope, until: str | None = None) -> Suppression:
    return Suppression(scope, Fact("operator"), SINCE, until, "an-id")


@pytest.fixture(autouse=True)
def suppressed(
    ledger: Ledger, settings: Settings, dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crowd in two scopes, one whose suppression has ended, a bounce at Google, and a domain's rule."""
    monkeypatch.setenv("SES_FEEDBACK_TABLE", TABLE)
    entries = [entry_item(address, scope, held_in(scope), 1) for address, scope in CROWD.items()]
    entries.append(entry_item("ended@crowd.example", GLOBAL, held_in(GLOBAL, ENDED), 1))
    write(dynamodb, TABLE, entries)
    reply = "smtp; 550-5.1.1 The email account that you tried to reach does not exist. gsmtp"
    bounce = changed(load("story/04_production_hard_bounce.json"), "mail.destination", [JANE])
    bounce = changed(bounce, "bounce.bouncedRecipients.0.emailAddress", JANE)
    for feedback in feedback_in(changed(bounce, "bounce.bouncedRecipients.0.diagnosticCode", reply)):
        ledger.record(decide(feedback, settings), NOW)
    assert run("suppress", "*@blocked.example", "--reason", "asked", "--by", "Ada").exit_code == 0


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [*map(str, arguments)])


def rows(*arguments: str) -> list[dict[str, Any]]:
    result = run("suppressions", *arguments, "--json")
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def addresses(*arguments: str) -> list[str]:
    return sorted(row["address"] for row in rows(*arguments))


def test_all_are_listed_once_and_none_that_has_ended() -> None:
    assert addresses("list") == sorted([*CROWD, JANE, "*@blocked.example"])


def test_the_json_is_that_of_the_api() -> None:
    [row] = rows("list", "--domain", "example.net")
    assert row | {"event_id": "", "since": ""} == {
        "address": JANE,
        "scope": "global",
        "reason": "user_unknown",
        "fact": "user_unknown",
        "provider": "Google",
        "since": "",
        "until": None,
        "event_id": "",
    }


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--scope", "message_stream:marketing"], [name for name, scope in CROWD.items() if scope == MARKETING]),
        (["--reason", "user_unknown"], [JANE]),
        (["--provider", "Google"], [JANE]),
        (["--prefix", "READER39"], ["reader39@crowd.example"]),
        (["--domain", "Blocked.example"], ["*@blocked.example"]),
        (["--provider", "Yahoo"], []),
    ],
)
def test_each_filter_finds_all_that_it_names(options: list[str], expected: list[str]) -> None:
    assert addresses("list", *options) == sorted(expected)


@pytest.mark.parametrize("query", [{}, {"scope": "global"}, {"reason": "operator"}, {"domain": "crowd.example"}])
def test_everybody_is_who_the_pages_of_the_api_hold(ledger: Ledger, query: dict[str, str]) -> None:
    wanted = Filter(**query)

    def by_pages() -> Iterator[tuple[str, Suppression]]:
        cursor: str | None = ""
        while cursor is not None:
            entries, cursor = page(ledger, wanted, datetime.now(UTC), most=7, cursor=cursor)
            yield from ((each.address, each.suppression) for each in entries)

    found = [each[:2] for batch in everybody(ledger, [wanted], datetime.now(UTC)) for each in batch]
    assert sorted(found, key=str) == sorted(by_pages(), key=str)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("reader1@", ["reader1@crowd.example"]),
        ("Jane.Doe@EXAMPLE.net", [JANE]),
        ("@example.net", [JANE]),
        ("*@blocked.example", ["*@blocked.example"]),
        ("blocked.example", ["*@blocked.example"]),
        ("crowd", []),
    ],
)
def test_a_search_finds_by_beginning_or_domain(text: str, expected: list[str]) -> None:
    assert addresses("search", text) == expected


def test_pages_go_on_with_their_cursor_until_the_last() -> None:
    found, more = list[str](), list[str]()
    while True:
        result = run("suppressions", "list", "--limit", "15", *more)
        found += [line.split()[0] for line in result.stdout.splitlines()]
        if "the last ones" in result.stderr:
            break
        more = ["--cursor", result.stderr.splitlines()[-1]]
    assert sorted(found) == sorted([*CROWD, JANE, "*@blocked.example"])


def test_a_line_says_why_where_and_until_when() -> None:
    [line] = run("suppressions", "list", "--prefix", "reader2@").stdout.splitlines()
    assert " ".join(line.split()) == "reader2@crowd.example operator global since 1 Nov 2026, 10:00 UTC, for good"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["list", "--scope", "planet:x"], "'planet:x' is not a scope"),
        (["list", "--scope", "message_stream:marketin"], "no message stream 'marketin' in the settings"),
        (["list", "--scope", "environment:moon"], "no environment 'moon' in the settings"),
        (["list", "--reason", "bored"], "'bored' is not a reason: choose one of user_unknown"),
        (["list", "--limit", "5", "--cursor", "x"], "the cursor cannot be read"),
        (["search", " @ "], "says nothing"),
        (["export", "--to", "pigeon"], "no format 'pigeon': choose one of ses-feedback"),
        (["export", "-o", "/nowhere/list.csv"], "/nowhere/list.csv: No such file"),
        (["export", "-o", "/"], "/ is a folder"),
    ],
)
def test_bad_input_is_one_clear_line(arguments: list[str], words: str) -> None:
    result = run("suppressions", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in result.stderr


def test_a_cursor_of_another_query_is_refused() -> None:
    cursor = run("suppressions", "list", "--limit", "5").stderr.splitlines()[-1]
    result = run("suppressions", "list", "--limit", "5", "--cursor", cursor, "--reason", "operator")
    assert (result.exit_code, "the cursor is of another query" in result.stderr) == (2, True)


def test_an_export_holds_everybody_with_the_words_of_the_event(tmp_path: Path) -> None:
    assert run("suppressions", "export", "-o", tmp_path / "list.csv").exit_code == 0
    with (tmp_path / "list.csv").open(encoding="utf-8", newline="") as file:
        found = {row["address"]: row for row in csv.DictReader(file)}
    assert sorted(found) == sorted([*CROWD, JANE, "*@blocked.example"])
    assert (found[JANE]["why"], "does not exist" in found[JANE]["words"]) == ("hard_bounce", True)
    assert found["reader1@crowd.example"]["scope"] == "message_stream:marketing"


def test_an_export_comes_back_by_import(tmp_path: Path, dynamodb: "DynamoDBClient") -> None:
    run("suppressions", "export", "-o", tmp_path / "list.csv")
    for row in rows("list"):
        name = str(row["address"]).removeprefix("*")
        dynamodb.delete_item(TableName=TABLE, Key={"pk": {"S": f"A#{name}"}, "sk": {"S": f"S#{row['scope']}"}})
        dynamodb.delete_item(TableName=TABLE, Key={"pk": {"S": f"A#{name}"}, "sk": {"S": "STATE"}})
    assert addresses("list") == []
    run("import", tmp_path / "list.csv", "--by", "Ada", "--writers", "1")
    assert addresses("list") == sorted([*CROWD, JANE, "*@blocked.example"])
    assert run("check", "anybody@blocked.example").exit_code == 1


def test_what_a_format_cannot_hold_is_counted() -> None:
    result = run("suppressions", "export", "--to", "ses-import")
    assert len(result.stdout.splitlines()) == 21
    assert "20 for message_stream:marketing only left out" in result.stderr
    assert "1 rules for whole domains left out" in result.stderr


def test_an_export_that_fails_leaves_the_former_file(
    tmp_path: Path, dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "list.csv").write_text("before", encoding="utf-8")
    client = dynamodb
    monkeypatch.setattr("ses_feedback_cli.connection.open_table", lambda *_: (client, TABLE))
    with crash_at(client, 5, "before-call"):
        result = run("suppressions", "export", "-o", tmp_path / "list.csv")
    assert isinstance(result.exception, Crash)
    assert [path.name for path in tmp_path.iterdir()] == ["list.csv"]
    assert (tmp_path / "list.csv").read_text(encoding="utf-8") == "before"


def test_reading_all_of_an_index_reads_each_part_once(dynamodb: "DynamoDBClient") -> None:
    index = SuppressedIndex(dynamodb, TABLE)
    assert sum(index.all(None, len)) == len(CROWD) + 3
    assert sum(index.all(MARKETING, len)) == len(CROWD) // 2
