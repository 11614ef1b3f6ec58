"""What version 0.1 filed under another spelling of an address: found from the first day, and moved by `refold`."""

import json
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest
from typer.testing import CliRunner, Result

from ses_feedback.backup.moving import AddressMove
from ses_feedback.backup.restoring import LedgerRestore
from ses_feedback.decision.decide import decide
from ses_feedback.ledger.table import Ledger
from ses_feedback.scope import GLOBAL
from ses_feedback.settings.file import Settings
from ses_feedback_cli.main import app
from tests.conftest import TABLE
from tests.samples import NOW, changed, feedback_in, load
from tests.stores import Crash, Items, calls_of, crash_at, items_in

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = pytest.mark.slow

BY_VERSION_0_1 = Path(__file__).parents[2] / "golden/version_0_1_spellings/ledger.jsonl"
OLIVER, QUOTED, COMMENTED = (
    *("oliver.hayes@example.net", '"oliver.hayes"@example.net'),
    "oliver.hayes(reading room)@example.net",
)
KEPT = {'"jane doe"@example.org', '"a@b"@example.org'}
BOUNCE = load("story/04_production_hard_bounce.json")
OPERATOR = ("--by", "test", "--reason", "She wrote today")


@pytest.fixture(autouse=True)
def left_behind(dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The items that version 0.1 itself wrote, of mail to quoted and commented spellings."""
    monkeypatch.setenv("SES_FEEDBACK_TABLE", TABLE)
    items = [json.loads(line) for line in BY_VERSION_0_1.read_text(encoding="utf-8").splitlines()]
    for item in items:
        dynamodb.put_item(TableName=TABLE, Item=item)
    return items


@pytest.fixture
def move(dynamodb: "DynamoDBClient", settings: Settings) -> AddressMove:
    return AddressMove(dynamodb, TABLE, settings)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments])


def rows_of(result: Result) -> dict[str, dict[str, Any]]:
    return {row["address"]: row for row in map(json.loads, result.stdout.splitlines())}


def filed(dynamodb: "DynamoDBClient") -> set[str]:
    return {pk.removeprefix("A#") for pk, _ in items_in(dynamodb, TABLE)}


def without_rev(items: Items) -> Items:
    return {key: {k: v for k, v in item.items() if k != "rev"} for key, item in items.items()}


def bounce_of(spelling: str, message_id: str) -> Any:
    event = changed(BOUNCE, "bounce.bouncedRecipients.0.emailAddress", spelling)
    return changed(changed(event, "mail.destination", [spelling]), "mail.messageId", message_id)


@pytest.mark.parametrize("spelling", [OLIVER, QUOTED, "Oliver.Hayes(at home)@example.net", COMMENTED])
def test_before_anything_is_moved_it_is_found_by_every_spelling(spelling: str) -> None:
    [answer] = rows_of(run("check", spelling, "--json")).values()
    assert (answer["address"], answer["may_send"]) == (OLIVER, False)
    [story] = rows_of(run("why", spelling, "--json")).values()
    assert {"user_unknown", "mailbox_full"} == {event["reason"] for event in story["events"]}


def test_the_commented_spelling_itself_finds_all_three_keys(ledger: Ledger) -> None:
    [story] = rows_of(run("why", COMMENTED, "--json")).values()
    assert len(story["events"]) == 4
    assert sum(map(len, ledger.state(COMMENTED).soft.values())) == 3


def test_many_addresses_read_together_are_found_by_their_former_keys(ledger: Ledger) -> None:
    names = [OLIVER, "jonas.weber@example.org", *(f"reader.{number}@example.net" for number in range(70))]
    states = dict(ledger.states(names))
    assert list(states) == names
    assert states[OLIVER].registers == ledger.state(OLIVER).registers
    assert states["jonas.weber@example.org"].registers
    assert not states["reader.69@example.net"].registers


@pytest.mark.parametrize("spelling", sorted(KEPT))
def test_an_address_that_needs_its_quotes_can_be_asked_for(spelling: str) -> None:
    assert run("check", spelling).exit_code == 1


def test_reinstated_by_the_plain_spelling_it_may_be_written_to_before_and_after_it_is_moved() -> None:
    result = run("reinstate", OLIVER, *OPERATOR)
    assert "Lifted: Suppressed everywhere" in result.stdout
    assert run("check", QUOTED).exit_code == 0
    run("refold", "--segments", "1")
    assert run("check", OLIVER).exit_code == 0


def test_an_event_costs_as_many_requests_as_before(
    dynamodb: "DynamoDBClient", ledger: Ledger, settings: Settings
) -> None:
    [feedback] = feedback_in(bounce_of(QUOTED, "next"))
    with calls_of(dynamodb) as calls:
        ledger.record(decide(feedback, settings), NOW)
    assert calls == ["UpdateItem", "PutItem", "PutItem"]


def test_refold_moves_what_is_filed_under_another_spelling_and_nothing_else(
    dynamodb: "DynamoDBClient", ledger: Ledger, left_behind: list[Any]
) -> None:
    rows = rows_of(run("refold", "--segments", "1", "--json"))
    moved = {row["address"] for row in rows.values() if row["why"].startswith("version 0.1 filed it under ")}
    named = {"jonas.weber@example.org", "sofia.marin@example.org", "asked.us@example.org", "late@example.net"}
    assert moved == {OLIVER, *named}
    assert filed(dynamodb) == moved | KEPT
    assert dict(ledger.suppressed(GLOBAL, NOW)).keys() == {OLIVER, "asked.us@example.org", *KEPT}
    events = [item for item in left_behind if item["sk"]["S"].startswith("E#")]
    after = items_in(dynamodb, TABLE, "E#")
    assert {sk for _, sk in after} == {item["sk"]["S"] for item in events}
    assert all(f"A#{item['recipient']}" == pk for (pk, _), item in after.items())
    assert len(ledger.events(OLIVER)) == 4
    assert run("check", "sofia.marin@example.org").exit_code == 0


def test_nobody_is_alerted_of_what_was_moved(dynamodb: "DynamoDBClient") -> None:
    before = items_in(dynamodb, TABLE)
    run("refold", "--segments", "1")
    new = [item for key, item in items_in(dynamodb, TABLE, "E#").items() if key not in before]
    assert new
    assert all("alert" not in item and item["replayed"] == "yes" for item in new)


def test_a_dry_run_says_what_would_be_moved_and_writes_nothing(dynamodb: "DynamoDBClient") -> None:
    before = items_in(dynamodb, TABLE)
    result = run("refold", "--dry-run", "--segments", "1")
    assert items_in(dynamodb, TABLE) == before
    assert f"moved      {OLIVER}  from {QUOTED}" in result.stdout
    assert "6 addresses under a spelling of version 0.1, nothing written" in result.stderr


def test_a_second_run_finds_nothing_to_do(dynamodb: "DynamoDBClient") -> None:
    run("refold", "--segments", "1")
    once = items_in(dynamodb, TABLE)
    assert run("refold", "--segments", "1").stdout == ""
    assert items_in(dynamodb, TABLE) == once


def test_the_order_of_moves_does_not_matter(
    dynamodb: "DynamoDBClient", move: AddressMove, left_behind: list[Any]
) -> None:
    outcomes = []
    for order in ((QUOTED, COMMENTED), (COMMENTED, QUOTED)):
        for key in items_in(dynamodb, TABLE):
            dynamodb.delete_item(TableName=TABLE, Key={"pk": {"S": key[0]}, "sk": {"S": key[1]}})
        for item in left_behind:
            dynamodb.put_item(TableName=TABLE, Item=item)
        assert all(map(move.move, order))
        outcomes.append(without_rev(items_in(dynamodb, TABLE)))
    assert outcomes[0] == outcomes[1]


@pytest.mark.parametrize("when", ["before-call", "after-call"])
@pytest.mark.parametrize("number", range(14))
def test_a_move_that_crashes_loses_nothing_and_the_next_one_completes_it(
    number: int,
    when: Literal["before-call", "after-call"],
    dynamodb: "DynamoDBClient",
    move: AddressMove,
    ledger: Ledger,
) -> None:
    known, events = ledger.state(QUOTED), {row.event_id for row in ledger.events(QUOTED)}
    with crash_at(dynamodb, number, when), suppress(Crash):
        move.move(QUOTED)
    between = ledger.state(QUOTED)
    assert (between.registers, between.soft) == (known.registers, known.soft)
    assert {row.event_id for row in ledger.events(QUOTED)} == events
    run("refold", "--segments", "1")
    after = ledger.state_under(OLIVER)
    assert after.registers == known.registers
    assert QUOTED not in filed(dynamodb)
    assert OLIVER in dict(ledger.suppressed(GLOBAL, NOW))


def test_what_is_written_meanwhile_stays_for_the_next_run(
    dynamodb: "DynamoDBClient", move: AddressMove, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A function of version 0.1 that still runs writes the state after it was read."""
    restore, key = LedgerRestore.restore, {"pk": {"S": f"A#{QUOTED}"}, "sk": {"S": "STATE"}}
    late = {":stamp": {"S": "2026-11-20T09:59:00.000Z|late"}, ":one": {"N": "1"}}

    def slow(self: LedgerRestore, items: Any) -> Any:
        dynamodb.update_item(
            TableName=TABLE,
            Key=key,
            UpdateExpression="SET #place = :stamp ADD rev :one",
            ExpressionAttributeNames={"#place": "r#domain_invalid#production#transactional"},
            ExpressionAttributeValues=late,
        )
        return restore(self, items)

    monkeypatch.setattr(LedgerRestore, "restore", slow)
    assert not move.move(QUOTED)
    monkeypatch.undo()
    assert move.move(QUOTED)
    state = items_in(dynamodb, TABLE, "STATE")[(f"A#{OLIVER}", "STATE")]
    assert state["r#domain_invalid#production#transactional"].endswith("|late")


def test_a_backup_of_version_0_1_is_restored_under_the_keys_of_now(
    dynamodb: "DynamoDBClient", settings: Settings, left_behind: list[Any]
) -> None:
    for pk, sk in items_in(dynamodb, TABLE):
        dynamodb.delete_item(TableName=TABLE, Key={"pk": {"S": pk}, "sk": {"S": sk}})
    restore = LedgerRestore(dynamodb, TABLE, settings)
    for name in sorted({item["pk"]["S"] for item in left_behind}):
        kept = [item for item in left_behind if item["pk"]["S"] == name and not item["sk"]["S"].startswith("S#")]
        restore.restore(kept)
    assert {name for name in filed(dynamodb) if '"' in name or "(" in name} == KEPT


def test_an_event_that_version_0_1_recorded_is_known_when_it_is_redelivered(
    dynamodb: "DynamoDBClient", ledger: Ledger, settings: Settings
) -> None:
    run("refold", "--segments", "1")
    before = items_in(dynamodb, TABLE, "STATE")
    [feedback] = feedback_in(bounce_of(QUOTED, "quoted-bounce"))
    ledger.record(decide(feedback, settings), NOW, is_replay=True)
    assert items_in(dynamodb, TABLE, "STATE") == before
    assert len(ledger.events(OLIVER)) == 4


def test_an_account_event_is_not_taken_for_an_address(dynamodb: "DynamoDBClient") -> None:
    row = {"pk": {"S": 'A#an alarm ("bounces")'}, "sk": {"S": "E#1"}, "resource": {"S": 'an alarm ("bounces")'}}
    dynamodb.put_item(TableName=TABLE, Item=row)
    run("refold", "--segments", "1")
    assert 'an alarm ("bounces")' in filed(dynamodb)
