"""Backs up the ledger, as often as the schedule says, into a bucket that this function cannot read."""

from typing import Annotated, Any, Literal, NamedTuple

from aws_lambda_powertools import Logger, Metrics

from ses_feedback.aws_client import client
from ses_feedback.backup.writing import LedgerBackup, LedgerExport
from ses_feedback.custom_resource import Invocation
from ses_feedback.entry import enter
from ses_feedback.handlers.back_up import export, write


class Environment(NamedTuple):
    powertools_service_name: Annotated[str, "AWS::StackName"]
    table_name: Annotated[str, "LedgerTable or ExistingTable"]
    table_arn: Annotated[str, "LedgerTable or ExistingTable"]
    backup_method: Annotated[Literal["parts", "export"], "BackupMethod"]
    backup_bucket: Annotated[str, "BackupBucket or ExportBucket"]
    backup_listing: Annotated[bool, "BackupListing"]
    backup_key_arn: Annotated[str, "BackupKeyArn or KeyArn"] = ""


env, entry = enter("BackUp", Environment)
logger, metrics, dynamodb, s3 = Logger(), Metrics(), client("dynamodb"), client("s3")
exporting = LedgerExport(dynamodb, table_arn=env.table_arn, bucket=env.backup_bucket, key=env.backup_key_arn)
writing = LedgerBackup(dynamodb, s3, table=env.table_name, bucket=env.backup_bucket, can_list=env.backup_listing)


@entry
@metrics.log_metrics
@logger.inject_lambda_context
def handler(_event: dict[str, Any], context: Invocation) -> dict[str, Any]:
    """One backup. Whatever goes wrong is raised, retried once, and ends in the dead letters."""
    left, stack = context.get_remaining_time_in_millis, env.powertools_service_name
    is_export = env.backup_method == "export"
    facts = export(exporting, context.aws_request_id, logger) if is_export else write(writing, stack, left, metrics)
    metrics.add_metric(name="backups_written", unit="Count", value=1)
    logger.info("backed up", extra=facts)
    return facts
