"""Settings: `feedback.toml`, read once per process; what is wrong is rejected with its line and key."""

import re
import sys
import tomllib
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from ses_feedback import address
from ses_feedback.errors import InvalidSettings
from ses_feedback.settings.faults import faults_in
from ses_feedback.settings.policy import Policy

if TYPE_CHECKING:
    from ses_feedback.bounces.classification import Classifier

FILE_NAME = "feedback.toml"

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_MAILBOX = rf"{_ATOM}(\.{_ATOM})*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*"


def _domain(text: str) -> str:
    return address.normalise(f"@{text}")[1:]


def _shaped(pattern: str, what: str) -> AfterValidator:
    """A text that has a shape; `what` says which, and what to write."""

    def check(text: str) -> str:
        if re.fullmatch(pattern, text):
            return text
        raise ValueError(f"{text[:100]!r} is not {what}")

    return AfterValidator(check)


type Name = Annotated[str, _shaped(r"[a-z0-9][a-z0-9_-]{0,40}", "a name of lower-case letters, digits, - and _")]
type Address = Annotated[str, BeforeValidator(address.normalise), _shaped(r"[^@\s]+@[^@\s]+", "an e-mail address")]
type Domain = Annotated[
    str,
    BeforeValidator(_domain),
    _shaped(r"[^@\s/:*]+", "a domain: write example.com, which includes its subdomains"),
]
type Tag = Annotated[str, _shaped(r"[^=]+=.+", "a message tag: write name=value")]
type ConfigurationSetName = Annotated[
    str, _shaped(r"[A-Za-z0-9_-]{1,64}", "the name of a configuration set: letters, digits, - and _")
]
type Tenant = Annotated[str, _shaped(r"[A-Za-z0-9_-]{1,64}", "the name of a tenant: letters, digits, - and _")]
type Topic = Annotated[
    str,
    _shaped(r"(arn:[^:]+:sns:[^:]+:\d{12}:)?[A-Za-z0-9_-]{1,256}", "an SNS topic: write its name or its ARN"),
]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


type Mailbox = Annotated[str, BeforeValidator(address.normalise), _shaped(_MAILBOX, "an e-mail address")]
"""An address that mail can be sent to: plain ASCII, without quotes and commas."""


def _team_topic(text: str) -> str:
    """The function that notifies teams may publish only to such topics (RouteAlertsRole in template.yaml)."""
    if re.fullmatch(r"(arn:[^:]+:sns:[^:]+:\d{12}:)?ses-feedback-team-[A-Za-z0-9_-]{1,200}", text):
        return text
    raise ValueError("must be an SNS topic, by name or ARN, whose name begins with ses-feedback-team-")


class Team(_Model):
    """Who is notified, and how. `topic`: an SNS topic (name or ARN), used if SES refuses the e-mail."""

    email: list[Mailbox] = Field(default_factory=list)
    topic: Annotated[str, AfterValidator(_team_topic)] | None = None

    @model_validator(mode="after")
    def _reachable(self) -> "Team":
        if not self.email and not self.topic:
            raise ValueError("a team needs `email`, `topic` or both, or nobody would receive its alerts")
        return self


class Selectors(_Model):
    """What selects an environment or a message stream, from the most to the least specific."""

    tags: list[Tag] = Field(default_factory=list)
    configuration_sets: list[ConfigurationSetName] = Field(default_factory=list)
    tenants: list[Tenant] = Field(default_factory=list)
    topics: list[Topic] = Field(default_factory=list)
    addresses: list[Address] = Field(default_factory=list)
    domains: list[Domain] = Field(default_factory=list)
    default_configuration_set: ConfigurationSetName | None = None
    team: Name | None = None


class Environment(Selectors):
    """`production`: only there does evidence count beyond the environment itself."""

    production: bool = False


class MessageStream(Selectors):
    """`marketing`: its complaints stop its own mail only, never a password reset."""

    marketing: bool = False


class Default(_Model):
    """The environment and message stream of mail that nothing selects."""

    environment: Name = "production"
    message_stream: Name = "transactional"


class SesList(_Model):
    """How SES's account-level suppression list is kept in step: `push` changes it, `pull` learns from it."""

    push: bool = False
    pull: bool = False


class Ses(_Model):
    """What SES is set up to report, and where to: docs/settings.md explains each key."""

    notifications: list[Literal["bounce", "complaint", "delivery"]] = ["bounce", "complaint"]
    headers: bool = True
    forwarding: Literal["keep", "off"] = "keep"
    take_over: bool = False
    create_configuration_sets: bool = True
    delete_configuration_sets: bool = False
    event_destinations: list[Literal["sns", "firehose", "eventbridge", "cloudwatch"]] = ["sns", "firehose"]


