"""The command `reinstate`."""

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


def reinstate(
    addresses: AddressesArgument,
    reason: ReasonOption,
    stream: Annotated[
        str | None,
        typer.Option("--stream", help="Only what stops this message stream.", show_default=False),
    ] = None,
    by: ByOption = None,
    as_json: JsonOption = False,
    stack: StackOption = None,
    table: TableOption = None,
    settings: SettingsOption = None,
) -> None:
    """Let mail go to addresses again.

    What was known until now no longer counts, what happens from now on does. Who, when and why stay with the
    address: `ses-feedback why` shows them. Where the settings say push in [ses_list], it leaves SES's own
    account-level list as well, in every spelling.

    \b
    Example:
      ses-feedback reinstate jane@example.com --reason "She wrote from it today"
    """
    from ses_feedback_cli.address.override import Author, reinstate_addresses
    from ses_feedback_cli.connection import caller, open_ledger, plain_aws_errors
    from ses_feedback_cli.ses_list.account import open_ses_list
    from ses_feedback_cli.settings_file import find_settings

    chosen = find_settings(settings)
    with plain_aws_errors():
        ledger = open_ledger(chosen, stack, table)
        account = open_ses_list() if chosen.ses_list.push else None
        author = Author(by or caller(), reason)
        raise typer.Exit(reinstate_addresses(addresses, stream, author, ledger, chosen, account, as_json=as_json))
