"""`ses-feedback reinstate` and `suppress` on a ledger that moto keeps, and what `check` and `why` say after them."""

import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner, Result

from ses_feedback.decision.decide import decide
from ses_feedback.ledger.table import Ledger
from ses_feedback.scope import GLOBAL
from ses_feedback.settings.file import Settings
from ses_feedback_cli.main import app
from tests.conftest import TABLE
from tests.samples import NOW, feedback_in, load
from tests.stores import items_in

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

OLIVER, JONAS, CLEAN = "oliver.hayes@example.net", "jonas.weber@example.org", "nobody@example.com"


@pytest.fixture(autouse=True)
def bounced(ledger: Ledger, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Oliver's mailbox is unknown, Jonas complained about marketing."""
    monkeypatch.setenv("SES_FEEDBACK_TABLE", TABLE)
    for name in ("story/04_production_hard_bounce.json", "story/10_marketing_complaint.json"):
        for feedback in feedback_in(load(name)):
            ledger.record(decide(feedback, settings), NOW)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments])


def row_of(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def may_send(address: str, *options: str) -> bool:
    return run("check", address, *options).exit_code == 0


def test_a_reinstated_address_may_be_written_to(ledger: Ledger) -> None:
    assert not may_send(OLIVER)
    result = run("reinstate", OLIVER, "--reason", "wrote today")
    assert result.exit_code == 0
    assert "Lifted: Suppressed everywhere, for good" in result.stdout
    assert may_send(OLIVER)
    assert dict(ledger.suppressed(GLOBAL, NOW)) == {}


def test_a_suppressed_address_may_not(ledger: Ledger) -> None:
    assert may_send(CLEAN)
    assert run("suppress", CLEAN, "--reason", "asked by telephone").exit_code == 0
    assert not may_send(CLEAN)
    assert dict(ledger.suppressed(GLOBAL, NOW))[CLEAN].fact == "operator"


def test_one_stream_may_be_reinstated_or_suppressed() -> None:
    run("reinstate", JONAS, "--stream", "marketing", "--reason", "subscribed again")
    assert may_send(JONAS, "--stream", "marketing")
    run("suppress", CLEAN, "--stream", "marketing", "--reason", "no news, please")
    assert (may_send(CLEAN), may_send(CLEAN, "--stream", "marketing")) == (True, False)


def test_what_is_still_held_is_said() -> None:
    result = run("reinstate", OLIVER, "--stream", "marketing", "--reason", "a try")
    assert "Still held against it: Suppressed everywhere" in result.stdout


def test_an_address_without_history_can_be_reinstated() -> None:
    assert "Nothing was held against it" in run("reinstate", CLEAN, "--reason", "to be sure").stdout


def test_the_json_says_before_and_after() -> None:
    row = row_of(run("reinstate", OLIVER, "--reason", "wrote today", "--by", "jo", "--json"))
    assert list(row) == ["address", "effect", "event_id", "at", "by", "reason", "before", "after"]
    assert [one["fact"] for one in row["before"]] == ["user_unknown"]
    assert (row["effect"], row["by"], row["reason"], row["after"]) == ("reinstated", "jo", "wrote today", [])


def test_who_decides_is_known_by_their_aws_identity() -> None:
    assert row_of(run("suppress", CLEAN, "--reason", "x", "--json"))["by"].startswith("arn:aws:sts::")


def test_why_tells_who_decided_and_why_and_names_the_next_command() -> None:
    assert f"ses-feedback reinstate {OLIVER} --reason" in run("why", OLIVER).stdout
    run("reinstate", OLIVER, "--reason", "wrote today", "--by", "jo")
    story = run("why", OLIVER).stdout
    for said in ("operator → reinstated", "jo", "wrote today", "not suppressed", "Mail may go there again".lower()):
        assert said.lower() in story.lower()


def test_an_operators_row_alerts_nobody(dynamodb: "DynamoDBClient") -> None:
    run("suppress", CLEAN, "--reason", "x")
    [row] = [row for (pk, _), row in items_in(dynamodb, TABLE, "E#").items() if pk == f"A#{CLEAN}"]
    assert "alert" not in row


def test_an_older_bounce_that_arrives_late_does_not_count(ledger: Ledger, settings: Settings) -> None:
    run("reinstate", OLIVER, "--reason", "wrote today")
    for feedback in feedback_in(load("story/12_production_hard_bounce_again.json")):
        ledger.record(decide(feedback, settings), NOW)
    assert may_send(OLIVER)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["reinstate", OLIVER, "--reason", " "], "--reason and --by may not be empty"),
        (["reinstate", OLIVER], "--reason"),
        (["reinstate", "nobody", "--reason", "x"], "'nobody' is no e-mail address"),
        (["reinstate", OLIVER, "--reason", "x", "--stream", "news"], "no message stream 'news' in the settings"),
        (["suppress", OLIVER, "--reason", "x", "--environment", "live"], "no environment 'live' in the settings"),
        (["suppress", OLIVER, "--reason", "x", "--environment", "dev", "--stream", "marketing"], "give one of them"),
        (["suppress", OLIVER, "--reason", "x", "--days", "0"], "--days"),
    ],
)
def test_a_question_that_makes_no_sense_changes_nothing(arguments: list[str], says: str, ledger: Ledger) -> None:
    before = ledger.state(OLIVER)
    result = run(*arguments, "--by", "jo")
    assert result.exit_code == 2
    assert says in result.output
    assert ledger.state(OLIVER) == before
