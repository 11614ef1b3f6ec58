"""The possible outcomes of a mail, as data (`scenarios.toml`), chosen by the local part of the recipient."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from ses_feedback.vocabulary import Reason

AMAZON = "simulator.amazonses.com"


class UnknownRecipient(Exception):
    """An address at Amazon's own simulator that it does not document, so the outcome is unknown."""


class Scenario(BaseModel):
    """What SES reports about a recipient. `type`: bounceType, or delayType of a delay; `delivered`: a delivery is
    reported first; `reason`: the expected classification. Texts may contain {address} and other placeholders.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    means: str
    local_parts: tuple[str, ...]
    event: Literal["delivery", "bounce", "complaint", "delay", "reject"]
    delivered: bool = False
    type: str | None = None
    sub_type: str | None = None
    status: str | None = None
    diagnostic: str | None = None
    reporting_mta: str | None = None
    feedback_type: str | None = None
    reason: Reason | None = None


def scenario_of(address: str) -> Scenario:
    """By the local part without its label; any other address is delivered. Raises `UnknownRecipient`."""
    local, _, domain = address.lower().rpartition("@")
    name = local.partition("+")[0]
    if domain != AMAZON:
        return _by_local_part().get(name) or _by_local_part()["success"]
    if name not in amazon():
        known = ", ".join(f"{local_part}@" for local_part in amazon())
        raise UnknownRecipient(f"{address}: Amazon's simulator documents only {known}{AMAZON}")
    return amazon()[name]


@cache
def scenarios() -> tuple[Scenario, ...]:
    """All scenarios, in the file's order."""
    return tuple(_scenario(name, row) for name, row in _table().items() if name != "amazon")


@cache
def amazon() -> dict[str, Scenario]:
    """Those of Amazon's own simulator, by local part; its fields override ours."""
    table = _table()
    return {name: _scenario(name, table[name] | its) for name, its in table["amazon"].items()}


@cache
def _by_local_part() -> dict[str, Scenario]:
    return {local: scenario for scenario in scenarios() for local in scenario.local_parts}


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads((files("ses_feedback_cli.simulate") / "scenarios.toml").read_text(encoding="utf-8"))


def _scenario(name: str, row: dict[str, Any]) -> Scenario:
    return Scenario(name=name, **row)
