"""The ways to a deployed stack: its ledger, queues, archive and SES; and what stands in a way, in one line each."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import boto3
from botocore import exceptions as faults
from botocore.config import Config

from ses_feedback.backup.restoring import LedgerRestore
from ses_feedback.denied import is_denied
from ses_feedback.ledger.table import Ledger
from ses_feedback.ses_setup.ses import SesIdentities, pace
from ses_feedback.ses_setup.target import StackOffer
from ses_feedback.settings.file import Settings
from ses_feedback_cli.archive.bucket import ArchiveBucket
from ses_feedback_cli.dead_letters.queue import DeadLetterQueue
from ses_feedback_cli.output import fail
from ses_feedback_cli.ses_list.account import SesAccountList

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

DEFAULT_STACK = "ses-feedback"
OUTPUT = "LedgerTable"
_CONFIG = Config(connect_timeout=5, read_timeout=15, retries={"total_max_attempts": 3, "mode": "standard"})
_BAD_CREDENTIALS = (
    *("ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException"),
    *("InvalidSignatureException", "SignatureDoesNotMatch", "InvalidAccessKeyId", "AuthFailure"),
)


def open_ledger(settings: Settings, stack: str | None, table: str | None) -> Ledger:
    """The ledger of `table`, else of `stack`, else of what the environment names."""
    return Ledger(*_open_table(stack, table, _CONFIG), settings)


def open_restore(settings: Settings, stack: str | None, table: str | None, writers: int) -> tuple[LedgerRestore, str]:
    """What restores into the ledger, with connections for so many writers; and the table's name."""
    patient = Config(max_pool_connections=writers, retries={"total_max_attempts": 10, "mode": "standard"})
    client, name = _open_table(stack, table, _CONFIG.merge(patient))
    return LedgerRestore(client, name, settings), name


def open_s3() -> "S3Client":
    """S3 in the region one works in."""
    return _session().client("s3", config=_CONFIG)


def _open_table(stack: str | None, table: str | None, config: Config) -> "tuple[DynamoDBClient, str]":
    session = _session()
    name = table or (None if stack else os.environ.get("SES_FEEDBACK_TABLE"))
    try:
        if not name:
            name = _outputs_of(session, _name_of(stack), OUTPUT)[OUTPUT]
        return session.client("dynamodb", config=config), name
    except ValueError as error:  # botocore's own answer to an endpoint that is no URL
        fail(f"{error}: check AWS_ENDPOINT_URL and AWS_REGION")


def open_ses_list() -> SesAccountList:
    """SES's account-level list of the region one works in."""
    config = _CONFIG.merge(Config(retries={"total_max_attempts": 8, "mode": "adaptive"}))
    return SesAccountList(_session().client("sesv2", config=config))


def open_ses(stack: str | None) -> tuple[SesIdentities, StackOffer]:
    """SES's identities and configuration sets in the stack's region, and what the stack offers them."""
    session = _session()
    found = _describe(session, _name_of(stack))
    ses, sesv2 = session.client("ses", config=_CONFIG), session.client("sesv2", config=_CONFIG)
    sns, cloudformation = session.client("sns", config=_CONFIG), session.client("cloudformation", config=_CONFIG)
    identities = SesIdentities(ses=ses, sesv2=sesv2, sns=sns, cloudformation=cloudformation, seconds_a_call=pace())
    return identities, _target(found)


def _target(stack: Mapping[str, Any]) -> StackOffer:
    outputs = {one["OutputKey"]: one.get("OutputValue", "") for one in stack.get("Outputs", [])}
    parameters = {one["ParameterKey"]: one.get("ParameterValue", "") for one in stack.get("Parameters", [])}
    if not outputs.get("ArchiveStreamWriterRole"):
        fail(f"the stack {stack['StackName']} (status {stack['StackStatus']}) knows no identities: deploy it again")
    partition, region, account = (stack["StackId"].split(":")[place] for place in (1, 3, 4))

    def arn(service: str, name: str) -> str:
        return f"arn:{partition}:{service}:{region}:{account}:{name.rpartition('/')[2]}"

    return StackOffer(
        stack=stack["StackId"],
        topic=outputs["FeedbackTopic"],
        stream=arn("firehose", "") + f"deliverystream/{outputs['ArchiveStream']}",
        stream_role=outputs["ArchiveStreamWriterRole"],
        queue=arn("sqs", outputs["FeedbackQueue"]),
        dead_letters=arn("sqs", outputs["DeadLetters"]),
        per_environment=parameters.get("TopicPerEnvironment") == "true",
    )


