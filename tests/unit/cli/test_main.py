"""The command as a whole: help with examples, version, fast start-up, and the demo."""

import subprocess
import sys
from importlib.metadata import version

import pytest
from typer.testing import CliRunner

from ses_feedback_cli.main import app

COMMANDS = (
    *("explain", "classify", "check", "why", "reinstate", "suppress", "clean", "refold", "sync-ses", "demo"),
    *("simulate", "restore", "identities plan", "identities apply"),
    *("dead-letters ls", "dead-letters show", "dead-letters redrive", "archive replay"),
    *("suppressions list", "suppressions search", "suppressions export"),
)


def test_the_version_is_that_of_the_package() -> None:
    assert CliRunner().invoke(app, ["--version"]).stdout == f"ses-feedback {version('ses-feedback')}\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_help_has_an_example(command: str) -> None:
    result = CliRunner().invoke(app, [*command.split(), "--help"])
    assert result.exit_code == 0
    assert "Example" in result.stdout
    assert f"ses-feedback {command}" in result.stdout.partition("Example")[2]


def test_without_a_command_it_shows_them_all() -> None:
    assert all(command.split()[0] in CliRunner().invoke(app, []).output for command in COMMANDS)


def test_starting_loads_nothing_that_only_some_commands_need() -> None:
    heavy = ("boto3", "botocore", "rich.console", "ses_feedback.settings.file", "ses_feedback.bounces.classification")
    program = f"import sys, ses_feedback_cli.main; sys.exit(' '.join(m for m in {heavy} if m in sys.modules) or 0)"
    finished = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True)
    assert (finished.returncode, finished.stderr) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "options"),
    [([], (False, False)), (["--keep"], (True, False)), (["--keep", "--docker"], (True, True))],
)
def test_the_demo_passes_its_option_and_exit_status_on(
    arguments: list[str], options: tuple[bool, bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[tuple[bool, bool]] = []

    def run(*, keep: bool, for_containers: bool) -> int:
        calls.append((keep, for_containers))
        return 3

    monkeypatch.setattr("ses_feedback_cli.demo.command.run", run)
    assert CliRunner().invoke(app, ["demo", *arguments]).exit_code == 3
    assert calls == [options]
