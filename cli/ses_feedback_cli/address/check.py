"""`ses-feedback check`: may I send?"""

from collections.abc import Iterable
from datetime import UTC, datetime

from rich.padding import Padding
from rich.text import Text

from ses_feedback.alerts.words import for_shell, shown
from ses_feedback.decision.suppression import Suppression
from ses_feedback.ledger.table import Ledger
from ses_feedback.settings.file import Settings
from ses_feedback_cli.address.status import (
    Sending,
    holding,
    key_of,
    row_of,
    sending,
    sentence,
    stops,
    why_command,
    words_of_fact,
)
from ses_feedback_cli.output import console, note, print_json

MAY_SEND, MUST_NOT = 0, 1


def check_addresses(
    received: Iterable[str],
    stream: str | None,
    environment: str | None,
    ledger: Ledger,
    settings: Settings,
    *,
    as_json: bool,
) -> int:
    """Answers for each address, with one read each; the exit status. Raises botocore's errors."""
    mail = sending(environment, stream, settings)
    keys = [key_of(address) for address in received]
    status, now = MAY_SEND, datetime.now(UTC)
    for key in keys:
        found = holding(ledger.state(key), settings, now)
        stopping = [one for one in found if stops(one, mail, settings)]
        status = MUST_NOT if stopping else status
        if as_json:
            _print_row(key, mail, stopping)
        else:
            _print_answer(key, mail, stopping, [one for one in found if one not in stopping])
    if not as_json:
        example = for_shell(keys[0]) if len(keys) == 1 else "ADDRESS"
        note(
            "Amazon SES keeps a list of its own, per account and region, that may stop a mail as well:\n"
            f"      aws sesv2 get-suppressed-destination --email-address {example}"
        )
    return status


def _print_row(address: str, mail: Sending, stopping: list[Suppression]) -> None:
    print_json(
        {
            "address": address,
            "may_send": not stopping,
            "environment": mail.environment,
            "message_stream": mail.message_stream,
            "suppressions": [row_of(found) for found in stopping],
        }
    )


def _print_answer(address: str, mail: Sending, stopping: list[Suppression], elsewhere: list[Suppression]) -> None:
    out = console()
    answer = ("no", "bold red") if stopping else ("yes", "bold green")
    where = f"  {mail.environment}, {mail.message_stream}"
    out.print(Text.assemble((f"{answer[0]:<4}", answer[1]), (shown(address, 320), "bold"), (where, "bright_black")))
    for found in stopping:
        words = words_of_fact(found.fact)
        reason = Text.assemble((words.title, "bold"), f". {words.meaning}" if words.meaning else "")
        event = Text(f"Event {shown(found.event_id, 100)}, scope {found.scope}.", style="bright_black")
        for line in (reason, Text(sentence(found)), event):
            out.print(Padding(line, (0, 0, 0, 4)))
    for found in elsewhere:
        text = Text(f"Other mail to it is stopped: {sentence(found)}", style="yellow")
        out.print(Padding(text, (0, 0, 0, 4)))
    if stopping or elsewhere:
        out.print(Text.assemble("    Next: ", (why_command(address), "cyan")), soft_wrap=True)