def caller() -> str:
    """Who runs the command, as AWS knows them: the ARN of the user or of the role's session."""
    return str(_session().client("sts", config=_CONFIG).get_caller_identity()["Arn"])


def open_dead_letters(stack: str | None) -> DeadLetterQueue:
    """The dead-letter queue of a stack, and the queues that letters go back to."""
    session = _session()
    outputs = _outputs_of(session, _name_of(stack), "DeadLetters")
    streams, events = session.client("dynamodbstreams", config=_CONFIG), session.client("events", config=_CONFIG)
    return DeadLetterQueue(session.client("sqs", config=_CONFIG), streams, events, outputs)


def open_bucket(stack: str | None, bucket: str | None) -> ArchiveBucket:
    """The archive of a stack, or a bucket by its name."""
    session = _session()
    if not bucket:
        bucket = _outputs_of(session, _name_of(stack), "ArchiveBucket")["ArchiveBucket"]
    return ArchiveBucket(session.client("s3", config=_CONFIG), bucket)


def _name_of(stack: str | None) -> str:
    return stack or os.environ.get("SES_FEEDBACK_STACK") or DEFAULT_STACK


def _session() -> "boto3.Session":
    return boto3.Session(region_name=os.environ.get("AWS_REGION") or None)  # boto3 itself reads no AWS_REGION


def _describe(session: "boto3.Session", stack: str, *, or_table: bool = False) -> Mapping[str, Any]:
    client = session.client("cloudformation", config=_CONFIG)
    try:
        found: Mapping[str, Any] = client.describe_stacks(StackName=stack)["Stacks"][0]
        return found
    except faults.ClientError as error:
        if "does not exist" in str(error):
            way_round = ", or the table itself with --table" if or_table else ""
            fail(
                f"no stack named {stack} in the region {client.meta.region_name}: name it with --stack, "
                f"its region with AWS_REGION{way_round}"
            )
        raise


def _outputs_of(session: "boto3.Session", stack: str, needed: str) -> dict[str, str]:
    found = _describe(session, stack, or_table=needed == OUTPUT)
    outputs = {one.get("OutputKey", ""): one.get("OutputValue", "") for one in found.get("Outputs", [])}
    if not outputs.get(needed):
        fail(
            f"the stack {stack} has no output {needed} (status {found['StackStatus']}): is it SES Feedback, deployed?"
        )
    return outputs


@contextmanager
def plain_aws_errors() -> Iterator[None]:
    """Ends the command with one line where AWS, or the way there, says no."""
    try:
        yield
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
        fail(f"AWS cannot be asked: {str(error).rstrip('.')}: check your AWS configuration")


def _refusal(error: faults.ClientError) -> str:
    said = error.response.get("Error", {})
    code, message = said.get("Code", ""), said.get("Message", "").rstrip(".")
    permission = f"{_SERVICES.get(error.operation_name, 'dynamodb')}:{error.operation_name}"
    if is_denied(error):
        way_round = ", or pass --table" if permission.startswith("cloudformation") else ""
        return f"access denied: you need the permission {permission}{way_round} ({message})"
    if code == "ResourceNotFoundException":
        return f"no such table, or not in this region ({message}): check --table, --stack and AWS_REGION"
    if code in _BAD_CREDENTIALS:
        return f"AWS does not accept your credentials ({code}: {message}): log in again, or set AWS_PROFILE"
    return f"{permission} failed ({code}: {message}): try again, and check --table and AWS_REGION"


_SERVICES = (
    {"DescribeStacks": "cloudformation", "GetCallerIdentity": "sts"}
    | dict.fromkeys(("ListSuppressedDestinations", "PutSuppressedDestination", "DeleteSuppressedDestination"), "ses")
    | dict.fromkeys(("ReceiveMessage", "DeleteMessage", "SendMessage", "GetQueueUrl"), "sqs")
    | dict.fromkeys(("ListObjectsV2", "GetObject"), "s3")
    | dict.fromkeys(("ListEmailIdentities", "GetEmailIdentity", "GetIdentityNotificationAttributes"), "ses")
    | dict.fromkeys(("ListConfigurationSets", "GetConfigurationSet", "GetConfigurationSetEventDestinations"), "ses")
)
