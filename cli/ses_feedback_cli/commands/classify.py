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
            help="A feedback.toml whose [rules] go before the built-in ones. Default: built-in rules only.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Classify bounces: JSON Lines in, JSON Lines out.

    Reads one object per line from standard input, {id, status, diagnostic, reporting_mta, action, bounce_type,
    bounce_sub_type}; only id is required. Writes {id, reason, action, rule} for each.

    Exit status: 0, or 2 if a line could not be read.

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
