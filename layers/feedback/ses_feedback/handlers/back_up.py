"""One backup, as the schedule asks for it: written in parts by this function, or exported by DynamoDB."""

from collections.abc import Callable
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from botocore.exceptions import ClientError

from ses_feedback.backup.writing import LedgerBackup, LedgerExport

SECONDS_FOR_THE_REST = 60
"""To pack, put and list what the last page of the scan brought."""


def write(backup: LedgerBackup, stack: str, milliseconds_left: Callable[[], int], metrics: Metrics) -> dict[str, Any]:
    """Answers what was written, and counts it. Raises `NotBackedUp`."""

    def has_time() -> bool:
        return milliseconds_left() > SECONDS_FOR_THE_REST * 1000

    place, manifest = backup.write(stack, has_time)
    for name, number in (("states", manifest.states), ("events", manifest.events)):
        metrics.add_metric(name=f"backed_up_{name}", unit=MetricUnit.Count, value=number)
    return {"manifest": place, "parts": len(manifest.parts), "states": manifest.states, "events": manifest.events}


def export(ledger: LedgerExport, request_id: str, logger: Logger) -> dict[str, Any]:
    """DynamoDB goes on after this function has ended. Raises `NotBackedUp` if the last export that ended failed.

    The export is started first, and the look at the last one is only a report: if it is denied, a warning says so.
    Lambda's retry has the same `request_id`, so it starts no second export.
    """
    started = ledger.start(request_id)
    try:
        before = ledger.outcome_before(started)
    except ClientError as error:
        before = "UNKNOWN"
        code = error.response["Error"]["Code"]
        logger.warning("how the export before this one ended is unknown", extra={"code": code})
    return {"export": started, "export_before": before}
