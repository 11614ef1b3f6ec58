"""Rules for whole domains: `suppress` and `reinstate` make and lift them, `check` obeys, `why` names who and why."""

import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner, Result

from ses_feedback.backup.restoring import LedgerRestore
from ses_feedback.decision.decide import decide
from ses_feedback.ledger.table import Ledger
from ses_feedback.scope import GLOBAL
from ses_feedback.settings.file import Settings
from ses_feedback_cli.main import app
from tests.conftest import TABLE
from tests.samples import NOW, changed, feedback_in, load
from tests.stores import calls_of, clear, items_in

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = pytest.mark.slow

OLIVER, JANE = "oliver.hayes@example.net", "jane@example.net"
BOUNCE = load("story/04_production_hard_bounce.json")


@pytest.fixture(autouse=True)
def bounced(ledger: Ledger, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Oliver's mailbox does not exist."""
    monkeypatch.setenv("SES_FEEDBACK_TABLE", TABLE)
    record(ledger, settings, BOUNCE)


def record(ledger: Ledger, settings: Settings, event: Any) -> None:
    for feedback in feedback_in(event):
        ledger.record(decide(feedback, settings), NOW)


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(app, [*arguments])
    assert result.exit_code != 2, result.output
    return result


def suppress(*arguments: str) -> Result:
    return run("suppress", *arguments, "--reason", "they asked", "--by", "jo")


def may_send(address: str, *options: str) -> bool:
    return run("check", address, *options).exit_code == 0


def row_of(result: Result) -> dict[str, Any]:
    row: dict[str, Any] = json.loads(result.stdout)
    return row


@pytest.mark.parametrize(
    ("rule", "stopped"),
    [
        ("example.net", [JANE, "jane@shop.example.net", "jane@a.shop.example.net"]),
        ("*@example.net", [JANE]),
        ("*.example.net", ["jane@shop.example.net", "jane@a.shop.example.net"]),
        ("*.shop.example.net", ["jane@a.shop.example.net"]),
    ],
)
def test_a_rule_stops_a_domain_what_is_below_it_or_both(rule: str, stopped: list[str]) -> None:
    suppress(rule)
    addresses = [JANE, "jane@shop.example.net", "jane@a.shop.example.net", "jane@notexample.net", "jane@net"]
    assert [address for address in addresses if not may_send(address)] == stopped


def test_a_rule_has_a_scope_and_an_end_as_any_suppression() -> None:
    suppress("*@example.net", "--stream", "marketing", "--days", "3")
    assert (may_send(JANE), may_send(JANE, "--stream", "marketing")) == (True, False)
    [held] = row_of(run("check", JANE, "--stream", "marketing", "--json"))["suppressions"]
    assert (held["rule"], held["scope"], held["fact"]) == ("*@example.net", "message_stream:marketing", "operator.3")
    assert held["until"]


def test_a_lifted_rule_stops_nobody_and_leaves_what_is_known_of_addresses() -> None:
    suppress("example.net")
    assert "Lifted: Suppressed everywhere" in run("reinstate", "example.net", "--reason", "a mistake").stdout
    assert (may_send(JANE), may_send(OLIVER), may_send("jane@shop.example.net")) == (True, False, True)


def test_a_rule_hides_nothing_and_a_reinstated_address_is_still_under_it() -> None:
    suppress("*@example.net")
    rows = row_of(run("check", OLIVER, "--json"))["suppressions"]
    assert [(held["fact"], held.get("rule")) for held in rows] == [
        ("user_unknown", None),
        ("operator", "*@example.net"),
    ]
    result = run("reinstate", OLIVER, "--reason", "wrote today")
    assert "Still in force: Suppressed everywhere" in result.stdout
    assert "By the rule for *@example.net." in result.stdout
    assert not may_send(OLIVER)


def test_why_names_the_rule_who_made_it_and_how_to_lift_it() -> None:
    suppress("*@example.net")
    story = " ".join(run("why", JANE).stdout.split())
    for text in ("Rule for *@example.net", "operator → suppressed", "by jo", "why they asked", "decides now"):
        assert text in story
    assert "Next: ses-feedback reinstate '*@example.net' --reason" in story
    row = row_of(run("why", JANE, "--json"))
    assert [(rule["rule"], [event["by"] for event in rule["events"]]) for rule in row["rules"]] == [
        ("*@example.net", ["jo"])
    ]


def test_why_a_domain_tells_of_its_rules() -> None:
    suppress("example.net")
    stories = [json.loads(line) for line in run("why", "example.net", "--json").stdout.splitlines()]
    assert [story["address"] for story in stories] == ["*@example.net", "*@*.example.net"]
    assert [event["note"] for story in stories for event in story["events"]] == ["they asked"] * 2
    assert all(story["next"].startswith("ses-feedback reinstate '*@") for story in stories)


def test_an_address_and_its_rules_are_one_request(ledger: Ledger, dynamodb: "DynamoDBClient") -> None:
    with calls_of(dynamodb) as calls:
        assert len(list(ledger.known([JANE, OLIVER, "jane@a.b.example.net"]))) == 3
    assert calls == ["BatchGetItem"]


@pytest.mark.parametrize("recipient", ["@example.net", "<@example.net>", "@*.net", "*@example.net"])
def test_no_report_is_evidence_about_a_whole_domain(ledger: Ledger, settings: Settings, recipient: str) -> None:
    event = changed(BOUNCE, "bounce.bouncedRecipients.0.emailAddress", recipient)
    record(ledger, settings, changed(event, "mail.destination", [recipient]))
    assert may_send(JANE)


def test_a_backup_restores_rules(ledger: Ledger, dynamodb: "DynamoDBClient", settings: Settings) -> None:
    suppress("*@example.net")
    rows = items_in(dynamodb, TABLE)
    kept = dynamodb.scan(TableName=TABLE)["Items"]
    clear(TABLE)
    restore = LedgerRestore(dynamodb, TABLE, settings)
    for address in {item["pk"]["S"] for item in kept}:
        own = [item for item in kept if item["pk"]["S"] == address and not item["sk"]["S"].startswith("S#")]
        restore.restore(own)
    assert items_in(dynamodb, TABLE).keys() == rows.keys()
    assert not may_send(JANE)


def test_a_refold_leaves_rules_where_they_are(ledger: Ledger) -> None:
    suppress("*.example.net")
    assert run("refold", "--json").stdout == ""
    assert "@*.example.net" in dict(ledger.suppressed(GLOBAL, NOW.replace(year=2099)))
