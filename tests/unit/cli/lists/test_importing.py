"""`ses-feedback import` on moto's ledger: what it does to an address, twice, interrupted, and undone."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest
from typer.testing import CliRunner, Result

from ses_feedback.ledger.table import Ledger
from ses_feedback.webhook.event import application_event
from ses_feedback_cli.main import app
from tests.conftest import TABLE
from tests.ses_list import FakeSesList
from tests.stores import Crash, calls_of, crash_at, items_in

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = pytest.mark.slow

SAMPLES = Path(__file__).parent / "samples"
MAY = datetime(2024, 5, 1, 12, tzinfo=UTC).timestamp()


@pytest.fixture(autouse=True)
def table(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SES_FEEDBACK_TABLE", TABLE)


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [*map(str, arguments)])


def import_file(path: Path, *options: str) -> dict[str, Any]:
    result = run("import", path, "--by", "Ada", "--writers", "1", "--json", *options)
    assert result.exit_code == 0, result.output
    row: dict[str, Any] = json.loads(result.stdout)
    return row


def sample(name: str, *options: str) -> dict[str, Any]:
    return import_file(SAMPLES / name, *options)


def written(path: Path, text: str, at: float = MAY) -> Path:
    path.write_text(text, encoding="utf-8")
    os.utime(path, (at, at))
    return path


def may_send(address: str, *options: str) -> bool:
    return run("check", address, *options).exit_code == 0


def test_a_hard_bounce_suppresses_with_the_providers_words_and_date(ledger: Ledger) -> None:
    told = sample("sendgrid-bounces.csv", "--from", "sendgrid-bounces")
    assert told["outcomes"] == {"suppressed": 1, "none": 1, "counted": 1}
    assert not may_send("gone@example.com")
    story = " ".join(run("why", "gone@example.com").stdout.split())
    assert "imported from SendGrid on" in story
    assert "hard bounce on 2024-05-01" in story
    assert "550 5.1.1 The email account that you tried to reach does not exist" in story
    assert "1 May 2024, 12:00 UTC" in story


def test_the_senders_fault_and_a_full_mailbox_suppress_nobody() -> None:
    sample("sendgrid-bounces.csv", "--from", "sendgrid-bounces")
    assert may_send("blocked@example.com")
    assert may_send("full@example.com")
    assert "imported from SendGrid" in " ".join(run("why", "blocked@example.com").stdout.split())


def test_a_refused_mail_that_sendgrid_sends_to_again_only_counts() -> None:
    assert sample("sendgrid-blocks.csv", "--from", "sendgrid-blocks")["outcomes"] == {"counted": 1}
    assert may_send("once@example.com")


def test_an_unsubscribe_stops_marketing_alone() -> None:
    sample("mailgun-unsubscribes.csv")
    assert may_send("leaver@example.com")
    assert not may_send("leaver@example.com", "--stream", "marketing")


def test_a_decision_that_ends_there_ends_here() -> None:
    sample("cloudflare.csv")
    [row] = json.loads(run("check", "stopped@example.com", "--json").stdout)["suppressions"]
    assert row["until"][:10] in ("2030-05-01", "2030-05-02")
    sample("telnyx.csv")
    assert not may_send("gone@example.com")
    assert may_send("free@example.com")


@pytest.mark.parametrize("path", sorted(SAMPLES.iterdir()), ids=lambda path: path.name)
def test_the_same_file_twice_changes_nothing(path: Path, dynamodb: "DynamoDBClient") -> None:
    named = ("--from", path.stem) if path.stem in ("sendgrid-bounces", "sendgrid-blocks") else ()
    first = import_file(path, *named)
    before = items_in(dynamodb, TABLE)
    again = import_file(path, *named)
    assert items_in(dynamodb, TABLE) == before
    assert again["outcomes"] == {"known": first["rows"]}


def test_a_reinstated_address_stays_so_when_the_file_is_imported_again() -> None:
    sample("usesend.csv")
    assert run("reinstate", "gone@example.com", "--reason", "wrote today").exit_code == 0
    sample("usesend.csv")
    assert may_send("gone@example.com")


def test_an_older_list_does_not_undo_a_reinstatement() -> None:
    run("reinstate", "gone@example.com", "--reason", "wrote today")
    assert sample("usesend.csv")["outcomes"]["none"] == 1
    assert may_send("gone@example.com")


def test_rows_without_a_date_count_from_the_files(tmp_path: Path, ledger: Ledger) -> None:
    path = written(tmp_path / "list.csv", "gone@example.com,BOUNCE\n")
    assert import_file(path)["undated"] == 1
    assert ledger.events("gone@example.com")[0].occurred_at == "2024-05-01T12:00:00.000Z"
    assert import_file(path, "--dated", "2023-01-01")["outcomes"] == {"suppressed": 1}


@pytest.mark.parametrize("call", range(9))
@pytest.mark.parametrize("when", ["before-call", "after-call"])
def test_what_an_interruption_left_a_second_run_does(
    dynamodb: "DynamoDBClient", when: Literal["before-call", "after-call"], call: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(
        "suppress", "gone@example.com", "--reason", "asked", "--days", "1"
    )  # so that it is merged, others put at once
    with _the_same_client(dynamodb, monkeypatch), pytest.raises(Crash), crash_at(dynamodb, call, when):
        CliRunner().invoke(
            app,
            ["import", str(SAMPLES / "mandrill.csv"), "--by", "Ada", "--writers", "1"],
            catch_exceptions=False,
        )
    sample("mandrill.csv")
    assert not may_send("gone@example.com")
    assert not may_send("stopped@example.com")
    assert not may_send("leaver@example.com", "--stream", "marketing")
    assert len(items_in(dynamodb, TABLE, "E#")) == 6


def test_new_addresses_are_written_together(dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch) -> None:
    with _the_same_client(dynamodb, monkeypatch), calls_of(dynamodb) as calls:
        sample("mandrill.csv")
    assert calls == ["BatchGetItem", "BatchGetItem", "TransactWriteItems"]


def test_a_row_that_is_there_costs_a_read(dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch) -> None:
    sample("mandrill.csv")
    with _the_same_client(dynamodb, monkeypatch), calls_of(dynamodb) as calls:
        sample("mandrill.csv")
    assert calls == ["BatchGetItem"]


def test_the_order_of_two_lists_does_not_matter(dynamodb: "DynamoDBClient", ledger: Ledger) -> None:
    sample("mailgun-bounces.csv")
    sample("sparkpost.json")
    state = ledger.state("gone@example.com")
    for item in list(items_in(dynamodb, TABLE)):
        dynamodb.delete_item(TableName=TABLE, Key={"pk": {"S": item[0]}, "sk": {"S": item[1]}})
    sample("sparkpost.json")
    sample("mailgun-bounces.csv")
    assert ledger.state("gone@example.com").registers == state.registers


def test_nobody_is_notified(ledger: Ledger) -> None:
    sample("usesend.csv")
    [row] = ledger.events("gone@example.com")
    assert row.alert is None
    assert application_event(row, datetime.now(UTC)) is None


def test_refold_finds_the_index_in_line() -> None:
    sample("mandrill.csv")
    assert "0 entries of the index differ" in run("refold", "--dry-run").output


def test_rows_that_cannot_be_imported_are_kept_with_their_cause(tmp_path: Path) -> None:
    rows = ("=nobody,MANUAL,2024-05-01", "a@example.com,MANUAL,2999-01-01", "b@example.com,MANUAL,2024-05-01")
    path = written(tmp_path / "list.csv", "\n".join(("Email,Reason,Created At", *rows, "")))
    result = run("import", path, "--by", "Ada", "--invalid", tmp_path / "invalid.csv")
    assert result.exit_code == 2
    assert not may_send("b@example.com")
    assert (tmp_path / "invalid.csv").read_text().splitlines() == [
        "file,line,cause,row",
        "list.csv,2,''=nobody' is not an e-mail address,\"'=nobody,MANUAL,2024-05-01\"",
        'list.csv,3,"its date, 2999-01-01, is in the future","a@example.com,MANUAL,2999-01-01"',
    ]


def test_a_file_that_cannot_be_used_writes_nothing(tmp_path: Path, dynamodb: "DynamoDBClient") -> None:
    rows = "Email,Reason,Created At\na@example.com,MANUAL,2024-05-01\nb@exam"
    result = run("import", written(tmp_path / "list.csv", rows), "--by", "Ada")
    assert result.exit_code == 2
    assert "it is cut off in line 3" in " ".join(result.output.split())
    assert items_in(dynamodb, TABLE) == {}


def test_a_dry_run_foretells_the_first_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ses = FakeSesList()
    ses.entries["gone@example.com"] = ("BOUNCE", datetime.now(UTC))
    monkeypatch.setattr("ses_feedback_cli.ses_list.lists.open_session", lambda: _Session(ses))
    list_of = "Email,Reason,Created At\n" + "".join(
        f"{name}@example.com,{reason},2024-05-01\n"
        for name, reason in (("gone", "HARD_BOUNCE"), ("away", "HARD_BOUNCE"), ("angry", "COMPLAINT"))
    )
    customers = "id,email\n" + "".join(
        f"{number},{name}@example.com\n"
        for number, name in enumerate(["gone", "Away", "angry", *map(str, range(17))])
    )
    options = ("--dry-run", "--list", written(tmp_path / "customers.csv", customers))
    path = written(tmp_path / "list.csv", list_of)
    result = run("import", path, *options, "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["forecast"] == {
        "recipients": 20,
        "would_bounce": 2,
        "rate": 0.1,
        "review_at": 0.05,
        "others": {"complaint": 1},
        "not_on_ses_list": ["away@example.com"],
        "ses_list_unknown": None,
    }
    told = " ".join(run("import", path, *options).output.split())
    assert "2 would have bounced: 10.00%. SES may pause an account at 10%." in told
    assert may_send("gone@example.com")


class _Session:
    def __init__(self, ses: FakeSesList) -> None:
        self._ses = ses

    def client(self, *_: object, **__: object) -> Any:
        return self._ses.client()


@contextmanager
def _the_same_client(dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setattr("ses_feedback_cli.lists.importing.open_table", lambda *_: (dynamodb, TABLE))
        yield
