"""`ses-feedback check` and `why` on moto's ledger, and their errors when AWS refuses."""

import json
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore import exceptions as faults
from botocore.stub import Stubber
from typer import Exit
from typer.testing import CliRunner, Result

from ses_feedback import timestamp
from ses_feedback.decision.decide import decide
from ses_feedback.ledger.table import Ledger
from ses_feedback.settings.file import Settings
from ses_feedback_cli.connection import plain_aws_errors
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
    assert result.stderr.count("get-suppressed-destination") == 1


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
    assert "Unknown: no event" in result.stdout


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


# --- Which table, and what can go wrong ----------------------------------------------------------------------


def stub_stacks(monkeypatch: pytest.MonkeyPatch, *stacks: str | None) -> None:
    """CloudFormation knows a stack for each of these outputs; None: a stack without the output. Nothing: no stack.

    moto's own CloudFormation needs packages of a hundred other services.
    """
    client = boto3.client("cloudformation")
    stubber = Stubber(client)
    for table in stacks:
        outputs = [{"OutputKey": "LedgerTable", "OutputValue": table}] if table else []
        stack = {"StackName": "s", "CreationTime": NOW, "StackStatus": "CREATE_COMPLETE", "Outputs": outputs}
        stubber.add_response("describe_stacks", {"Stacks": [stack]})
    if not stacks:
        stubber.add_client_error("describe_stacks", "ValidationError", "Stack with id nope does not exist")
    stubber.activate()
    others = boto3.Session.client
    monkeypatch.setattr(
        boto3.Session,
        "client",
        lambda self, name, **options: client if name == "cloudformation" else others(self, name, **options),
    )


def test_the_table_is_found_by_its_stack(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SES_FEEDBACK_TABLE")
    stub_stacks(monkeypatch, TABLE)
    assert run("check", CLEAN).exit_code == 0


def test_a_named_table_needs_no_stack(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SES_FEEDBACK_TABLE", "another")
    stub_stacks(monkeypatch)
    assert run("check", CLEAN, "--table", TABLE).exit_code == 0


def test_a_named_stack_takes_precedence_over_the_table_of_the_environment(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    stub_stacks(monkeypatch)
    result = run("check", CLEAN, "--stack", "nope")
    assert "no stack named nope in the region eu-central-1" in result.stderr
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)


def test_a_stack_of_another_project_is_refused(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    stub_stacks(monkeypatch, None)
    assert "no output LedgerTable" in run("check", CLEAN, "--stack", "web").stderr


def test_a_missing_table_is_one_line_of_error(aws: None) -> None:
    result = run("why", CLEAN, "--table", "nope")
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert "no such table" in result.stderr


def test_without_a_region_it_says_how_to_set_one(aws: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    assert "set AWS_REGION" in run("check", CLEAN, "--table", TABLE).stderr


def test_the_region_may_be_given_in_aws_region(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_REGION", boto3.Session().region_name)
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    assert run("check", CLEAN).exit_code == 0


@pytest.mark.parametrize(("name", "value"), [("AWS_ENDPOINT_URL", "nonsense"), ("AWS_REGION", "b ad")])
def test_an_invalid_endpoint_or_region_is_one_line_of_error(
    name: str, value: str, aws: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    for where in (["--table", TABLE], ["--stack", "s"]):
        result = run("check", CLEAN, *where)
        assert (result.exit_code, result.stderr.count("\n")) == (2, 1)


def test_a_missing_profile_is_named(aws: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nope")
    assert "profile (nope) could not be found" in run("check", CLEAN, "--table", TABLE).stderr


def refusal(code: str, operation: str) -> faults.ClientError:
    return faults.ClientError({"Error": {"Code": code, "Message": "No."}}, operation)


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (refusal("AccessDeniedException", "GetItem"), "you need the permission dynamodb:GetItem"),
        (refusal("AccessDenied", "DescribeStacks"), "cloudformation:DescribeStacks, or pass --table"),
        (refusal("ExpiredTokenException", "GetItem"), "log in again"),
        (refusal("ThrottlingException", "Query"), "dynamodb:Query failed"),
        (refusal("AccessDeniedException", "PutEvents"), "events:PutEvents"),
        (refusal("AccessDenied", "ListObjectsV2"), "s3:ListBucket"),
        (faults.NoCredentialsError(), "no AWS credentials"),
        (faults.TokenRetrievalError(provider="sso", error_msg="expired"), "aws sso login"),
        (faults.EndpointConnectionError(endpoint_url="https://x.example"), "AWS cannot be reached"),
        (faults.ParamValidationError(report="x"), "AWS cannot be called"),
    ],
)
def test_every_refusal_of_aws_is_one_line(fault: Exception, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Exit) as ended, plain_aws_errors():
        raise fault
    assert ended.value.exit_code == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
