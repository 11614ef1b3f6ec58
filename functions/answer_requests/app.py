"""The HTTP API: applications ask before they send, and suppress and reinstate addresses."""

from functools import cache
from typing import Annotated, Any, NamedTuple

from aws_lambda_powertools import Logger

from ses_feedback.api.work import Work
from ses_feedback.aws_client import client
from ses_feedback.entry import enter
from ses_feedback.handlers.answer_requests import HttpApi
from ses_feedback.ledger.table import Ledger
from ses_feedback.settings.file import load_settings


class Environment(NamedTuple):
    table_name: Annotated[str, "LedgerTable or ExistingTable"]
    powertools_service_name: Annotated[str, "AWS::StackName"]


env, entry = enter("AnswerRequests", Environment)
logger, settings = Logger(), load_settings()
ledger = Ledger(client("dynamodb"), env.table_name, settings)
ses, cloudwatch = cache(lambda: client("sesv2")), cache(lambda: client("cloudwatch"))  # made when first needed
api = HttpApi(Work(ledger, settings, env.powertools_service_name, ses, cloudwatch), logger)


@entry
@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return api.answer(event, context)
