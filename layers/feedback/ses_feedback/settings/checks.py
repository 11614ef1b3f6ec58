"""Reads `feedback.toml` and checks it, by pydantic; what is wrong is rejected with its line and key.

The command line and the tests read settings by this module, `sam build` makes of them what functions load.
"""

import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import msgspec
from pydantic import AfterValidator, TypeAdapter, ValidationError

from ses_feedback.errors import InvalidSettings
from ses_feedback.settings.faults import faults_in
from ses_feedback.settings.file import BUILT_NAME, FILE_NAME, Settings


def parse_settings(text: str, file: str = FILE_NAME) -> Settings:
    """The settings in a text. Raises `InvalidSettings` naming file, line and key."""
    try:
        return _CHECKED.validate_python(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise InvalidSettings(f"{file}: not TOML: {error}") from None
    except RecursionError:
        raise InvalidSettings(f"{file}: lists or tables are nested too deeply") from None
    except ValidationError as error:
        raise InvalidSettings("\n".join(faults_in(text, file, error, Settings))) from None


def write_built(source: Path, built: Path, name: str) -> None:
    """Checks the settings at `source`, which faults call `name`, and writes what `load_settings` reads into `built`.

    The same settings give the same bytes, since whatever differs deploys the layer anew.
    """
    settings = parse_settings(source.read_text(encoding="utf-8"), name)
    (built / BUILT_NAME).write_bytes(msgspec.json.format(msgspec.json.encode(settings)) + b"\n")


def _rules_can_be_read(settings: Settings) -> Settings:
    if not settings.rules:
        return settings
    from ses_feedback.bounces.rules import read_rules  # here, as few settings have custom rules

    for name, keys in settings.rules.items():
        try:
            read_rules({name: keys}, "rules")
        except InvalidSettings as invalid:
            raise ValueError(f"rules.{name}: {str(invalid).removeprefix('rules: ')}") from None
    return settings


def _names_exist(settings: Settings) -> Settings:
    for kind, group in (("environments", settings.environments), ("message_streams", settings.message_streams)):
        for name, selectors in group.items():
            if selectors.team is not None and selectors.team not in settings.teams:
                known = _list(settings.teams)
                raise ValueError(f"{kind}.{name}.team: {selectors.team!r} is not a team; teams are {known}")
    default = settings.default.environment
    if default not in settings.environments:
        known = _list(settings.environments)
        raise ValueError(f"default.environment: {default!r} is not an environment; environments are {known}")
    if settings.environments[default].team is None:
        raise ValueError(f"environments.{default} is the default and needs a `team`")
    return settings


def _nothing_is_claimed_twice(settings: Settings) -> Settings:
    for kind, group in (("environments", settings.environments), ("message_streams", settings.message_streams)):
        owners: dict[tuple[str, str], str] = {}
        for name, selectors in group.items():
            for key in ("tags", "configuration_sets", "tenants", "topics", "addresses", "domains"):
                for value in getattr(selectors, key):
                    owner = owners.setdefault((key, value), name)
                    if owner != name:
                        raise ValueError(f"{kind}.{name}.{key}: {value!r} already belongs to {kind}.{owner}")
    return settings


def _list(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"


_CHECKED: TypeAdapter[Settings] = TypeAdapter(
    Annotated[
        Settings,
        AfterValidator(_rules_can_be_read),
        AfterValidator(_names_exist),
        AfterValidator(_nothing_is_claimed_twice),
    ]
)


if __name__ == "__main__":
    try:
        write_built(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
    except InvalidSettings as invalid:
        sys.exit(str(invalid))
