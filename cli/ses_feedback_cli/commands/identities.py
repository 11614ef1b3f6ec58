"""The commands `identities plan`, `apply` and `restore`."""

import typer

from ses_feedback_cli.options import DeployedStackOption, JsonOption, SettingsOption

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Set up what SES reports, as the settings say.")


@app.command("plan")
def plan(as_json: JsonOption = False, stack: DeployedStackOption = None, settings: SettingsOption = None) -> None:
    """Show how SES differs from the settings, without changing anything.

    Compares the topics, headers, forwarding and default configuration set of each domain and address in the
    settings, and the configuration sets themselves. Reports what prevents a change, and what deserves a look.

    Exit status: 0 if nothing differs, 1 if something does, 2 on a problem or an error.

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
    """Make the changes that `plan` shows, one call per second.

    A refused change is reported and ends the changes to that identity; the others continue. Run it again to finish.

    Exit status: 0 if SES is as the settings say, 2 if not.

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


@app.command("restore")
def restore(as_json: JsonOption = False, stack: DeployedStackOption = None, settings: SettingsOption = None) -> None:
    """Put back what the stack found in SES, as its deletion does.

    Needed only with ConfigureSes=plan, before the stack is deleted, if you ran `apply` yourself: the stack may not
    change SES then. What somebody has set since is left alone.

    Exit status: 0 if all is put back, 2 if not.

    \b
    Example:
      ses-feedback identities restore
    """
    from ses_feedback_cli.connection import plain_aws_errors
    from ses_feedback_cli.identities.command import restore_found
    from ses_feedback_cli.identities.stack import open_ses
    from ses_feedback_cli.settings_file import find_settings

    chosen = find_settings(settings)
    with plain_aws_errors():
        raise typer.Exit(restore_found(*open_ses(stack), chosen, as_json=as_json))
