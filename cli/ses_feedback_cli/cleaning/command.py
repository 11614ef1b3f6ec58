"""`ses-feedback clean`: a list of recipients without those whom nobody may write to."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from ses_feedback.alerts.words import shown
from ses_feedback.errors import Unavailable
from ses_feedback.operations.status import PlannedMail
from ses_feedback.settings.file import Settings
from ses_feedback_cli.cleaning.answers import Answers
from ses_feedback_cli.cleaning.asking import Asking
from ses_feedback_cli.cleaning.exported import Exported
from ses_feedback_cli.cleaning.output import digest_of, write_clean
from ses_feedback_cli.cleaning.recipients import NO_ADDRESS, CsvRecipients, Row
from ses_feedback_cli.lists.parts import in_words
from ses_feedback_cli.new_file import check_writable
from ses_feedback_cli.output import TROUBLE, console, fail, note, print_json, progress, warn

_SHOWN = 5
_OLD = timedelta(days=1)


def clean_by_export(
    recipients: CsvRecipients,
    export: Path,
    mail: PlannedMail,
    settings: Settings,
    out: Path,
    removed: Path | None,
    *,
    as_json: bool,
) -> int:
    """Cleans the list by what an export says; returns the exit status. Raises `UnusableList`."""
    now = datetime.now(UTC)
    with progress("reading the suppressions") as show:
        held = Exported(export, mail, settings, now, show)
        invalid = InvalidRows(recipients)
        counts = write_clean(recipients, lambda row: held.stop(row.key or ""), out, removed, invalid, show)
    age = now - datetime.fromtimestamp(export.stat().st_mtime, UTC)
    if age > _OLD:
        note(f"{export.name} is {age.days} days old: who was suppressed since is still on the list")
    return tell(recipients, mail, counts, invalid, removed, as_json=as_json)


def clean_by_table(
    recipients: CsvRecipients,
    asking: Asking,
    table: str,
    mail: PlannedMail,
    settings: Settings,
    out: Path,
    removed: Path | None,
    *,
    as_json: bool,
) -> int:
    """Reads the whole list, asks the table about its addresses, then writes; returns the exit status. What was
    answered is kept beside the output until that is there. Raises `UnusableList` and botocore's errors.
    """
    before, path = digest_of(recipients.path), out.with_name(f"{out.name}.progress")
    question = {"list": before, "column": recipients.column, "encoding": recipients.encoding, "table": table}
    question |= {"mail": [mail.environment, mail.message_stream, *mail.tenants], "settings": repr(settings)}
    with progress("reading the list") as show:
        total = sum(row.key is not None for row in recipients.rows())
        with in_words(path.name), Answers(path, question) as answers:
            if answers.why_anew:
                note(f"{answers.why_anew}: begun anew")
            elif answers.number:
                note(f"{answers.number:,} of {total:,} addresses were answered before: going on from there")
            _ask(recipients, asking, answers, total, show)
            known, invalid = iter(answers), InvalidRows(recipients)
            counts = write_clean(recipients, lambda _: next(known), out, removed, invalid, show, before)
            answers.forget()
    return tell(recipients, mail, counts, invalid, removed, as_json=as_json)


def _ask(
    recipients: CsvRecipients, asking: Asking, answers: Answers, total: int, show: Callable[[str], None]
) -> None:
    addresses = (row.cells[recipients.column] for row in recipients.rows() if row.key is not None)
    try:
        for stops in asking.stops(islice(addresses, answers.number, None)):
            answers.add(stops)
            show(f"{answers.number:,} of {total:,} addresses answered")
    except KeyboardInterrupt:
        fail(f"stopped after {answers.number:,} of {total:,} addresses: run it again to go on from there")
    except (ClientError, BotoCoreError, Unavailable):
        note(f"{answers.number:,} of {total:,} addresses were answered: run it again to go on from there")
        raise


class InvalidRows:
    """Rows without an address: warns of the first few, and counts all."""

    def __init__(self, recipients: CsvRecipients) -> None:
        self._recipients, self.number = recipients, 0

    def __call__(self, row: Row) -> None:
        self.number += 1
        if self.number <= _SHOWN:
            column, name = self._recipients.column, self._recipients.path.name
            cause = row.cause
            if cause == NO_ADDRESS:
                cause = f"{row.cells[column]!r:.200} is not an e-mail address"
            warn(f"{name}, line {row.line}: {cause}")


def check_paths(recipients: Path, out: Path, removed: Path | None) -> None:
    """Ends the command where two of them are the same file, or one cannot be written."""
    paths = [path.resolve() for path in (recipients, out, removed) if path]
    if len(set(paths)) < len(paths):
        fail("the list, --output and --removed must be different files: nothing is written over the list")
    for path in filter(None, (out, removed)):
        check_writable(path)


def tell(
    recipients: CsvRecipients,
    mail: PlannedMail,
    counts: Counter[str],
    invalid: InvalidRows,
    removed: Path | None,
    *,
    as_json: bool,
) -> int:
    """Prints what was done; returns the exit status."""
    kept = counts.pop("", 0)
    causes = counts.total() - invalid.number
    if as_json:
        print_json(
            {
                "file": recipients.path.name,
                "environment": mail.environment,
                "message_stream": mail.message_stream,
                "rows": kept + counts.total(),
                "kept": kept,
                "suppressed": causes,
                "invalid": invalid.number,
                "by_reason": dict(counts.most_common()),
            }
        )
    else:
        place = ", ".join((mail.environment, mail.message_stream, *mail.tenants))
        rows = f"{kept + counts.total():,} rows: {kept:,} kept, {causes:,} suppressed"
        name = shown(recipients.path.name, 100)
        console().print(f"{name}, {place}: {rows}, {invalid.number:,} without an address", soft_wrap=True)
        for reason, number in counts.most_common():
            console().print(f"  {number:>11,} {shown(reason.replace('_', ' '), 60)}")
    if not recipients.ends_a_line():
        note(f"the last line of {recipients.path.name} has no end: if it was cut off there, get it again")
    if not invalid.number:
        return 0
    where = f"they are in {removed}" if removed else "--removed FILE writes them into a file"
    note(f"{invalid.number:,} rows have no address and were removed: {where}")
    return TROUBLE
