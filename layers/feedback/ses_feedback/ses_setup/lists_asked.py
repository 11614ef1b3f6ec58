"""Which suppression list SES asks before it sends: the configuration set decides, else the tenant, else the account.

https://docs.aws.amazon.com/ses/latest/dg/sending-email-suppression-list.html; the options are SuppressionOptions of
GetConfigurationSet, SuppressionAttributes of GetTenant and of GetAccount. Reasons without any mean that no list is
asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ses_feedback.ses_lists import SesList

type Options = Mapping[str, Any]

REASONS, SCOPE = "SuppressedReasons", "SuppressionScope"


@dataclass(frozen=True, slots=True)
class Asked:
    """`list` is None where none is asked. `decided_by`: the configuration set, the tenant or the account."""

    list: SesList | None
    reasons: tuple[str, ...]
    decided_by: str


def list_asked(of_set: Options, of_tenant: Options | None, of_account: Options) -> Asked:
    """Which list is asked for mail with a set, sent by a tenant (None: by none). What a level leaves out, the next
    decides.
    """
    levels = (("configuration set", of_set), ("tenant", of_tenant or {}), ("account", of_account))
    decided_by, reasons = next(((name, o[REASONS]) for name, o in levels if REASONS in o), ("account", []))
    scope = next((o[SCOPE] for _, o in levels if SCOPE in o), "ACCOUNT")
    is_tenants = scope == "TENANT" and of_tenant is not None
    asked = SesList.TENANT if is_tenants else SesList.ACCOUNT
    return Asked(asked if reasons else None, tuple(reasons), decided_by)


def asks_none(options: Options) -> bool:
    return REASONS in options and not options[REASONS]


def words_of_set(options: Options) -> str:
    """What a set itself decides, as a sentence; empty if it leaves all of it to the tenant and the account."""
    if asks_none(options):
        return "SES asks no suppression list for its mail: addresses that bounced or complained get mail again"
    whose = {
        "TENANT": "the list of the tenant that sends",
        "ACCOUNT": "the account's list, whatever the tenant that sends has set",
        None: "the list that the tenant that sends has set, otherwise the account's",
    }.get(options.get(SCOPE), f"a list that is unknown here ({options.get(SCOPE)})")
    if REASONS in options:
        return f"SES asks {whose}, for {' and '.join(options[REASONS])}"
    return f"SES asks {whose}" if SCOPE in options else ""
