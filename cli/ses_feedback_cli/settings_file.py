"""Which feedback.toml the operator means."""

import os
from pathlib import Path

import typer

from ses_feedback.errors import InvalidSettings
from ses_feedback.settings.file import FILE_NAME, Settings, load_settings
from ses_feedback_cli.output import TROUBLE, note, warn

VARIABLE = "SES_FEEDBACK_SETTINGS"
_IN_A_CLONE = Path("layers", "settings", FILE_NAME)


def find_settings(given: Path | None) -> Settings:
    """The settings at `given`, else of the environment variable, of this clone, or of the layer.

    Settings that are missing or invalid end the command, with a line for each error.
    """
    try:
        return _load(given or _from_environment() or _in_clone())
    except InvalidSettings as invalid:
        for line in str(invalid).splitlines():
            warn(line)
        raise typer.Exit(TROUBLE) from None


def _load(path: Path | None) -> Settings:
    try:
        return load_settings(path)
    except OSError as error:
        raise InvalidSettings(f"{path}: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise InvalidSettings(f"{path}: not UTF-8: {error}") from None
    except InvalidSettings as invalid:
        if path is None:
            raise InvalidSettings(
                f"no {_IN_A_CLONE} here or above: pass --settings PATH, or set {VARIABLE}"
            ) from invalid
        raise


def _from_environment() -> Path | None:
    path = os.environ.get(VARIABLE)
    return Path(path) if path else None


def _in_clone() -> Path | None:
    """In the clone around the working directory, else in the one that this command was installed from."""
    here, installed = Path.cwd(), Path(__file__).resolve().parents[2] / _IN_A_CLONE
    found = next(filter(Path.is_file, (folder / _IN_A_CLONE for folder in (here, *here.parents))), None)
    if found is None and installed.is_file():
        note(f"no {_IN_A_CLONE} here or above: the settings are {installed}")
        return installed
    return found
