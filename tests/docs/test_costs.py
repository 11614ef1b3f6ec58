"""docs/costs.md adds up, and counts what the template has."""

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest

from ses_feedback.metrics.rate_alarms import alarms
from ses_feedback.settings.file import load_settings
from tests.docs.pages import tables
from tests.resolved_template import STACK_ID, resources_of
from tests.samples import ROOT

PAGE = ROOT / "docs" / "costs.md"
TABLES = list(tables(PAGE))
SUMS = [table for table in TABLES if "unit price" in table[0]]
IDLE = {row[0].partition(":")[0]: row for row in SUMS[0][1:]}
MORE = {row[0].strip("`"): row for table in TABLES if table[0][0] == "with" for row in table[1:]}
POLLS = Decimal("0.648")
"""Millions a month for a queue: five pollers, each of which waits 20 s. `MaximumConcurrency` leaves it at five."""

CENT = Decimal("0.01")


def dollars(text: str) -> Decimal:
    return Decimal(text.strip("*").removeprefix("$"))


def number(text: str) -> Decimal:
    return Decimal(text.partition(" ")[0])


def cents(exact: Decimal) -> Decimal:
    return exact.quantize(CENT, ROUND_HALF_UP)


@pytest.mark.parametrize("table", SUMS, ids=lambda table: table[0][-1] + " " + table[1][0][:12])
def test_each_row_is_multiplied_and_each_table_added_up(table: list[list[str]]) -> None:
    _, *rows, total = table
    assert [row[0] for row in rows if cents(number(row[1]) * dollars(row[2])) != dollars(row[3])] == []
    assert sum(dollars(row[3]) for row in rows) == dollars(total[3])


def counted(**parameters: Any) -> tuple[int, int, int]:
    """The alarms, the queues that a function polls, and the secrets of a stack."""
    resources = resources_of(ROOT / "template.yaml", parameters).values()
    kinds = [one["Type"] for one in resources]
    sources = [one["Properties"]["EventSourceArn"] for one in resources if one["Type"].endswith("EventSourceMapping")]
    polled = sum(":sqs:" in source for source in sources)
    return kinds.count("AWS::CloudWatch::Alarm"), polled, kinds.count("AWS::SecretsManager::Secret")


def test_an_idle_stack_has_the_alarms_and_polls_the_queues_that_the_page_says() -> None:
    stack_alarms, polled, secrets = counted()
    assert number(IDLE["alarms of the stack"][1]) == stack_alarms
    assert number(IDLE["Lambda polls the empty queues"][1]) == polled * POLLS
    assert f": {polled} queues," in IDLE["Lambda polls the empty queues"][0]
    assert secrets == 0


def test_the_alarms_on_rates_are_those_of_the_settings_and_read_as_many_metrics() -> None:
    settings = load_settings(ROOT / "layers" / "settings" / "feedback.toml")
    read = sum("MetricStat" in one for alarm in alarms(settings, STACK_ID, 100) for one in alarm["Metrics"])
    assert len(settings.environments) == 3
    assert number(IDLE["alarms on rates"][1]) == read


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("FeedbackBus", "true"),
        ("FeedbackSns", "true"),
        ("WebhookUrl", "https://app.example/ses"),
        ("HttpsTopicArns", ["arn:aws:sns:eu-west-1:222222222222:theirs"]),
        ("KeyArn", "arn:aws:kms:eu-central-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000000"),
    ],
)
def test_an_option_costs_what_it_adds(option: str, value: Any) -> None:
    more_alarms, more_polled, more_secrets = (
        new - old for new, old in zip(counted(**{option: value}), counted(), strict=True)
    )
    added = (
        more_alarms * Decimal("0.10") + cents(more_polled * POLLS * Decimal("0.40")) + more_secrets * Decimal("0.40")
    )
    assert dollars(MORE[option][2]) == added + (Decimal(1) if option == "KeyArn" else 0)


def test_the_front_page_says_the_same() -> None:
    total = dollars(IDLE["**all of it**"][3])
    assert round(total) == 3
    assert "costs about three dollars a month" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_unit_price_says_where_it_is_from() -> None:
    named = set[str]()
    for head, *rows in TABLES:
        if head[-1] == "looked up":
            named |= {price for row in rows for price in re.findall(r"\$[\d.]+", row[0])}
    assert {row[2] for table in SUMS for row in table[1:-1]} <= named
