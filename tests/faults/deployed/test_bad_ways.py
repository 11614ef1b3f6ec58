"""The connection to AWS is unreliable, or down for a while: all is retried, and nothing becomes a dead letter."""

import json
import random
import threading
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from ses_feedback.decision.decide import decide
from ses_feedback.events.document import Document
from ses_feedback.events.read import read_feedback
from ses_feedback.ledger.refold import changes
from ses_feedback.ledger.table import Ledger
from ses_feedback.settings.file import Settings
from ses_feedback.timestamp import later, to_text
from ses_feedback.vocabulary import LIVE_DAYS
from ses_feedback_cli.demo import story
from tests.faults.deployed.field import Field
from tests.faults.figures import note
from tests.faults.proxy import Proxy
from tests.faults.sizes import FAULTY_EVENTS, OUTAGE_SECONDS, RACES, SEED
from tests.faults.storm import calm_ledger, storm
from tests.samples import load


@pytest.mark.faults
def test_throttling_errors_resets_and_an_outage_lose_nothing_and_leave_no_dead_letter(
    field: Field, domain: str, settings: Settings
) -> None:
    events = [*storm(FAULTY_EVENTS, domain, SEED + 3), *_young(domain)]
    half, proxy = len(events) // 2, Proxy(field.stack.aws.port, random.Random(SEED))
    bus, live = field.listen(domain.partition(".")[0]), later(to_text(datetime.now(UTC)), days=-LIVE_DAYS)
    with proxy.running() as url, field.reached_by(url):
        proxy.share = 0.15
        field.send(map(json.dumps, events[:half]))
        field.archive(f"2026/11/24/10/{domain}", events[half : half + 20])
        time.sleep(OUTAGE_SECONDS / 2)
        proxy.is_out = True
        field.send(map(json.dumps, events[half:]))
        time.sleep(OUTAGE_SECONDS)
        proxy.is_out = False
        field.wait(300, "FeedbackQueue", "ArchiveQueue")
    story.wait_until_calm(field.stack, 180)
    assert field.dead_letters() == []
    found, expected = field.ledger(domain), calm_ledger(events, settings)
    assert {key for key in found if key[1].startswith("E#")} == {key for key in expected if key[1].startswith("E#")}
    assert _states(found) == _states(expected)
    young = {str(row["recipient"]) for row in found.values() if str(row.get("occurred_at", "")) > live}
    assert young
    assert field.heard(bus, young, 120) == young
    met = ", ".join(f"{count:,} {name}" for name, count in sorted(proxy.counts.items()))
    figure = f"{len(events):,} events, {OUTAGE_SECONDS} s of outage, {met}: 0 missing, 0 dead letters, all on the bus"
    note("faults of AWS's shapes", "deployed, through a proxy", figure, "test_bad_ways.py")


def _young(domain: str) -> list[dict[str, Any]]:
    """Events of now, which alert every team."""
    now, found = to_text(datetime.now(UTC)), []
    for name in ("01_dev_hard_bounce", "02_staging_soft_bounce", "05_production_complaint", "10_marketing_complaint"):
        text = json.dumps(load(f"story/{name}.json"))
        for old in ("example.net", "example.org"):
            text = text.replace(f"@{old}", f"@{domain}")
        event = json.loads(text)
        for part in event.values():
            if isinstance(part, dict) and "timestamp" in part:
                part["timestamp"] = now
        event["mail"]["messageId"] = f"young-{name}-{domain}"
        found.append(event)
    return found


def _states(items: Any) -> Any:
    return {key: item for key, item in items.items() if not key[1].startswith("E#")}


@pytest.mark.races
@pytest.mark.parametrize("workers", [6])
def test_concurrent_doubles_with_delays_between_the_calls_leave_no_wrong_state_and_no_stale_index(
    workers: int, field: Field, domain: str, settings: Settings
) -> None:
    chance = random.Random(SEED)
    for race in range(RACES):
        events = storm(12, f"race{race}.{domain}", SEED + race)
        for event in events:  # all about the same reader
            _about(event, f"reader@race{race}.{domain}")
        _race(field, settings, [chance.sample(events, k=len(events)) for _ in range(workers)], chance)
        found, expected = field.ledger(f"race{race}.{domain}"), calm_ledger(events, settings)
        assert found == expected, f"race {race}"
        ledger = Ledger(field.client("dynamodb"), field.stack.outputs["LedgerTable"], settings)
        state, entries = ledger.index.state_and_entries(f"reader@race{race}.{domain}")
        assert not list(changes(f"reader@race{race}.{domain}", state, entries, settings)), f"race {race}"
    figure = f"{RACES} races of {workers} writers, 12 events each: 0 wrong states, 0 stale entries"
    note("concurrent doubles, with delays between the calls", "MiniStack's DynamoDB", figure, "test_bad_ways.py")


def _about(event: dict[str, Any], reader: str) -> None:
    text = json.dumps(event)
    event |= json.loads(text.replace(event["mail"]["destination"][0], reader))


def _race(field: Field, settings: Settings, orders: list[list[dict[str, Any]]], chance: random.Random) -> None:
    failures: list[BaseException] = []
    start = threading.Barrier(len(orders))

    def write(order: list[dict[str, Any]], delays: random.Random) -> None:
        client = field.client("dynamodb")
        client.meta.events.register("before-call.*.*", lambda **_: time.sleep(delays.random() / 100))
        ledger, now = Ledger(client, field.stack.outputs["LedgerTable"], settings), datetime.now(UTC)
        start.wait()
        try:
            for event in order:
                for feedback in read_feedback(Document(event), now):  # type: ignore[union-attr]
                    ledger.record(decide(feedback, settings), now)
        except BaseException as failure:
            failures.append(failure)

    threads = [
        threading.Thread(target=write, args=(order, random.Random(chance.getrandbits(32)))) for order in orders
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
