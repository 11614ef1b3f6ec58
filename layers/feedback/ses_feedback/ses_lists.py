"""SES's own lists: which of them held a mail back, as the sub-type of a bounce or a complaint says, or SES's words.

SES did not send such a mail, so nobody bounced or complained: it echoes what a list holds from before, or predicts.
"""

import re
from enum import StrEnum


class SesList(StrEnum):
    """Whose list it was. `validation` is no list but Auto Validation's guess about the address."""

    ACCOUNT = "account"  # the account's, for earlier bounces and complaints
    TENANT = "tenant"  # one tenant's: it stops that tenant's mail only
    GLOBAL = "global"  # SES's own, for bounces of all its customers; the one that counts in SES's bounce rate
    CONTACT_LIST = "contact_list"  # the recipient unsubscribed from this contact list
    VALIDATION = "validation"  # SES predicts that the mail would bounce
    OTHER = "other"  # an `On…SuppressionList` that SES may add later


_BY_LETTERS = {
    "onaccountsuppressionlist": SesList.ACCOUNT,
    "ontenantsuppressionlist": SesList.TENANT,
    "suppressed": SesList.GLOBAL,
    "unsubscribedrecipient": SesList.CONTACT_LIST,
}
_OWNER = re.compile(r"account|tenant", re.IGNORECASE)


def held_by(sub_type: str | None) -> SesList | None:
    """Which list held the mail back, however SES's sub-type is spelled; None if the sub-type names no list."""
    letters = "".join(filter(str.isalnum, (sub_type or "").lower()))
    if letters.removeprefix("on").startswith("emailvalidation"):
        return SesList.VALIDATION
    if letters.endswith("suppressionlist"):
        return _BY_LETTERS.get(f"on{letters.removeprefix('on')}", SesList.OTHER)
    return _BY_LETTERS.get(letters)


def named_in(reply: str | None) -> SesList:
    """Whose list SES's own sentence names: `… because it is on the suppression list for your account`. SES's own is
    the one that it calls nobody's.
    """
    named = _OWNER.search(reply or "")
    return SesList(named[0].lower()) if named else SesList.GLOBAL
