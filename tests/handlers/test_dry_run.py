"""`sam local invoke` without a stack: a function says what it would do, and calls nothing."""

import json
import socket
from collections.abc import Callable
from types import ModuleType
from typing import Any, cast

import botocore.client
import pytest

from ses_feedback.environment import is_dry, resources_in
from ses_feedback.webhook.signature import signature_headers, signing_keys
from tests.handlers.conftest import Context, Load, load_app
from tests.handlers.test_environments import FUNCTIONS, TEMPLATE, variables_of
from tests.resolved_template import resources_of
from tests.sam_local import SAMPLES, variables_by_sam
from tests.samples import EVENTS, SHIPPED, changed, load, shipped_settings

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


@pytest.mark.parametrize("sample", SAMPLES["ProcessFeedback"])
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
    stack = resources_of(TEMPLATE, {"WebhookUrl": "https://app.example/", "HttpsTopicArns": ["x"], "Api": "iam"})
    for field, source in resources_in(app(function_name).Environment):
        assert source == "AWS::StackName" or set(source.split(" or ")) & stack.keys(), field


def test_every_function_has_samples_and_every_sample_a_function() -> None:
    assert SAMPLES.keys() == set(FUNCTIONS.values())
    assert set().union(*SAMPLES.values()) == {path.name for path in EVENTS.glob("*.json")}


@pytest.mark.parametrize("function_name", sorted(FUNCTIONS))
def test_every_sample_of_a_function_is_answered_with_what_it_would_do(invoke: Invoke, function_name: str) -> None:
    for sample in SAMPLES[FUNCTIONS[function_name]]:
        answer = invoke(function_name, sample)
        assert answer["dry_run"]
        assert any(name.startswith("would_") and outcome for name, outcome in answer.items()), sample


def test_watch_archive_shows_what_a_sample_object_would_bring(invoke: Invoke) -> None:
    [read] = invoke("watch_archive", "sqs_s3_object_created.json")["would_read"]
    assert read["object"].endswith(".gz")
    assert read["holds"] == {"Send": 2, "Delivery": 2, "Open": 1, "Bounce": 1, "Complaint": 1, "broken": 1}
    assert sorted(queued["type"] for queued in read["would_queue"]) == ["Bounce", "Complaint"]
    assert len(read["would_be_dead_letters"]) == 1


def test_route_alerts_shows_the_mail_that_a_team_would_get(invoke: Invoke) -> None:
    [mail] = invoke("route_alerts", "sqs_alert.json")["would_send"]
    assert (mail["team"], mail["when"]) == ("customer_service", "at once")
    assert mail["from"] == "SES Feedback <alerts@example.com>"
    assert "marta.lind@example.org" in mail["text"]


def test_publish_alerts_shows_the_alert_that_it_would_publish(invoke: Invoke) -> None:
    [alert] = invoke("publish_alerts", "dynamodb_stream_alert.json")["would_publish"]
    assert (alert["recipient"], alert["alert"]) == ("marta.lind@example.org", "at_once")


def test_publish_feedback_says_that_an_old_row_is_published_no_more(invoke: Invoke) -> None:
    answer = invoke("publish_feedback", "dynamodb_stream_alert.json")
    assert "would_publish" not in answer
    [event] = answer["would_publish_if_recent"]
    assert event["data"]["address"] == "marta.lind@example.org"


def test_post_webhook_shows_a_request_that_is_rightly_signed_by_its_sample_secret(invoke: Invoke) -> None:
    answer = invoke("post_webhook", "sqs_webhook.json")
    [request] = answer["would_post"]
    body, headers = load("sqs_webhook.json")["Records"][0]["body"].encode(), request["headers"]
    keys = signing_keys(answer["signed_with_the_sample_secret"])
    signed = signature_headers(keys, headers["webhook-id"], int(headers["webhook-timestamp"]), body)
    assert headers["webhook-signature"] == signed["webhook-signature"]
    assert request["url"] == "https://app.example.com/feedback"
    assert request["body"]["data"]["address"] == "marta.lind@example.org"


def test_configure_identities_plans_the_topics_of_every_identity(invoke: Invoke) -> None:
    changes = invoke("configure_identities", "cloudformation_create.json")["would_change"]
    topics = {change["after"] for change in changes if change["key"] in ("bounce", "complaint")}
    assert topics == {"arn:aws:sns:eu-central-1:111122223333:ses-feedback-FeedbackTopic"}


def test_configure_alarms_shows_the_alarms_of_every_environment(invoke: Invoke) -> None:
    alarms = invoke("configure_alarms", "cloudformation_create.json")["would_put"]
    assert len(alarms) == 2 * len(shipped_settings().environments)


def test_back_up_says_where_a_backup_would_go(invoke: Invoke) -> None:
    answer = invoke("back_up", "scheduled_backup.json")
    assert answer["would_read"] == "LedgerTable"
    assert [place.rpartition("/")[2] for place in answer["would_write"]] == ["part-00000.jsonl.gz", "manifest.json"]


@pytest.mark.parametrize(
    ("sample", "then"),
    [("https_notification.json", "queue it"), ("https_subscription_confirmation.json", "confirm the subscription")],
)
def test_receive_feedback_says_what_is_left_but_the_signature(invoke: Invoke, sample: str, then: str) -> None:
    answer = invoke("receive_feedback", sample)
    assert answer["would_fetch"].startswith("https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-")
    assert answer["would_then"].startswith(then)


def test_receive_feedback_refuses_another_password(app: Load) -> None:
    event = changed(load("https_notification.json"), "headers.authorization", "Basic bm9ib2R5Om5vdGhpbmc=")
    assert app("receive_feedback").handler(event, Context())["would_answer"]["status"] == 401


@pytest.mark.parametrize("function_name", ["post_webhook", "route_alerts"])
def test_a_record_that_cannot_be_read_would_be_a_dead_letter(app: Load, function_name: str) -> None:
    answer = app(function_name).handler(load("sqs_bounce.json"), Context())
    assert len(answer["would_be_dead_letters"]) == len(load("sqs_bounce.json")["Records"])
