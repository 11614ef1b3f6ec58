"""The functions as tests/handlers loads them."""

from tests.handlers.conftest import alert_queue, alerts_topic, context, function, sns

__all__ = ["alert_queue", "alerts_topic", "context", "function", "sns"]
