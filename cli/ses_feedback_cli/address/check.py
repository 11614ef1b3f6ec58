"""`ses-feedback check`: whether mail may be sent to addresses."""

from collections.abc import Iterable
from datetime import UTC, datetime

from rich.padding import Padding
from rich.text import Text

from ses_feedback import timestamp
from ses_feedback.alerts.words import minute, shown
from ses_feedback.decision.suppression import Suppression
from ses_feedback.ledger.table import Ledger
from ses_feedback.operations.check import verdicts
from ses_feedback.operations.ses_list import SesLists
from ses_feedback.operations.ses_side import ListAnswer, entry_row, unknown_row
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
from ses_feedback_cli.output import TROUBLE, console, note, print_json
from ses_feedback_cli.ses_list.asked import Listed, ListOfMail, lists_of_mail
from ses_feedback_cli.ses_list.words import trouble_words

MAY_SEND, MUST_NOT = 0, 1

type _Answers = list[tuple[ListOfMail, ListAnswer | None]]
"""The lists that SES asks for the mail, and what each says of the address."""


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
    """Answers for each address, with its rules, in one request; returns the exit status. `ses` is asked too, if it is
    given. Raises the ledger's errors.
    """
    mail = planned_mail(environment, stream, settings, tenants)
    sets = (name for name in named_sets(settings) if whose(name, settings) == (mail.environment, mail.message_stream))
    lists = lists_of_mail(ses, mail.tenants, sets) if ses else []
    statuses, addresses = {MAY_SEND}, list[str]()
    for text, address, stopping, elsewhere in verdicts(received, mail, ledger, settings, datetime.now(UTC)):
        addresses.append(address)
        listed = Listed(ses, (text.strip(), address)) if ses else None
        answers = [(asked, listed.answer(asked)) for asked in lists] if listed else []
        may_send = _may_send(stopping, answers)
        statuses.add({True: MAY_SEND, False: MUST_NOT, None: TROUBLE}[may_send])
        if as_json:
            _print_row(address, mail, stopping, answers, may_send=may_send)
        else:
            _print_answer(address, mail, stopping, elsewhere, answers, may_send=may_send)
    if not as_json and ses is None:
        note("Amazon SES also keeps suppression lists of its own, which may block mail: --ses asks them")
    return max(statuses)


def _may_send(stopping: list[Suppression], answers: _Answers) -> bool | None:
    """None if nothing is known to stop the mail, but SES did not say all."""
    if stopping or any(answer and answer.entry for _, answer in answers):
        return False
    return None if any(asked.unknown or (answer and answer.unknown) for asked, answer in answers) else True


def _print_row(
    address: str, mail: PlannedMail, stopping: list[Suppression], answers: _Answers, *, may_send: bool | None
) -> None:
    asked = [
        {
            "tenant": of.tenant or None,
            "configuration_set": of.configuration_set,
            "list": of.asked.list if of.asked else None,
            "decided_by": of.asked.decided_by if of.asked else None,
            "asked_at": timestamp.to_text(answer.asked_at) if answer else None,
        }
        | entry_row(answer.entry if answer else None)
        | unknown_row(of.unknown or (answer.unknown if answer else None))
        for of, answer in answers
    ]
    print_json(
        {
            "address": address,
            "may_send": may_send,
            "environment": mail.environment,
            "message_stream": mail.message_stream,
            "suppressions": [row_of(suppression) for suppression in stopping],
        }
        | ({"ses": asked} if answers else {})
    )


def _print_answer(
    address: str,
    mail: PlannedMail,
    stopping: list[Suppression],
    elsewhere: list[Suppression],
    answers: _Answers,
    *,
    may_send: bool | None,
) -> None:
    out = console()
    answer = {True: ("yes", "bold green"), False: ("no", "bold red"), None: ("?", "bold yellow")}[may_send]
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
    for asked, said in answers:
        text = Text(_sentence_about(asked, said), style="red" if said and said.entry else "bright_black")
        out.print(Padding(text, (0, 0, 0, 4)))
    if stopping or elsewhere:
        out.print(Text.assemble("    Next: ", (why_command(address), "cyan")), soft_wrap=True)
    elif may_send is not True:
        out.print(Text.assemble("    Next: ", (f"{why_command(address)} --ses", "cyan")), soft_wrap=True)


def _sentence_about(of: ListOfMail, answer: ListAnswer | None) -> str:
    """`Tenant lantern: SES asks the tenant's list for its mail with x (as the tenant decides): it has the address`"""
    whose, its = (f"Tenant {of.tenant}: ", "its mail") if of.tenant else ("", "this mail")
    mail = f"{its} with {of.configuration_set}" if of.configuration_set else f"{its} without a configuration set"
    if of.asked is None:
        return f"{whose}Which list SES asks is unknown: {trouble_words(of.unknown)}."
    decided = f"as the {of.asked.decided_by} decides"
    if of.asked.list is None or answer is None:
        return f"{whose}SES asks no list for {mail} ({decided})."
    whose_list = "the tenant's list" if of.asked.list is SesList.TENANT else "the account's list"
    return f"{whose}SES asks {whose_list} for {mail} ({decided}): {_found(answer)}."


def _found(answer: ListAnswer) -> str:
    if answer.unknown:
        return f"unknown whether it has the address: {trouble_words(answer.unknown)}"
    if answer.entry is None:
        return "it does not have the address"
    return f"it has the address, for {answer.entry.reason}, since {minute(timestamp.to_text(answer.entry.since))}"
