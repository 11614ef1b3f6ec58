"""The command `import`."""

from pathlib import Path
from typing import Annotated

import typer

from ses_feedback_cli.options import ByOption, DryRunOption, JsonOption, SettingsOption, StackOption, TableOption


def import_list(
    file: Annotated[Path, typer.Argument(metavar="FILE", show_default=False)],
    named: Annotated[
        str | None,
        typer.Option("--from", metavar="NAME", help="The format, where its columns do not say.", show_default=False),
    ] = None,
    dry_run: DryRunOption = False,
    recipients: Annotated[
        Path | None,
        typer.Option(
            "--list", metavar="CSV", help="In a dry run: whom you write to, for a forecast.", show_default=False
        ),
    ] = None,
    invalid: Annotated[
        Path | None,
        typer.Option(
            "--invalid", metavar="FILE", help="Write rows that cannot be imported here.", show_default=False
        ),
    ] = None,
    dated: Annotated[
        str | None,
        typer.Option(
            "--dated", metavar="DATE", help="Of rows without a date. Default: the file's.", show_default=False
        ),
    ] = None,
    stream: Annotated[
        str | None,
        typer.Option("--stream", metavar="NAME", help="The message stream that it is about.", show_default=False),
    ] = None,
    environment: Annotated[
        str | None,
        typer.Option("--environment", metavar="NAME", help="The environment that sent the mail.", show_default=False),
    ] = None,
    encoding: Annotated[str, typer.Option("--encoding", metavar="NAME", help="Of the files.")] = "utf-8-sig",
    rate: Annotated[float, typer.Option("--rate", metavar="N", min=1, help="Rows a second, at most.")] = 500,
    writers: Annotated[
        int, typer.Option("--writers", metavar="N", min=1, max=64, help="How many writers work in parallel.")
    ] = 16,
    by: ByOption = None,
    as_json: JsonOption = False,
    stack: StackOption = None,
    table: TableOption = None,
    settings: SettingsOption = None,
) -> None:
    """Import a provider's list of suppressions.

    The format is known by its columns: SendGrid, Mailgun, Postmark, Mailchimp, Mandrill, SparkPost, Brevo, listmonk,
    useSend, Telnyx, Cloudflare, Amazon SES. Bounces and complaints count as if they had been reported here, with
    their own dates and the provider's words; unsubscribes stop marketing streams. The whole file is read before
    anything is written. The same file again changes nothing, so after an interruption run it again; what it brought,
    `ses-feedback reinstate` takes back. Nobody is alerted.

    Exit status: 0, or 2 if the file or a row of it cannot be imported.

    \b
    Example:
      ses-feedback import bounces.csv --from sendgrid-bounces --dry-run --list customers.csv
      ses-feedback import cleaned.zip --invalid invalid.csv
    """
    from ses_feedback.operations.status import known_environment, known_stream
    from ses_feedback_cli.connection import caller, plain_aws_errors
    from ses_feedback_cli.lists.command import foretell, terms_of
    from ses_feedback_cli.lists.command import import_list as import_all
    from ses_feedback_cli.lists.errors import UnusableList
    from ses_feedback_cli.lists.importing import open_import
    from ses_feedback_cli.lists.reading import ListFile
    from ses_feedback_cli.output import fail
    from ses_feedback_cli.ses_list.lists import open_ses_lists
    from ses_feedback_cli.settings_file import find_settings

    if recipients and not dry_run:
        fail("--list is for a forecast: add --dry-run")
    chosen = find_settings(settings)
    with plain_aws_errors():
        sender = known_environment(environment or chosen.default.environment, chosen)
        about = known_stream(stream, chosen) if stream else None
        try:
            found = ListFile(file, named, encoding)
            author = by or ("" if dry_run else caller())
            terms = terms_of(found, chosen, dated=dated, environment=sender, message_stream=about, by=author)
            if dry_run:
                status = foretell(
                    found, terms, recipients, lambda: open_ses_lists().entries(), invalid, encoding, as_json=as_json
                )
            else:
                into = open_import(stack, table, terms, writers=writers, rate=rate)
                status = import_all(found, terms, into, invalid, as_json=as_json)
        except UnusableList as unusable:
            fail(f"{unusable} (nothing was imported)")
    raise typer.Exit(status)
