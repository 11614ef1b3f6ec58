"""A simulated mail, and the ids that SES would give it: pure, with randomness and time passed in."""

import random
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime, parseaddr
from typing import Any

from ses_feedback.timestamp import to_text

_REGIONS = {"us-east-1": "0100", "us-west-2": "0101", "eu-west-1": "0102", "eu-central-1": "0107"}
"""How SES's ids begin in each region, as observed; other regions get a prefix of ours."""
_OTHER_REGION = "010f"
SOURCE_IP, CALLER = "192.0.2.31", "simulate"
"""The address of the sending machine (from RFC 5737), and the user whose key it used."""


@dataclass(frozen=True, slots=True)
class Account:
    """The sending account; `identity` is the address or domain that authorises the sender."""

    account_id: str
    region: str
    identity: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One mail. `sender` may be `Name <address>`; `tags` are the sender's."""

    message_id: str
    sender: str
    recipients: tuple[str, ...]
    subject: str
    sent_at: datetime
    tags: dict[str, str] = field(default_factory=dict)
    configuration_set: str | None = None

    @property
    def sender_address(self) -> str:
        return parseaddr(self.sender)[1]

    @property
    def sender_domain(self) -> str:
        return self.sender_address.rpartition("@")[2]


def ses_id(region: str, moment: datetime, chance: random.Random) -> str:
    """A message or feedback id in SES's format: region, milliseconds, UUID, counter."""
    milliseconds = int(moment.timestamp() * 1000)
    unique = uuid.UUID(int=chance.getrandbits(128), version=4)
    return f"{_REGIONS.get(region, _OTHER_REGION)}{milliseconds:012x}-{unique}-000000"


def identity_mail(mail: Mail, account: Account, *, headers: bool) -> dict[str, Any]:
    """`mail` of an identity notification: no tags, and headers only if the identity includes them."""
    fields = _mail(mail, account) | {
        "source": mail.sender_address,
        "sourceIp": SOURCE_IP,
        "callerIdentity": CALLER,
    }
    return fields | (_headers(mail) if headers else {})


def event_mail(mail: Mail, account: Account, *, headers: bool) -> dict[str, Any]:
    """`mail` of an event of a configuration set: with tags, each a list."""
    tags = {
        "ses:configuration-set": [mail.configuration_set or ""],
        "ses:source-ip": [SOURCE_IP],
        "ses:from-domain": [mail.sender_domain],
        "ses:caller-identity": [CALLER],
    }
    own = {name: [value] for name, value in mail.tags.items()}
    return _mail(mail, account) | (_headers(mail) if headers else {"headersTruncated": False}) | {"tags": tags | own}


def _mail(mail: Mail, account: Account) -> dict[str, Any]:
    return {
        "timestamp": to_text(mail.sent_at),
        "source": mail.sender,
        "sourceArn": f"arn:aws:ses:{account.region}:{account.account_id}:identity/{account.identity}",
        "sendingAccountId": account.account_id,
        "messageId": mail.message_id,
        "destination": list(mail.recipients),
    }


def _headers(mail: Mail) -> dict[str, Any]:
    date, to = format_datetime(mail.sent_at), ", ".join(mail.recipients)
    own_id = f"<{mail.message_id[17:53]}@{mail.sender_domain}>"
    written = {"Date": date, "From": mail.sender, "To": to, "Message-ID": own_id, "Subject": mail.subject}
    first = {"X-SES-CONFIGURATION-SET": mail.configuration_set} if mail.configuration_set else {}
    if mail.tags:
        first["X-SES-MESSAGE-TAGS"] = ", ".join(f"{name}={value}" for name, value in mail.tags.items())
    return {
        "headersTruncated": False,
        "headers": [{"name": name, "value": value} for name, value in {**first, **written}.items()],
        "commonHeaders": {
            "from": [mail.sender],
            "date": date,
            "to": list(mail.recipients),
            "messageId": own_id,
            "subject": mail.subject,
        },
    }
