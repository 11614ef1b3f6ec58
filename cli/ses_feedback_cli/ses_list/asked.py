"""Which suppression list SES asks for a mail, and whether that list has an address."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError

from ses_feedback.operations.ses_list import SesLists
from ses_feedback.operations.ses_side import ListAnswer, ask_list
from ses_feedback.operations.trouble import Trouble, trouble_with
from ses_feedback.ses_lists import SesList
from ses_feedback.ses_setup.lists_asked import Asked, Options, list_asked


@dataclass(frozen=True, slots=True)
class ListOfMail:
    """What is asked for mail with a configuration set, or with none, of a tenant; of none where it is empty. `asked`
    is None if that is unknown.
    """

    tenant: str
    configuration_set: str | None
    asked: Asked | None
    unknown: Trouble | None = None


def lists_of_mail(ses: SesLists, tenants: Sequence[str], sets: Iterable[str]) -> list[ListOfMail]:
    """For each tenant (without any, for mail of none) and each of the sets that SES has; where it has none of them,
    for mail without a set. An unknown tenant raises `InvalidRequest`; whatever else SES does not answer is unknown.
    """
    try:
        return _known_lists(ses, tenants, sets)
    except BotoCoreError as error:
        unknown = trouble_with(error, "")
    except ClientError as error:
        unknown = trouble_with(error, f"ses:{error.operation_name}")
    return [ListOfMail(tenant, None, None, unknown) for tenant in tenants or ("",)]


def _known_lists(ses: SesLists, tenants: Sequence[str], sets: Iterable[str]) -> list[ListOfMail]:
    of_account = ses.options_of_account()
    of_sets: dict[str | None, Options] = {}
    for name in sets:
        if (options := ses.options_of_set(name)) is not None:
            of_sets[name] = options
    of_tenants: dict[str, Options | None] = {tenant: ses.options_of_tenant(tenant) for tenant in tenants}
    return [
        ListOfMail(tenant, name, list_asked(of_set, of_tenant, of_account))
        for tenant, of_tenant in (of_tenants or {"": None}).items()
        for name, of_set in (of_sets or {None: {}}).items()
    ]


class Listed:
    """Whether the lists have an address; each list is asked once for each spelling."""

    def __init__(self, ses: SesLists, spellings: Iterable[str]) -> None:
        self._ses, self._spellings = ses, tuple(dict.fromkeys(spellings))
        self._known = dict[str, ListAnswer]()

    def answer(self, mail: ListOfMail) -> ListAnswer | None:
        """Of the list that is asked for this mail; None if none is asked, or if it is unknown which."""
        if mail.asked is None or mail.asked.list is None:
            return None
        tenant = mail.tenant if mail.asked.list is SesList.TENANT else ""
        if tenant not in self._known:
            self._known[tenant] = ask_list(tenant, self._spellings, self._ses)
        return self._known[tenant]
