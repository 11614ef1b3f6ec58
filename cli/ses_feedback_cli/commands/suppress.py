"""The command `suppress`."""

from typing import Annotated

import typer

from ses_feedback_cli.options import (
    AddressesOrDomainsArgument,
    ByOption,
    JsonOption,
    ReasonOption,
    SettingsOption,
    StackOption,
    TableOption,
)


def suppress(
    addresses: AddressesOrDomainsArgument,
    reason: ReasonOption,
    stream: Annotated[
        str | None,
        typer.Option("--stream", metavar="NAME", help="Stop this message stream only.", show_default=False),
    ] = None,
    environment: Annotated[
        str | None,
        typer.Option("--environment", metavar="NAME", help="Stop this environment's mail only.", show_default=False),
    ] = None,
    days: Annotated[
        int | None,
        typer.Option(
            "--days", metavar="N", min=1, max=3650, help="For this many days. Default: for good.", show_default=False
        ),
    ] = None,
    by: ByOption = None,
    as_json: JsonOption = False,
    stack: StackOption = None,
    table: TableOption = None,
    settings: SettingsOption = None,
) -> None:
    """Stop mail to addresses, or to all of a domain.

    A domain makes a rule, whatever is known of its addresses: *@example.com is that domain alone, *.example.com what
    is below it, example.com both. Who did this, when and why is kept; `ses-feedback reinstate` undoes it. If the
    settings turn on `push` in [ses_list], and all mail to an address is stopped, it is also added to SES's own
    account-level suppression list, which has no domains.

    \b
    Example:
      ses-feedback suppress jane@example.com --reason "Asked by telephone" --days 90
      ses-feedback suppress '*@example.com' --reason "They asked for no mail at all"
    """
    from ses_feedback.operations.override import Author
    from ses_feedback_cli.address.override import suppress_addresses
    from ses_feedback_cli.connection import caller, open_ledger, plain_aws_errors
    from ses_feedback_cli.output import fail
    from ses_feedback_cli.ses_list.lists import open_ses_lists
    from ses_feedback_cli.settings_file import find_settings

    if stream and environment:
        fail("give --stream or --environment, not both: a suppression has one scope")
    chosen = find_settings(settings)
    with plain_aws_errors():
        ledger = open_ledger(chosen, stack, table)
        ses = open_ses_lists() if chosen.ses_list.push else None
        author = Author(by or caller(), reason)
        raise typer.Exit(
            suppress_addresses(
                addresses,
                ledger,
                chosen,
                author=author,
                stream=stream,
                environment=environment,
                days=days,
                ses=ses,
                as_json=as_json,
            )
        )
