"""`ses-feedback refold`: after a change of policy the index follows the policy, and a newer event wins."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner, Result

from ses_feedback.decision.decide import decide
from ses_feedback.decision.fact import Fact
from ses_feedback.decision.state import Place, Stamp, State
from ses_feedback.ledger.refold import changes
from ses_feedback.ledger.table import Ledger
from ses_feedback.scope import GLOBAL, Scope
from ses_feedback.settings.file import Settings
from ses_feedback_cli.main import app
from tests.conftest import TABLE
from tests.samples import NOW, SHIPPED, changed, feedback_in, load, settings_with
from tests.stores import items_in

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = pytest.mark.slow

OLIVER, JONAS, QA = "oliver.hayes@example.net", "jonas.weber@example.org", "qa.reader@reading-room.invalid"
MILDER = "[policy.user_unknown]\nsuppress = false\n[policy.domain_invalid]\ndays = 90\n"


@pytest.fixture(autouse=True)
def recorded(ledger: Ledger, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mailbox and a domain that do not exist, and a complaint about marketing."""
    monkeypatch.setenv("SES_FEEDBACK_TABLE", TABLE)
    for name in ("04_production_hard_bounce", "03_staging_nxdomain", "10_marketing_complaint"):
        for feedback in feedback_in(load(f"story/{name}.json")):
            ledger.record(decide(feedback, settings), NOW)


@pytest.fixture
def milder(tmp_path: Path) -> str:
    path = tmp_path / "milder.toml"
    path.write_text(SHIPPED.read_text(encoding="utf-8").partition("[policy]")[0] + MILDER, encoding="utf-8")
    return str(path)


def refold(*options: str) -> Result:
    return CliRunner().invoke(app, ["refold", "--segments", "1", *options])


def rows_of(result: Result) -> dict[str, dict[str, Any]]:
    return {row["address"]: row for row in map(json.loads, result.stdout.splitlines())}


def test_without_a_change_nothing_is_written(dynamodb: "DynamoDBClient") -> None:
    before = items_in(dynamodb, TABLE)
    result = refold()
    assert (result.exit_code, result.stdout) == (0, "")
    assert "0 entries of the index differ" in result.stderr
    assert items_in(dynamodb, TABLE) == before


def test_a_dry_run_lists_who_would_change_and_why_and_writes_nothing(dynamodb: "DynamoDBClient", milder: str) -> None:
    before = items_in(dynamodb, TABLE)
    rows = rows_of(refold("--dry-run", "--json", "--settings", milder))
    assert items_in(dynamodb, TABLE) == before
    assert rows.keys() == {OLIVER, QA}
    assert list(rows[OLIVER]) == ["address", "scope", "before", "after", "why", "written"]
    assert (rows[OLIVER]["before"]["fact"], rows[OLIVER]["after"]) == ("user_unknown", None)
    assert rows[OLIVER]["why"].startswith("user_unknown does not suppress by the policy")
    assert rows[QA]["why"].startswith("domain_invalid holds until 2027-02-")
    assert not rows[QA]["written"]


def test_afterwards_the_index_follows_the_policy(ledger: Ledger, milder: str) -> None:
    assert all(row["written"] for row in rows_of(refold("--json", "--settings", milder)).values())
    assert dict(ledger.suppressed(GLOBAL, NOW)) == {}
    [(address, entry)] = ledger.suppressed(Scope.of_environment("staging"), NOW)
    assert (address, (entry.until or "")[:7]) == (QA, "2027-02")
    assert list(dict(ledger.suppressed(Scope.of_message_stream("marketing"), NOW))) == [JONAS]


def test_what_is_lifted_stays_as_a_mark(dynamodb: "DynamoDBClient", milder: str) -> None:
    refold("--settings", milder)
    mark = items_in(dynamodb, TABLE, "S#")[(f"A#{OLIVER}", "S#global")]
    assert mark.keys() == {"recipient", "rev"}


def test_twice_is_the_same_as_once_and_the_old_policy_restores_everything(
    dynamodb: "DynamoDBClient", milder: str
) -> None:
    before = items_in(dynamodb, TABLE)
    refold("--settings", milder)
    once = items_in(dynamodb, TABLE)
    assert refold("--settings", milder).stdout == ""
    assert items_in(dynamodb, TABLE) == once
    refold()
    assert items_in(dynamodb, TABLE) == before


def test_a_lost_entry_is_written_again(dynamodb: "DynamoDBClient", ledger: Ledger) -> None:
    dynamodb.delete_item(TableName=TABLE, Key={"pk": {"S": f"A#{OLIVER}"}, "sk": {"S": "S#global"}})
    assert "suppressed" in refold().stdout
    assert list(dict(ledger.suppressed(GLOBAL, NOW))) == [OLIVER]


def test_a_lost_entry_about_a_tenants_mail_is_written_again(
    dynamodb: "DynamoDBClient", ledger: Ledger, settings: Settings
) -> None:
    echo = changed(
        load("ses/bounce_account_suppression_list.json"), "bounce.bounceSubType", "OnTenantSuppressionList"
    )
    [feedback] = feedback_in(changed(echo, "mail.tags", {"ses:tenant-name": ["lantern"]}))
    ledger.record(decide(feedback, settings), NOW)
    before = items_in(dynamodb, TABLE)
    dynamodb.delete_item(
        TableName=TABLE, Key={"pk": {"S": f"A#{feedback.recipient}"}, "sk": {"S": "S#tenant:lantern"}}
    )
    refold()
    assert items_in(dynamodb, TABLE) == before
    assert list(dict(ledger.suppressed(Scope.of_tenant("lantern"), NOW))) == [feedback.recipient]


def test_an_entry_from_a_newer_state_stays(ledger: Ledger) -> None:
    state, _ = ledger.index.state_and_entries(OLIVER)
    assert not ledger.index.write(OLIVER, GLOBAL, None, state.rev - 1)
    assert list(dict(ledger.suppressed(GLOBAL, NOW))) == [OLIVER]


def test_several_readers_find_the_same(milder: str) -> None:
    result = CliRunner().invoke(app, ["refold", "--segments", "3", "--settings", milder])
    assert result.exit_code == 0
    assert refold("--dry-run", "--settings", milder).stdout == ""


def test_people_read_before_and_after(milder: str) -> None:
    output = refold("--dry-run", "--settings", milder).stdout
    for text in (
        f"lifted     {OLIVER}",
        "before  user_unknown, for good",
        "after   not suppressed",
        f"changed    {QA}",
    ):
        assert text in output


def test_the_reason_for_a_change_is_given(settings: Settings) -> None:
    complaint = Place(Fact("complaint.abuse.full"), "production", "marketing")
    state = State({complaint: Stamp("2026-01-01T00:00:00.000Z|a")})
    [now] = changes("a@b.example", state, {}, settings)
    stored = {now.scope: now.after}
    wider = settings_with('[policy.complaint]\nscope = "global"')
    everywhere, marketing = changes("a@b.example", state, stored, wider)
    assert everywhere.why == "complaint.abuse.full suppresses here by the policy"
    assert marketing.why == "complaint.abuse.full reaches global by the policy, not message_stream:marketing"
    lifted = State({**state.registers, Place(Fact("reinstated"), "*", "*"): Stamp("2026-02|b")})
    [taken_back] = changes("a@b.example", lifted, stored, settings)
    assert "was taken back" in taken_back.why
