"""`ses-feedback import`: reads the whole list first, then writes it; or, in a dry run, tells what it would do."""

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from ses_feedback import timestamp
from ses_feedback.alerts.words import shown
from ses_feedback.aws_errors import is_denied
from ses_feedback.decision.imported import Why
from ses_feedback.settings.file import Settings
from ses_feedback_cli.lists.cells import defused, time_in
from ses_feedback_cli.lists.errors import UnusableList
from ses_feedback_cli.lists.forecast import PAUSE, REVIEW, Forecast, forecast
from ses_feedback_cli.lists.importing import ListImport
from ses_feedback_cli.lists.plan import Invalid, Planned, Summary, Terms, planned
from ses_feedback_cli.lists.reading import ListFile
from ses_feedback_cli.output import TROUBLE, console, fail, note, print_json, progress, warn

_SHOWN = 5


def import_list(list_file: ListFile, terms: Terms, into: ListImport, invalid: Path | None, *, as_json: bool) -> int:
    """Checks all rows, then imports those that can be; returns the exit status. Raises `UnusableList` before anything
    is written, and botocore's errors.
    """
    summary = _checked(list_file, terms, invalid)
    outcomes: Counter[str] = Counter()
    rows = (row for row in planned(list_file.entries(), terms) if isinstance(row, Planned))
    with progress("importing") as show:
        try:
            for batch in into.run(rows):
                outcomes += batch
                show(f"importing: {outcomes.total():,} of {summary.rows:,} rows")
        except KeyboardInterrupt:
            fail(f"stopped after {outcomes.total():,} of {summary.rows:,} rows: run it again to go on from there")
    _print(list_file, summary, as_json=as_json, outcomes=outcomes)
    return _status(summary, invalid)


def foretell(
    list_file: ListFile,
    terms: Terms,
    recipients: Path | None,
    listed_by_ses: Callable[[], Iterable[str]],
    invalid: Path | None,
    encoding: str,
    *,
    as_json: bool,
) -> int:
    """What the import would do, and what mail to `recipients` would meet on the first day; returns the exit status.
    `listed_by_ses`: the keys of the addresses on SES's own list. Raises `UnusableList`.
    """
    summary = _checked(list_file, terms, invalid)
    found = forecast(recipients, summary, encoding) if recipients else None
    lacking, unknown = _lacking(found, listed_by_ses) if found else ([], "")
    _print(list_file, summary, as_json=as_json, forecast=found, lacking=lacking, unknown=unknown)
    return _status(summary, invalid)


def terms_of(
    list_file: ListFile,
    settings: Settings,
    *,
    dated: str | None,
    environment: str,
    message_stream: str | None,
    by: str,
) -> Terms:
    """`dated`: as somebody typed it; without, when the file was written. Ends the command where it cannot be."""
    now = datetime.now(UTC)
    try:
        given = time_in(dated or "")
    except ValueError as error:
        fail(f"--dated: {error}: write it as 2026-11-26")
    if given and given > timestamp.to_text(now):
        fail(f"--dated {dated} is in the future")
    written = datetime.fromtimestamp(min(list_file.path.stat().st_mtime, now.timestamp()), UTC)
    unsubscribes = any(set(each.words) == {Why.UNSUBSCRIBE} for each in list_file.formats)
    if unsubscribes and not message_stream and not any(each.marketing for each in settings.message_streams.values()):
        fail("unsubscribes stop marketing mail, and the settings have no marketing stream: name one by --stream")
    return Terms(
        settings=settings,
        now=now,
        dated=given or f"{timestamp.to_text(written)[:19]}.000Z",
        environment=environment,
        message_stream=message_stream,
        by=by,
    )


def _checked(list_file: ListFile, terms: Terms, invalid: Path | None) -> Summary:
    summary = Summary()
    with progress("reading") as show, _invalid_rows(invalid) as keep:
        for number, row in enumerate(planned(list_file.entries(), terms), 1):
            summary.add(row)
            if isinstance(row, Invalid):
                keep(row, summary.invalid)
            if number % 1_000 == 0:
                show(f"reading: {number:,} rows")
    return summary


@contextmanager
def _invalid_rows(path: Path | None) -> Iterator[Callable[[Invalid, int], None]]:
    """Takes the rows that cannot be imported: into a file, or the first few as warnings."""
    if path is None:

        def show(row: Invalid, number: int) -> None:
            if number <= _SHOWN:
                warn(f"{row.entry.file}, line {row.entry.line}: {row.cause}")

        yield show
        return
    try:
        file = path.open("w", encoding="utf-8", newline="")
    except OSError as error:
        raise UnusableList(f"--invalid {path}: {error.strerror or error}") from None
    with file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["file", "line", "cause", "row"])

        def keep(row: Invalid, _: int) -> None:
            cells = (row.entry.file, str(row.entry.line), row.cause, ",".join(row.entry.row))
            writer.writerow([defused(cell.encode(errors="replace").decode()) for cell in cells])

        yield keep


