"""The command `classify`."""

import sys
from pathlib import Path
from typing import Annotated

import typer


def classify(
    settings: Annotated[
        Path | None,
        typer.Option(
            "--settings",
            metavar="PATH",
            help="The feedback.toml whose [rules] stand before the built-in ones. Else these alone.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Classify bounces: JSON Lines in, JSON Lines out.

    Reads {id, status, diagnostic, reporting_mta, action, bounce_type, bounce_sub_type} from standard input, one
    object a line, all but id optional; writes {id, reason, action, rule}.

    Exit status: 0, or 2 where a line could not be read.

    \b
    Example:
      echo '{"id": 1, "diagnostic": "550 5.1.1 User unknown"}' | ses-feedback classify
    """
    from ses_feedback_cli.explain.classify import classify_lines

    classifier = None
    if settings is not None:
        from ses_feedback_cli.settings_file import find_settings

        classifier = find_settings(settings).classifier
    raise typer.Exit(classify_lines(sys.stdin.buffer, sys.stdout, classifier))
