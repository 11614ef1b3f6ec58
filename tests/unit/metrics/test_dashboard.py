"""The dashboard's body, as CloudFormation fills it in, has the structure that CloudWatch documents.

docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

import json
import re
from typing import Any

import pytest

from tests.samples import ROOT
from tests.transform import transformed

REFERENCE = re.compile(r"\$\{(!?)([^}]+)\}")


def filled_in() -> dict[str, Any]:
    """With every `${Name}` replaced, as Fn::Sub does; `${!Name}` stays as `${Name}`."""
    body = transformed(ROOT / "template.yaml")["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    text = REFERENCE.sub(lambda found: f"${{{found[2]}}}" if found[1] else f"a-{found[2].replace('::', '-')}", body)
    loaded: dict[str, Any] = json.loads(text)
    return loaded


BODY = filled_in()
WIDGETS = BODY["widgets"]


def expressions(widget: dict[str, Any]) -> list[dict[str, Any]]:
    return [row[0] for row in widget["properties"]["metrics"] if isinstance(row[0], dict)]


def ids(widget: dict[str, Any]) -> list[str]:
    return [row[-1]["id"] for row in widget["properties"]["metrics"] if isinstance(row[-1], dict) and "id" in row[-1]]


def test_the_environment_is_chosen_among_those_that_send() -> None:
    [variable] = BODY["variables"]
    assert (variable["type"], variable["inputType"], variable["property"]) == ("property", "select", "environment")
    assert variable["populateFrom"] in variable["search"].partition("}")[0]
    assert sum("environment" in row for one in WIDGETS for row in one["properties"]["metrics"]) == 4


def test_no_two_widgets_overlap_and_all_are_within_the_24_columns() -> None:
    cells = [
        (x, y)
        for one in WIDGETS
        for x in range(one["x"], one["x"] + one["width"])
        for y in range(one["y"], one["y"] + one["height"])
    ]
    assert len(cells) == len(set(cells))
    assert all(x < 24 for x, _ in cells)


@pytest.mark.parametrize("widget", WIDGETS, ids=lambda widget: str(widget["properties"]["title"]))
def test_every_widget_is_a_graph_of_metrics(widget: dict[str, Any]) -> None:
    properties = widget["properties"]
    assert (widget["type"], properties["view"]) == ("metric", "timeSeries")
    assert properties["region"] == "a-AWS-Region"
    for row in properties["metrics"]:
        texts = row[:-1] if isinstance(row[-1], dict) else row
        assert len(row) == 1 if isinstance(row[0], dict) else all(isinstance(text, str) for text in texts)
        assert isinstance(row[0], dict) or texts[0] == "..." or len(texts) % 2 == 0


@pytest.mark.parametrize("widget", WIDGETS, ids=lambda widget: str(widget["properties"]["title"]))
def test_an_expression_names_only_ids_of_its_widget(widget: dict[str, Any]) -> None:
    known = ids(widget)
    assert len(known) == len(set(known))
    assert all(re.fullmatch(r"[a-z][A-Za-z0-9_]*", one) for one in known)
    for one in expressions(widget):
        if not one["expression"].startswith("SEARCH("):
            assert set(re.findall(r"[a-z]\w*", one["expression"])) <= set(known) - {one["id"]}


def test_no_two_searches_are_combined() -> None:
    """CloudWatch divides no array of series by another (the table "Supported data types" of its metric math)."""
    for widget in WIDGETS:
        searches = {one["id"] for one in expressions(widget) if "SEARCH(" in one["expression"]}
        others = [one["expression"] for one in expressions(widget) if "SEARCH(" not in one["expression"]]
        assert not any(searches & set(re.findall(r"[a-z]\w*", expression)) for expression in others)


def test_a_search_finds_any_value_of_a_dimension_that_is_counted() -> None:
    schema = r"SEARCH\('\{SESFeedback,(\w+),(\w+)\} service=\"a-AWS-StackName\" MetricName=\"(\w+)\"', 'Sum', \d+\)"
    searches = [
        one["expression"] for widget in WIDGETS for one in expressions(widget) if "SEARCH" in one["expression"]
    ]
    found = {frozenset(re.fullmatch(schema, search).groups()[:2]) - {"service"} for search in searches}  # type: ignore[union-attr]
    assert found == {frozenset({name}) for name in ("environment", "team", "reason", "provider")}


def test_the_lines_are_where_ses_reviews_and_where_it_may_stop() -> None:
    lines = [
        tuple(line["value"] for line in widget["properties"]["annotations"]["horizontal"])
        for widget in WIDGETS
        if "annotations" in widget["properties"]
    ]
    assert lines == [(5, 10), (0.1, 0.5), (0.05, 0.1), (0.001, 0.005)]
