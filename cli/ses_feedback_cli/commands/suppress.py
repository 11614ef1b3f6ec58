"""The command `suppress`."""

from typing import Annotated

import typer

from ses_feedback_cli.options import (
    AddressesArgument,
    ByOption,
    JsonOption,
    ReasonOption,
    SettingsOption,
    StackOption,
    TableOption,
)


def suppress(
    addresses: AddressesArgument,
    reason: ReasonOption,
    stream: Annotated[
        str | None, typer.Option("--stream", help="Stop this message stream only.", show_default=False)
    ] = None,
    environment: Annotated[
        str | None, typer.Option("--environment", help="Stop this environment's mail only.", show_default=False)
    ] = None,
    days: Annotated[
        int | None, typer.Option("--days", min=1, max=3650, help="For so long. Else for good.", show_default=False)
    ] = None,
    by: ByOption = None,
    as_json: JsonOption = False,
    stack: StackOption = None,
    table: TableOption = None,
    settings: SettingsOption = None,
) -> None:
    """Let no mail go to addresses any more.

    Who, when and why stay with the address; `ses-feedback reinstate` takes it back. Where the settings say push in
    [ses_list], and all mail is meant, it is put on SES's own account-level list as well.

    \b
    Example:
      ses-feedback suppress jane@example.com --reason "Asked by telephone" --days 90
    """
    from ses_feedback_cli.address.override import Author, suppress_addresses
    from ses_feedback_cli.connection import caller, open_ledger, plain_aws_errors
    from ses_feedback_cli.output import fail
    from ses_feedback_cli.ses_list.account import open_ses_list
    from ses_feedback_cli.settings_file import find_settings

    if stream and environment:
        fail("--stream and --environment together: a suppression has one scope, give one of them")
    chosen = find_settings(settings)
    with plain_aws_errors():
        ledger = open_ledger(chosen, stack, table)
        account = open_ses_list() if chosen.ses_list.push else None
        author = Author(by or caller(), reason)
        raise typer.Exit(
            suppress_addresses(addresses, stream, environment, days, author, ledger, chosen, account, as_json=as_json)
        )
