"""`ses-feedback sync-ses`: SES's account-level list and the ledger, brought to say the same."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime

from botocore.exceptions import ClientError
from rich.text import Text

from ses_feedback.alerts.words import shown
from ses_feedback.decision.fact import SES_ACCOUNT
from ses_feedback.decision.override import listed_by_ses, put_on_ses_list, unlisted_by_ses
from ses_feedback.decision.ses_list import Entry, ListAction, Step, put_step, step_for
from ses_feedback.decision.suppression import Suppression
from ses_feedback.ledger.table import Ledger
from ses_feedback.scope import GLOBAL, Scope
from ses_feedback.settings.file import Settings
from ses_feedback_cli.output import TROUBLE, console, fail, note, print_json, progress, warn
from ses_feedback_cli.ses_list.account import SesAccountList

type _Tell = Callable[[str], None]

_NOT_THIS_ADDRESS = ("BadRequestException", "SignatureDoesNotMatch", "UnknownOperationException")
"""How SES refuses an address that its list cannot take or give back, such as one with a slash."""


def sync_lists(ledger: Ledger, account: SesAccountList, settings: Settings, *, dry_run: bool, as_json: bool) -> int:
    """Compares both, and does what the settings ask for unless it is a dry run; the exit status."""
    wanted = settings.ses_list
    if not (wanted.push or wanted.pull):
        fail("nothing to do: set `push`, `pull` or both to true in [ses_list] of feedback.toml")
    now, done, failed = datetime.now(UTC), 0, 0
    with progress("reading SES's list") as tell:
        theirs = _read(account, tell)
        for step in _steps(theirs, ledger, settings, now):
            worked = dry_run or perform(step, ledger, account)
            done, failed = done + worked, failed + (not worked)
            (_print_row if as_json else _print)(step, is_done=worked and not dry_run)
            tell(f"{done:,} steps")
    outcome = f"{done:,} to do: a dry run" if dry_run else f"{done:,} done, {failed:,} refused"
    note(f"{sum(map(len, theirs.values())):,} entries on SES's list; {outcome}")
    return TROUBLE if failed else 0


def perform(step: Step, ledger: Ledger, account: SesAccountList) -> bool:
    """Does one step; False where SES refuses this one address. Raises botocore's other errors.

    Whatever dies in between is mended by the next run: an entry is noted as our own before it is put there, and
    as gone only after it is deleted.
    """
    now = datetime.now(UTC)
    try:
        match step.do:
            case ListAction.PUT:
                ledger.apply(put_on_ses_list(step.address, now))
                account.put(step.address, step.reason)
            case ListAction.DELETE:
                for spelling in step.spellings:
                    account.delete(spelling)
                ledger.apply(unlisted_by_ses(step.address, now))
            case ListAction.LEARN:
                ledger.apply(listed_by_ses(step.address, step.since, step.reason))
            case ListAction.FORGET:
                ledger.apply(unlisted_by_ses(step.address, step.since))
    except ClientError as error:
        if error.response["Error"]["Code"] not in _NOT_THIS_ADDRESS:
            raise
        warn(f"{step.address}: SES refuses to {step.do} it: {error.response['Error'].get('Message', '')}")
        return False
    return True


def push_suppression(address: str, own: Suppression, ledger: Ledger, account: SesAccountList) -> bool:
    """Puts one address on SES's list at once."""
    return perform(put_step(address, own, datetime.now(UTC)), ledger, account)


def push_reinstatement(address: str, entries: Iterable[Entry], ledger: Ledger, account: SesAccountList) -> bool:
    """Takes one address off SES's list at once, in all its spellings; True where it is not there."""
    found = tuple(entry.spelling for entry in entries)
    step = Step(ListAction.DELETE, address, found, "", datetime.now(UTC), "reinstated here")
    return not found or perform(step, ledger, account)


def _read(account: SesAccountList, tell: _Tell) -> dict[str, list[Entry]]:
    count = 0

    def on_read(more: int) -> None:
        nonlocal count
        count += more
        tell(f"{count:,} entries of SES's list read")

    return account.entries(on_read)


def _steps(theirs: dict[str, list[Entry]], ledger: Ledger, settings: Settings, now: datetime) -> Iterator[Step]:
    """One pass over all addresses that either side has. The index says where to look, the states what holds."""
    scopes = [GLOBAL, *map(Scope.of_environment, settings.environments)]
    ours = {address for scope in scopes for address in _ours(ledger, scope, now)}
    for address, state in ledger.states(sorted(theirs.keys() | ours)):
        if step := step_for(address, theirs.get(address, []), state, settings, now):
            yield step


def _ours(ledger: Ledger, scope: Scope, now: datetime) -> Iterator[str]:
    """Whom SES's list may have, or have to have: outside of `global`, only what mirrors it."""
    return (a for a, one in ledger.suppressed(scope, now) if scope == GLOBAL or one.fact == SES_ACCOUNT)


def _print_row(step: Step, *, is_done: bool) -> None:
    print_json(
        {
            "address": step.address,
            "do": step.do,
            "spellings": list(step.spellings),
            "reason": step.reason or None,
            "why": step.why,
            "done": is_done,
        }
    )


_WORDS = {
    ListAction.PUT: "put on SES's list",
    ListAction.DELETE: "deleted from SES's list",
    ListAction.LEARN: "known here now",
    ListAction.FORGET: "no longer held here",
}


def _print(step: Step, *, is_done: bool) -> None:
    spelled = [one for one in step.spellings if one != step.address]
    others = f" (there: {', '.join(shown(one, 320) for one in spelled)})" if spelled else ""
    verb = _WORDS[step.do] if is_done else f"would {step.do}"
    head = ((f"{verb:<25}", "bold"), (shown(step.address, 320), "bold"), f"{others}  ", (step.why, "bright_black"))
    console().print(Text.assemble(*head), soft_wrap=True)
