"""SES's suppression lists, the account's and its tenants': read, put and delete, at the rate that SES allows; and
the steps that bring them and the ledger into agreement.
"""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from ses_feedback.address import normalise
from ses_feedback.decision.override import listed_by_ses, put_on_ses_list, unlisted_by_ses
from ses_feedback.decision.ses_list import Entry, ListAction, Step
from ses_feedback.errors import InvalidRequest
from ses_feedback.ledger.table import Ledger
from ses_feedback.ses_setup.lists_asked import Options

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client

SECONDS_A_CALL = 1.0
"""SES allows one call per second, except to send (docs.aws.amazon.com/ses/latest/dg/quotas.html)."""

PAGE = 1000

_NOT_THIS_ADDRESS = ("BadRequestException", "SignatureDoesNotMatch", "UnknownOperationException")
"""How SES refuses an address that its list cannot hold or return, such as one with a slash."""


class SesLists:
    """The lists of the client's account and region. `tenant` names whose list is meant; without, it is the account's.
    Raises botocore's errors.
    """

    def __init__(self, client: "SESV2Client", seconds_a_call: float = SECONDS_A_CALL) -> None:
        self._client, self._seconds, self._next = client, seconds_a_call, 0.0

    @property
    def knows_tenants(self) -> bool:
        """Whether the installed botocore can name a tenant."""
        asked = self._client.meta.service_model.operation_model("ListSuppressedDestinations").input_shape
        return asked is not None and "TenantName" in asked.members

    def entries(self, tenant: str = "", on_read: Callable[[int], None] = lambda _: None) -> dict[str, list[Entry]]:
        """The whole list, by the ledger's key of the address; `on_read` gets the number of entries of each page."""
        entries: dict[str, list[Entry]] = {}
        for page in self._pages(tenant):
            for summary in page:
                entry = Entry(summary["EmailAddress"], summary["Reason"], summary["LastUpdateTime"])
                entries.setdefault(normalise(entry.spelling), []).append(entry)
            on_read(len(page))
        return entries

    def entry(self, spelling: str, tenant: str = "") -> Entry | None:
        """The entry of exactly this spelling."""
        self._pace()
        try:
            found = self._client.get_suppressed_destination(EmailAddress=spelling, **_of(tenant))
        except ClientError as error:
            if is_missing(error):
                return None
            raise
        listed = found["SuppressedDestination"]
        message = listed.get("Attributes", {}).get("MessageId", "")
        return Entry(listed["EmailAddress"], listed["Reason"], listed["LastUpdateTime"], message)

    def tenants(self) -> Iterator[str]:
        """The names of all tenants; a request for each page of them."""
        more: dict[str, Any] = {}
        while True:
            self._pace()
            answer = self._client.list_tenants(**more)
            yield from (tenant["TenantName"] for tenant in answer.get("Tenants", []) if tenant.get("TenantName"))
            if not answer.get("NextToken"):
                return
            more = {"NextToken": answer["NextToken"]}

    def insights(self, message: str) -> Any:
        """Message Insights of a mail, as SES has them."""
        self._pace()
        return self._client.get_message_insights(MessageId=message)

    def options_of_account(self) -> Options:
        self._pace()
        return self._client.get_account().get("SuppressionAttributes", {})

    def options_of_tenant(self, name: str) -> Options:
        self._pace()
        try:
            return self._client.get_tenant(TenantName=name)["Tenant"].get("SuppressionAttributes", {})
        except ClientError as error:
            self._fail_if_missing(error, name)
            raise

    def options_of_set(self, name: str) -> Options | None:
        """None if SES has no such configuration set."""
        self._pace()
        try:
            return self._client.get_configuration_set(ConfigurationSetName=name).get("SuppressionOptions", {})
        except ClientError as error:
            if is_missing(error):
                return None
            raise

    def put(self, address: str, reason: str, tenant: str = "") -> None:
        self._pace()
        entry: Any = {"EmailAddress": address, "Reason": reason} | _of(tenant)
        self._client.put_suppressed_destination(**entry)

    def delete(self, spelling: str, tenant: str = "") -> bool:
        """Deletes this spelling only; False if it was not listed, which is success as well."""
        self._pace()
        try:
            self._client.delete_suppressed_destination(EmailAddress=spelling, **_of(tenant))
        except ClientError as error:
            if not is_missing(error):
                raise
            return False
        return True

    def _pages(self, tenant: str) -> Iterator[list[Any]]:
        """boto3 has no paginator for this call."""
        more: dict[str, Any] = {}
        while True:
            self._pace()
            try:
                answer = self._client.list_suppressed_destinations(PageSize=PAGE, **_of(tenant), **more)
            except ClientError as error:
                self._fail_if_missing(error, tenant)
                raise
            yield list(answer.get("SuppressedDestinationSummaries", []))
            if not answer.get("NextToken"):
                return
            more = {"NextToken": answer["NextToken"]}

    def _fail_if_missing(self, error: ClientError, tenant: str) -> None:
        if tenant and is_missing(error):
            raise InvalidRequest(f"SES knows no tenant {tenant} in the region {self._client.meta.region_name}")

    def _pace(self) -> None:
        now = time.monotonic()
        time.sleep(max(self._next - now, 0))
        self._next = max(self._next, now) + self._seconds


def is_missing(error: ClientError) -> bool:
    return error.response["Error"]["Code"] == "NotFoundException"


def _of(tenant: str) -> dict[str, Any]:
    return {"TenantName": tenant} if tenant else {}


def perform(step: Step, ledger: Ledger, ses: SesLists) -> str:
    """Does one step; returns why SES refuses the address, or an empty text. Raises botocore's other errors.

    A step that is interrupted is completed by the next run: an entry is recorded as ours before it is put there,
    and as gone only after it is deleted.
    """
    now = datetime.now(UTC)
    try:
        match step.do:
            case ListAction.PUT:
                ledger.apply(put_on_ses_list(step.address, now, step.tenant))
                ses.put(step.address, step.reason, step.tenant)
            case ListAction.DELETE:
                for spelling in step.spellings:
                    ses.delete(spelling, step.tenant)
                ledger.apply(unlisted_by_ses(step.address, now, step.tenant))
            case ListAction.LEARN:
                ledger.apply(listed_by_ses(step.address, step.since, step.reason, step.tenant))
            case ListAction.FORGET:
                ledger.apply(unlisted_by_ses(step.address, step.since, step.tenant))
    except ClientError as error:
        if error.response["Error"]["Code"] not in _NOT_THIS_ADDRESS:
            raise
        return f"{step.address}: SES refuses to {step.do} it: {error.response['Error'].get('Message', '')}"
    return ""
