"""A local AWS for the demo and the tests: MiniStack on a free loopback port, in its own process group."""

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
"""It ends by itself after this time, in case nobody stops it."""


class Failed(Exception):
    """A step of the demo that failed: which one, and where its log is."""

    def __init__(self, step: str, log: Path) -> None:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:]) if log.exists() else ""
        super().__init__(f"{step}\nThe log is {log}" + (f", and ends:\n{tail}" if tail else ""))


@dataclass(frozen=True, slots=True)
class LocalAws:
    """A running MiniStack; its process leads a group that includes the function workers."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path
    scratch: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which the AWS CLI, SAM and boto3 use it."""
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


def start(folder: Path, *, kept: bool = False, for_containers: bool = False, lock: int | None = None) -> LocalAws:
    """Starts MiniStack, with its log in `folder`, without waiting for it (see `wait_until_ready`).

    `for_containers`: it listens on every interface, of which a container's bridge is one. `lock`: a locked file that
    it keeps open, and thereby locked, as long as it runs.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _remove_leftovers(folder)
    log, port = folder / "ministack.log", free_port()
    scratch = folder / f"scratch-{port}"
    scratch.mkdir()
    environment = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")} | {
        "BIND_HOST": "0.0.0.0" if for_containers else "127.0.0.1",  # noqa: S104, asked for
        "GATEWAY_PORT": str(port),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",  # its functions run on this Python
        "PYTHONUNBUFFERED": "1",
        "TMPDIR": str(scratch),  # where it leaves the code of its function workers
    }
    command = [sys.executable, "-m", "ses_feedback_cli.demo.local_ses"]
    if timeout := shutil.which("timeout"):
        command = [timeout, "--foreground", str(KEPT_SECONDS if kept else LIFETIME_SECONDS), *command]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,
            cwd=folder,
            pass_fds=() if lock is None else (lock,),
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
    """Deletes what a killed run, or a kept stack that was stopped, left behind."""
    for scratch in folder.glob("scratch-*"):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", int(scratch.name.rpartition("-")[2]))) != 0:
                shutil.rmtree(scratch, ignore_errors=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
