"""What the routes do their work with."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ses_feedback.ledger.table import Ledger
from ses_feedback.operations.ses_list import SesLists
from ses_feedback.settings.file import Settings

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_sesv2 import SESV2Client


@dataclass(frozen=True, slots=True)
class Work:
    """`service`: the stack's name, under which its metrics are. The clients are made when they are needed."""

    ledger: Ledger
    settings: Settings
    service: str
    ses_client: "Callable[[], SESV2Client]"
    cloudwatch: "Callable[[], CloudWatchClient]"

    def ses(self) -> SesLists:
        return SesLists(self.ses_client())
