"""SES's account-level suppression list, in memory: moto has none. What is asked and answered is checked against
botocore's description of the service.
"""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import boto3
from botocore.validate import validate_parameters

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client


class FakeSesList:
    """`entries`: by exact spelling, the reason and since when; `tenants`: the same for each tenant. `options`: by
    "account", tenant or configuration set, which list SES asks. `refuses`: addresses that SES takes badly.
    `causes`: by spelling, the mail that put it on the account's list; `mails`: what Message Insights has, by its id.
    `denied`: operations that the caller may not use.
    """

    def __init__(self, page: int = 2) -> None:
        self.entries: dict[str, tuple[str, datetime]] = {}
        self.tenants: dict[str, dict[str, tuple[str, datetime]]] = {}
        self.options: dict[str, dict[str, Any]] = {}
        self.refuses: set[str] = set()
        self.mails: dict[str, dict[str, Any]] = {}
        self.causes: dict[str, str] = {}
        self.denied: set[str] = set()
        self.calls: list[str] = []
        self._page = page
        self._asked: dict[str, Any] = {}

    def client(self) -> "SESV2Client":
        client = boto3.client("sesv2", "eu-central-1", aws_access_key_id="testing", aws_secret_access_key="testing")
        client.meta.events.register("before-parameter-build.sesv2.*", self._note)
        client.meta.events.register("before-call.sesv2.*", self._answer)  # type: ignore[arg-type]
        return client

    def _note(self, params: dict[str, Any], **_: Any) -> None:
        self._asked = params

    def _answer(self, model: Any, **_: Any) -> tuple[Any, dict[str, Any]]:
        """In place of the request that would be sent."""
        operations: dict[str, Any] = {
            "ListSuppressedDestinations": self._list,
            "GetSuppressedDestination": self._get,
            "GetAccount": lambda: {"SuppressionAttributes": self.options.get("account", {})},
            "GetTenant": self._tenant,
            "GetConfigurationSet": self._set,
            "ListTenants": self._tenants,
            "GetMessageInsights": lambda MessageId: self.mails.get(MessageId, "NotFoundException"),  # noqa: N803
            "PutSuppressedDestination": self._put,
            "DeleteSuppressedDestination": self._delete,
        }
        answer = "AccessDeniedException" if model.name in self.denied else operations[model.name](**self._asked)
        if isinstance(answer, str):
            error = {"Error": {"Code": answer, "Message": "Invalid address"}, "ResponseMetadata": {}}
            return SimpleNamespace(status_code=400), error
        validate_parameters(answer, model.output_shape)
        return SimpleNamespace(status_code=200), answer | {"ResponseMetadata": {}}

    def _of(self, tenant: str) -> dict[str, tuple[str, datetime]] | None:
        return self.tenants.get(tenant) if tenant else self.entries

    def _list(self, PageSize: int, NextToken: str = "0", TenantName: str = "") -> dict[str, Any] | str:  # noqa: N803
        self.calls.append("list")
        assert PageSize <= 1000
        if (entries := self._of(TenantName)) is None:
            return "NotFoundException"
        start, names = int(NextToken), sorted(entries)
        page = [
            {"EmailAddress": name, "Reason": reason, "LastUpdateTime": since}
            for name in names[start : start + self._page]
            for reason, since in [entries[name]]
        ]
        more = {"NextToken": str(start + self._page)} if start + self._page < len(names) else {}
        return {"SuppressedDestinationSummaries": page} | more

    def _get(self, EmailAddress: str, TenantName: str = "") -> dict[str, Any] | str:  # noqa: N803
        self.calls.append(f"get {EmailAddress}")
        if EmailAddress not in (entries := self._of(TenantName) or {}):
            return "NotFoundException"
        reason, since = entries[EmailAddress]
        listed = {"EmailAddress": EmailAddress, "Reason": reason, "LastUpdateTime": since}
        cause = {} if TenantName else {"MessageId": self.causes.get(EmailAddress)}
        return {"SuppressedDestination": listed | ({"Attributes": cause} if cause.get("MessageId") else {})}

    def _tenants(self, NextToken: str = "0") -> dict[str, Any]:  # noqa: N803
        self.calls.append("tenants")
        start, names = int(NextToken), sorted(self.tenants)
        page = [{"TenantName": name} for name in names[start : start + self._page]]
        more = {"NextToken": str(start + self._page)} if start + self._page < len(names) else {}
        return {"Tenants": page} | more

    def _tenant(self, TenantName: str) -> dict[str, Any] | str:  # noqa: N803
        if TenantName not in self.tenants:
            return "NotFoundException"
        return {"Tenant": {"TenantName": TenantName, "SuppressionAttributes": self.options.get(TenantName, {})}}

    def _set(self, ConfigurationSetName: str) -> dict[str, Any] | str:  # noqa: N803
        if ConfigurationSetName not in self.options:
            return "NotFoundException"
        return {"SuppressionOptions": self.options[ConfigurationSetName]}

    def _put(self, EmailAddress: str, Reason: str, TenantName: str = "") -> dict[str, Any] | str:  # noqa: N803
        self.calls.append(f"put {EmailAddress} {Reason}")
        if EmailAddress in self.refuses:
            return "BadRequestException"
        if (entries := self._of(TenantName)) is None:
            return "NotFoundException"
        entries[EmailAddress] = (Reason, datetime.now(UTC))
        return {}

    def _delete(self, EmailAddress: str, TenantName: str = "") -> dict[str, Any] | str:  # noqa: N803
        self.calls.append(f"delete {EmailAddress}")
        return {} if (self._of(TenantName) or {}).pop(EmailAddress, None) else "NotFoundException"
