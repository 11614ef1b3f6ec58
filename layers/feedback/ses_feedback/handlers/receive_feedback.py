"""The answer to a request over HTTPS; its status tells SNS whether to try again."""

import json
from typing import TYPE_CHECKING, Any

from ses_feedback.errors import Refusal, Unavailable
from ses_feedback.https.receipt import SnsReceipt
from ses_feedback.https.request import BasicAuth, body_of
from ses_feedback.https.signature import SnsVerifier

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger


class SnsEndpoint:
    def __init__(self, auth: BasicAuth, verifier: SnsVerifier, receipt: SnsReceipt, logger: "Logger") -> None:
        self._auth, self._verifier, self._receipt, self._logger = auth, verifier, receipt, logger

    def answer(self, event: dict[str, Any]) -> dict[str, Any]:
        """2xx once the message is queued; 4xx for what SNS must never send again; else 5xx, and SNS retries for an
        hour. Raises botocore's errors, of which API Gateway makes 500.
        """
        try:
            self._auth.check(event)
            message = self._verifier.verify(body_of(event))
            outcome = self._receipt.take(message)
        except Refusal as refusal:
            self._logger.warning("refused", extra={"status": refusal.status, "cause": refusal.cause})
            return _response(refusal.status, refusal.cause)
        except Unavailable as unavailable:
            self._logger.exception("cannot be judged now; SNS retries")
            return _response(503, str(unavailable))
        facts = {"type": message.type, "topic": message.topic_arn, "message_id": message.message_id}
        self._logger.info(outcome, extra=facts)
        return _response(200, outcome)


def _response(status: int, text: str) -> dict[str, Any]:
    headers = {"content-type": "application/json"}
    if status == 401:
        headers["www-authenticate"] = 'Basic realm="ses-feedback"'
    return {"statusCode": status, "headers": headers, "body": json.dumps({"message": text})}
