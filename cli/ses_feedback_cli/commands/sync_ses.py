"""The command `sync-ses`."""

import typer

from ses_feedback_cli.options import DryRunOption, JsonOption, SettingsOption, StackOption, TableOption, TenantsOption


def sync_ses(
    tenants: TenantsOption = None,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
    stack: StackOption = None,
    table: TableOption = None,
    settings: SettingsOption = None,
) -> None:
    """Synchronise with SES's own suppression list.

    [ses_list] in the settings says in which directions. With `push`, addresses to which all mail is stopped are
    added to SES's account-level list; those that were reinstated, or that we added and whose suppression has ended,
    are removed from it, in every spelling. With `pull`, what SES lists is suppressed here too, for as long as it
    is listed. Each --tenant's list is synchronised in the same way, after the account's: a tenant that has a list of
    its own skips the account's. SES allows one call per second. Run this on a schedule: a suppression that expires
    is removed from SES's list by the next run.

    Exit status: 0, or 2 if SES refused an address.

    \b
    Example:
      ses-feedback sync-ses --dry-run
      ses-feedback sync-ses --tenant paper-lantern
    """
    from ses_feedback_cli.connection import open_ledger, plain_aws_errors
    from ses_feedback_cli.ses_list.lists import known_tenants, open_ses_lists
    from ses_feedback_cli.ses_list.sync import sync_lists
    from ses_feedback_cli.settings_file import find_settings

    chosen = find_settings(settings)
    with plain_aws_errors():
        ledger, ses = open_ledger(chosen, stack, table), open_ses_lists()
        named = known_tenants(tenants, ses)
        raise typer.Exit(sync_lists(ledger, ses, chosen, tenants=named, dry_run=dry_run, as_json=as_json))
