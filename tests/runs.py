"""Runs of pytest beside one another or one after the other, each within its time and with a log of its own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.samples import ROOT

_SECONDS_TO_CLEAR_UP = 60
"""For stopping what a run has started, once its time is over."""


@dataclass(frozen=True, slots=True)
class Run:
    """How a run of pytest ended. `code` is pytest's, and None where its time was over before."""

    code: int | None
    seconds: int
    log: Path

    @property
    def text(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")


def run_pytest(
    arguments: Sequence[str], log: Path, minutes: float, variables: Mapping[str, str] | None = None
) -> Run:
    log.parent.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "pytest", *arguments],
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
            env={**os.environ, **(variables or {})},
        )
        code = _wait(process, minutes * 60)
    return Run(code, round(time.monotonic() - started), log)


def _wait(process: subprocess.Popen[bytes], seconds: float) -> int | None:
    """Interrupts it when its time is over, so that its fixtures stop what they have started."""
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(_SECONDS_TO_CLEAR_UP)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        return None
    except KeyboardInterrupt:
        process.wait(_SECONDS_TO_CLEAR_UP)  # the terminal has interrupted it as well
        raise
