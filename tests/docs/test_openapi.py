"""docs/openapi.json says what the HTTP API does."""

from tests import openapi
from tests.handlers.test_answer_requests import ROUTES


def test_the_description_is_that_of_the_code() -> None:
    assert openapi.PAGE.read_text(encoding="utf-8") == openapi.text(), "make openapi"


def test_every_route_of_the_stack_is_described_and_no_other() -> None:
    paths = openapi.description()["paths"]
    described = {f"{method.upper()} {path}" for path, operations in paths.items() for method in operations}
    assert described == set(ROUTES.values())
