"""Settings: what `feedback.toml` can say. `checks` reads it; functions load what `sam build` made of it."""

import re
import sys
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from msgspec import field, json

from ses_feedback import address
from ses_feedback.errors import InvalidSettings
from ses_feedback.settings.checked import Checked, Table
from ses_feedback.settings.policy import Policy, policy_in

if TYPE_CHECKING:
    from ses_feedback.bounces.classification import Classifier

FILE_NAME = "feedback.toml"
BUILT_NAME = "feedback.json"
"""What `sam build` makes of it: the same settings, checked and complete (`checks.write_built`)."""

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_MAILBOX = rf"{_ATOM}(\.{_ATOM})*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*"


def _domain(text: str) -> str:
    return address.normalise(f"@{text}")[1:]


def _shaped(pattern: str, what: str) -> Checked:
    """A text that has a shape; `what` says which, and what to write."""

    def check(text: str) -> str:
        if re.fullmatch(pattern, text):
            return text
        raise ValueError(f"{text[:100]!r} is not {what}")

    return Checked("AfterValidator", check)


type Name = Annotated[str, _shaped(r"[a-z0-9][a-z0-9_-]{0,40}", "a name of lower-case letters, digits, - and _")]
type Address = Annotated[
    str, Checked("AfterValidator", address.normalise), _shaped(r"[^@\s]+@[^@\s]+", "an e-mail address")
]
type Domain = Annotated[
    str,
    Checked("AfterValidator", _domain),
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


type Mailbox = Annotated[str, Checked("AfterValidator", address.normalise), _shaped(_MAILBOX, "an e-mail address")]
"""An address that mail can be sent to: plain ASCII, without quotes and commas."""


def _team_topic(text: str) -> str:
    """The function that notifies teams may publish only to such topics (RouteAlertsRole in template.yaml)."""
    if re.fullmatch(r"(arn:[^:]+:sns:[^:]+:\d{12}:)?ses-feedback-team-[A-Za-z0-9_-]{1,200}", text):
        return text
    raise ValueError("must be an SNS topic, by name or ARN, whose name begins with ses-feedback-team-")


class Team(Table, frozen=True):
    """Who is notified, and how. `topic`: an SNS topic (name or ARN), used if SES refuses the e-mail."""

    email: list[Mailbox] = field(default_factory=list)
    topic: Annotated[str, Checked("AfterValidator", _team_topic)] | None = None

    def __post_init__(self) -> None:
        if not self.email and not self.topic:
            raise ValueError("a team needs `email`, `topic` or both, or nobody would receive its alerts")


class Selectors(Table, frozen=True):
    """What selects an environment or a message stream, from the most to the least specific."""

    tags: list[Tag] = field(default_factory=list)
    configuration_sets: list[ConfigurationSetName] = field(default_factory=list)
    tenants: list[Tenant] = field(default_factory=list)
    topics: list[Topic] = field(default_factory=list)
    addresses: list[Address] = field(default_factory=list)
    domains: list[Domain] = field(default_factory=list)
    default_configuration_set: ConfigurationSetName | None = None
    team: Name | None = None


class Environment(Selectors, frozen=True):
    """`production`: only there does evidence count beyond the environment itself."""

    production: bool = False


class MessageStream(Selectors, frozen=True):
    """`marketing`: its complaints stop its own mail only, never a password reset."""

    marketing: bool = False


class Default(Table, frozen=True):
    """The environment and message stream of mail that nothing selects."""

    environment: Name = "production"
    message_stream: Name = "transactional"


class SesList(Table, frozen=True):
    """How SES's account-level suppression list is kept in step: `push` changes it, `pull` learns from it."""

    push: bool = False
    pull: bool = False


class Ses(Table, frozen=True):
    """What SES is set up to report, and where to: docs/settings.md explains each key."""

    notifications: list[Literal["bounce", "complaint", "delivery"]] = field(
        default_factory=lambda: ["bounce", "complaint"]
    )
    headers: bool = True
    forwarding: Literal["keep", "off"] = "keep"
    take_over: bool = False
    create_configuration_sets: bool = True
    delete_configuration_sets: bool = False
    event_destinations: list[Literal["sns", "firehose", "eventbridge", "cloudwatch"]] = field(
        default_factory=lambda: ["sns", "firehose"]
    )


class Settings(Table, frozen=True, dict=True):
    """The whole file."""

    teams: dict[Name, Team]
    environments: dict[Name, Environment]
    message_streams: dict[Name, MessageStream] = field(default_factory=dict)
    default: Default = Default()
    policy: Annotated[Policy, Checked("WrapValidator", policy_in)] = Policy()
    ses: Ses = Ses()
    ses_list: SesList = SesList()
    rules: dict[Name, Any] = field(default_factory=dict)

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


def load_settings(path: Path | None = None) -> Settings:
    """The settings at `path`, or of the settings layer: in /opt on Lambda, on `sys.path` elsewhere.

    The layer has them as `sam build` checked them. Raises InvalidSettings if there are none, or if they are invalid
    or not checked.
    """
    folders = [] if path else [Path(folder) for folder in ("/opt", *sys.path)]
    for folder in folders:
        if (folder / BUILT_NAME).is_file():
            return json.decode((folder / BUILT_NAME).read_bytes(), type=Settings)
    path = path or next(filter(Path.is_file, (folder / FILE_NAME for folder in folders)), None)
    if path is None:
        raise InvalidSettings(f"{FILE_NAME} is neither in /opt nor on sys.path: is the settings layer attached?")
    if find_spec("pydantic") is None:  # functions have none
        raise InvalidSettings(
            f"{path} was not checked: build the stack with `sam build`, which makes {BUILT_NAME} of it "
            f"(SettingsLayer in template.yaml has `BuildMethod: makefile`)"
        )
    from ses_feedback.settings.checks import parse_settings

    return parse_settings(path.read_text(encoding="utf-8"), str(path))
