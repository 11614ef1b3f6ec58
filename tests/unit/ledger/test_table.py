"""The ledger on DynamoDB (moto): what one report leaves behind, in which order, and what a copy changes."""

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from ses_feedback.decision.decide import decide
from ses_feedback.decision.fact import Fact
from ses_feedback.decision.state import Place
from ses_feedback.decision.suppression import Suppression
from ses_feedback.ledger.table import Ledger, Recorded
from ses_feedback.scope import Scope
from ses_feedback.settings.file import Settings
from ses_feedback.vocabulary import Effect
from tests.conftest import ALERT_SENDER, TABLE
from tests.samples import NOW, changed, feedback_in, load
from tests.stores import calls_of, crash_at, items_in

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

BOUNCE = load("story/04_production_hard_bounce.json")
AGAIN = load("story/12_production_hard_bounce_again.json")
SOFT = load("story/02_staging_soft_bounce.json")
COMPLAINT = load("story/10_marketing_complaint.json")
DELIVERY = changed(load("story/06_production_delivery.json"), "mail.tags", {"environment": ["staging"]})
OLIVER, QA, JONAS = "oliver.hayes@example.net", "qa.overflow@example.org", "jonas.weber@example.org"
OPEN_TO_PRODUCTION = Place(Fact("user_unknown"), "production", "transactional")


def record(ledger: Ledger, event: Any, settings: Settings) -> list[Recorded]:
    return [ledger.record(decide(feedback, settings), NOW) for feedback in feedback_in(event)]


def soft(number: int, day: int) -> Any:
    event = changed(SOFT, "mail.timestamp", f"2026-11-{day:02}T08:00:00.000Z")
    return changed(event, "mail.messageId", f"soft-{number}")


def reinstate(dynamodb: "DynamoDBClient", address: str, time: str) -> None:
    """Writes the register as an operator's command would."""
    dynamodb.update_item(
        TableName=TABLE,
        Key={"pk": {"S": f"A#{address}"}, "sk": {"S": "STATE"}},
        UpdateExpression="SET #r = :v ADD rev :one",
        ExpressionAttributeNames={"#r": "r#reinstated#*#*"},
        ExpressionAttributeValues={":v": {"S": f"{time}|~"}, ":one": {"N": "1"}},
    )


def listed(ledger: Ledger, scope: str) -> dict[str, Suppression]:
    return dict(ledger.suppressed(Scope(scope), NOW))


def test_a_hard_bounce_leaves_its_register_its_entry_and_its_row(
    ledger: Ledger, dynamodb: "DynamoDBClient", settings: Settings
) -> None:
    [recorded] = record(ledger, BOUNCE, settings)
    event_id = recorded.decision.feedback.event_id
    keys = [sk for pk, sk in items_in(dynamodb, TABLE) if pk == f"A#{OLIVER}"]
    assert sorted(keys) == [f"E#{event_id}", "S#global", "STATE"]
    assert ledger.state(OLIVER).registers == {OPEN_TO_PRODUCTION: f"2026-11-20T09:11:05.000Z|{event_id}"}


def test_a_message_that_a_replay_overtook_still_notifies(
    ledger: Ledger, dynamodb: "DynamoDBClient", settings: Settings
) -> None:
    [feedback] = feedback_in(BOUNCE)
    ledger.record(decide(feedback, settings), NOW, is_replay=True)
    record(ledger, BOUNCE, settings)
    [row] = items_in(dynamodb, TABLE, "E#").values()
    assert "alert" in row
    assert "replayed" not in row


def test_a_replay_of_a_sent_alert_leaves_its_row_alone(
    ledger: Ledger, dynamodb: "DynamoDBClient", settings: Settings
) -> None:
    record(ledger, BOUNCE, settings)
    told = items_in(dynamodb, TABLE, "E#")
    [feedback] = feedback_in(BOUNCE)
    ledger.record(decide(feedback, settings), NOW, is_replay=True)
    assert items_in(dynamodb, TABLE, "E#") == told


def test_the_state_is_written_first_then_the_index_and_the_row_last(
    ledger: Ledger, dynamodb: "DynamoDBClient", settings: Settings
) -> None:
    with calls_of(dynamodb) as calls:
        record(ledger, BOUNCE, settings)
    assert calls == ["UpdateItem", "PutItem", "PutItem"]
    with calls_of(dynamodb) as calls:
        record(ledger, soft(1, 1), settings)
    assert calls == ["UpdateItem", "PutItem"]


def test_the_index_lists_the_suppressed_of_each_scope(ledger: Ledger, settings: Settings) -> None:
    for event in (BOUNCE, COMPLAINT, load("story/01_dev_hard_bounce.json")):
        record(ledger, event, settings)
    assert list(listed(ledger, "global")) == [OLIVER]
    assert list(listed(ledger, "message_stream:marketing")) == [JONAS]
    assert list(listed(ledger, "environment:dev")) == ["jnae.tester@example.net"]
    assert listed(ledger, "environment:staging") == {}


