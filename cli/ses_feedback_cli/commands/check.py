"""The command `check`."""

from typing import Annotated

import typer

from ses_feedback_cli.options import AddressesArgument, JsonOption, SettingsOption, StackOption, TableOption


def check(
    addresses: AddressesArgument,
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
    as_json: JsonOption = False,
    stack: StackOption = None,
    table: TableOption = None,
    settings: SettingsOption = None,
) -> None:
    """Check whether mail may be sent to addresses.

    Says yes or no for each address, and why not. Amazon SES also keeps its own suppression list, for each account
    and region, which may block mail that this command allows.

    Exit status: 0 if mail may be sent to all of them, 1 if not, 2 on an error.

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
        raise typer.Exit(
            check_addresses(addresses, ledger, chosen, stream=stream, environment=environment, as_json=as_json)
        )
