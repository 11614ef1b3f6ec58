"""Runs what a page tells its reader to type, away from any AWS account."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.docs.pages import Block
from tests.samples import ROOT

_SECONDS = 20


def run(command: str) -> str:
    """What the command prints, in the checkout and without credentials. Raises subprocess's errors."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    environment |= {"COLUMNS": "80", "NO_COLOR": "1", "AWS_CONFIG_FILE": "none", "AWS_EC2_METADATA_DISABLED": "true"}
    shell = subprocess.Popen(
        ["/bin/bash", "-euo", "pipefail", "-c", command],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        start_new_session=True,
    )
    try:
        printed, _ = shell.communicate(timeout=_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(shell.pid, signal.SIGKILL)  # and whatever it started
        raise
    if shell.returncode:
        raise subprocess.CalledProcessError(shell.returncode, command, printed)
    return printed


def renewed(block: Block) -> str:
    """A `console` block as it would read today: each command after its `$ ` with what it prints."""
    return "".join(f"$ {command}\n{run(command)}" for command in _typed(block))


def _typed(block: Block) -> Iterator[str]:
    """The commands of a `console` block; a line that begins with `> ` goes on with the one before."""
    command = ""
    for line in block.text.splitlines():
        if line.startswith("> ") and command:
            command += f"\n{line}"
            continue
        if command:
            yield command
        command = line.removeprefix("$ ") if line.startswith("$ ") else ""
    if command:
        yield command
