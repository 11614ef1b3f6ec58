"""The demo itself runs in CI; here, when it does not."""

import io
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from rich.console import Console

from ses_feedback.archive.s3_event import S3Object, objects_in
from ses_feedback_cli.demo import command, local_aws, story
from tests.samples import EVENTS, ROOT, SHIPPED


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


def test_invoking_on_a_kept_stack_names_its_region_in_the_output_and_on_the_page() -> None:
    printed, process = io.StringIO(), cast("subprocess.Popen[bytes]", SimpleNamespace(pid=1))
    running = local_aws.LocalAws(4566, process, Path("log"), Path("scratch"))
    command.say_how_to_look_around(running, Console(file=printed))
    page = (ROOT / "docs" / "local.md").read_text(encoding="utf-8")
    for text in (printed.getvalue(), page):
        assert f'ARGS="--region {local_aws.REGION} --env-vars build/demo/env.json' in text
