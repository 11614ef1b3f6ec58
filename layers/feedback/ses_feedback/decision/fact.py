"""Facts: what evidence says about an address, in the words that the ledger stores.

user_unknown, mailbox_inactive, domain_invalid     a `Reason` that decides at once
soft.<reason>                                      a `Reason` that counts only together with others
complaint.<type>.<full or low>                     `full`: the report names this recipient alone
ses_suppressed.<account, global or validation>     SES held the mail back: which of its lists did
ses_suppressed.tenant.<name>                       the list of that tenant did; `tenant` alone: nothing named it
operator, operator.<days>                          an operator suppresses: for good, or for so many days
delivered, not_spam, reinstated, ses_unlisted      take other facts back (see `suppression`)
ses_pushed                                         an entry of SES's account list that was put there from here
delivered, ses_unlisted, ses_pushed .tenant.<name> the same of a tenant's mail, and of a tenant's list
"""

import re
from typing import Self

from ses_feedback.ses_lists import SesList
from ses_feedback.vocabulary import Reason


class Fact(str):
    """A fact is its stored text, and `Fact(text)` reads it back; nobody else takes the text apart."""

    __slots__ = ()

    @classmethod
    def hard(cls, reason: Reason) -> Self:
        return cls(reason)

    @classmethod
    def soft(cls, reason: Reason) -> Self:
        return cls(f"soft.{reason}")

    @classmethod
    def complaint(cls, feedback_type: str, *, is_certain: bool) -> Self:
        """`feedback_type` is the reporter's text: what a key cannot hold becomes `_`, and too long a one is cut."""
        word = "".join(c if c.isalnum() and c.isascii() else "_" for c in feedback_type)[:40]
        return cls(f"complaint.{word or 'unspecified'}.{'full' if is_certain else 'low'}")

    @classmethod
    def ses_suppressed(cls, by: SesList, tenant: str | None = None) -> Self:
        """`tenant` names whose list `SesList.TENANT` is."""
        if by is SesList.TENANT:
            return cls("ses_suppressed" + (_of(tenant) or ".tenant"))
        ends_by_itself = SesList.GLOBAL if by is SesList.OTHER else by  # nobody takes back a list unknown here
        return cls(f"ses_suppressed.{ends_by_itself}")

    @classmethod
    def delivered(cls, tenant: str | None = None) -> Self:
        return cls(f"delivered{_of(tenant)}")

    @classmethod
    def ses_listed(cls, tenant: str = "") -> Self:
        """On the tenant's list, or on the account's."""
        return cls.ses_suppressed(SesList.TENANT if tenant else SesList.ACCOUNT, tenant)

    @classmethod
    def ses_unlisted(cls, tenant: str = "") -> Self:
        return cls(f"ses_unlisted{_of(tenant)}")

    @classmethod
    def ses_pushed(cls, tenant: str = "") -> Self:
        return cls(f"ses_pushed{_of(tenant)}")

    @classmethod
    def operator(cls, days: int | None) -> Self:
        return cls(f"operator.{days}" if days else "operator")

    @property
    def name(self) -> str:
        """The first word: `complaint` of `complaint.abuse.full`."""
        return self.partition(".")[0]

    @property
    def detail(self) -> str:
        """What follows it: `abuse.full`, `mailbox_full`, `account`, `90`; may be empty."""
        return self.partition(".")[2]

    @property
    def is_soft(self) -> bool:
        """Whether it counts only together with others."""
        return self.startswith("soft.")

    @property
    def is_complaint(self) -> bool:
        return self.startswith("complaint.")

    @property
    def is_from_ses_list(self) -> bool:
        """Whether one of SES's own lists says it."""
        return self.startswith("ses_suppressed.")

    @property
    def is_delivery(self) -> bool:
        return self.name == "delivered"

    @property
    def tenant(self) -> str:
        """Of a tenant's list or delivery: its name; otherwise empty."""
        word, _, name = self.detail.partition(".")
        return name if word == "tenant" and not self.is_complaint else ""

    @property
    def is_from_operator(self) -> bool:
        return self.name == "operator"

    @property
    def reason(self) -> Reason | None:
        """Why the mail bounced, where the fact comes from a bounce."""
        return _REASONS.get(self.detail if self.is_soft else self.name)

    @property
    def feedback_type(self) -> str:
        """Of a complaint: `abuse`, or what else the reporter called it."""
        return self.detail.partition(".")[0]

    @property
    def is_certain(self) -> bool:
        """Of a complaint: whether it names one recipient alone."""
        return self.endswith(".full")

    @property
    def days(self) -> int | None:
        """Of an operator's suppression: for how long; None for good."""
        return int(self.detail) if self.detail else None


def is_tenant_name(text: str) -> bool:
    """Whether SES allows it as the name of a tenant; then a key can hold it."""
    return re.fullmatch("[A-Za-z0-9_-]{1,64}", text) is not None


def _of(tenant: str | None) -> str:
    return f".tenant.{tenant}" if tenant and is_tenant_name(tenant) else ""


_REASONS = {reason.value: reason for reason in Reason}

NOT_SPAM, REINSTATED = Fact("not_spam"), Fact("reinstated")
SES_ACCOUNT, PREDICTED = Fact.ses_suppressed(SesList.ACCOUNT), Fact.ses_suppressed(SesList.VALIDATION)
