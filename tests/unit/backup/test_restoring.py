"""Restoring: whatever stands in the table, the backup's evidence merges into it, and twice is once."""

import random
from collections.abc import Mapping
from copy import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from ses_feedback.backup.restoring import LedgerRestore, Restored
from ses_feedback.decision.decide import decide
from ses_feedback.decision.fact import Fact
from ses_feedback.decision.override import reinstatement
from ses_feedback.decision.suppression import Suppression
from ses_feedback.event_row import EventRow
from ses_feedback.ledger.items import entry_item
from ses_feedback.ledger.table import Ledger
from ses_feedback.scope import GLOBAL
from ses_feedback.settings.file import Settings
from ses_feedback.webhook.event import application_event
from tests.conftest import TABLE
from tests.many_addresses import items_of, write
from tests.samples import NOW, changed, feedback_in, load
from tests.stores import Crash, Items, calls_of, clear, crash_at, items_in

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = pytest.mark.slow

BOUNCE = load("story/04_production_hard_bounce.json")
OLIVER = "oliver.hayes@example.net"
HISTORY = [
    load(f"story/{name}.json")
    for name in ("01_dev_hard_bounce", "02_staging_soft_bounce", "03_staging_nxdomain", "05_production_complaint")
]


@pytest.fixture
def restore(dynamodb: "DynamoDBClient", settings: Settings) -> LedgerRestore:
    return LedgerRestore(dynamodb, TABLE, settings)


def everything(dynamodb: "DynamoDBClient") -> list[dict[str, Any]]:
    pages = dynamodb.get_paginator("scan").paginate(TableName=TABLE)
    return [item for page in pages for item in page["Items"]]


def backup_of(dynamodb: "DynamoDBClient") -> list[dict[str, Any]]:
    """What a backup would hold; the table is empty afterwards."""
    items = everything(dynamodb)
    clear(TABLE)
    return [item for item in items if not item["sk"]["S"].startswith("S#")]


def comparable(items: Items) -> Items:
    """Without what a restored ledger has another of: how often a state was written, alerts, and the mark."""
    left_out = ("rev", "alert", "replayed")
    return {key: {k: v for k, v in item.items() if k not in left_out} for key, item in items.items()}


def record(ledger: Ledger, *events: Any, settings: Settings) -> None:
    for event in events:
        for feedback in feedback_in(event):
            ledger.record(decide(feedback, settings), NOW)


def by_address(items: list[dict[str, Any]]) -> list[list[Mapping[str, Any]]]:
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for item in items:
        groups.setdefault(item["pk"]["S"], []).append(item)
    return list(groups.values())


def restored(restore: LedgerRestore, items: list[dict[str, Any]]) -> set[Restored]:
    return {outcome for group in by_address(items) for _, outcome in restore.restore(group)}


def test_what_a_tenants_list_said_is_restored_with_its_entry_of_the_index(
    restore: LedgerRestore, ledger: Ledger, dynamodb: "DynamoDBClient", settings: Settings
) -> None:
    echo = changed(
        load("ses/bounce_account_suppression_list.json"), "bounce.bounceSubType", "OnTenantSuppressionList"
    )
    record(ledger, changed(echo, "mail.tags", {"ses:tenant-name": ["lantern"]}), settings=settings)
    before = comparable(items_in(dynamodb, TABLE))
    assert "S#tenant:lantern" in {sk for _, sk in before}
    restored(restore, backup_of(dynamodb))
    assert comparable(items_in(dynamodb, TABLE)) == before


def test_an_empty_table_gets_everything_and_its_index(
    restore: LedgerRestore, dynamodb: "DynamoDBClient", settings: Settings
) -> None:
    write(dynamodb, TABLE, items_of(120, settings))
    before = comparable(items_in(dynamodb, TABLE))
    backup = backup_of(dynamodb)
    assert restored(restore, backup) == {Restored.NEW}
    assert comparable(items_in(dynamodb, TABLE)) == before
    assert any(key[1].startswith("S#") for key in before)


def test_restoring_again_changes_nothing(
    restore: LedgerRestore, dynamodb: "DynamoDBClient", settings: Settings
) -> None:
    write(dynamodb, TABLE, items_of(60, settings))
    backup = backup_of(dynamodb)
    restored(restore, backup)
    before = items_in(dynamodb, TABLE)
    assert restored(restore, backup) == {Restored.KNOWN}
    assert items_in(dynamodb, TABLE) == before


