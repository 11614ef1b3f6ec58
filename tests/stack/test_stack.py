"""The way of one event, and of many, through the deployed stack."""

import gzip
import json
import os
import random
import time
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest

from ses_feedback.ledger.table import Ledger
from ses_feedback.scope import Scope
from ses_feedback.settings.file import load_settings
from ses_feedback.timestamp import to_text
from ses_feedback_cli.demo.stack import ALERT_SENDER, project_root
from tests.stack.conftest import WINDOW_SECONDS
from tests.stack.driver import Driver, total

STORM = int(os.environ.get("STORM", "1000"))


@pytest.fixture
def domain() -> str:
    """A domain of recipients that no other test knows."""
    return f"{uuid.uuid4().hex[:12]}.example"


def to_domain(event: dict[str, Any], domain: str) -> dict[str, Any]:
    """The same event about recipients at another domain, as another mail."""
    text = json.dumps(event)
    for old in ("example.net", "example.org"):
        text = text.replace(f"@{old}", f"@{domain}")
    changed: dict[str, Any] = json.loads(text)
    changed["mail"]["messageId"] = f"{changed['mail']['messageId'][:40]}-{domain}"
    return changed


def test_a_hard_bounce_from_staging_suppresses_in_staging_only(driver: Driver, domain: str) -> None:
    driver.publish(to_domain(driver.load("ses/event_bounce.json"), domain))
    driver.settle()
    (row,) = driver.rows(domain)
    assert (row["effect"], row["team"]) == ("suppressed", "qa")
    assert [item["sk"]["S"] for item in driver.items(domain) if "scope_shard" in item] == ["S#environment:staging"]


def test_every_team_is_notified_about_its_own_senders_only(driver: Driver, domain: str) -> None:
    names = ["01_dev_hard_bounce", "02_staging_soft_bounce", "05_production_complaint", "10_marketing_complaint"]
    driver.publish(*(to_domain(driver.load(f"story/{name}.json"), domain) for name in names))
    driver.settle()
    teams = ("developers", "qa", "customer-service", "marketing")
    heard = {team: _mentions(driver, f"{team}@example.com", domain) for team in teams}
    assert heard == dict.fromkeys(teams, 1)


def _mentions(driver: Driver, inbox: str, domain: str) -> int:
    """How many alerts about a domain's recipients an inbox holds."""
    return sum(
        line.startswith("--- ") and line.endswith(f"@{domain}")
        for mail in driver.mails(inbox)
        for line in mail["BodyText"].splitlines()
    )


def test_doubled_and_reordered_copies_leave_the_state_of_a_calm_run(driver: Driver, domain: str) -> None:
    calm, stormy = f"calm.{domain}", f"stormy.{domain}"
    names = sorted(path.name for path in (driver.events / "story").glob("*.json"))
    events = [driver.load(f"story/{name}") for name in names]
    driver.publish(*(to_domain(event, calm) for event in events))
    driver.settle()
    copies = [to_domain(event, stormy) for event in events * 4]
    random.Random(20261124).shuffle(copies)
    driver.publish(*copies)
    driver.settle()
    assert _comparable(driver, calm) == _comparable(driver, stormy)


def _comparable(driver: Driver, domain: str) -> list[Any]:
    """Items without what must differ: the domain, hashes of it, which copy came first and how often."""
    ignored = {"pk", "event_id", "scope_shard", "since_address", "message_id", "rev"}
    items = []
    for item in driver.items(domain):
        kept = {name: _without_ids(value) for name, value in item.items() if name not in ignored}
        kind_of_item = item["sk"]["S"] if not item["sk"]["S"].startswith("E#") else "E#"
        text = json.dumps(kept | {"sk": kind_of_item}, sort_keys=True).replace(domain, "DOMAIN")
        items.append((item["pk"]["S"].replace(domain, "DOMAIN"), text))
    return sorted(items)


def _without_ids(value: dict[str, Any]) -> Any:
    """Registers hold `<time>|<event id>`, and the id is a hash of the address."""
    content = next(iter(value.values()))
    if isinstance(content, list):
        return sorted(text.partition("|")[0] for text in content)
    return content.partition("|")[0] if isinstance(content, str) else content


def test_a_malformed_message_goes_to_the_dead_letters_with_its_cause_and_its_neighbours_are_recorded(
    driver: Driver, domain: str
) -> None:
    good = to_domain(driver.load("ses/event_bounce.json"), domain)
    driver.publish(good, json.dumps(good)[:-200] + domain)
    driver.settle()
    (letter,) = driver.dead_letters(domain)
    assert letter["MessageAttributes"]["Cause"]["StringValue"].startswith("not JSON")
    assert letter["MessageAttributes"]["Function"]["StringValue"] == "process_feedback"
    assert len(driver.rows(domain)) == 1


