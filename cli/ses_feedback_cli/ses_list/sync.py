"""`ses-feedback sync-ses`: brings SES's suppression lists and the ledger into agreement."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime

from rich.text import Text

from ses_feedback.address import is_rule, normalise
from ses_feedback.alerts.words import shown
from ses_feedback.decision.fact import Fact
from ses_feedback.decision.ses_list import Entry, ListAction, Step, put_step, step_for
from ses_feedback.decision.suppression import Suppression
from ses_feedback.ledger.table import Ledger
from ses_feedback.operations import ses_list
from ses_feedback.operations.ses_list import SesLists
from ses_feedback.scope import GLOBAL, Scope
from ses_feedback.settings.file import Settings
from ses_feedback_cli.output import TROUBLE, console, fail, note, print_json, progress, warn

type _Show = Callable[[str], None]


def sync_lists(
    ledger: Ledger,
    ses: SesLists,
    settings: Settings,
    *,
    tenants: Sequence[str] = (),
    dry_run: bool,
    as_json: bool,
) -> int:
    """Compares the account's list, then each tenant's, with the ledger, and does what the settings ask for unless it
    is a dry run; returns the exit status.
    """
    directions = settings.ses_list
    if not (directions.push or directions.pull):
        fail("nothing to do: set `push`, `pull` or both to true in [ses_list] of feedback.toml")
    now, done, failed, entries = datetime.now(UTC), 0, 0, 0
    with progress("reading SES's list") as show:
        for tenant in ("", *dict.fromkeys(tenants)):
            listed = _read(ses, tenant, show)
            entries += sum(map(len, listed.values()))
            for step in _steps(listed, ledger, settings, now, tenant):
                succeeded = dry_run or perform(step, ledger, ses)
                done, failed = done + succeeded, failed + (not succeeded)
                (_print_row if as_json else _print)(step, is_done=succeeded and not dry_run)
                show(f"{done:,} steps")
    outcome = f"{done:,} to do (dry run)" if dry_run else f"{done:,} done, {failed:,} refused"
    note(f"{entries:,} entries on SES's list; {outcome}")
    return TROUBLE if failed else 0


def perform(step: Step, ledger: Ledger, ses: SesLists) -> bool:
    """Does one step; returns False if SES refuses the address, which it says. Raises botocore's other errors."""
    if refusal := ses_list.perform(step, ledger, ses):
        warn(refusal)
    return not refusal


def push_suppression(address: str, own: Suppression, ledger: Ledger, ses: SesLists) -> bool:
    """Puts one address on SES's list now."""
    return perform(put_step(address, own, datetime.now(UTC)), ledger, ses)


def push_reinstatement(
    address: str, entries: Iterable[Entry], ledger: Ledger, ses: SesLists, tenant: str = ""
) -> bool:
    """Deletes one address from SES's list now, in every spelling; True if it is not there."""
    spellings = tuple(entry.spelling for entry in entries)
    step = Step(ListAction.DELETE, address, spellings, "", datetime.now(UTC), "reinstated here", tenant)
    return not spellings or perform(step, ledger, ses)


def _read(ses: SesLists, tenant: str, show: _Show) -> dict[str, list[Entry]]:
    count = 0

    def on_read(more: int) -> None:
        nonlocal count
        count += more
        show(f"{count:,} entries of SES's list read")

    return ses.entries(tenant, on_read)


def _steps(
    listed: dict[str, list[Entry]], ledger: Ledger, settings: Settings, now: datetime, tenant: str
) -> Iterator[Step]:
    """One pass over all addresses that either side has. The index says where to look, the states what is true."""
    own = [Scope.of_tenant(tenant)] if tenant else []
    scopes = [GLOBAL, *own, *map(Scope.of_environment, settings.environments)]
    ours = {normalise(address) for scope in scopes for address in _ours(ledger, scope, now, tenant)}
    both = (
        address for address in sorted(listed.keys() | ours) if not is_rule(address)
    )  # SES's lists know no domains
    for address, state in ledger.states(both):
        if step := step_for(address, listed.get(address, []), state, settings, now, tenant):
            yield step


def _ours(ledger: Ledger, scope: Scope, now: datetime, tenant: str) -> Iterator[str]:
    """The addresses that SES's list may or must hold: outside `global`, only those that came from it."""
    suppressed, listed = ledger.suppressed(scope, now), Fact.ses_listed(tenant)
    return (address for address, held in suppressed if scope == GLOBAL or held.fact == listed)


def _print_row(step: Step, *, is_done: bool) -> None:
    print_json(
        {
            "address": step.address,
            "do": step.do,
            "spellings": list(step.spellings),
            "reason": step.reason or None,
            "why": step.why,
            "done": is_done,
            "tenant": step.tenant or None,
        }
    )


_WORDS = {
    ListAction.PUT: "put on SES's list",
    ListAction.DELETE: "deleted from SES's list",
    ListAction.LEARN: "suppressed here",
    ListAction.FORGET: "no longer suppressed here",
}


def _print(step: Step, *, is_done: bool) -> None:
    others = [shown(spelling, 320) for spelling in step.spellings if spelling != step.address]
    there = f" (there: {', '.join(others)})" if others else ""
    there += f" (list of the tenant {step.tenant})" if step.tenant else ""
    verb = _WORDS[step.do] if is_done else f"would {step.do}"
    head = (
        (f"{verb:<25}", "bold"),
        (shown(step.address, 320), "bold"),
        f"{there}  ",
        (step.why, "bright_black"),
    )
    console().print(Text.assemble(*head), soft_wrap=True)
