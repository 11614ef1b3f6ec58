"""What publish_alerts would publish: an alert for each new row that has one."""

from typing import Any

from ses_feedback.attribute_values import plain


def answer(event: dict[str, Any], env: Any) -> dict[str, Any]:
    """`would_publish`: the alerts, as the topic's subscribers get them."""
    images = (record["dynamodb"].get("NewImage", {}) for record in event["Records"])
    return {"topic": env.alerts_topic_arn, "would_publish": [plain(image) for image in images if "alert" in image]}
