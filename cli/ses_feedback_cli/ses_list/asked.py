"""Which suppression list SES asks for a tenant's mail, and whether that list has an address."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ses_feedback.decision.ses_list import Entry
from ses_feedback.operations.ses_list import SesLists
from ses_feedback.ses_lists import SesList
from ses_feedback.ses_setup.lists_asked import Asked, Options, list_asked


@dataclass(frozen=True, slots=True)
class ListOfMail:
    """What is asked for the mail of a tenant with a configuration set, or with none."""

    tenant: str
    configuration_set: str | None
    asked: Asked


def lists_of_mail(ses: SesLists, tenants: Sequence[str], sets: Iterable[str]) -> list[ListOfMail]:
    """For each tenant and each of the sets that SES has; where it has none of them, for mail without a set."""
    of_account = ses.options_of_account()
    of_sets: dict[str | None, Options] = {}
    for name in sets:
        if (options := ses.options_of_set(name)) is not None:
            of_sets[name] = options
    of_tenants = {tenant: ses.options_of_tenant(tenant) for tenant in tenants}
    return [
        ListOfMail(tenant, name, list_asked(of_set, of_tenant, of_account))
        for tenant, of_tenant in of_tenants.items()
        for name, of_set in (of_sets or {None: {}}).items()
    ]


class Listed:
    """Whether the lists have an address; each list is asked once for each spelling."""

    def __init__(self, ses: SesLists, spellings: Iterable[str]) -> None:
        self._ses, self._spellings = ses, tuple(dict.fromkeys(spellings))
        self._known = dict[str, Entry | None]()

    def entry(self, mail: ListOfMail) -> Entry | None:
        """The entry in the list that is asked for this mail. SES finds exact spellings only."""
        if mail.asked.list is None:
            return None
        tenant = mail.tenant if mail.asked.list is SesList.TENANT else ""
        if tenant not in self._known:
            found = (self._ses.entry(spelling, tenant) for spelling in self._spellings)
            self._known[tenant] = next(filter(None, found), None)
        return self._known[tenant]
