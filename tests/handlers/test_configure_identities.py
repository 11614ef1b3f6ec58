"""configure_identities, the custom resource: what CloudFormation is answered, whatever happens."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import ModuleType
from typing import Any

import pytest

from tests.handlers.conftest import Context, Load
from tests.ses_rig import FEEDBACK, FOREIGN, NO_SETS, STACK, Rig

DOMAIN = "example.com"


class Patient(Context):
    """A context with as much time left as a test says."""

    log_stream_name = "stream-1"
    milliseconds = 900_000

    def get_remaining_time_in_millis(self) -> int:
        return self.milliseconds


@pytest.fixture
def cloudformation() -> Iterator[HTTPServer]:
    """`answers`: what it was told; `refusals`: so many PUTs are answered 500 first."""

    class Ear(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            server: Any = self.server
            if server.refusals:
                server.refusals -= 1
                self.send_response(500)
            else:
                server.answers.append(json.loads(body))
                self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server: Any = HTTPServer(("127.0.0.1", 0), Ear)
    server.answers, server.refusals = [], 0
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def rig(aws: None) -> Rig:
    made = Rig()
    made.fake.verify(DOMAIN)
    return made


@pytest.fixture
def app(function: Load, rig: Rig, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    target = rig.target
    variables = {
        "MODE": "apply",
        "TOPIC_PER_ENVIRONMENT": "false",
        "FEEDBACK_TOPIC_ARN": target.topic,
        "FEEDBACK_QUEUE_ARN": target.queue,
        "DEAD_LETTERS_ARN": target.dead_letters,
        "ARCHIVE_STREAM_ARN": target.stream,
        "ARCHIVE_STREAM_ROLE_ARN": target.stream_role,
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    loaded = function("configure_identities")
    for name, client in zip(("ses", "sesv2"), rig.clients, strict=True):
        monkeypatch.setattr(loaded, name, client)
    monkeypatch.setattr(loaded, "sns", rig.topics)
    monkeypatch.setattr(loaded, "cloudformation", rig.stacks)
    monkeypatch.setattr(loaded, "PACE", 0)
    monkeypatch.setattr(loaded, "load_settings", lambda: rig.settings)
    return loaded


@pytest.fixture
def told(app: ModuleType, cloudformation: Any) -> Callable[..., dict[str, Any]]:
    """Sends one request to the function; answers what CloudFormation heard."""

    def send(kind: str, milliseconds: int = 900_000) -> dict[str, Any]:
        context = Patient()
        context.milliseconds = milliseconds
        event = {
            "RequestType": kind,
            "ResponseURL": f"http://127.0.0.1:{cloudformation.server_port}/answer",
            "StackId": STACK,
            "RequestId": "request-1",
            "LogicalResourceId": "SesSettings",
        }
        app.handler(event, context)
        [answer] = cloudformation.answers
        cloudformation.answers.clear()
        assert isinstance(answer, dict)
        return answer

    return send


type Told = Callable[..., dict[str, Any]]


def test_a_first_deployment_sets_what_is_verified_and_succeeds(told: Told, rig: Rig) -> None:
    answer = told("Create")
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", "ses-feedback-SesSettings")
    assert rig.fake.identities[DOMAIN]["Topics"] == {"Bounce": FEEDBACK, "Complaint": FEEDBACK}
    assert answer["Data"]["Changed"] == "5"


def test_a_first_deployment_succeeds_where_nothing_is_verified_yet_and_says_so(told: Told, rig: Rig) -> None:
    rig.fake.identities.clear()
    answer = told("Create")
    assert (answer["Status"], answer["Data"]["Problems"]) == ("SUCCESS", "4")
    assert "knows neither it nor a domain above it" in answer["Data"]["Summary"]


def test_plan_mode_changes_nothing_and_tells_the_command(
    told: Told, rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODE", "plan")
    answer = told("Create")
    assert (rig.fake.calls, answer["Data"]["Left"]) == ([], "5")
    assert "run `ses-feedback identities apply --stack ses-feedback` to finish" in answer["Data"]["Summary"]


@pytest.mark.parametrize("operation", ["SetIdentityNotificationTopic", "ListEmailIdentities"])
@pytest.mark.parametrize(("kind", "status"), [("Create", "FAILED"), ("Update", "SUCCESS"), ("Delete", "SUCCESS")])
def test_a_missing_permission_fails_the_first_deployment_only_and_is_named(
    told: Told, rig: Rig, kind: str, status: str, operation: str
) -> None:
    if kind == "Delete":
        rig.apply()
    rig.fake.denied = {operation}
    answer = told(kind)
    assert (answer["Status"], f"the permission ses:{operation} is missing" in answer["Reason"]) == (status, True)


@pytest.mark.parametrize(("kind", "status"), [("Create", "FAILED"), ("Update", "FAILED"), ("Delete", "SUCCESS")])
def test_settings_that_cannot_be_read_fail_all_but_a_deletion(told: Told, rig: Rig, kind: str, status: str) -> None:
    rig.lines = "[ses]\nnotification = []\n"
    answer = told(kind)
    assert (answer["Status"], "ses.notification: unknown" in answer["Reason"]) == (status, True)


@pytest.mark.parametrize(("kind", "status"), [("Create", "FAILED"), ("Update", "SUCCESS"), ("Delete", "SUCCESS")])
def test_whatever_breaks_cloudformation_is_answered(
    told: Told, app: ModuleType, monkeypatch: pytest.MonkeyPatch, kind: str, status: str
) -> None:
    monkeypatch.setattr(app, "target_of", lambda _: 1 / 0)
    answer = told(kind)
    assert (answer["Status"], "ZeroDivisionError" in answer["Reason"]) == (status, True)


@pytest.mark.parametrize("kind", ["Create", "Update", "Delete"])
def test_without_time_the_rest_is_handed_over_to_the_command(told: Told, rig: Rig, kind: str) -> None:
    answer = told(kind, milliseconds=149_000)
    assert (answer["Status"], rig.fake.calls) == ("SUCCESS", [])
    assert "run `ses-feedback identities apply --stack ses-feedback`" in answer["Data"]["Summary"]


def test_a_deletion_puts_back_what_was_found(told: Told, rig: Rig) -> None:
    rig.fake.identities[DOMAIN]["Topics"] = {"Bounce": FOREIGN}
    rig.lines = f"{NO_SETS}take_over = true\n"
    told("Create")
    assert rig.fake.identities[DOMAIN]["Topics"]["Bounce"] == FEEDBACK
    assert told("Delete")["Status"] == "SUCCESS"
    assert rig.fake.identities[DOMAIN]["Topics"] == {"Bounce": FOREIGN, "Complaint": ""}


def test_an_answer_that_is_not_taken_is_tried_again(
    told: Told, cloudformation: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr("ses_feedback.custom_resource.time.sleep", waits.append)
    cloudformation.refusals = 2
    assert (told("Update")["Status"], waits) == ("SUCCESS", [1, 2])


def test_an_answer_stays_under_four_kilobytes(told: Told, rig: Rig) -> None:
    names = ", ".join(f'"{number:03}-a-rather-long-name.example"' for number in range(200))
    rig.lines = f"{NO_SETS}[environments.many]\ndomains = [{names}]\n"
    answer = told("Create")
    assert answer["Data"]["Problems"] == "200"
    assert len(json.dumps(answer)) < 4096


def test_no_address_and_no_domain_is_logged(told: Told, rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    rig.fake.identities[DOMAIN]["Topics"] = {"Bounce": FOREIGN}
    told("Create")
    [record] = [vars(one) for one in caplog.records if one.message == "SES configured"]
    assert record["numbers"]["Changed"] == 3
    assert "example.com" not in str(record)
