"""The commands `identities plan` and `apply`."""

import typer

from ses_feedback_cli.options import DeployedStackOption, JsonOption, SettingsOption

app = typer.Typer(no_args_is_help=True, help="What SES is told to report, as the settings say: plan it, apply it.")


@app.command("plan")
def plan(as_json: JsonOption = False, stack: DeployedStackOption = None, settings: SettingsOption = None) -> None:
    """Show what differs between SES and the settings, and change nothing.

    Topics, headers, forwarding and the default configuration set of each domain and address in the settings, and
    the configuration sets themselves; what stands in the way, and what should be looked at.

    Exit status: 0 if nothing differs, 1 if something does, 2 where there are problems or an error.

    \b
    Example:
      ses-feedback identities plan
    """
    from ses_feedback_cli.connection import plain_aws_errors
    from ses_feedback_cli.identities.command import show_plan
    from ses_feedback_cli.identities.stack import open_ses
    from ses_feedback_cli.settings_file import find_settings

    chosen = find_settings(settings)
    with plain_aws_errors():
        raise typer.Exit(show_plan(*open_ses(stack), chosen, as_json=as_json))


@app.command("apply")
def apply(as_json: JsonOption = False, stack: DeployedStackOption = None, settings: SettingsOption = None) -> None:
    """Make what `plan` shows, one call a second.

    What is refused is said, and ends what was to happen to that identity; the rest goes on. Run it again to finish.

    Exit status: 0 if all is as the settings say, 2 where it is not.

    \b
    Example:
      ses-feedback identities apply
    """
    from ses_feedback_cli.connection import plain_aws_errors
    from ses_feedback_cli.identities.command import apply_plan
    from ses_feedback_cli.identities.stack import open_ses
    from ses_feedback_cli.settings_file import find_settings

    chosen = find_settings(settings)
    with plain_aws_errors():
        raise typer.Exit(apply_plan(*open_ses(stack), chosen, as_json=as_json))
