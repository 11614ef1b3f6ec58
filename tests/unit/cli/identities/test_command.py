"""`ses-feedback identities plan`, `apply` and `restore`: their output and exit status."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from ses_feedback_cli.identities.stack import offer_of
from ses_feedback_cli.main import app
from tests.samples import SHIPPED
from tests.ses_rig import FEEDBACK, FOREIGN, NO_SETS, STACK, Rig

DOMAIN = "example.com"


@pytest.fixture
def rig(aws: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Rig:
    made = Rig()
    made.fake.verify(DOMAIN)
    path = tmp_path / "feedback.toml"
    path.write_text(SHIPPED.read_text(encoding="utf-8") + f"\n{NO_SETS}", encoding="utf-8")
    monkeypatch.setenv("SES_FEEDBACK_SETTINGS", str(path))
    monkeypatch.setattr("ses_feedback_cli.identities.stack.open_ses", lambda _: (made.edge(), made.target))
    return made


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["identities", *arguments])


def test_plan_shows_the_difference_like_a_diff_and_changes_nothing(rig: Rig) -> None:
    rig.fake.identities[DOMAIN]["Topics"] = {"Bounce": FOREIGN.replace("central", "west")}
    result = run("plan")
    assert f"  - bounce: {FOREIGN.replace('central', 'west')}\n  + bounce: {FEEDBACK}\n" in result.stdout
    assert "remembered: " in result.stdout
    assert (result.exit_code, rig.fake.calls) == (1, [])


def test_plan_exits_with_0_once_all_is_applied(rig: Rig) -> None:
    assert run("apply").exit_code == 0
    result = run("plan")
    assert (result.exit_code, "SES is as the settings say" in result.stderr) == (0, True)


def test_plan_exits_with_2_if_there_is_a_problem(rig: Rig) -> None:
    rig.fake.identities[DOMAIN]["Topics"] = {"Bounce": FOREIGN}
    result = run("plan")
    assert (result.exit_code, "problem: bounce topic is" in result.stdout) == (2, True)


def test_plan_as_json_has_a_row_for_each_change_and_each_remark(rig: Rig) -> None:
    rows: list[dict[str, Any]] = [json.loads(line) for line in run("plan", "--json").stdout.splitlines()]
    bounce = {"do": "set", "subject": DOMAIN, "key": "bounce", "before": None, "after": FEEDBACK}
    assert bounce in rows
    assert {row["remark"] for row in rows if "remark" in row} == {"note", "warning"}


def test_half_applied_changes_are_reported_and_a_second_apply_finishes_them(rig: Rig) -> None:
    rig.fake.denied = {"SetIdentityHeadersInNotificationsEnabled"}
    result = run("apply")
    assert result.exit_code == 2
    assert "the permission ses:SetIdentityHeadersInNotificationsEnabled is missing" in result.stdout
    assert "half applied" in result.stderr
    rig.fake.denied = set()
    assert run("apply").exit_code == 0


def test_restore_puts_back_what_was_found(rig: Rig) -> None:
    run("apply")
    assert rig.fake.identities[DOMAIN]["Topics"]["Bounce"] == FEEDBACK
    assert run("restore").exit_code == 0
    assert rig.fake.identities[DOMAIN]["Topics"] == {"Bounce": "", "Complaint": ""}
    assert rig.fake.identities[DOMAIN]["Tags"] == {}
    assert "nothing changed" in run("restore").stderr


def test_a_missing_permission_to_read_is_named_before_anything_changes(rig: Rig) -> None:
    rig.fake.denied = {"GetIdentityNotificationAttributes"}
    result = run("apply")
    assert (result.exit_code, rig.fake.calls) == (2, [])
    assert "you need the permission ses:GetIdentityNotificationAttributes" in result.stderr


def test_text_from_others_cannot_act_on_the_terminal(rig: Rig) -> None:
    rig.fake.identities[DOMAIN]["Tags"] = {"ses-feedback:stack": "arn:aws:x:eu-central-1:1:stack/\x1b[31mred/1"}
    rig.stacks.alive.add(rig.fake.identities[DOMAIN]["Tags"]["ses-feedback:stack"])
    assert "\x1b" not in run("plan").stdout


OUTPUTS = {
    "FeedbackTopic": FEEDBACK,
    "ArchiveStream": "archive",
    "ArchiveStreamWriterRole": "arn:aws:iam::111122223333:role/writer",
    "FeedbackQueue": "https://sqs.eu-central-1.amazonaws.com/111122223333/feedback",
    "DeadLetters": "https://sqs.eu-central-1.amazonaws.com/111122223333/dead",
}


def test_what_a_stack_offers_is_read_from_its_outputs_and_parameters() -> None:
    outputs = [{"OutputKey": key, "OutputValue": value} for key, value in OUTPUTS.items()]
    parameters = [{"ParameterKey": "TopicPerEnvironment", "ParameterValue": "true"}]
    target = offer_of({"StackId": STACK, "Outputs": outputs, "Parameters": parameters})
    assert target.stream == "arn:aws:firehose:eu-central-1:111122223333:deliverystream/archive"
    assert target.queue == "arn:aws:sqs:eu-central-1:111122223333:feedback"
    assert (target.dead_letters, target.per_environment) == ("arn:aws:sqs:eu-central-1:111122223333:dead", True)
