"""Backs up the ledger, as often as the schedule says, into a bucket that this function cannot read."""

import os
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from ses_feedback.backup.writing import LedgerBackup, LedgerExport

SECONDS_FOR_THE_REST = 60  # to pack, put and list what a page of the scan brought last

logger, metrics = Logger(), Metrics()
dynamodb = boto3.client("dynamodb")
STACK, TABLE, BUCKET = (os.environ[name] for name in ("POWERTOOLS_SERVICE_NAME", "TABLE_NAME", "BACKUP_BUCKET"))
METHOD, LOOKS = os.environ["BACKUP_METHOD"], os.environ["BACKUP_LISTING"] == "true"
exporting = LedgerExport(dynamodb, table_arn=os.environ["TABLE_ARN"], bucket=BUCKET, key=os.environ["BACKUP_KEY_ARN"])
writing = LedgerBackup(dynamodb, boto3.client("s3"), table=TABLE, bucket=BUCKET, looks=LOOKS)


@metrics.log_metrics
@logger.inject_lambda_context
def handler(_event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """One backup; whatever goes wrong is raised, comes again once, and ends in the dead letters."""
    facts = export() if METHOD == "export" else write(context)
    metrics.add_metric(name="backups_written", unit=MetricUnit.Count, value=1)
    logger.info("backed up", extra=facts)
    return facts


def write(context: LambdaContext) -> dict[str, Any]:
    """A backup in parts, by this function. Raises `NotBackedUp`."""

    def has_time() -> bool:
        return context.get_remaining_time_in_millis() > SECONDS_FOR_THE_REST * 1000

    place, manifest = writing.write(STACK, has_time)
    for name in ("states", "events"):
        metrics.add_metric(name=f"backed_up_{name}", unit=MetricUnit.Count, value=getattr(manifest, name))
    return {"manifest": place, "parts": len(manifest.parts), "states": manifest.states, "events": manifest.events}


def export() -> dict[str, Any]:
    """A backup by DynamoDB, which goes on after this function. Raises `NotBackedUp` where the one before failed."""
    started, before = exporting.start()
    return {"export": started, "export_before": before}
