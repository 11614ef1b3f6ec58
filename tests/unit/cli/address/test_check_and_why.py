"""`ses-feedback check` and `why` on moto's ledger."""

import json
from datetime import timedelta
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from ses_feedback import timestamp
from ses_feedback.decision.decide import decide
from ses_feedback.decision.fact import PREDICTED
from ses_feedback.decision.suppression import Suppression
from ses_feedback.ledger.items import key
from ses_feedback.ledger.table import Ledger
from ses_feedback.scope import GLOBAL
from ses_feedback.settings.file import Settings
from ses_feedback_cli.address.why import next_command
from ses_feedback_cli.main import app
from tests.conftest import TABLE
from tests.samples import NOW, changed, feedback_in, load

pytestmark = pytest.mark.slow

BOUNCED, COMPLAINED, CLEAN = "oliver.hayes@example.net", "sofia.marin@example.org", "nobody@example.com"
BOUNCE, COMPLAINT = load("story/04_production_hard_bounce.json"), load("ses/event_complaint.json")


@pytest.fixture
def ledger(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> Ledger:
    """The ledger of all tests, with its table named where the command looks for it."""
    monkeypatch.setenv("SES_FEEDBACK_TABLE", TABLE)
    return ledger


@pytest.fixture
def record(ledger: Ledger, settings: Settings) -> Any:
    def recorded(event: Any) -> None:
        document = json.loads(event["Records"][0]["Sns"]["Message"]) if "Records" in event else event
        for feedback in feedback_in(document):
            ledger.record(decide(feedback, settings), NOW)

    return recorded


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments])


