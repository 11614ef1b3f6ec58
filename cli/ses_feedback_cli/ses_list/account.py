"""SES's account-level suppression list: read, put and delete, at the rate that SES allows."""

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from botocore.config import Config
from botocore.exceptions import ClientError

from ses_feedback.address import normalise
from ses_feedback.decision.ses_list import Entry
from ses_feedback_cli.connection import CONFIG, open_session

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client

SECONDS_A_CALL = 1.0
"""SES allows one call per second, except to send (docs.aws.amazon.com/ses/latest/dg/quotas.html)."""

PAGE = 1000


class SesAccountList:
    """The list of the client's account and region. Raises botocore's errors."""

    def __init__(self, client: "SESV2Client", seconds_a_call: float = SECONDS_A_CALL) -> None:
        self._client, self._seconds, self._next = client, seconds_a_call, 0.0

    def entries(self, on_read: Callable[[int], None] = lambda _: None) -> dict[str, list[Entry]]:
        """The whole list, by the ledger's key of the address; `on_read` gets the number of entries of each page."""
        entries: dict[str, list[Entry]] = {}
        for page in self._pages():
            for summary in page:
                entry = Entry(summary["EmailAddress"], summary["Reason"], summary["LastUpdateTime"])
                entries.setdefault(normalise(entry.spelling), []).append(entry)
            on_read(len(page))
        return entries

    def put(self, address: str, reason: str) -> None:
        self._pace()
        self._client.put_suppressed_destination(EmailAddress=address, Reason=reason)  # type: ignore[arg-type]

    def delete(self, spelling: str) -> None:
        """Deletes this spelling only; one that is not listed counts as deleted."""
        self._pace()
        try:
            self._client.delete_suppressed_destination(EmailAddress=spelling)
        except ClientError as error:
            if error.response["Error"]["Code"] != "NotFoundException":
                raise

    def _pages(self) -> Iterator[list[Any]]:
        """boto3 has no paginator for this call."""
        more: dict[str, Any] = {}
        while True:
            self._pace()
            answer = self._client.list_suppressed_destinations(PageSize=PAGE, **more)
            yield list(answer.get("SuppressedDestinationSummaries", []))
            if not answer.get("NextToken"):
                return
            more = {"NextToken": answer["NextToken"]}

    def _pace(self) -> None:
        now = time.monotonic()
        time.sleep(max(self._next - now, 0))
        self._next = max(self._next, now) + self._seconds


def open_ses_list() -> SesAccountList:
    """SES's account-level list in the session's region."""
    config = CONFIG.merge(Config(retries={"total_max_attempts": 8, "mode": "adaptive"}))
    return SesAccountList(open_session().client("sesv2", config=config))
