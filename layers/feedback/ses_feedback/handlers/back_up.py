"""One backup, as the schedule asks for it: written in parts by this function, or exported by DynamoDB."""

from collections.abc import Callable
from typing import Any

from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit

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


def export(ledger: LedgerExport) -> dict[str, Any]:
    """DynamoDB goes on after this function has ended. Raises `NotBackedUp` if the export before this one failed."""
    started, before = ledger.start()
    return {"export": started, "export_before": before}
