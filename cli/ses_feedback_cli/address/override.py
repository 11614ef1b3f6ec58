"""`ses-feedback reinstate` and `suppress`: an operator's override, kept as evidence like any other."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from rich.padding import Padding
from rich.text import Text

from ses_feedback.address import is_rule
from ses_feedback.alerts.words import shown
from ses_feedback.decision.override import Override, reinstatement, suppression_of
from ses_feedback.ledger.table import Ledger
from ses_feedback.operations.override import Author, Outcome, apply, suppressible
from ses_feedback.operations.ses_list import SesLists
from ses_feedback.operations.status import keys_of, known_environment, known_stream, name_of, sentence, why_command
from ses_feedback.scope import EVERYWHERE
from ses_feedback.settings.file import Settings
from ses_feedback_cli.output import TROUBLE, console, fail, print_json
from ses_feedback_cli.ses_list.sync import push_reinstatement, push_suppression


def reinstate_addresses(
    received: Iterable[str],
    ledger: Ledger,
    settings: Settings,
    *,
    author: Author,
    stream: str | None,
    tenants: Sequence[str] = (),
    ses: SesLists | None,
    as_json: bool,
) -> int:
    """Reinstates each address or rule, on SES's lists (`ses`) as well, and prints what is lifted; returns the exit
    status. Raises botocore's errors.
    """
    if stream and tenants:
        fail("--stream or --tenant, not both: a tenant's list stops all of its mail")
    where = known_stream(stream, settings) if stream else EVERYWHERE
    keys = [(text, key) for text in received for key in keys_of(text)]
    lists = [*([""] if settings.ses_list.push and not stream else []), *tenants]
    listed = {tenant: ses.entries(tenant) for tenant in lists} if ses else {}
    status = 0
    for text, address in keys:
        now = datetime.now(UTC)
        override = reinstatement(address, now, author.by, author.note, where)
        _apply(override, text, ledger, settings, now, as_json=as_json)
        for tenant, entries in listed.items():
            there = () if is_rule(address) else entries.get(address, ())  # SES's lists know no domains
            if ses and not push_reinstatement(address, there, ledger, ses, tenant):
                status = TROUBLE
    return status


def suppress_addresses(
    received: Iterable[str],
    ledger: Ledger,
    settings: Settings,
    *,
    author: Author,
    stream: str | None,
    environment: str | None,
    days: int | None,
    ses: SesLists | None,
    as_json: bool,
) -> int:
    """Suppresses each address, or all of a domain by a rule; an address on SES's list (`ses`) as well if all its mail
    is stopped. Returns the exit status. Raises botocore's errors.
    """
    where = {
        "message_stream": known_stream(stream, settings) if stream else EVERYWHERE,
        "environment": known_environment(environment, settings) if environment else EVERYWHERE,
    }
    status, keys = 0, [(text, key) for text in received for key in suppressible(text)]
    for text, address in keys:
        now = datetime.now(UTC)
        override = suppression_of(address, now, author.by, author.note, days=days, **where)
        own = _apply(override, text, ledger, settings, now, as_json=as_json).belongs_on_ses_list
        if own and ses and not (stream or environment):
            status = status if push_suppression(address, own, ledger, ses) else TROUBLE
    return status


def _apply(
    override: Override, received: str, ledger: Ledger, settings: Settings, now: datetime, *, as_json: bool
) -> Outcome:
    """Records the override and prints what changed."""
    outcome = apply(override, received, ledger, settings, now)
    if as_json:
        print_json(outcome.row())
    else:
        _print(outcome)
    return outcome


def _print(outcome: Outcome) -> None:
    out, (override, before, after) = console(), (outcome.override, outcome.before, outcome.after)
    out.print(Text.assemble((f"{override.effect:<11}", "bold"), (shown(name_of(override.address), 320), "bold")))
    lines = [f"Lifted: {sentence(held)}" for held in before if held not in after]
    lines += [f"Still in force: {sentence(held)}" for held in after if held in before]
    lines += [f"Now: {sentence(held)}" for held in after if held not in before]
    if not before and not after:
        lines.append("Nothing suppressed it; what was known until now no longer counts.")
    for line in lines:
        out.print(Padding(Text(line), (0, 0, 0, 4)))
    out.print(Text.assemble("    Next: ", (why_command(override.address), "cyan")), soft_wrap=True)
