"""The command `restore`."""

from typing import Annotated

import typer

from ses_feedback_cli.options import DryRunOption, JsonOption, SettingsOption, StackOption, TableOption
from ses_feedback_cli.output import fail


def restore(
    backup: Annotated[str, typer.Argument(metavar="BACKUP", show_default=False)],
    dry_run: DryRunOption = False,
    writers: Annotated[
        int, typer.Option("--writers", metavar="N", min=1, max=64, help="How many writers work in parallel.")
    ] = 16,
    as_json: JsonOption = False,
    stack: StackOption = None,
    table: TableOption = None,
    settings: SettingsOption = None,
) -> None:
    """Merge a backup into the ledger, empty or in use.

    BACKUP is s3://BUCKET/.../manifest.json, the manifest-summary.json of a DynamoDB export, or a local folder with
    the objects of a backup. Everything is verified before anything is written; a damaged or incomplete backup is
    refused. Newer data in the table is kept, the index of suppressed addresses is updated, and nobody is alerted.
    If it is interrupted, run it again.

    Exit status: 0, or 2 if the backup was refused.

    \b
    Example:
      ses-feedback restore s3://BUCKET/TABLE/2026/11/24/20261124T031500Z-0f3c/manifest.json --dry-run
    """
    from ses_feedback.errors import Damaged
    from ses_feedback_cli.backup.restore import open_restore, restore_backup
    from ses_feedback_cli.backup.source import open_s3, source_of
    from ses_feedback_cli.connection import plain_aws_errors
    from ses_feedback_cli.settings_file import find_settings

    chosen = find_settings(settings)
    with plain_aws_errors():
        try:
            source = source_of(backup, open_s3)
        except Damaged as damaged:
            fail(f"{damaged}: the backup was not restored")
        ledger, name = open_restore(chosen, stack, table, writers)
        restore_backup(source, ledger, name, writers=writers, dry_run=dry_run, as_json=as_json)
