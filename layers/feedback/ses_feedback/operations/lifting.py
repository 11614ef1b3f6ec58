"""What an override changes on SES's own lists, and what it could not, with the permission that lacks."""

import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from ses_feedback.decision.override import unlisted_by_ses
from ses_feedback.decision.ses_list import put_step
from ses_feedback.decision.state import State
from ses_feedback.decision.suppression import Suppression
from ses_feedback.ledger.table import Ledger
from ses_feedback.operations.ses_list import SesLists, perform
from ses_feedback.operations.trouble import Trouble, trouble_with

SECONDS = 18.0
"""For all lists: SES allows a call a second, and API Gateway waits for 30."""


class ListChange(NamedTuple):
    """One list, the account's where `tenant` is empty. `spellings`: those that were put there or removed. `trouble`:
    why it could not be changed; `statement`: what a policy lacks, if that is why.
    """

    tenant: str
    spellings: tuple[str, ...]
    trouble: str = ""
    statement: dict[str, Any] | None = None


def tenants_of(state: State) -> set[str]:
    """The tenants whose lists are known to have, or to have had, the address."""
    return {place.fact.tenant for place in state.registers if place.fact.tenant and not place.fact.is_delivery}


def lift(
    address: str, spellings: Iterable[str], tenants: Iterable[str], ledger: Ledger, ses: SesLists
) -> list[ListChange]:
    """Deletes each spelling from the account's list and from each tenant's, and records it. SES finds exact spellings
    only. What fails is told, not raised; the ledger's errors are raised.
    """
    deadline, names = time.monotonic() + SECONDS, tuple(dict.fromkeys(spellings))
    return [_lift_from(tenant, address, names, ledger, ses, deadline) for tenant in ("", *sorted(set(tenants)))]


def _lift_from(
    tenant: str, address: str, spellings: tuple[str, ...], ledger: Ledger, ses: SesLists, deadline: float
) -> ListChange:
    if time.monotonic() > deadline:
        return ListChange(tenant, (), "the time ran out before this list was asked: call again")
    if tenant and not ses.knows_tenants:
        return ListChange(tenant, (), "the function's botocore does not know the lists of tenants yet")
    removed: list[str] = []
    trouble = Trouble("")
    try:
        for spelling in spellings:
            removed += [spelling] if ses.delete(spelling, tenant) else []
    except (BotoCoreError, ClientError) as error:
        trouble = trouble_with(error, "ses:DeleteSuppressedDestination")
    if removed:
        ledger.apply(unlisted_by_ses(address, datetime.now(UTC), tenant))
    return ListChange(tenant, tuple(removed), *trouble)


def put(address: str, own: Suppression, ledger: Ledger, ses: SesLists) -> ListChange:
    """Puts one address on the account's list, and records that first; what fails is told as by `lift`."""
    try:
        refusal = perform(put_step(address, own, datetime.now(UTC)), ledger, ses)
    except (BotoCoreError, ClientError) as error:
        if getattr(error, "operation_name", "PutSuppressedDestination") != "PutSuppressedDestination":
            raise  # the ledger's
        return ListChange("", (), *trouble_with(error, "ses:PutSuppressedDestination"))
    return ListChange("", () if refusal else (address,), refusal)
