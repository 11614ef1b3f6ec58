"""Publishes simulated documents to an emulator's SNS, Firehose and EventBridge, never to Amazon's."""

import re
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from ses_feedback_cli.simulate.events import Published

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef

ACTING_FOR, SES = "x-acting-for", "ses.amazonaws.com"
"""The header by which the local EventBridge recognises SES."""
_AMAZON = (
    *("amazonaws.com", "api.aws", "amazonaws.com.cn", "amazonwebservices.com.cn"),
    *("amazonaws.eu", "amazonwebservices.eu", "aws.dev", "on.aws"),
    *("ic.gov", "sgov.gov", "aws.scloud", "adc-e.uk"),
)
"""The domains of all partitions in botocore's partitions.json, and more: rather too many than too few."""

_HOST = re.compile(r"[a-z0-9.-]+|[0-9a-f:.]+")


class RealAws(Exception):
    """Simulated feedback must not reach real topics: it would suppress people and raise alarms."""


class Refused(Exception):
    """The emulator refused an event."""


class Clients(Protocol):
    """boto3 clients by the name of their service."""

    def __call__(self, service: str) -> Any: ...


def emulator(endpoint: str | None) -> str:
    """Returns the endpoint if it is an emulator's. Raises `RealAws`."""
    if not endpoint:
        raise RealAws(
            "simulate works with an emulator only, and AWS_ENDPOINT_URL is not set: `make demo KEEP=1` runs one"
        )
    try:
        host = (urlsplit(endpoint).hostname or "").rstrip(".").lower()
    except ValueError:
        host = ""
    if not _HOST.fullmatch(host) or "\\" in endpoint:  # what botocore would read as another host
        raise RealAws(f"{endpoint} is not the address of an emulator, such as http://127.0.0.1:4566")
    if any(host == name or host.endswith(f".{name}") for name in _AMAZON):
        raise RealAws(f"{host} is real AWS: simulated feedback would suppress people and raise alarms there")
    return endpoint


class Publisher:
    """Publishes on every kind of path, with `pause` seconds between two messages."""

    def __init__(self, clients: Clients, pause: float = 0) -> None:
        self._clients, self._pause = clients, pause
        self._known: dict[str, Any] = {}
        self._ways: dict[str, Callable[[Published], None]] = {
            "sns": self._to_sns,
            "firehose": self._to_firehose,
            "events": self._to_events,
        }

    def publish(self, messages: Iterable[Published]) -> None:
        for number, message in enumerate(messages):
            if number and self._pause:
                time.sleep(self._pause)
            self._ways[message.service](message)

    def _client(self, service: str) -> Any:
        if service not in self._known:
            self._known[service] = self._clients(service)
        return self._known[service]

    def _to_sns(self, message: Published) -> None:
        """Messages of event publishing have a subject, those of identities do not."""
        subject = (
            {} if "notificationType" in message.text[:20] else {"Subject": "Amazon SES Email Event Notification"}
        )
        self._client("sns").publish(TopicArn=message.target, Message=message.text, **subject)

    def _to_firehose(self, message: Published) -> None:
        name = message.target.rpartition("/")[2]
        self._client("firehose").put_record(DeliveryStreamName=name, Record={"Data": message.text.encode()})

    def _to_events(self, message: Published) -> None:
        """AWS accepts events of aws.ses only from SES, and so do some emulators."""
        put_as_ses(self._client("events"), message.detail_type or "", message.text, [], message.target)


def put_as_ses(
    client: "EventBridgeClient", detail_type: str, detail: str, resources: list[str], bus: str = "default"
) -> None:
    """Puts an event of the source aws.ses on an emulator's bus. Raises `Refused` if it accepts none."""
    client.meta.events.register("before-sign.events.PutEvents", _act_for_ses, unique_id="act-for-ses")
    entry: PutEventsRequestEntryTypeDef = {
        "Source": "aws.ses",
        "DetailType": detail_type,
        "Detail": detail,
        "Resources": resources,
        "EventBusName": bus,
    }
    answer = client.put_events(Entries=[entry])
    if answer["FailedEntryCount"]:
        code = answer["Entries"][0].get("ErrorCode")
        raise Refused(f"EventBridge of this emulator accepts no events of SES: {code}")


def _act_for_ses(request: Any, **_: Any) -> None:
    request.headers[ACTING_FOR] = SES
