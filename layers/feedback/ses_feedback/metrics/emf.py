"""A tally as metrics in CloudWatch: one line of the log for each value of each dimension (EMF), and no request.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import warnings

from aws_lambda_powertools.metrics import EphemeralMetrics, Metrics, MetricUnit

from ses_feedback.metrics.tally import Tally

SECONDS_TO_SUPPRESSION = "seconds_to_suppression"


def function_metrics() -> Metrics:
    """The metrics of a function's own invocations. One that counts nothing, as of a test event, is not worth a
    warning.
    """
    warnings.filterwarnings("ignore", "No application metrics to publish")
    return Metrics()


def flush(tally: Tally) -> None:
    """Writes what was counted, and starts counting again. The environment sets namespace and service."""
    for (dimension, value), counts in tally.counts.items():
        line = EphemeralMetrics()
        line.add_dimension(name=dimension, value=value)
        for name, count in counts.items():
            line.add_metric(name=name, unit=MetricUnit.Count, value=count)
        line.flush_metrics()
    if tally.seconds_to_suppression:
        line = EphemeralMetrics()
        for seconds in tally.seconds_to_suppression:
            line.add_metric(name=SECONDS_TO_SUPPRESSION, unit=MetricUnit.Seconds, value=seconds)
        line.flush_metrics()
    tally.clear()
