"""`ses-feedback check`: whether mail may be sent to addresses."""

from collections.abc import Iterable
from datetime import UTC, datetime

from rich.padding import Padding
from rich.text import Text

from ses_feedback.alerts.words import for_shell, shown
from ses_feedback.decision.suppression import Suppression
from ses_feedback.ledger.table import Ledger
from ses_feedback.settings.file import Settings
from ses_feedback_cli.address.status import (
    PlannedMail,
    holding,
    key_of,
    planned_mail,
    row_of,
    sentence,
    stops,
    why_command,
    words_of_fact,
)
from ses_feedback_cli.output import console, note, print_json

MAY_SEND, MUST_NOT = 0, 1


def check_addresses(
    received: Iterable[str],
    ledger: Ledger,
    settings: Settings,
    *,
    stream: str | None,
    environment: str | None,
    as_json: bool,
) -> int:
    """Answers for each address, with a read for each of its keys; returns the exit status. Raises botocore's
    errors.
    """
    mail = planned_mail(environment, stream, settings)
    addresses = [(text, key_of(text)) for text in received]
    status, now = MAY_SEND, datetime.now(UTC)
    for text, address in addresses:
        suppressions = holding(ledger.state(text), settings, now)
        stopping = [suppression for suppression in suppressions if stops(suppression, mail, settings)]
        status = MUST_NOT if stopping else status
        if as_json:
            _print_row(address, mail, stopping)
        else:
            elsewhere = [suppression for suppression in suppressions if suppression not in stopping]
            _print_answer(address, mail, stopping, elsewhere)
    if not as_json:
        example = for_shell(addresses[0][1]) if len(addresses) == 1 else "ADDRESS"
        note(
            "Amazon SES also keeps its own suppression list, for each account and region, which may block mail:\n"
            f"      aws sesv2 get-suppressed-destination --email-address {example}"
        )
    return status


def _print_row(address: str, mail: PlannedMail, stopping: list[Suppression]) -> None:
    print_json(
        {
            "address": address,
            "may_send": not stopping,
            "environment": mail.environment,
            "message_stream": mail.message_stream,
            "suppressions": [row_of(suppression) for suppression in stopping],
        }
    )


def _print_answer(address: str, mail: PlannedMail, stopping: list[Suppression], elsewhere: list[Suppression]) -> None:
    out = console()
    answer = ("no", "bold red") if stopping else ("yes", "bold green")
    where = f"  {mail.environment}, {mail.message_stream}"
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
    if stopping or elsewhere:
        out.print(Text.assemble("    Next: ", (why_command(address), "cyan")), soft_wrap=True)
