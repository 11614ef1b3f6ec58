"""The command `why`."""

from ses_feedback_cli.options import (
    AddressArgument,
    JsonOption,
    SesOption,
    SettingsOption,
    StackOption,
    TableOption,
    TenantsOption,
)


def why(
    address: AddressArgument,
    ask_ses: SesOption = False,
    tenants: TenantsOption = None,
    as_json: JsonOption = False,
    stack: StackOption = None,
    table: TableOption = None,
    settings: SettingsOption = None,
) -> None:
    """Show what happened to an address, and why.

    Lists its events: the mail server's own words, what they mean in plain English, and the rule that decided. Then
    shows whether the address is suppressed now, by which rule of a domain, and what to run next. A domain shows its
    rules.

    With --ses, SES is asked as well, which knows of mail from before the installation: the account's suppression
    list, those of its tenants (of the first 20, of those known to have the address, and of --tenant), and Message
    Insights of the mail that put it there. SES allows a call a second.

    \b
    Example:
      ses-feedback why jane@example.com
      ses-feedback why jane@example.com --ses
    """
    from ses_feedback_cli.address.why import show_why
    from ses_feedback_cli.connection import open_ledger, plain_aws_errors
    from ses_feedback_cli.ses_list.lists import known_tenants, open_ses_lists
    from ses_feedback_cli.settings_file import find_settings

    chosen = find_settings(settings)
    with plain_aws_errors():
        ledger = open_ledger(chosen, stack, table)
        ses = open_ses_lists() if tenants or ask_ses else None
        named = known_tenants(tenants, ses) if ses else []
        show_why(address, ledger, chosen, tenants=named, ses=ses, as_json=as_json)