class Settings(_Model):
    """The whole file."""

    teams: dict[Name, Team]
    environments: dict[Name, Environment]
    message_streams: dict[Name, MessageStream] = Field(default_factory=dict)
    default: Default = Default()
    policy: Policy = Policy()
    ses: Ses = Ses()
    ses_list: SesList = SesList()
    rules: dict[Name, Any] = Field(default_factory=dict)

    @cached_property
    def classifier(self) -> "Classifier":
        """The built-in rules, preceded by the custom ones if there are any."""
        # Imported here for cold starts: a function that does not classify does not load the rules.
        from ses_feedback.bounces.classification import Classifier, built_in_classifier
        from ses_feedback.bounces.rules import read_rules

        return Classifier(read_rules(self.rules, "rules")) if self.rules else built_in_classifier()

    @cached_property
    def routes(self) -> dict[Any, Any]:
        """Whose mail it was, by what its event shows: `decision.routing` remembers it here, with these settings."""
        return {}

    @cached_property
    def claimed_addresses(self) -> frozenset[str]:
        """The addresses that any environment or message stream names."""
        return frozenset(address for each in self.selectors for address in each.addresses)

    @cached_property
    def claimed_tags(self) -> tuple[str, ...]:
        """The names of the message tags that anything is selected by, SES's own included."""
        named = {tag.partition("=")[0] for each in self.selectors for tag in each.tags}
        return tuple(sorted(named | {"ses:configuration-set", "ses:tenant-name"}))

    @model_validator(mode="after")
    def _rules_can_be_read(self) -> "Settings":
        if not self.rules:
            return self
        from ses_feedback.bounces.rules import read_rules  # here for cold starts: few settings have custom rules

        for name, keys in self.rules.items():
            try:
                read_rules({name: keys}, "rules")
            except InvalidSettings as invalid:
                raise ValueError(f"rules.{name}: {str(invalid).removeprefix('rules: ')}") from None
        return self

    @model_validator(mode="after")
    def _names_exist(self) -> "Settings":
        for kind, group in (("environments", self.environments), ("message_streams", self.message_streams)):
            for name, selectors in group.items():
                if selectors.team is not None and selectors.team not in self.teams:
                    raise ValueError(
                        f"{kind}.{name}.team: {selectors.team!r} is not a team; teams are {_list(self.teams)}"
                    )
        if self.default.environment not in self.environments:
            known = _list(self.environments)
            raise ValueError(
                f"default.environment: {self.default.environment!r} is not an environment; environments are {known}"
            )
        if self.environments[self.default.environment].team is None:
            raise ValueError(f"environments.{self.default.environment} is the default and needs a `team`")
        return self

    @model_validator(mode="after")
    def _nothing_is_claimed_twice(self) -> "Settings":
        for kind, group in (("environments", self.environments), ("message_streams", self.message_streams)):
            owners: dict[tuple[str, str], str] = {}
            for name, selectors in group.items():
                for key in ("tags", "configuration_sets", "tenants", "topics", "addresses", "domains"):
                    for value in getattr(selectors, key):
                        owner = owners.setdefault((key, value), name)
                        if owner != name:
                            raise ValueError(f"{kind}.{name}.{key}: {value!r} already belongs to {kind}.{owner}")
        return self

    @property
    def selectors(self) -> tuple[Selectors, ...]:
        """All that selects mail: first the environments, then the message streams."""
        return (*self.environments.values(), *self.message_streams.values())

    @property
    def warning(self) -> str:
        """What is allowed, but hardly meant; empty if nothing is."""
        if any(environment.production for environment in self.environments.values()):
            return ""
        return (
            "has no environment with `production = true`: even a hard bounce or a complaint stays in its environment"
        )

    @property
    def default_team(self) -> str:
        """Who is notified if neither the environment nor the stream of a mail names a team."""
        return self.environments[self.default.environment].team or next(iter(self.teams))


def parse_settings(text: str, file: str = FILE_NAME) -> Settings:
    """The settings in a text. Raises `InvalidSettings` naming file, line and key."""
    try:
        return Settings.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise InvalidSettings(f"{file}: not TOML: {error}") from None
    except RecursionError:
        raise InvalidSettings(f"{file}: lists or tables are nested too deeply") from None
    except ValidationError as error:
        raise InvalidSettings("\n".join(faults_in(text, file, error, Settings))) from None


def load_settings(path: Path | None = None) -> Settings:
    """The settings at `path`, or of the settings layer: in /opt on Lambda, on `sys.path` elsewhere."""
    path = path or next(filter(Path.is_file, (Path(folder, FILE_NAME) for folder in ("/opt", *sys.path))), None)
    if path is None:
        raise InvalidSettings(f"{FILE_NAME} is neither in /opt nor on sys.path: is the settings layer attached?")
    return parse_settings(path.read_text(encoding="utf-8"), str(path))


def _list(names: dict[str, Team] | dict[str, Environment]) -> str:
    return ", ".join(sorted(names)) or "none"