def test_an_archive_object_yields_its_abuse_reports_with_object_and_position(driver: Driver, domain: str) -> None:
    complaint = to_domain(driver.load("ses/event_complaint.json"), domain)
    sends = [json.dumps(driver.load("ses/event_send.json"))] * 200
    lines = [*sends[:100], json.dumps(complaint), '{"eventType": "Bounce", "bou', *sends[100:]]
    key, bucket = f"events/2026/11/24/03/{domain}+a b.gz", driver.stack.outputs["ArchiveBucket"]
    body = gzip.compress("\n".join(lines).encode())
    driver.stack.aws.client("s3").put_object(Bucket=bucket, Key=key, Body=body)
    driver.settle()
    position = sum(len(line) + 1 for line in lines[:100])
    (row,) = driver.rows(domain)
    assert row["origin"] == f"s3://{bucket}/{key}@{position}"
    broken_at = position + len(lines[100]) + 1
    assert len(driver.dead_letters(f"{domain}+a b.gz@{broken_at}")) == 1


def test_a_storm_becomes_a_few_mails_whose_totals_count_every_bounce_once(driver: Driver, domain: str) -> None:
    event = driver.load("ses/event_bounce.json")
    started = time.monotonic()
    driver.enqueue(json.dumps(bounce) for bounce in _storm(event, domain, STORM))
    driver.settle(60 + STORM / 20 + 2 * WINDOW_SECONDS)
    windows = (time.monotonic() - started) / WINDOW_SECONDS
    mails = [mail for mail in driver.mails("qa@example.com") if domain in mail["BodyText"]]
    assert len(driver.rows(domain)) == STORM
    assert 1 <= len(mails) <= windows + 1
    assert sum(map(total, mails)) == STORM


def _storm(event: dict[str, Any], domain: str, size: int) -> list[dict[str, Any]]:
    """A burst of bounces, every tenth of them twice."""
    bounces = []
    for number in range(size):
        bounce = json.loads(json.dumps(event))
        bounce["mail"]["messageId"] = f"storm-{domain}-{number}"
        bounce["bounce"]["bouncedRecipients"][0]["emailAddress"] = f"reader{number}@{domain}"
        bounces += [bounce] * (2 if number % 10 == 0 else 1)
    return bounces


def test_feedback_on_our_own_alert_mail_is_recorded_and_notifies_nobody(driver: Driver, domain: str) -> None:
    bounce = to_domain(driver.load("ses/identity_bounce.json"), domain)
    bounce["mail"]["source"] = f"SES Feedback <{ALERT_SENDER}>"
    driver.publish(bounce)
    driver.settle()
    (row,) = driver.rows(domain)
    assert "alert" not in row


def test_a_team_is_notified_by_its_topic_while_ses_refuses(driver: Driver, domain: str) -> None:
    ses, sqs, sns = (driver.stack.aws.client(name) for name in ("ses", "sqs", "sns"))
    url = sqs.create_queue(QueueName=f"second-channel-{domain[:12]}")["QueueUrl"]
    queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topic = sns.create_topic(Name="ses-feedback-team-customer-service")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
    for identity in (ALERT_SENDER, "example.com"):
        ses.delete_identity(Identity=identity)
    try:
        driver.publish(to_domain(driver.load("story/05_production_complaint.json"), domain))
        driver.settle()
    finally:
        ses.verify_domain_identity(Domain="example.com")
        ses.verify_email_identity(EmailAddress=ALERT_SENDER)
    (message,) = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"]
    assert domain in message["Body"]


def test_the_index_lists_who_is_suppressed_in_a_scope(driver: Driver, domain: str) -> None:
    driver.publish(to_domain(driver.load("story/10_marketing_complaint.json"), domain))
    driver.settle()
    settings = load_settings(project_root() / "layers" / "settings" / "feedback.toml")
    ledger = Ledger(driver.stack.aws.client("dynamodb"), driver.stack.outputs["LedgerTable"], settings)
    listed = dict(ledger.suppressed(Scope.of_message_stream("marketing"), datetime.now(UTC)))
    assert f"jonas.weber@{domain}" in listed
    assert listed[f"jonas.weber@{domain}"].since <= to_text(datetime.now(UTC))


def test_a_better_copy_notifies_the_team_that_the_first_copy_did_not_name(driver: Driver, domain: str) -> None:
    bounce = to_domain(driver.load("ses/event_bounce.json"), domain)
    tags = bounce["mail"].pop("tags")
    driver.publish(bounce | {"notificationType": bounce.pop("eventType")})
    driver.settle()
    bounce["mail"]["tags"] = tags | {"message_stream": ["marketing"], "environment": ["production"]}
    driver.publish(bounce | {"eventType": "Bounce"})
    driver.settle()
    assert _mentions(driver, "qa@example.com", domain) == _mentions(driver, "marketing@example.com", domain) == 1
