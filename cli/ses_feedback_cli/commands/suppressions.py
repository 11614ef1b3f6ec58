"""The commands `suppressions list`, `search` and `export`."""

from pathlib import Path
from typing import Annotated

import typer

from ses_feedback_cli.options import JsonOption, SettingsOption, StackOption, TableOption

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Show, search and export who is suppressed.")

Scope = Annotated[
    str,
    typer.Option(
        "--scope",
        metavar="SCOPE",
        help="global, environment:NAME, message_stream:NAME or tenant:NAME. Default: all.",
        show_default=False,
    ),
]
Reason = Annotated[
    str,
    typer.Option(
        "--reason",
        metavar="NAME",
        help="Of a bounce (user_unknown ...), complaint or operator.",
        show_default=False,
    ),
]
Provider = Annotated[
    str,
    typer.Option("--provider", metavar="NAME", help="Who runs the mail: Google, Microsoft ...", show_default=False),
]
Prefix = Annotated[str, typer.Option("--prefix", metavar="TEXT", help="How the address begins.", show_default=False)]
Domain = Annotated[str, typer.Option("--domain", metavar="NAME", help="What follows its @.", show_default=False)]


@app.command("list")
def list_all(
    scope: Scope = "",
    reason: Reason = "",
    provider: Provider = "",
    prefix: Prefix = "",
    domain: Domain = "",
    limit: Annotated[
        int | None, typer.Option("--limit", metavar="N", min=1, help="So many at most.", show_default=False)
    ] = None,
    cursor: Annotated[
        str,
        typer.Option("--cursor", metavar="TEXT", help="Go on behind the page that printed it.", show_default=False),
    ] = "",
    as_json: JsonOption = False,
    stack: StackOption = None,
    table: TableOption = None,
    settings: SettingsOption = None,
) -> None:
    """List who is suppressed now.

    All of them, as they are found, in no particular order; with --limit a page, and the cursor for the next one on
    standard error. Rules for whole domains are listed as *@example.com.

    \b
    Examples:
      ses-feedback suppressions list --reason complaint --scope message_stream:marketing
      ses-feedback suppressions list --domain example.com --json
    """
    from ses_feedback_cli.connection import open_ledger, plain_aws_errors
    from ses_feedback_cli.settings_file import find_settings
    from ses_feedback_cli.suppressions.showing import filter_of, show_all, show_page

    chosen = find_settings(settings)
    with plain_aws_errors():
        wanted = filter_of(chosen, scope=scope, reason=reason, provider=provider, prefix=prefix, domain=domain)
        ledger = open_ledger(chosen, stack, table)
        if limit or cursor:
            show_page(ledger, wanted, most=limit or 1_000, cursor=cursor, as_json=as_json)
        else:
            show_all(ledger, [wanted], as_json=as_json)


@app.command("search")
def search(
    text: Annotated[str, typer.Argument(metavar="TEXT", show_default=False)],
    scope: Scope = "",
    reason: Reason = "",
    provider: Provider = "",
    as_json: JsonOption = False,
    stack: StackOption = None,
    table: TableOption = None,
    settings: SettingsOption = None,
) -> None:
    """Find those whose address begins with a text, or whose domain it is.

    \b
    Examples:
      ses-feedback suppressions search jane
      ses-feedback suppressions search example.com --reason user_unknown
    """
    from ses_feedback_cli.connection import open_ledger, plain_aws_errors
    from ses_feedback_cli.settings_file import find_settings
    from ses_feedback_cli.suppressions.showing import filter_of, searches, show_all

    chosen = find_settings(settings)
    with plain_aws_errors():
        wanted = searches(text, filter_of(chosen, scope=scope, reason=reason, provider=provider))
        show_all(open_ledger(chosen, stack, table), wanted, as_json=as_json)


@app.command("export")
def export(
    to: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Default: standard output.", show_default=False),
    ] = None,
    named: Annotated[
        str,
        typer.Option("--to", metavar="NAME", help="The format: one of those that `import` reads (docs/import.md)."),
    ] = "ses-feedback",
    scope: Scope = "",
    reason: Reason = "",
    provider: Provider = "",
    prefix: Prefix = "",
    domain: Domain = "",
    stack: StackOption = None,
    table: TableOption = None,
    settings: SettingsOption = None,
) -> None:
    """Export who is suppressed now, as a list for another provider, or for `ses-feedback clean`.

    The file appears when it is whole. What a format cannot hold is left out, and counted: only the format
    ses-feedback holds everything. Cells that a spreadsheet would run as a formula get a quote in front.

    \b
    Examples:
      ses-feedback suppressions export -o suppressed.csv
      ses-feedback suppressions export --to ses-import --scope global -o suppressed.jsonl
    """
    from ses_feedback_cli.connection import open_ledger, plain_aws_errors
    from ses_feedback_cli.lists.formats import FORMATS
    from ses_feedback_cli.output import fail
    from ses_feedback_cli.settings_file import find_settings
    from ses_feedback_cli.suppressions.exporting import export_list
    from ses_feedback_cli.suppressions.showing import filter_of

    if named not in FORMATS:
        fail(f"no format {named!r}: choose one of {', '.join(FORMATS)}")
    chosen = find_settings(settings)
    with plain_aws_errors():
        wanted = filter_of(chosen, scope=scope, reason=reason, provider=provider, prefix=prefix, domain=domain)
        export_list(open_ledger(chosen, stack, table), wanted, FORMATS[named], to)
