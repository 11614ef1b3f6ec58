"""The demo itself runs in CI; here, when it does not."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from ses_feedback.archive.s3_event import S3Object, objects_in
from ses_feedback_cli.demo import command, local_aws, story
from tests.samples import EVENTS, SHIPPED


def test_the_demo_says_that_it_needs_the_settings_that_ship(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = tmp_path / "layers" / "settings" / "feedback.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text(SHIPPED.read_text(encoding="utf-8").replace("example.com", "acme.example"), encoding="utf-8")
    monkeypatch.setattr("ses_feedback_cli.demo.stack.project_root", lambda: tmp_path)
    assert command.run(keep=False) == 2
    assert "run the demo in a fresh clone" in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(("for_containers", "interface"), [(False, "127.0.0.1"), (True, "0.0.0.0")])  # noqa: S104
def test_the_demo_listens_on_loopback_alone_unless_containers_must_reach_it(
    for_containers: bool, interface: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[dict[str, Any]] = []
    monkeypatch.setattr(subprocess, "Popen", lambda _command, **options: started.append(options))
    local_aws.start(tmp_path, for_containers=for_containers)
    assert started[0]["env"]["BIND_HOST"] == interface


def test_the_demos_event_of_s3_names_the_object_that_it_archived() -> None:
    key = "events/2026/11/20/09/production-2026-11-20.jsonl.gz"
    assert objects_in(story.announcement(EVENTS, "the-bucket", key)) == [S3Object("the-bucket", key)]
