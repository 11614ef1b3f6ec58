"""The demo itself runs in CI; here, when it does not."""

import fcntl
import io
import os
import signal
import subprocess
from collections.abc import Iterator
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


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where a demo would run, with the settings that ship."""
    (tmp_path / "layers" / "settings").mkdir(parents=True)
    (tmp_path / "layers" / "settings" / "feedback.toml").write_bytes(SHIPPED.read_bytes())
    (tmp_path / "build" / "demo").mkdir(parents=True)
    monkeypatch.setattr("ses_feedback_cli.demo.stack.project_root", lambda: tmp_path)
    before = signal.getsignal(signal.SIGTERM)
    yield tmp_path
    signal.signal(signal.SIGTERM, before)


def test_a_demo_that_is_terminated_stops_its_local_aws(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stopped: list[bool] = []
    running = SimpleNamespace(process=SimpleNamespace(pid=1), stop=lambda: stopped.append(True))
    monkeypatch.setattr(local_aws, "start", lambda *_, **__: running)
    monkeypatch.setattr(command, "_play", lambda *_: os.kill(os.getpid(), signal.SIGTERM))
    with pytest.raises(SystemExit) as ended:
        command.run(keep=True)
    assert (ended.value.code, bool(stopped)) == (143, True)
    assert (clone / "build" / "demo" / "pid").read_text() == ""


def test_a_second_demo_says_how_to_stop_the_one_that_is_up(clone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with (clone / "build" / "demo" / "pid").open("w") as pid:
        print(4711, file=pid, flush=True)
        fcntl.flock(pid, fcntl.LOCK_EX)
        assert command.run(keep=False) == 1
        assert (clone / "build" / "demo" / "pid").read_text() == "4711\n"
    assert "stop it: kill -- -4711" in " ".join(capsys.readouterr().err.split())


def test_the_local_aws_holds_the_lock_until_it_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\nsleep 20\n")
    python.chmod(0o700)
    monkeypatch.setattr("sys.executable", str(python))
    with (tmp_path / "pid").open("w") as pid:
        fcntl.flock(pid, fcntl.LOCK_EX)
        running = local_aws.start(tmp_path, lock=pid.fileno())
    with (tmp_path / "pid").open() as again:
        with pytest.raises(BlockingIOError):
            fcntl.flock(again, fcntl.LOCK_EX | fcntl.LOCK_NB)
        running.stop()
        fcntl.flock(again, fcntl.LOCK_EX | fcntl.LOCK_NB)
