"""The command `refold`."""

from typing import Annotated

import typer

from ses_feedback_cli.options import DryRunOption, JsonOption, SettingsOption, StackOption, TableOption


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

    chosen = find_settings(settings)
    with plain_aws_errors():
        index = open_ledger(chosen, stack, table).index
        refold_index(index, chosen, dry_run=dry_run, segments=segments, as_json=as_json)
