"""A local AWS for the demo and the tests: MiniStack, on a free loopback port, in a process group of its own."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

REGION = "eu-central-1"
LIFETIME_SECONDS, KEPT_SECONDS = 1800, 8 * 3600
"""After this long it ends by itself, should nobody be left to stop it."""


class Failed(Exception):
    """A step of the demo that did not work: which, and where its log is."""

    def __init__(self, what: str, log: Path) -> None:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:]) if log.exists() else ""
        super().__init__(f"{what}\nThe log is {log}" + (f", and ends:\n{tail}" if tail else ""))


@dataclass(frozen=True, slots=True)
class LocalAws:
    """A running MiniStack; its process leads a group, to which its function workers belong."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path
    scratch: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """What makes the AWS CLI, SAM and boto3 talk to it."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
        }

    def client(self, service: str) -> Any:
        return boto3.client(
            service,  # type: ignore[call-overload]
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106
        )

    def stop(self) -> None:
        for number in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(5)
                break
        shutil.rmtree(self.scratch, ignore_errors=True)


def start(folder: Path, *, kept: bool = False) -> LocalAws:
    """Starts MiniStack without waiting for it (`wait_until_ready`), its log in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    _remove_leftovers(folder)
    log, port = folder / "ministack.log", free_port()
    scratch = folder / f"scratch-{port}"
    scratch.mkdir()
    environment = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")} | {
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",  # its functions run on our Python
        "PYTHONUNBUFFERED": "1",
        "TMPDIR": str(scratch),  # it leaves the code of every function worker there
    }
    command = [sys.executable, "-m", "ses_feedback_cli.demo.local_ses"]
    if timeout := shutil.which("timeout"):
        command = [timeout, "--foreground", str(KEPT_SECONDS if kept else LIFETIME_SECONDS), *command]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, env=environment, start_new_session=True, cwd=folder
        )
    return LocalAws(port, process, log, scratch)


def wait_until_ready(aws: LocalAws, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{aws.url}/_ministack/health", timeout=2):  # noqa: S310
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise Failed(f"MiniStack did not answer on port {aws.port} within {seconds:.0f} s", aws.log)


def _remove_leftovers(folder: Path) -> None:
    """What a kept stack that was stopped since, or a killed run, has left."""
    for scratch in folder.glob("scratch-*"):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", int(scratch.name.rpartition("-")[2]))) != 0:
                shutil.rmtree(scratch, ignore_errors=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
