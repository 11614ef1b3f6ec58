"""The command `check`."""

from typing import Annotated

import typer

from ses_feedback_cli.options import AddressesArgument, JsonOption, SettingsOption, StackOption, TableOption


def check(
    addresses: AddressesArgument,
    stream: Annotated[
        str | None, typer.Option("--stream", help="The message stream of the mail. Else the settings' default.")
    ] = None,
    environment: Annotated[
        str | None, typer.Option("--environment", help="Where it is sent from. Else the settings' default.")
    ] = None,
    as_json: JsonOption = False,
    stack: StackOption = None,
    table: TableOption = None,
    settings: SettingsOption = None,
) -> None:
    """May I send? Say it for each address, and why not.

    Amazon SES keeps a suppression list of its own, per account and region, that may stop a mail as well.

    Exit status: 0 if all may be written to, 1 if any may not, 2 on an error.

    \b
    Example:
      ses-feedback check jane@example.com --stream marketing
    """
    from ses_feedback_cli.address.check import check_addresses
    from ses_feedback_cli.connection import open_ledger, plain_aws_errors
    from ses_feedback_cli.settings_file import find_settings

    chosen = find_settings(settings)
    with plain_aws_errors():
        ledger = open_ledger(chosen, stack, table)
        raise typer.Exit(check_addresses(addresses, stream, environment, ledger, chosen, as_json=as_json))