def test_an_entry_says_what_suppresses_since_when_and_until_when(ledger: Ledger, settings: Settings) -> None:
    record(ledger, changed(load("story/03_staging_nxdomain.json"), "mail.tags.environment", ["production"]), settings)
    [entry] = listed(ledger, "global").values()
    assert (entry.fact, entry.since) == ("domain_invalid", "2026-11-20T09:07:48.000Z")
    assert entry.until == "2026-12-20T09:07:48.000Z"


def test_an_ended_suppression_is_no_longer_listed(ledger: Ledger, settings: Settings) -> None:
    record(ledger, load("story/03_staging_nxdomain.json"), settings)
    assert listed(ledger, "environment:staging")
    assert dict(ledger.suppressed(Scope.of_environment("staging"), NOW.replace(year=2027))) == {}


def test_the_row_says_what_was_decided_and_whom_it_alerts(ledger: Ledger, settings: Settings) -> None:
    record(ledger, BOUNCE, settings)
    [row] = ledger.events(OLIVER)
    assert (row.kind, row.reason, row.action, row.effect) == (
        "bounce", "user_unknown", "suppress", "suppressed",
    )  # fmt: skip
    assert (row.team, row.alert, row.scope) == ("customer_service", "digest", "global")


def test_rows_are_listed_oldest_first(ledger: Ledger, settings: Settings) -> None:
    for number, hour in enumerate(("09", "07", "08")):
        record(ledger, changed(soft(number, 1), "bounce.timestamp", f"2026-11-20T{hour}:00:00Z"), settings)
    assert [row.occurred_at[11:13] for row in ledger.events(QA)] == ["07", "08", "09"]


@pytest.mark.parametrize("name", ["event_delivery", "event_send", "event_open", "event_click"])
def test_what_is_only_counted_leaves_no_row(
    name: str, ledger: Ledger, dynamodb: "DynamoDBClient", settings: Settings
) -> None:
    record(ledger, load(f"ses/{name}.json"), settings)
    assert items_in(dynamodb, TABLE, "E#") == {}


@pytest.mark.parametrize(
    "name", ["event_reject", "event_delivery_delay", "event_rendering_failure", "event_subscription"]
)
def test_what_is_not_evidence_leaves_only_its_row(
    name: str, ledger: Ledger, dynamodb: "DynamoDBClient", settings: Settings
) -> None:
    record(ledger, load(f"ses/{name}.json"), settings)
    assert [sk[:2] for _, sk in items_in(dynamodb, TABLE)] == ["E#"]


def test_the_simulator_leaves_a_row_with_an_alert_and_nothing_else(
    ledger: Ledger, dynamodb: "DynamoDBClient", settings: Settings
) -> None:
    simulated = "bounce@simulator.amazonses.com"
    event = changed(BOUNCE, "bounce.bouncedRecipients.0.emailAddress", simulated)
    record(ledger, changed(event, "mail.destination", [simulated]), settings)
    [row] = items_in(dynamodb, TABLE).values()
    assert (row["effect"], row["alert"]) == ("none", "digest")


def test_feedback_on_our_own_alerts_is_recorded_without_an_alert(ledger: Ledger, settings: Settings) -> None:
    record(ledger, changed(BOUNCE, "mail.source", f"SES Feedback <{ALERT_SENDER}>"), settings)
    [row] = ledger.events(OLIVER)
    assert row.alert is None


def test_a_copy_changes_nothing(ledger: Ledger, dynamodb: "DynamoDBClient", settings: Settings) -> None:
    assert record(ledger, BOUNCE, settings)[0].is_new
    before = items_in(dynamodb, TABLE)
    assert not record(ledger, BOUNCE, settings)[0].is_new
    assert items_in(dynamodb, TABLE) == before


def test_a_copy_of_a_soft_bounce_counts_once(ledger: Ledger, dynamodb: "DynamoDBClient", settings: Settings) -> None:
    for _ in range(6):
        record(ledger, soft(1, 1), settings)
    assert sum(map(len, ledger.state(QA).soft.values())) == 1
    assert ledger.state(QA).rev == 1


def test_the_same_event_over_another_path_is_a_copy(ledger: Ledger, settings: Settings) -> None:
    assert [record(ledger, event, settings)[0].is_new for event in (AGAIN, BOUNCE)] == [True, False]
    assert len(ledger.events(OLIVER)) == 1


def test_a_copy_that_knows_more_about_the_sender_corrects_the_row(ledger: Ledger, settings: Settings) -> None:
    record(ledger, AGAIN, settings)
    assert ledger.events(OLIVER)[0].matched == "domain example.com (From)"
    record(ledger, BOUNCE, settings)
    [row] = ledger.events(OLIVER)
    assert row.matched == "configuration set ses-feedback-production"
    assert (row.rank, row.configuration_set) == (3, "ses-feedback-production")


