"""The command `why`."""

from ses_feedback_cli.options import AddressArgument, JsonOption, SettingsOption, StackOption, TableOption


def why(
    address: AddressArgument,
    as_json: JsonOption = False,
    stack: StackOption = None,
    table: TableOption = None,
    settings: SettingsOption = None,
) -> None:
    """Show what happened to an address, and why.

    Lists its events: the mail server's own words, what they mean in plain English, and the rule that decided. Then
    shows whether the address is suppressed now, by which rule of a domain, and what to run next. A domain shows its
    rules.

    \b
    Example:
      ses-feedback why jane@example.com
    """
    from ses_feedback_cli.address.why import show_why
    from ses_feedback_cli.connection import open_ledger, plain_aws_errors
    from ses_feedback_cli.settings_file import find_settings

    chosen = find_settings(settings)
    with plain_aws_errors():
        show_why(address, open_ledger(chosen, stack, table), chosen, as_json=as_json)
