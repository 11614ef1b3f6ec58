"""The command `why`."""

from ses_feedback_cli.options import AddressArgument, JsonOption, SettingsOption, StackOption, TableOption


def why(
    address: AddressArgument,
    as_json: JsonOption = False,
    stack: StackOption = None,
    table: TableOption = None,
    settings: SettingsOption = None,
) -> None:
    """Tell what happened to an address, and why.

    Its events with the rule that decided, the servers' own words, what they mean in plain ones, where the address
    stands now, and the next command.

    \b
    Example:
      ses-feedback why jane@example.com
    """
    from ses_feedback_cli.address.why import tell_why
    from ses_feedback_cli.connection import open_ledger, plain_aws_errors
    from ses_feedback_cli.settings_file import find_settings

    chosen = find_settings(settings)
    with plain_aws_errors():
        tell_why(address, open_ledger(chosen, stack, table), chosen, as_json=as_json)