@pytest.mark.parametrize("known", [0, 1, 40])
def test_addresses_that_seem_new_are_restored_together_even_if_some_are_known(
    restore: LedgerRestore, dynamodb: "DynamoDBClient", settings: Settings, known: int
) -> None:
    write(dynamodb, TABLE, items_of(120, settings))
    before = comparable(items_in(dynamodb, TABLE))
    backup = backup_of(dynamodb)
    write(dynamodb, TABLE, backup[:known])
    with calls_of(dynamodb) as calls:
        restore.restore_new(by_address(backup))
    assert comparable(items_in(dynamodb, TABLE)) == before
    assert known or len(set(calls)) == 1
    assert known or len(calls) < 10


@pytest.mark.parametrize("is_known", [False, True], ids=["to an unknown address", "to a known one"])
def test_a_restored_row_notifies_neither_a_team_nor_the_application(
    restore: LedgerRestore, ledger: Ledger, dynamodb: "DynamoDBClient", settings: Settings, is_known: bool
) -> None:
    record(ledger, BOUNCE, settings=settings)
    [alerting] = items_in(dynamodb, TABLE, "E#").values()
    assert "alert" in alerting
    assert application_event(EventRow.from_item(alerting), NOW) is not None
    backup = backup_of(dynamodb)
    write(dynamodb, TABLE, [item for item in backup if is_known and item["sk"]["S"] == "STATE"])
    restored(restore, backup)
    [row] = items_in(dynamodb, TABLE, "E#").values()
    assert application_event(EventRow.from_item(row), NOW) is None
    assert "alert" not in row


@pytest.mark.parametrize("seed", range(12))
def test_merging_into_a_live_ledger_is_as_if_all_events_had_arrived_there(
    restore: LedgerRestore, ledger: Ledger, dynamodb: "DynamoDBClient", settings: Settings, seed: int
) -> None:
    """Of a history some events are in the backup alone, some in the table alone, some in both."""
    chance = random.Random(seed)
    events = [one_day(chance.choice(HISTORY), number, chance) for number in range(14)]
    record(ledger, *events, settings=settings)
    wanted = standing(dynamodb)
    backup_of(dynamodb)
    record(ledger, *chance.sample(events, 8), settings=settings)
    backup = backup_of(dynamodb)
    in_backup = {item["sk"]["S"] for item in backup}
    record(ledger, *(e for e in events if not event_ids(e) <= in_backup or chance.random() < 0.4), settings=settings)
    restored(restore, backup)
    assert standing(dynamodb) == wanted


