"""A ledger of many addresses, written at once: the states that their events fold to, the rows, and the index."""

import random
from collections.abc import Iterable, Iterator
from copy import replace
from datetime import UTC, datetime, timedelta
from itertools import batched
from typing import TYPE_CHECKING, Any

from ses_feedback.attribute_values import attributes
from ses_feedback.decision import suppression
from ses_feedback.decision.decide import decide
from ses_feedback.decision.effect import judge
from ses_feedback.decision.evidence import evidence_of
from ses_feedback.decision.state import State, keep_days
from ses_feedback.events.feedback import Feedback
from ses_feedback.ledger.items import attribute, entry_item, key
from ses_feedback.ledger.rows import event_row
from ses_feedback.settings.file import Settings
from ses_feedback.timestamp import to_text
from ses_feedback.vocabulary import Urgency
from tests.samples import feedback_in, load

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

STORY = (
    *("01_dev_hard_bounce", "02_staging_soft_bounce", "03_staging_nxdomain", "04_production_hard_bounce"),
    *("05_production_complaint", "07_production_dmarc_rejection", "10_marketing_complaint"),
)
NEWEST = datetime(2026, 11, 20, tzinfo=UTC)


def items_of(rows: int, settings: Settings, seed: int = 5) -> Iterator[dict[str, Any]]:
    """At least so many states and rows, three to six events to an address, and the entries of the index."""
    chance, number = random.Random(seed), 0
    samples = [one for name in STORY for one in feedback_in(load(f"story/{name}.json"))]
    while rows > 0:
        address = f"reader.{number}@example.{chance.choice(('net', 'org'))}"
        written = list(
            _items_of(address, [_event(chance, samples, address) for _ in range(chance.randint(3, 6))], settings)
        )
        rows -= sum(item["sk"]["S"][:2] != "S#" for item in written)
        number += 1
        yield from written


def _event(chance: random.Random, samples: list[Feedback], address: str) -> Feedback:
    sent = NEWEST - timedelta(seconds=chance.randrange(400 * 86_400))
    event_id, occurred = f"{chance.getrandbits(128):032x}", to_text(sent + timedelta(seconds=9))
    sample = chance.choice(samples)
    return replace(sample, recipient=address, event_id=event_id, sent_at=to_text(sent), occurred_at=occurred)


def _items_of(address: str, events: Iterable[Feedback], settings: Settings) -> Iterator[dict[str, Any]]:
    state, days = State(), keep_days(settings)
    for feedback in events:
        decision = decide(feedback, settings)
        if evidence := evidence_of(decision):
            state = state.merged(evidence, days)
            decision = decision.with_effect(judge(evidence, state, settings))
        row = event_row(decision, Urgency.DIGEST, settings.policy.history_days)
        yield key(address, f"E#{feedback.event_id}") | attributes(row.to_item())
    if state.rev:
        yield state_item(address, state)
    for entry in suppression.suppressions(state, settings):
        yield entry_item(address, entry.scope, entry, state.rev)


def state_item(address: str, state: State) -> dict[str, Any]:
    registers = {attribute(place, is_soft=False): {"S": value} for place, value in state.registers.items()}
    soft = {attribute(place, is_soft=True): {"SS": sorted(values)} for place, values in state.soft.items()}
    return key(address, "STATE") | registers | soft | {"rev": {"N": str(state.rev)}}


def write(client: "DynamoDBClient", table: str, items: Iterable[dict[str, Any]]) -> None:
    for batch in batched(items, 25, strict=False):
        wanted: dict[str, Any] = {table: [{"PutRequest": {"Item": item}} for item in batch]}
        while wanted:
            wanted = client.batch_write_item(RequestItems=wanted)["UnprocessedItems"]
