"""The way to a deployed stack: the session, the stack's outputs, its ledger; and AWS's errors, in one line each.

What belongs to one room (the archive's bucket, the dead-letter queue, SES's list) is opened there, on a session of
this module.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import boto3
from botocore import exceptions as faults
from botocore.config import Config

from ses_feedback.aws_errors import is_denied
from ses_feedback.errors import InvalidRequest, Unavailable, Unreadable
from ses_feedback.ledger.table import Ledger
from ses_feedback.settings.file import Settings
from ses_feedback_cli.output import fail

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

DEFAULT_STACK = "ses-feedback"
CONFIG = Config(connect_timeout=5, read_timeout=15, retries={"total_max_attempts": 3, "mode": "standard"})
_LEDGER = "LedgerTable"
_BAD_CREDENTIALS = (
    *("ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException"),
    *("InvalidSignatureException", "SignatureDoesNotMatch", "InvalidAccessKeyId", "AuthFailure"),
)


def open_session() -> boto3.Session:
    """A session in the region of AWS_REGION, which boto3 itself does not read, or of the profile."""
    return boto3.Session(region_name=os.environ.get("AWS_REGION") or None)


def open_ledger(settings: Settings, stack: str | None, table: str | None) -> Ledger:
    """The ledger of `table`, else of `stack`, else of what the environment names."""
    return Ledger(*open_table(stack, table), settings)


def open_table(stack: str | None, table: str | None, config: Config = CONFIG) -> "tuple[DynamoDBClient, str]":
    """A client, and the name of the ledger's table."""
    session = open_session()
    name = table or (None if stack else os.environ.get("SES_FEEDBACK_TABLE"))
    try:
        return session.client("dynamodb", config=config), name or outputs_of(session, stack, _LEDGER)[_LEDGER]
    except ValueError as error:  # botocore's own answer to an endpoint that is not a URL
        fail(f"{error}: check AWS_ENDPOINT_URL and AWS_REGION")


def caller() -> str:
    """Who runs the command: the ARN of the AWS user or of the role's session."""
    return str(open_session().client("sts", config=CONFIG).get_caller_identity()["Arn"])


def describe_stack(session: boto3.Session, name: str | None, *, or_table: bool = False) -> Mapping[str, Any]:
    """CloudFormation's description of the stack; without a name, of $SES_FEEDBACK_STACK or the default."""
    name = name or os.environ.get("SES_FEEDBACK_STACK") or DEFAULT_STACK
    client = session.client("cloudformation", config=CONFIG)
    try:
        stack: Mapping[str, Any] = client.describe_stacks(StackName=name)["Stacks"][0]
        return stack
    except faults.ClientError as error:
        if "does not exist" in str(error):
            way_round = ", or the table itself with --table" if or_table else ""
            fail(
                f"no stack named {name} in the region {client.meta.region_name}: name it with --stack, "
                f"its region with AWS_REGION{way_round}"
            )
        raise


def outputs_of(session: boto3.Session, name: str | None, needed: str) -> dict[str, str]:
    """The outputs of the stack, one of which must be there."""
    stack = describe_stack(session, name, or_table=needed == _LEDGER)
    outputs = {output.get("OutputKey", ""): output.get("OutputValue", "") for output in stack.get("Outputs", [])}
    if not outputs.get(needed):
        fail(
            f"the stack {stack['StackName']} has no output {needed} (status {stack['StackStatus']}): "
            "is it a deployed SES Feedback?"
        )
    return outputs


@contextmanager
def plain_aws_errors() -> Iterator[None]:
    """Ends the command with one line if AWS refuses a call or cannot be reached, if the ledger holds a row that
    cannot be read, or if what was asked for cannot be.
    """
    try:
        yield
    except InvalidRequest as error:
        fail(str(error))
    except faults.ClientError as error:
        fail(_refusal(error))
    except faults.NoRegionError:
        fail("no AWS region: set AWS_REGION, or `region` in your AWS profile")
    except faults.ProfileNotFound as error:
        fail(f"{error}: set AWS_PROFILE to one that `aws configure list-profiles` shows")
    except (faults.NoCredentialsError, faults.PartialCredentialsError, faults.CredentialRetrievalError) as error:
        fail(f"no AWS credentials ({str(error).rstrip('.')}): set AWS_PROFILE, or log in with `aws sso login`")
    except (faults.SSOError, faults.TokenRetrievalError) as error:
        fail(f"your AWS login has ended ({str(error).rstrip('.')}): run `aws sso login`")
    except (faults.ConnectionError, faults.HTTPClientError) as error:
        fail(f"AWS cannot be reached: {str(error).rstrip('.')}: check the network, the region and AWS_ENDPOINT_URL")
    except faults.BotoCoreError as error:
        fail(f"AWS cannot be called: {str(error).rstrip('.')}: check your AWS configuration")
    except Unavailable as error:
        fail(f"{error}: try again")
    except Unreadable as error:
        fail(f"the ledger cannot be read: {error}")


def _refusal(error: faults.ClientError) -> str:
    reply = error.response.get("Error", {})
    code, message = reply.get("Code", ""), reply.get("Message", "").rstrip(".")
    permission = _PERMISSIONS.get(error.operation_name, f"dynamodb:{error.operation_name}")
    if is_denied(error):
        way_round = ", or pass --table" if permission.startswith("cloudformation") else ""
        return f"access denied: you need the permission {permission}{way_round} ({message})"
    if code == "ResourceNotFoundException":
        return f"no such table, or not in this region ({message}): check --table, --stack and AWS_REGION"
    if code in _BAD_CREDENTIALS:
        return f"AWS does not accept your credentials ({code}: {message}): log in again, or set AWS_PROFILE"
    return f"{permission} failed ({code}: {message}): try again, and check --table and AWS_REGION"


_OPERATIONS = {
    "cloudformation": ("DescribeStacks",),
    "events": ("PutEvents",),
    "s3": ("GetObject",),
    "ses": (
        *("ListSuppressedDestinations", "PutSuppressedDestination", "DeleteSuppressedDestination"),
        *("GetSuppressedDestination", "GetTenant", "GetAccount"),
        *("ListEmailIdentities", "GetEmailIdentity", "GetIdentityNotificationAttributes"),
        *("ListConfigurationSets", "GetConfigurationSet", "GetConfigurationSetEventDestinations"),
    ),
    "sns": ("PublishBatch",),
    "sqs": ("ReceiveMessage", "DeleteMessage", "SendMessage", "GetQueueUrl"),
    "sts": ("GetCallerIdentity",),
}
_PERMISSIONS = {name: f"{service}:{name}" for service, names in _OPERATIONS.items() for name in names} | {
    "ListObjectsV2": "s3:ListBucket",
    "ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
}
"""The permission that an operation needs, if it is not DynamoDB's, or is named otherwise."""
