"""What GitHub reads: workflows run only code that is named by its hash, forms and updates follow the project."""

import re
from typing import Any

import pytest
from samtranslator.yaml_helper import yaml_parse

from ses_feedback.vocabulary import Reason
from tests.samples import ROOT

GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
PINNED = re.compile(r"uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")


def read(name: str) -> Any:
    return yaml_parse((GITHUB / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_every_action_is_pinned_by_its_hash(workflow: Any) -> None:
    used = [
        line.strip().removeprefix("- ")
        for line in workflow.read_text(encoding="utf-8").splitlines()
        if "uses:" in line
    ]
    assert used
    assert [line for line in used if not PINNED.match(line)] == []


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_runs_the_gate_with_a_token_that_only_reads(workflow: Any) -> None:
    parsed = read(f"workflows/{workflow.name}")
    assert parsed["permissions"] == {"contents": "read"}
    gate = parsed["jobs"]["gate"]
    assert "permissions" not in gate
    assert ".ci/run" in [step.get("run") for step in gate["steps"]]


def test_the_form_for_a_wrong_classification_offers_every_reason() -> None:
    [field] = [field for field in read("ISSUE_TEMPLATE/classification.yml")["body"] if field.get("id") == "reason"]
    assert field["attributes"]["options"] == [reason.value for reason in Reason]


def test_dependencies_of_every_folder_are_kept_up_to_date() -> None:
    updates = {update["package-ecosystem"]: update for update in read("dependabot.yml")["updates"]}
    folders = {
        f"/{path.parent.relative_to(ROOT)}"
        for base in ("requirements", "layers", "functions")
        for path in (ROOT / base).rglob("*.in")
    }
    assert set(updates["pip"]["directories"]) == folders
    assert (ROOT / updates["npm"]["directory"].lstrip("/") / "package.json").is_file()
