"""The command `reinstate`."""

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
    TenantsOption,
)


def reinstate(
    addresses: AddressesOrDomainsArgument,
    reason: ReasonOption,
    stream: Annotated[
        str | None,
        typer.Option("--stream", metavar="NAME", help="Allow this message stream only.", show_default=False),
    ] = None,
    tenants: TenantsOption = None,
    by: ByOption = None,
    as_json: JsonOption = False,
    stack: StackOption = None,
    table: TableOption = None,
    settings: SettingsOption = None,
) -> None:
    """Allow mail to addresses again, or lift the rule of a domain.

    What was known about them until now no longer counts; new events do. Who did this, when and why is kept with the
    address, and `ses-feedback why` shows it. If the settings turn on `push` in [ses_list], the address is also
    removed from SES's own account-level suppression list, in every spelling. From a tenant's list it is removed if
    --tenant names the tenant, whatever the settings say.

    A domain (*@example.com, *.example.com, or example.com for both) lifts its rule alone; what is known of its
    addresses stays.

    \b
    Example:
      ses-feedback reinstate jane@example.com --reason "She wrote from it today"
    """
    from ses_feedback.operations.override import Author
    from ses_feedback_cli.address.override import reinstate_addresses
    from ses_feedback_cli.connection import caller, open_ledger, plain_aws_errors
    from ses_feedback_cli.ses_list.lists import known_tenants, open_ses_lists
    from ses_feedback_cli.settings_file import find_settings

    chosen = find_settings(settings)
    with plain_aws_errors():
        ledger = open_ledger(chosen, stack, table)
        ses = open_ses_lists() if chosen.ses_list.push or tenants else None
        named = known_tenants(tenants, ses) if ses else []
        author = Author(by or caller(), reason)
        raise typer.Exit(
            reinstate_addresses(
                addresses,
                ledger,
                chosen,
                author=author,
                stream=stream,
                tenants=named,
                ses=ses,
                as_json=as_json,
            )
        )
