"""The commands by which an operator changes something: what is held against addresses, here and at SES."""

from typing import Annotated

import typer

from ses_feedback_cli.options import (
    AddressesArgument,
    ByOption,
    DryRunOption,
    JsonOption,
    ReasonOption,
    SettingsOption,
    StackOption,
    TableOption,
)
from ses_feedback_cli.output import settings_errors


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
    from ses_feedback_cli.connection import caller, open_ledger, open_ses_list, plain_aws_errors
    from ses_feedback_cli.settings_file import find_settings

    with settings_errors():
        chosen = find_settings(settings)
    with plain_aws_errors():
        ledger = open_ledger(chosen, stack, table)
        account = open_ses_list() if chosen.ses_list.push else None
        author = Author(by or caller(), reason)
        raise typer.Exit(reinstate_addresses(addresses, stream, author, ledger, chosen, account, as_json=as_json))


def suppress(
    addresses: AddressesArgument,
    reason: ReasonOption,
    stream: Annotated[
        str | None, typer.Option("--stream", help="Stop this message stream only.", show_default=False)
    ] = None,
    environment: Annotated[
        str | None, typer.Option("--environment", help="Stop this environment's mail only.", show_default=False)
    ] = None,
    days: Annotated[
        int | None, typer.Option("--days", min=1, max=3650, help="For so long. Else for good.", show_default=False)
    ] = None,
    by: ByOption = None,
    as_json: JsonOption = False,
    stack: StackOption = None,
    table: TableOption = None,
    settings: SettingsOption = None,
) -> None:
    """Let no mail go to addresses any more.

    Who, when and why stay with the address; `ses-feedback reinstate` takes it back. Where the settings say push in
    [ses_list], and all mail is meant, it is put on SES's own account-level list as well.

    \b
    Example:
      ses-feedback suppress jane@example.com --reason "Asked by telephone" --days 90
    """
    from ses_feedback_cli.address.override import Author, suppress_addresses
    from ses_feedback_cli.connection import caller, open_ledger, open_ses_list, plain_aws_errors
    from ses_feedback_cli.output import fail
    from ses_feedback_cli.settings_file import find_settings

    if stream and environment:
        fail("--stream and --environment together: a suppression has one scope, give one of them")
    with settings_errors():
        chosen = find_settings(settings)
    with plain_aws_errors():
        ledger = open_ledger(chosen, stack, table)
        account = open_ses_list() if chosen.ses_list.push else None
        author = Author(by or caller(), reason)
        raise typer.Exit(
            suppress_addresses(addresses, stream, environment, days, author, ledger, chosen, account, as_json=as_json)
        )


def refold(
    dry_run: DryRunOption = False,
    segments: Annotated[int, typer.Option("--segments", min=1, max=64, help="So many readers at once.")] = 4,
    as_json: JsonOption = False,
    stack: StackOption = None,
    table: TableOption = None,
    settings: SettingsOption = None,
) -> None:
    """Bring the stored index in line, after a change of policy.

    Who is suppressed follows from evidence and policy; `check` and `why` judge by the policy at once, the index that
    lists the suppressed keeps the answer of the last event. Run this once the new settings are deployed, and
    with --dry-run before: it lists who would change, and why. Reads the whole table once; again is harmless.

    \b
    Example:
      ses-feedback refold --dry-run
    """
    from ses_feedback_cli.address.refold import refold_index
    from ses_feedback_cli.connection import open_ledger, plain_aws_errors
    from ses_feedback_cli.settings_file import find_settings

    with settings_errors():
        chosen = find_settings(settings)
    with plain_aws_errors():
        index = open_ledger(chosen, stack, table).index
        refold_index(index, chosen, dry_run=dry_run, segments=segments, as_json=as_json)


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
    from ses_feedback_cli.connection import open_ledger, open_ses_list, plain_aws_errors
    from ses_feedback_cli.ses_list.sync import sync_lists
    from ses_feedback_cli.settings_file import find_settings

    with settings_errors():
        chosen = find_settings(settings)
    with plain_aws_errors():
        ledger = open_ledger(chosen, stack, table)
        raise typer.Exit(sync_lists(ledger, open_ses_list(), chosen, dry_run=dry_run, as_json=as_json))