def rows_of(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_mail_may_be_sent_to_an_unknown_address(ledger: Ledger) -> None:
    result = run("check", CLEAN)
    assert (result.exit_code, result.stdout.split()[:2]) == (0, ["yes", CLEAN])


def test_mail_must_not_be_sent_to_an_address_that_bounced(record: Any) -> None:
    record(BOUNCE)
    result = run("check", BOUNCED)
    assert result.exit_code == 1
    assert result.stdout.startswith(f"no  {BOUNCED}")
    for text in ("No such mailbox", "everywhere, for good", "scope global", f"ses-feedback why {BOUNCED}"):
        assert text in result.stdout


def test_one_suppressed_address_among_others_exits_with_1(record: Any) -> None:
    record(BOUNCE)
    result = run("check", "--json", CLEAN, BOUNCED)
    assert [row["may_send"] for row in rows_of(result)] == [True, False]
    assert result.exit_code == 1


def test_the_json_has_exactly_these_names(record: Any) -> None:
    record(BOUNCE)
    [row] = rows_of(run("check", "--json", BOUNCED))
    assert list(row) == ["address", "may_send", "environment", "message_stream", "suppressions"]
    [held] = row["suppressions"]
    assert list(held) == ["scope", "fact", "since", "until", "event_id"]
    assert (held["scope"], held["fact"], held["until"]) == ("global", "user_unknown", None)


def test_a_marketing_complaint_stops_marketing_only(record: Any) -> None:
    record(COMPLAINT)
    assert run("check", COMPLAINED).exit_code == 0
    assert run("check", COMPLAINED, "--stream", "marketing").exit_code == 1


def test_what_stops_other_mail_is_shown_too(record: Any) -> None:
    record(COMPLAINT)
    assert "Other mail to it is stopped: Suppressed for marketing mail only" in run("check", COMPLAINED).stdout


def test_what_happened_in_dev_stays_there(record: Any) -> None:
    record(load("sns_bounce.json"))
    address = "tess.reader@example.net"
    assert run("check", address).exit_code == 0
    assert run("check", address, "--environment", "dev").exit_code == 1


def test_an_expired_suppression_stops_nothing(record: Any) -> None:
    long_ago = timestamp.to_text(NOW - timedelta(days=60))
    event = changed(load("story/03_staging_nxdomain.json"), "mail.timestamp", long_ago)
    event = changed(event, "mail.source", "orders@example.com")
    event = changed(event, "mail.tags", {})
    record(event)
    [feedback] = feedback_in(event)
    assert run("check", str(feedback.recipient)).exit_code == 0


def test_an_address_is_found_in_any_spelling(record: Any) -> None:
    record(BOUNCE)
    assert run("check", f"Oliver <{BOUNCED.upper()}>").exit_code == 1


def test_the_list_of_ses_is_mentioned_once(ledger: Ledger) -> None:
    result = run("check", CLEAN, "b@example.com")
    assert result.stderr.count("--ses asks them") == 1


@pytest.mark.parametrize(
    "arguments",
    [["nonsense"], [""], ["a@b c"], [CLEAN, "--stream", "smoke"], [CLEAN, "--environment", "moon"], ["\x1b[2J@"]],
)
def test_invalid_arguments_are_one_line_of_error(arguments: list[str], ledger: Ledger) -> None:
    result = run("check", *arguments)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert "\x1b" not in result.stderr


def test_why_shows_the_story(record: Any) -> None:
    record(BOUNCE)
    story = " ".join(run("why", BOUNCED).stdout.split())
    for text in (
        BOUNCED,
        "bounce → suppressed",
        "550 5.1.1",
        "No such mailbox. The recipient's mail server says",
        "rule user-",
        "decides now",
        "Now: Suppressed everywhere, for good",
        f"Next: ses-feedback reinstate {BOUNCED} --reason",
    ):
        assert text in story


def test_why_shows_the_oldest_event_first(record: Any) -> None:
    record(changed(COMPLAINT, "complaint.complaintFeedbackType", "virus"))
    record(changed(COMPLAINT, "complaint.timestamp", "2026-11-19T09:00:00.000Z"))
    [story] = rows_of(run("why", "--json", COMPLAINED))
    times = [event["occurred_at"] for event in story["events"]]
    assert len(times) == 2
    assert times == sorted(times)


def test_why_as_json_is_one_object(record: Any) -> None:
    record(BOUNCE)
    [story] = rows_of(run("why", "--json", BOUNCED))
    assert list(story) == ["address", "known", "suppressions", "soft_evidence", "events", "next"]
    [event] = story["events"]
    assert (event["decided"], event["reason"], story["known"]) == (True, "user_unknown", True)


def test_why_an_unknown_address_says_so(ledger: Ledger) -> None:
    result = run("why", CLEAN)
    assert result.exit_code == 0
    assert "Unknown here: no event" in result.stdout


def test_why_counts_soft_evidence(record: Any) -> None:
    event = load("story/02_staging_soft_bounce.json")
    record(event)
    story = run("why", str(feedback_in(event)[0].recipient)).stdout
    assert "not suppressed. 1 soft bounce remembered." in story


def test_if_ses_itself_refuses_the_next_command_asks_ses(record: Any) -> None:
    event = load("ses/bounce_account_suppression_list.json")
    record(event)
    [story] = rows_of(run("why", "--json", str(feedback_in(event)[0].recipient)))
    assert story["next"].startswith("aws sesv2 get-suppressed-destination --email-address ")
    assert "--tenant-name" not in story["next"]


def test_if_a_tenants_list_refuses_the_story_names_the_tenant(record: Any) -> None:
    event = changed(
        load("ses/bounce_account_suppression_list.json"), "bounce.bounceSubType", "OnTenantSuppressionList"
    )
    event = changed(event, "mail.tags", {"ses:tenant-name": ["lantern"]})
    record(event)
    address = str(feedback_in(event)[0].recipient)
    [story] = rows_of(run("why", "--json", address))
    assert [held["scope"] for held in story["suppressions"]] == ["tenant:lantern"]
    assert story["next"].endswith("--tenant-name lantern")
    assert "for mail of the tenant lantern only" in " ".join(run("why", address).stdout.split())


def test_hostile_text_of_a_row_is_inert(record: Any) -> None:
    record(changed(BOUNCE, "bounce.bouncedRecipients.0.diagnosticCode", "550 [bold] user unknown [/] \x1b[2J\x9b31m"))
    story = run("why", BOUNCED).output
    assert "[bold] user unknown [/]" in story
    assert not set(story) & set("\x1b\x9b")


def test_after_a_prediction_the_next_command_asks_no_list() -> None:
    predicted = Suppression(GLOBAL, PREDICTED, "2026-11-20T09:00:00.000Z", "2026-11-21T09:00:00.000Z", "e1")
    assert next_command(CLEAN, [predicted]).startswith("ses-feedback reinstate ")


def test_a_row_that_cannot_be_read_is_one_line_of_error(record: Any, dynamodb: Any) -> None:
    record(BOUNCE)
    dynamodb.put_item(TableName=TABLE, Item=key(BOUNCED, "E#damaged") | {"event_id": {"S": "damaged"}})
    result = run("why", BOUNCED)
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert "the row of the event damaged lacks kind" in result.stderr
