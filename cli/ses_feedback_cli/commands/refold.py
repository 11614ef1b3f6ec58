"""The command `refold`."""

from typing import Annotated

import typer

from ses_feedback_cli.options import DryRunOption, JsonOption, SettingsOption, StackOption, TableOption


def refold(
    dry_run: DryRunOption = False,
    segments: Annotated[
        int, typer.Option("--segments", metavar="N", min=1, max=64, help="How many readers work in parallel.")
    ] = 4,
    as_json: JsonOption = False,
    stack: StackOption = None,
    table: TableOption = None,
    settings: SettingsOption = None,
) -> None:
    """Update the suppression index after a change of policy, or after an upgrade.

    `check` and `why` follow a new policy at once. The stored index that lists who is suppressed does not: each
    entry keeps the answer of the address's last event. Run this after you deploy new settings, and before that with
    --dry-run to see who would change, and why. It reads the whole table once; running it again is harmless.

    It also moves what a stack from before 26 November 2026 recorded under a spelling with needless quotes or with
    comments (`"jane"@example.com`) to the address's own key; `check`, `why` and `reinstate` find it there before,
    too.

    \b
    Example:
      ses-feedback refold --dry-run
    """
    from ses_feedback.backup.moving import AddressMove
    from ses_feedback.ledger.index import SuppressedIndex
    from ses_feedback_cli.address.refold import refold_index
    from ses_feedback_cli.connection import open_table, plain_aws_errors
    from ses_feedback_cli.settings_file import find_settings

    chosen = find_settings(settings)
    with plain_aws_errors():
        client, name = open_table(stack, table)
        index, move = SuppressedIndex(client, name), AddressMove(client, name, chosen)
        refold_index(index, move, chosen, dry_run=dry_run, segments=segments, as_json=as_json)
