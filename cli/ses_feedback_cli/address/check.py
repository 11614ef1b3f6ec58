"""`ses-feedback check`: whether mail may be sent to addresses."""

from collections.abc import Iterable
from datetime import UTC, datetime

from rich.padding import Padding
from rich.text import Text

from ses_feedback.alerts.words import for_shell, shown
from ses_feedback.decision.ses_list import Entry
from ses_feedback.decision.suppression import Suppression
from ses_feedback.ledger.table import Ledger
from ses_feedback.operations.check import verdicts
from ses_feedback.operations.ses_list import SesLists
from ses_feedback.operations.status import (
    PlannedMail,
    planned_mail,
    row_of,
    sentence,
    why_command,
    words_of_fact,
)
from ses_feedback.ses_lists import SesList
from ses_feedback.ses_setup.configuration_sets import named_sets, whose
from ses_feedback.settings.file import Settings
from ses_feedback_cli.output import console, note, print_json
from ses_feedback_cli.ses_list.asked import Listed, ListOfMail, lists_of_mail

MAY_SEND, MUST_NOT = 0, 1

type _OnList = tuple[ListOfMail, Entry | None]
"""A list that SES asks, and its entry of the address."""


def check_addresses(
    received: Iterable[str],
    ledger: Ledger,
    settings: Settings,
    *,
    stream: str | None,
    environment: str | None,
    tenants: Iterable[str] = (),
    ses: SesLists | None = None,
    as_json: bool,
) -> int:
    """Answers for each address, with its rules, in one request; returns the exit status. Of tenants' mail, `ses` is
    asked too. Raises botocore's errors.
    """
    mail = planned_mail(environment, stream, settings, tenants)
    sets = (name for name in named_sets(settings) if whose(name, settings) == (mail.environment, mail.message_stream))
    lists = lists_of_mail(ses, mail.tenants, sets) if ses else []
    status, addresses = MAY_SEND, list[str]()
    for text, address, stopping, elsewhere in verdicts(received, mail, ledger, settings, datetime.now(UTC)):
        addresses.append(address)
        listed = Listed(ses, (text, address)) if ses else None
        entries = [(asked, listed.entry(asked)) for asked in lists] if listed else []
        may_send = not stopping and not any(entry for _, entry in entries)
        status = status if may_send else MUST_NOT
        if as_json:
            _print_row(address, mail, stopping, entries, may_send=may_send)
        else:
            _print_answer(address, mail, stopping, elsewhere, entries, may_send=may_send)
    if not as_json and ses is None:
        example = for_shell(addresses[0]) if len(addresses) == 1 else "ADDRESS"
        note(
            "Amazon SES also keeps its own suppression list, for each account and region, which may block mail\n"
            "      (--tenant NAME asks the list that SES would ask for that tenant's mail):\n"
            f"      aws sesv2 get-suppressed-destination --email-address {example}"
        )
    return status


def _print_row(
    address: str, mail: PlannedMail, stopping: list[Suppression], entries: list[_OnList], *, may_send: bool
) -> None:
    asked = [
        {
            "tenant": of.tenant,
            "configuration_set": of.configuration_set,
            "list": of.asked.list,
            "decided_by": of.asked.decided_by,
            "listed": entry.reason if entry else None,
        }
        for of, entry in entries
    ]
    print_json(
        {
            "address": address,
            "may_send": may_send,
            "environment": mail.environment,
            "message_stream": mail.message_stream,
            "suppressions": [row_of(suppression) for suppression in stopping],
        }
        | ({"ses": asked} if entries else {})
    )


def _print_answer(
    address: str,
    mail: PlannedMail,
    stopping: list[Suppression],
    elsewhere: list[Suppression],
    entries: list[_OnList],
    *,
    may_send: bool,
) -> None:
    out = console()
    answer = ("yes", "bold green") if may_send else ("no", "bold red")
    where = ", ".join((f"  {mail.environment}", mail.message_stream, *mail.tenants))
    out.print(Text.assemble((f"{answer[0]:<4}", answer[1]), (shown(address, 320), "bold"), (where, "bright_black")))
    for suppression in stopping:
        words = words_of_fact(suppression.fact)
        reason = Text.assemble((words.title, "bold"), f". {words.meaning}" if words.meaning else "")
        event = Text(f"Event {shown(suppression.event_id, 100)}, scope {suppression.scope}.", style="bright_black")
        for line in (reason, Text(sentence(suppression)), event):
            out.print(Padding(line, (0, 0, 0, 4)))
    for suppression in elsewhere:
        text = Text(f"Other mail to it is stopped: {sentence(suppression)}", style="yellow")
        out.print(Padding(text, (0, 0, 0, 4)))
    for of, entry in entries:
        text = Text(_sentence_about(of, entry), style="red" if entry else "bright_black")
        out.print(Padding(text, (0, 0, 0, 4)))
    if stopping or elsewhere:
        out.print(Text.assemble("    Next: ", (why_command(address), "cyan")), soft_wrap=True)


def _sentence_about(of: ListOfMail, entry: Entry | None) -> str:
    """`Tenant lantern: SES asks the tenant's list for its mail with x (as the tenant decides): it has the address`"""
    mail = f"its mail with {of.configuration_set}" if of.configuration_set else "its mail without a configuration set"
    decided = f"as the {of.asked.decided_by} decides"
    if of.asked.list is None:
        return f"Tenant {of.tenant}: SES asks no list for {mail} ({decided})."
    whose_list = "the tenant's list" if of.asked.list is SesList.TENANT else "the account's list"
    found = f"it has the address, for {entry.reason}" if entry else "it does not have the address"
    return f"Tenant {of.tenant}: SES asks {whose_list} for {mail} ({decided}): {found}."
