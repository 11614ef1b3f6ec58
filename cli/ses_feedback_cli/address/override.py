"""`ses-feedback reinstate` and `suppress`: what an operator rules, kept as evidence like any other."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from rich.padding import Padding
from rich.text import Text

from ses_feedback.alerts.words import shown
from ses_feedback.decision.override import Override, reinstatement, suppression_of
from ses_feedback.decision.state import EVERYWHERE
from ses_feedback.decision.suppression import Suppression
from ses_feedback.ledger.table import Ledger
from ses_feedback.scope import GLOBAL
from ses_feedback.settings.file import Settings
from ses_feedback_cli.address.status import (
    holding,
    key_of,
    known_environment,
    known_stream,
    row_of,
    sentence,
    why_command,
)
from ses_feedback_cli.output import TROUBLE, console, fail, print_json
from ses_feedback_cli.ses_list.account import SesAccountList
from ses_feedback_cli.ses_list.sync import push_reinstatement, push_suppression


@dataclass(frozen=True, slots=True)
class Author:
    """Who decides, and why: both are kept, and a decision without a reason is none."""

    by: str
    note: str

    def __post_init__(self) -> None:
        if not self.note.strip() or not self.by.strip():
            fail("--reason and --by may not be empty: the next one to look at the address will want to know")


def reinstate_addresses(
    received: Iterable[str],
    stream: str | None,
    author: Author,
    ledger: Ledger,
    settings: Settings,
    account: SesAccountList | None,
    *,
    as_json: bool,
) -> int:
    """Reinstates each address, on SES's list (`account`) as well, and says what was held against it; the exit
    status. Raises botocore's errors.
    """
    where = known_stream(stream, settings) if stream else EVERYWHERE
    addresses = [key_of(one) for one in received]
    theirs = account.entries() if account and not stream else {}
    status = 0
    for address in addresses:
        now = datetime.now(UTC)
        ruling = reinstatement(address, now, author.by, author.note, where)
        _apply(ruling, ledger, settings, now, as_json=as_json)
        if account and not push_reinstatement(address, theirs.get(address, []), ledger, account):
            status = TROUBLE
    return status


def suppress_addresses(
    received: Iterable[str],
    stream: str | None,
    environment: str | None,
    days: int | None,
    author: Author,
    ledger: Ledger,
    settings: Settings,
    account: SesAccountList | None,
    *,
    as_json: bool,
) -> int:
    """Suppresses each address, on SES's list (`account`) as well where all mail is meant; the exit status.
    Raises botocore's errors.
    """
    where = {
        "message_stream": known_stream(stream, settings) if stream else EVERYWHERE,
        "environment": known_environment(environment, settings) if environment else EVERYWHERE,
    }
    status = 0
    for address in [key_of(one) for one in received]:
        now = datetime.now(UTC)
        ruling = suppression_of(address, now, author.by, author.note, days=days, **where)
        held = [one for one in _apply(ruling, ledger, settings, now, as_json=as_json) if one.scope == GLOBAL]
        if held and account and not (stream or environment):
            status = status if push_suppression(address, held[0], ledger, account) else TROUBLE
    return status


def _apply(
    ruling: Override, ledger: Ledger, settings: Settings, now: datetime, *, as_json: bool
) -> list[Suppression]:
    """What is held against the address afterwards."""
    before = holding(ledger.state(ruling.address), settings, now)
    after = holding(ledger.apply(ruling), settings, now)
    if as_json:
        print_json(
            {
                "address": ruling.address,
                "effect": ruling.effect,
                "event_id": ruling.event_id,
                "at": ruling.evidence.time,
                "by": ruling.by,
                "reason": ruling.note,
                "before": [row_of(one) for one in before],
                "after": [row_of(one) for one in after],
            }
        )
    else:
        _print(ruling, before, after)
    return after


def _print(ruling: Override, before: list[Suppression], after: list[Suppression]) -> None:
    out = console()
    out.print(Text.assemble((f"{ruling.effect:<11}", "bold"), (shown(ruling.address, 320), "bold")))
    lifted = [one for one in before if one not in after]
    lines = [f"Lifted: {sentence(one)}" for one in lifted]
    lines += [f"Still held against it: {sentence(one)}" for one in after if one in before]
    lines += [f"Now: {sentence(one)}" for one in after if one not in before]
    if not before and not after:
        lines.append("Nothing was held against it; what was counted until now no longer counts.")
    for line in lines:
        out.print(Padding(Text(line), (0, 0, 0, 4)))
    out.print(Text.assemble("    Next: ", (why_command(ruling.address), "cyan")), soft_wrap=True)
