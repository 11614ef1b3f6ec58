"""The command `clean`."""

from pathlib import Path
from typing import Annotated

import typer

from ses_feedback_cli.options import JsonOption, SettingsOption, StackOption, TableOption, TenantsOption


def clean(
    file: Annotated[Path, typer.Argument(metavar="LIST", show_default=False)],
    out: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="The list without them.")],
    removed: Annotated[
        Path | None,
        typer.Option("--removed", metavar="FILE", help="The rows that were removed, and why.", show_default=False),
    ] = None,
    suppressions: Annotated[
        Path | None,
        typer.Option(
            "--suppressions",
            metavar="FILE",
            help="What `suppressions export` wrote. Default: the table is asked.",
            show_default=False,
        ),
    ] = None,
    stream: Annotated[
        str | None,
        typer.Option(
            "--stream", metavar="NAME", help="The message stream of the mail. Default: the one in the settings."
        ),
    ] = None,
    environment: Annotated[
        str | None,
        typer.Option(
            "--environment", metavar="NAME", help="The environment that sends it. Default: the one in the settings."
        ),
    ] = None,
    tenants: TenantsOption = None,
    column: Annotated[
        str | None,
        typer.Option(
            "--column",
            metavar="NAME",
            help="Which has the addresses: its title, or its number from 1. Default: the one called email or so.",
            show_default=False,
        ),
    ] = None,
    encoding: Annotated[
        str, typer.Option("--encoding", metavar="NAME", help="Of the list, if it does not begin with a mark.")
    ] = "utf-8",
    rate: Annotated[float, typer.Option("--rate", metavar="N", min=1, help="Addresses a second, at most.")] = 5_000,
    readers: Annotated[
        int, typer.Option("--readers", metavar="N", min=1, max=16, help="How many readers work in parallel.")
    ] = 2,
    as_json: JsonOption = False,
    stack: StackOption = None,
    table: TableOption = None,
    settings: SettingsOption = None,
) -> None:
    """Take those out of a list whom nobody may write to.

    The list is CSV, with commas, semicolons or tabs, in any encoding. What stays is kept byte for byte; who must get
    no mail of that stream, as `check` says, goes into --removed with the reason. Rows without an address go there as
    well. A file that is cut off is refused as a whole, and nothing is written.

    With --suppressions all is done here, a million rows in half a minute. Otherwise the table is asked, and what it
    answered is kept in FILE.progress until FILE is there: an interrupted run goes on where it stopped, if list and
    options are the same, for a day.

    Exit status: 0, or 2 on an error or if rows have no address.

    \b
    Examples:
      ses-feedback suppressions export -o suppressed.csv
      ses-feedback clean customers.csv -o clean.csv --removed removed.csv --stream marketing
          --suppressions suppressed.csv
    """
    from ses_feedback.operations.status import planned_mail
    from ses_feedback_cli.cleaning.asking import open_asking
    from ses_feedback_cli.cleaning.command import check_paths, clean_by_export, clean_by_table
    from ses_feedback_cli.cleaning.recipients import CsvRecipients
    from ses_feedback_cli.connection import plain_aws_errors
    from ses_feedback_cli.lists.errors import UnusableList
    from ses_feedback_cli.output import fail
    from ses_feedback_cli.settings_file import find_settings

    chosen = find_settings(settings)
    check_paths(file, out, removed)
    with plain_aws_errors():
        mail = planned_mail(environment, stream, chosen, tenants or [])
        try:
            recipients = CsvRecipients(file, column, encoding)
            if suppressions:
                status = clean_by_export(recipients, suppressions, mail, chosen, out, removed, as_json=as_json)
            else:
                asking, name = open_asking(stack, table, mail, chosen, readers=readers, rate=rate)
                status = clean_by_table(recipients, asking, name, mail, chosen, out, removed, as_json=as_json)
        except UnusableList as unusable:
            fail(f"{unusable} (nothing was written)")
    raise typer.Exit(status)