def _status(summary: Summary, invalid: Path | None) -> int:
    if not summary.invalid:
        return 0
    where = f": see {invalid}" if invalid else ": --invalid FILE writes them all into a file"
    note(f"{_counted(summary.invalid, 'row')} cannot be imported{where}")
    return TROUBLE


def _lacking(found: Forecast, listed_by_ses: Callable[[], Iterable[str]]) -> tuple[list[str], str]:
    """Who would bounce and is not on SES's list, or why that is unknown."""
    try:
        listed = set(listed_by_ses())
    except ClientError as error:
        needed = "you need the permission ses:ListSuppressedDestinations on *"
        return [], needed if is_denied(error) else f"SES answered {error.response['Error'].get('Code', '')}"
    except BotoCoreError as error:
        return [], f"SES was not asked: {str(error).rstrip('.')}"
    return [address for address in found.bounced if address not in listed], ""


def _print(
    list_file: ListFile,
    summary: Summary,
    *,
    as_json: bool,
    outcomes: Counter[str] | None = None,
    forecast: Forecast | None = None,
    lacking: Iterable[str] = (),
    unknown: str = "",
) -> None:
    lacking = list(lacking)
    if as_json:
        print_json(_row(list_file, summary, outcomes, forecast, lacking, unknown))
        return
    out = console()
    names = ", ".join(dict.fromkeys(each.name for each in list_file.formats))
    out.print(
        f"{shown(list_file.path.name, 100)} ({names}): {_counted(summary.rows, 'row')}, "
        f"{_counted(len(summary.addresses), 'address')}"
    )
    out.print("  " + (", ".join(f"{n:,} {why.replace('_', ' ')}" for why, n in summary.by_why.items()) or "nobody"))
    if summary.undated:
        out.print(f"  {summary.undated:,} without a date count from the file's own, or from --dated")
    if summary.without_evidence:
        out.print(f"  {summary.without_evidence:,} prove nothing (the sender's fault, or ended): history only")
    if outcomes is not None:
        out.print("  " + (", ".join(f"{n:,} {_words(name)}" for name, n in outcomes.items()) or "nothing to do"))
    if forecast:
        _print_forecast(forecast, lacking, unknown)
    if outcomes is None:
        note("nothing written (dry run)")


def _counted(number: int, noun: str) -> str:
    plural = "es" if noun.endswith("s") else "s"
    return f"{number:,} {noun}{'' if number == 1 else plural}"


def _words(outcome: str) -> str:
    return {"none": "without effect", "known": "known already"}.get(outcome, outcome)


def _print_forecast(found: Forecast, lacking: list[str], unknown: str) -> None:
    out = console()
    out.print(f"The first day, with {_counted(found.recipients, 'recipient')}:")
    out.print(
        f"  {len(found.bounced):,} would have bounced: {found.rate:.2%}. {_judgement(found.rate)}", soft_wrap=True
    )
    for why, count in found.others.items():
        out.print(f"  {count:,} more are listed ({why.replace('_', ' ')}){_not_bouncing(why)}")
    if unknown:
        out.print(f"  Of those, SES's own list has: unknown ({shown(unknown, 300)})", soft_wrap=True)
    elif found.bounced:
        out.print(f"  {len(lacking):,} of them are not on SES's own list, and SES would have tried", soft_wrap=True)
        for address in lacking[:_SHOWN]:
            out.print(f"    {shown(address, 320)}")
    if found.unread:
        note(f"{_counted(found.unread, 'row')} of the recipients without an address")


def _not_bouncing(why: str) -> str:
    return ", but for a cause that passes, or for the sender's fault" if why in (Why.HARD, Why.SOFT) else ""


def _judgement(rate: float) -> str:
    if rate >= PAUSE:
        return f"SES may pause an account at {PAUSE:.0%}."
    if rate >= REVIEW:
        return f"SES reviews an account at {REVIEW:.0%}, and may pause it at {PAUSE:.0%}."
    return f"SES reviews an account at {REVIEW:.0%}."


def _row(
    list_file: ListFile,
    summary: Summary,
    outcomes: Counter[str] | None,
    found: Forecast | None,
    lacking: list[str],
    unknown: str,
) -> dict[str, Any]:
    row: dict[str, Any] = {
        "file": list_file.path.name,
        "formats": [each.name for each in list_file.formats],
        "rows": summary.rows,
        "addresses": len(summary.addresses),
        "by_why": dict(summary.by_why),
        "undated": summary.undated,
        "without_evidence": summary.without_evidence,
        "invalid": summary.invalid,
        "outcomes": None if outcomes is None else dict(outcomes),
    }
    if found:
        row["forecast"] = {
            "recipients": found.recipients,
            "would_bounce": len(found.bounced),
            "rate": round(found.rate, 6),
            "review_at": REVIEW,
            "others": dict(found.others),
            "not_on_ses_list": None if unknown else lacking,
            "ses_list_unknown": unknown or None,
        }
    return row
