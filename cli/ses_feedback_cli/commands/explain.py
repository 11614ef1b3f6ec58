"""The command `explain`."""

from typing import Annotated

import typer

from ses_feedback_cli.options import JsonOption, SettingsOption


def explain(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", show_default=False)],
    as_json: JsonOption = False,
    settings: SettingsOption = None,
) -> None:
    """Say what events would become, on addresses without history.

    A FILE may hold any payload in any envelope: a Lambda event, an SNS message, an SQS body, an EventBridge
    event, the bare SES JSON, or an archive object, gzip or not. - is standard input. Needs no AWS account.

    Exit status: 0, or 2 where something could not be read.

    \b
    Examples:
      ses-feedback explain events/sns_bounce.json
      aws s3 cp s3://BUCKET/KEY - | ses-feedback explain --json -
    """
    from ses_feedback_cli.explain.command import explain_files
    from ses_feedback_cli.settings_file import find_settings

    chosen = find_settings(settings)
    raise typer.Exit(explain_files(files, chosen, as_json=as_json))
