"""`sam local invoke` without a stack: a function says what it would do, and calls nothing."""

import json
import socket
from collections.abc import Callable
from types import ModuleType
from typing import Any, cast

import botocore.client
import pytest

from ses_feedback.environment import is_dry, resources_in
from tests.handlers.conftest import Context, Load, load_app
from tests.handlers.test_environments import FUNCTIONS, TEMPLATE, variables_of
from tests.resolved_template import resources_of
from tests.sam_local import variables_by_sam
from tests.samples import EVENTS, SHIPPED, load

type Invoke = Callable[[str, str], dict[str, Any]]


def called(*_: Any, **__: Any) -> Any:
    raise AssertionError("a dry run called something")


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> Load:
    """A function, by the name of its folder, with the variables that SAM gives it and no others of the stack."""
    monkeypatch.syspath_prepend(SHIPPED.parent)

    def load_dry(name: str) -> ModuleType:
        for variable, value in variables_by_sam()[FUNCTIONS[name]].items():
            monkeypatch.setenv(variable, value)
        return load_app(name, monkeypatch)

    return load_dry


@pytest.fixture
def invoke(app: Load, monkeypatch: pytest.MonkeyPatch) -> Invoke:
    """Invokes a function with a sample; whatever it calls, AWS or another host, fails."""
    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", called)
    monkeypatch.setattr(socket.socket, "connect", called)

    def invoke(name: str, sample: str) -> dict[str, Any]:
        answer = json.dumps(app(name).handler(load(sample), Context()))  # fails where Lambda's runtime would
        return cast(dict[str, Any], json.loads(answer))

    return invoke


def test_process_feedback_says_what_it_would_record_for_whom_and_why(
    invoke: Invoke, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = invoke("process_feedback", "sns_bounce.json")
    [row] = answer["would_record"]
    assert answer["dry_run"] is True
    assert (row["recipient"], row["reason"], row["rule"]) == (
        "tess.reader@example.net",
        "user_unknown",
        "user-verification",
    )
    assert (row["effect"], row["scope"], row["team"]) == ("suppressed", "environment:dev", "developers")
    assert row["meaning"].startswith("The recipient's mail server says that it has no mailbox")
    assert row["alerted"].endswith("a new one alerts developers: digest")
    [line] = capsys.readouterr().out.splitlines()
    assert line.startswith("Dry run: SAM runs ProcessFeedback locally and names no stack")


def test_process_feedback_names_what_it_would_drop_or_put_into_the_dead_letters(invoke: Invoke) -> None:
    [dropped] = invoke("process_feedback", "sns_subscription_confirmation.json")["would_drop"]
    assert dropped["reason"] == "confirmation"
    answer = invoke("process_feedback", "sqs_batch_with_malformed.json")
    assert [len(answer[outcome]) for outcome in ("would_record", "would_count", "would_be_dead_letters")] == [3, 1, 1]


@pytest.mark.parametrize(
    "sample", sorted(path.name for path in EVENTS.glob("*.json") if path.name.startswith(("sns_", "sqs_", "event")))
)
def test_process_feedback_has_an_answer_to_each_sample(invoke: Invoke, sample: str) -> None:
    answer = invoke("process_feedback", sample)
    assert answer.pop("dry_run")
    assert sum(map(len, answer.values())) == len(load(sample).get("Records", [sample]))


@pytest.mark.parametrize("function_name", sorted(FUNCTIONS))
def test_a_function_is_dry_only_where_sam_runs_it_and_no_resource_of_a_stack_is_given(
    app: Load, function_name: str
) -> None:
    declared, ours = app(function_name).Environment, variables_by_sam()[FUNCTIONS[function_name]]
    resources = [field.upper() for field, _ in resources_in(declared)]
    assert resources
    assert is_dry(declared, ours)
    assert is_dry(declared, {name: value for name, value in ours.items() if name not in resources})
    assert not is_dry(declared, ours | {"AWS_ENDPOINT_URL": "http://host.docker.internal:4566"})
    for name in resources:
        assert not is_dry(declared, ours | {name: "ses-feedback-something-1ABCDEF"}), name


@pytest.mark.parametrize("function_name", sorted(FUNCTIONS))
def test_a_deployed_function_is_never_dry(app: Load, function_name: str) -> None:
    declared, ours = app(function_name).Environment, variables_by_sam()[FUNCTIONS[function_name]]
    deployed = variables_of(function_name)
    assert not is_dry(declared, deployed)
    assert not is_dry(declared, deployed | {"AWS_SAM_LOCAL": "true"})
    assert not is_dry(declared, {name: value for name, value in ours.items() if name != "AWS_SAM_LOCAL"})


@pytest.mark.parametrize("function_name", sorted(FUNCTIONS))
def test_what_counts_as_a_resource_is_one_of_the_stack_or_its_name(app: Load, function_name: str) -> None:
    stack = resources_of(TEMPLATE, {"WebhookUrl": "https://app.example/", "HttpsTopicArns": ["x"]})
    for field, source in resources_in(app(function_name).Environment):
        assert source == "AWS::StackName" or set(source.split(" or ")) & stack.keys(), field
