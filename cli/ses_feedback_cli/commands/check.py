"""The command `check`."""

from typing import Annotated

import typer

from ses_feedback_cli.options import (
    AddressesArgument,
    JsonOption,
    SesOption,
    SettingsOption,
    StackOption,
    TableOption,
    TenantsOption,
)


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
    ask_ses: SesOption = False,
    tenants: TenantsOption = None,
    as_json: JsonOption = False,
    stack: StackOption = None,
    table: TableOption = None,
    settings: SettingsOption = None,
) -> None:
    """Check whether mail may be sent to addresses.

    Says yes or no for each address, and why not. Amazon SES also keeps suppression lists of its own, which may block
    mail that the ledger allows. With --ses, SES is asked as well: which list it asks for such mail, and whether the
    address is on it as you and we spell it. With --tenant, the mail is that tenant's, and SES is asked too.

    Exit status: 0 if mail may be sent to all of them, 1 if not, 2 on an error or if SES did not answer.

    \b
    Example:
      ses-feedback check jane@example.com --stream marketing
      ses-feedback check jane@example.com --ses
      ses-feedback check jane@example.com --tenant paper-lantern
    """
    from ses_feedback_cli.address.check import check_addresses
    from ses_feedback_cli.connection import open_ledger, plain_aws_errors
    from ses_feedback_cli.ses_list.lists import known_tenants, open_ses_lists
    from ses_feedback_cli.settings_file import find_settings

    chosen = find_settings(settings)
    with plain_aws_errors():
        ledger = open_ledger(chosen, stack, table)
        ses = open_ses_lists() if tenants or ask_ses else None
        raise typer.Exit(
            check_addresses(
                addresses,
                ledger,
                chosen,
                stream=stream,
                environment=environment,
                tenants=known_tenants(tenants, ses) if ses else [],
                ses=ses,
                as_json=as_json,
            )
        )