def test_a_copy_that_knows_less_corrects_nothing(ledger: Ledger, settings: Settings) -> None:
    for event in (BOUNCE, AGAIN):
        record(ledger, event, settings)
    assert ledger.events(OLIVER)[0].matched == "configuration set ses-feedback-production"


def test_a_copy_with_another_place_merges_its_own_register(ledger: Ledger, settings: Settings) -> None:
    record(ledger, AGAIN, settings)
    record(ledger, changed(BOUNCE, "mail.tags", {"environment": ["staging"]}), settings)
    assert {place.environment for place in ledger.state(OLIVER).registers} == {"production", "staging"}


def test_an_older_bounce_leaves_the_register_as_it_is(ledger: Ledger, settings: Settings) -> None:
    record(ledger, BOUNCE, settings)
    older = changed(changed(BOUNCE, "mail.timestamp", "2026-11-01T00:00:00Z"), "mail.messageId", "older")
    record(ledger, older, settings)
    state = ledger.state(OLIVER)
    assert (state.registers[OPEN_TO_PRODUCTION][:10], state.rev) == ("2026-11-20", 1)
    assert len(ledger.events(OLIVER)) == 2


def test_a_newer_bounce_moves_the_register(ledger: Ledger, settings: Settings) -> None:
    record(ledger, BOUNCE, settings)
    newer = changed(changed(BOUNCE, "mail.timestamp", "2026-11-20T09:59:00Z"), "mail.messageId", "newer")
    record(ledger, newer, settings)
    assert ledger.state(OLIVER).registers[OPEN_TO_PRODUCTION].startswith("2026-11-20T09:59:00.000Z")
    assert listed(ledger, "global")[OLIVER].since == "2026-11-20T09:59:00.000Z"


def test_the_fifth_soft_bounce_suppresses(ledger: Ledger, settings: Settings) -> None:
    effects = [record(ledger, soft(day, day), settings)[0].decision.effect for day in range(14, 19)]
    assert effects == [Effect.COUNTED] * 4 + [Effect.SUPPRESSED]
    assert listed(ledger, "environment:staging")[QA].until == "2026-11-25T08:00:00.000Z"


def test_soft_evidence_is_pruned_to_five_a_day(ledger: Ledger, settings: Settings) -> None:
    for number in range(9):
        record(ledger, soft(number, 1), settings)
    assert sum(map(len, ledger.state(QA).soft.values())) == 5


def test_a_delivery_clears_and_removes_the_entry_from_the_index(ledger: Ledger, settings: Settings) -> None:
    for day in range(14, 19):
        record(ledger, soft(day, day), settings)
    delivery = changed(changed(DELIVERY, "delivery.recipients", [QA]), "mail.timestamp", "2026-11-19T08:00:00Z")
    assert record(ledger, delivery, settings)[0].decision.effect is Effect.CLEARED
    assert listed(ledger, "environment:staging") == {}


def test_an_entry_of_an_older_rev_does_not_replace_a_newer_one(
    ledger: Ledger, dynamodb: "DynamoDBClient", settings: Settings
) -> None:
    record(ledger, BOUNCE, settings)
    key = {"pk": {"S": f"A#{OLIVER}"}, "sk": {"S": "S#global"}}
    dynamodb.put_item(TableName=TABLE, Item=key | {"rev": {"N": "99"}, "recipient": {"S": OLIVER}})
    record(ledger, BOUNCE, settings)
    assert listed(ledger, "global") == {}


def test_a_reinstatement_holds_against_older_evidence_until_there_is_newer(
    ledger: Ledger, dynamodb: "DynamoDBClient", settings: Settings
) -> None:
    reinstate(dynamodb, OLIVER, "2026-11-20T09:30:00.000Z")
    assert record(ledger, BOUNCE, settings)[0].decision.effect is Effect.NONE
    assert listed(ledger, "global") == {}
    newer = changed(changed(BOUNCE, "mail.timestamp", "2026-11-20T09:40:00Z"), "mail.messageId", "newer")
    assert record(ledger, newer, settings)[0].decision.effect is Effect.SUPPRESSED
    assert list(listed(ledger, "global")) == [OLIVER]


@pytest.mark.parametrize("number", range(3))
def test_a_request_that_dynamodb_refuses_raises_so_that_the_event_is_retried(
    number: int, ledger: Ledger, dynamodb: "DynamoDBClient", settings: Settings
) -> None:
    refusal = ClientError({"Error": {"Code": "ThrottlingException"}}, "UpdateItem")
    with crash_at(dynamodb, number, "before-call", refusal), pytest.raises(ClientError, match="Throttling"):
        record(ledger, BOUNCE, settings)


def test_an_unknown_address_has_no_state_and_no_rows(ledger: Ledger) -> None:
    assert ledger.state("nobody@example.net").registers == {}
    assert ledger.events("nobody@example.net") == []
