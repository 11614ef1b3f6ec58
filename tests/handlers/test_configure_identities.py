"""configure_identities, the custom resource: what CloudFormation is answered, whatever happens."""

import json
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from msgspec import structs

from tests.handlers.conftest import CloudFormation, Context, Load
from tests.ses_identities import Refusal
from tests.ses_rig import FEEDBACK, FOREIGN, NO_SETS, STACK, Rig

DOMAIN = "example.com"


class Patient(Context):
    """A context with as much time left as a test says."""

    milliseconds = 900_000

    def get_remaining_time_in_millis(self) -> int:
        return self.milliseconds


@pytest.fixture
def rig(aws: None) -> Rig:
    made = Rig()
    made.fake.verify(DOMAIN)
    return made


@pytest.fixture
def app(function: Load, rig: Rig, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    rig.surround(monkeypatch)
    return function("configure_identities")


@pytest.fixture
def deploy(app: ModuleType, cloudformation: CloudFormation) -> Callable[..., dict[str, Any]]:
    """Sends one request to the function; returns the answer that CloudFormation received."""

    def send(kind: str, milliseconds: int = 900_000, **more: Any) -> dict[str, Any]:
        context = Patient()
        context.milliseconds = milliseconds
        app.handler(cloudformation.event(kind, STACK) | more, context)
        [answer] = cloudformation.answers
        cloudformation.answers.clear()
        return answer

    return send


type Deploy = Callable[..., dict[str, Any]]


def test_a_first_deployment_sets_what_is_verified_and_succeeds(deploy: Deploy, rig: Rig) -> None:
    answer = deploy("Create")
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", "ses-feedback-SesSettings")
    assert rig.fake.identities[DOMAIN]["Topics"] == {"Bounce": FEEDBACK, "Complaint": FEEDBACK}
    assert answer["Data"]["Changed"] == "5"


def test_a_deployment_without_production_succeeds_and_says_so(
    deploy: Deploy, rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    production = {name: structs.replace(one, production=False) for name, one in rig.settings.environments.items()}
    settings = structs.replace(rig.settings, environments=production)
    monkeypatch.setattr("ses_feedback.handlers.configure_identities.load_settings", lambda: settings)
    answer = deploy("Create")
    assert (answer["Status"], answer["Data"]["Changed"], answer["Data"]["Problems"]) == ("SUCCESS", "5", "0")
    assert "feedback.toml has no environment with `production = true`" in answer["Data"]["Summary"]


def test_a_first_deployment_succeeds_where_nothing_is_verified_yet_and_says_so(deploy: Deploy, rig: Rig) -> None:
    rig.fake.identities.clear()
    answer = deploy("Create")
    assert (answer["Status"], answer["Data"]["Problems"]) == ("SUCCESS", "4")
    assert "knows neither it nor a domain above it" in answer["Data"]["Summary"]


def test_plan_mode_changes_nothing_and_names_the_command(
    deploy: Deploy, rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODE", "plan")
    answer = deploy("Create")
    assert (rig.fake.calls, answer["Data"]["Left"]) == ([], "5")
    assert "run `ses-feedback identities apply --stack ses-feedback` to finish" in answer["Data"]["Summary"]


@pytest.mark.parametrize("operation", ["SetIdentityNotificationTopic", "ListEmailIdentities"])
@pytest.mark.parametrize(("kind", "status"), [("Create", "FAILED"), ("Update", "SUCCESS"), ("Delete", "SUCCESS")])
def test_a_missing_permission_fails_the_first_deployment_only_and_is_named(
    deploy: Deploy, rig: Rig, kind: str, status: str, operation: str
) -> None:
    if kind == "Delete":
        rig.apply()
    rig.fake.denied = {operation}
    answer = deploy(kind)
    assert (answer["Status"], f"the permission ses:{operation} is missing" in answer["Reason"]) == (status, True)


@pytest.mark.parametrize(("kind", "status"), [("Create", "FAILED"), ("Update", "FAILED"), ("Delete", "SUCCESS")])
def test_settings_that_cannot_be_read_fail_all_but_a_deletion(
    deploy: Deploy, rig: Rig, kind: str, status: str
) -> None:
    rig.lines = "[ses]\nnotification = []\n"
    answer = deploy(kind)
    assert (answer["Status"], "ses.notification: unknown" in answer["Reason"]) == (status, True)


@pytest.mark.parametrize(("kind", "status"), [("Create", "FAILED"), ("Update", "SUCCESS"), ("Delete", "SUCCESS")])
def test_whatever_breaks_cloudformation_is_answered(
    deploy: Deploy, monkeypatch: pytest.MonkeyPatch, kind: str, status: str
) -> None:
    monkeypatch.setattr("ses_feedback.handlers.configure_identities.plan", lambda *_: 1 / 0)
    monkeypatch.setattr("ses_feedback.handlers.configure_identities.restoring_plan", lambda *_: 1 / 0)
    answer = deploy(kind)
    assert (answer["Status"], "ZeroDivisionError" in answer["Reason"]) == (status, True)


@pytest.mark.parametrize("kind", ["Create", "Update", "Delete"])
def test_if_time_runs_out_the_rest_is_left_to_the_command(deploy: Deploy, rig: Rig, kind: str) -> None:
    answer = deploy(kind, milliseconds=149_000)
    assert (answer["Status"], rig.fake.calls) == ("SUCCESS", [])
    assert "run `ses-feedback identities apply --stack ses-feedback`" in answer["Data"]["Summary"]


def test_a_deletion_restores_what_was_found(deploy: Deploy, rig: Rig) -> None:
    rig.fake.identities[DOMAIN]["Topics"] = {"Bounce": FOREIGN}
    rig.lines = f"{NO_SETS}take_over = true\n"
    deploy("Create")
    assert rig.fake.identities[DOMAIN]["Topics"]["Bounce"] == FEEDBACK
    assert deploy("Delete")["Status"] == "SUCCESS"
    assert rig.fake.identities[DOMAIN]["Topics"] == {"Bounce": FOREIGN, "Complaint": ""}


@pytest.mark.parametrize(("before", "is_put_back"), [("apply", True), ("plan", False)])
def test_a_change_to_plan_mode_restores_what_was_found_while_it_still_may(
    deploy: Deploy, rig: Rig, monkeypatch: pytest.MonkeyPatch, before: str, is_put_back: bool
) -> None:
    rig.apply()
    monkeypatch.setenv("MODE", "plan")
    assert deploy("Update", OldResourceProperties={"Mode": before})["Status"] == "SUCCESS"
    assert (rig.fake.identities[DOMAIN]["Topics"]["Bounce"] == "") is is_put_back


def test_a_policy_that_was_attached_seconds_ago_is_waited_for(deploy: Deploy, rig: Rig) -> None:
    rig.fake.not_yet["TagResource"] = [Refusal("AccessDeniedException", "not authorized")] * 3
    assert (deploy("Create")["Status"], rig.fake.not_yet["TagResource"]) == ("SUCCESS", [])


def test_an_answer_that_is_not_accepted_is_retried(
    deploy: Deploy, cloudformation: CloudFormation, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr("ses_feedback.custom_resource.time.sleep", waits.append)
    cloudformation.refusals = 2
    assert (deploy("Update")["Status"], waits) == ("SUCCESS", [1, 2])


def test_an_answer_stays_under_four_kilobytes(deploy: Deploy, rig: Rig) -> None:
    names = ", ".join(f'"{number:03}-a-rather-long-name.example"' for number in range(200))
    rig.lines = f"{NO_SETS}[environments.many]\ndomains = [{names}]\n"
    answer = deploy("Create")
    assert answer["Data"]["Problems"] == "200"
    assert len(json.dumps(answer)) < 4096


def test_no_address_and_no_domain_is_logged(deploy: Deploy, rig: Rig, capsys: pytest.CaptureFixture[str]) -> None:
    rig.fake.identities[DOMAIN]["Topics"] = {"Bounce": FOREIGN}
    deploy("Create")
    logged = capsys.readouterr().out
    assert json.loads(logged)["numbers"]["Changed"] == 3
    assert "example.com" not in logged
