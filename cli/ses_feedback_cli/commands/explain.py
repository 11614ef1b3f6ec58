"""The command `explain`."""

from typing import Annotated

import typer

from ses_feedback_cli.options import JsonOption, SettingsOption


def explain(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", show_default=False)],
    as_json: JsonOption = False,
    settings: SettingsOption = None,
) -> None:
    """Show what events mean and what would be done about them.

    A FILE may hold any payload in any envelope: a Lambda event, an SNS message, an SQS body, an EventBridge
    event, the bare JSON from SES, or an archive object, gzipped or not. - reads standard input. Every address
    counts as one without history. No AWS account is needed.

    Exit status: 0, or 2 if something could not be read.

    \b
    Examples:
      ses-feedback explain events/sns_bounce.json
      aws s3 cp s3://BUCKET/KEY - | ses-feedback explain --json -
    """
    from ses_feedback_cli.explain.command import explain_files
    from ses_feedback_cli.output import note
    from ses_feedback_cli.settings_file import find_settings

    chosen = find_settings(settings)
    if chosen.warning:
        note(f"feedback.toml {chosen.warning}")
    raise typer.Exit(explain_files(files, chosen, as_json=as_json))
