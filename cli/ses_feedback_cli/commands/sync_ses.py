"""The command `sync-ses`."""

import typer

from ses_feedback_cli.options import DryRunOption, JsonOption, SettingsOption, StackOption, TableOption


def sync_ses(
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
    stack: StackOption = None,
    table: TableOption = None,
    settings: SettingsOption = None,
) -> None:
    """Keep SES's own account-level suppression list in step, both ways, as [ses_list] in the settings says.

    push: what stops all mail here is put there; what was reinstated here, or put there from here and is over, is
    deleted there, in every spelling. pull: what SES lists is held here too, until it is gone there. SES takes one
    call a second. Run it by a timer: a suppression that ends by itself leaves SES's list by the next run.

    Exit status: 0, or 2 where SES refused an address.

    \b
    Example:
      ses-feedback sync-ses --dry-run
    """
    from ses_feedback_cli.connection import open_ledger, plain_aws_errors
    from ses_feedback_cli.ses_list.account import open_ses_list
    from ses_feedback_cli.ses_list.sync import sync_lists
    from ses_feedback_cli.settings_file import find_settings

    chosen = find_settings(settings)
    with plain_aws_errors():
        ledger = open_ledger(chosen, stack, table)
        raise typer.Exit(sync_lists(ledger, open_ses_list(), chosen, dry_run=dry_run, as_json=as_json))