def one_day(event: Any, number: int, chance: random.Random) -> Any:
    """The event as another mail to one address, on one of sixty days."""
    sent = (NOW - timedelta(days=chance.randrange(60), minutes=number)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    event = changed(changed(event, "mail.timestamp", sent), "mail.messageId", f"mail-{number}")
    for part, recipients in (("bounce", "bouncedRecipients"), ("complaint", "complainedRecipients")):
        if part in event:
            event = changed(event, f"{part}.{recipients}.0.emailAddress", OLIVER)
            event = changed(event, f"{part}.timestamp", sent)
    return event


def event_ids(event: Any) -> set[str]:
    return {f"E#{feedback.event_id}" for feedback in feedback_in(event)}


def standing(dynamodb: "DynamoDBClient") -> Items:
    """States and the index as they hold, and which events are known; marks of the index count for nothing."""
    found = comparable(items_in(dynamodb, TABLE))
    effects = ("effect", "scope", "until")
    return {
        key: {k: v for k, v in item.items() if k not in effects} if key[1].startswith("E#") else item
        for key, item in found.items()
        if not key[1].startswith("S#") or "fact" in item
    }


def test_a_newer_reinstatement_in_the_table_outlives_the_backup(
    restore: LedgerRestore, ledger: Ledger, dynamodb: "DynamoDBClient", settings: Settings
) -> None:
    record(ledger, BOUNCE, settings=settings)
    backup = backup_of(dynamodb)
    ledger.apply(reinstatement(OLIVER, NOW, "operator", "she wrote"))
    restored(restore, backup)
    assert dict(ledger.suppressed(GLOBAL, NOW)) == {}


def test_a_row_that_knows_more_about_the_sender_is_not_replaced(
    restore: LedgerRestore, ledger: Ledger, dynamodb: "DynamoDBClient", settings: Settings
) -> None:
    [feedback] = feedback_in(BOUNCE)
    decision = decide(feedback, settings)
    for rank, team in ((1, "less"), (4, "more")):
        ledger.record(replace(decision, route=replace(decision.route, rank=rank, team=team)), NOW)
    [better] = [item for item in backup_of(dynamodb) if item["sk"]["S"].startswith("E#")]
    worse = better | {"rank": {"N": "1"}, "team": {"S": "less"}}
    restore.restore([better])
    assert restore.restore([worse])[0][1] is Restored.KNOWN
    assert {row.team for row in ledger.events(OLIVER)} == {"more"}


def test_an_entry_that_outlived_its_state_is_removed(
    restore: LedgerRestore, ledger: Ledger, dynamodb: "DynamoDBClient", settings: Settings
) -> None:
    record(ledger, BOUNCE, settings=settings)
    backup = backup_of(dynamodb)
    stale = Suppression(GLOBAL, Fact("mailbox_inactive"), "2020-01-01T00:00:00.000Z", None, "lost")
    dynamodb.put_item(TableName=TABLE, Item=entry_item(OLIVER, GLOBAL, stale, rev=7))
    restored(restore, backup)
    assert dict(ledger.suppressed(GLOBAL, NOW))[OLIVER].fact == "user_unknown"


@pytest.mark.parametrize("when", ["before-call", "after-call"])
@pytest.mark.parametrize(("known", "least"), [(False, 3), (True, 12)], ids=["an empty table", "a live table"])
def test_a_restore_that_dies_anywhere_is_finished_by_the_next(
    restore: LedgerRestore, dynamodb: "DynamoDBClient", settings: Settings, when: Any, known: bool, least: int
) -> None:
    write(dynamodb, TABLE, items_of(8, settings))
    before, backup = comparable(items_in(dynamodb, TABLE)), backup_of(dynamodb)
    there = [item for item in backup if known and item["sk"]["S"].startswith("E#")][::4]
    crashes = 0
    for call in range(100):
        backup_of(dynamodb)
        write(dynamodb, TABLE, there)
        try:
            with crash_at(dynamodb, call, when):
                restored(restore, backup)
        except Crash:
            crashes += 1
            restored(restore, backup)
        assert comparable(items_in(dynamodb, TABLE)) == before
        if crashes <= call:
            break
    assert crashes > least


def test_an_address_unknown_to_the_table_is_written_in_one_transaction(
    restore: LedgerRestore, ledger: Ledger, dynamodb: "DynamoDBClient", settings: Settings
) -> None:
    record(ledger, BOUNCE, settings=settings)
    backup = backup_of(dynamodb)
    with calls_of(dynamodb) as calls:
        restore.restore(backup)
    assert calls == ["Query", "TransactWriteItems"]
    assert OLIVER in dict(ledger.suppressed(GLOBAL, NOW))


def test_what_arrives_between_the_read_and_the_transaction_is_kept(
    restore: LedgerRestore, ledger: Ledger, dynamodb: "DynamoDBClient", settings: Settings
) -> None:
    record(ledger, BOUNCE, settings=settings)
    backup = backup_of(dynamodb)
    pending = [reinstatement(OLIVER, NOW, "operator", "she wrote")]

    def come(**_: Any) -> None:
        while pending:
            ledger.apply(pending.pop())

    dynamodb.meta.events.register("before-call.dynamodb.TransactWriteItems", come)
    assert {outcome for _, outcome in restore.restore(backup)} == {Restored.NEW, Restored.MERGED}
    assert dict(ledger.suppressed(GLOBAL, NOW)) == {}


def test_the_row_of_an_event_never_suppresses_by_itself(restore: LedgerRestore, dynamodb: "DynamoDBClient") -> None:
    """Its part was changed: evidence counts in a state alone, or the index would hold what no state says."""
    evidence = {"r#user_unknown#production#transactional": {"S": "2026-11-20T09:11:05.000Z|e"}}
    restore.restore([{"pk": {"S": f"A#{OLIVER}"}, "sk": {"S": "E#e"}} | evidence])
    assert items_in(dynamodb, TABLE, "S#") == {}
