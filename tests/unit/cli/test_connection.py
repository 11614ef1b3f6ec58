"""Which table the commands use, and what they say when AWS refuses or cannot be reached."""

import boto3
import pytest
from botocore import exceptions as faults
from botocore.stub import Stubber
from typer import Exit
from typer.testing import CliRunner, Result

from ses_feedback.errors import Unavailable
from ses_feedback.ledger.table import Ledger
from ses_feedback_cli.connection import plain_aws_errors
from ses_feedback_cli.main import app
from tests.conftest import TABLE
from tests.samples import NOW

pytestmark = pytest.mark.slow

CLEAN = "nobody@example.com"


@pytest.fixture
def ledger(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> Ledger:
    """The ledger of all tests, with its table named where the commands look for it."""
    monkeypatch.setenv("SES_FEEDBACK_TABLE", TABLE)
    return ledger


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments])


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
        (Unavailable("DynamoDB is throttled"), "DynamoDB is throttled: try again"),
    ],
)
def test_every_refusal_of_aws_is_one_line(fault: Exception, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Exit) as ended, plain_aws_errors():
        raise fault
    assert ended.value.exit_code == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
