"""Every function with each of its samples, and with one of another function, by the real `sam local invoke`.

`make test-local` runs it on what `make build-local` built; the arguments go to `sam local invoke`.
"""

import json
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.sam_local import SAMPLES
from tests.samples import ROOT

MINUTES = 5
OF_ANOTHER = dict.fromkeys(SAMPLES, "dynamodb_stream_alert.json") | {
    "PublishAlerts": "sqs_alert.json",
    "PublishFeedback": "sns_bounce.json",
}


def invoke(function: str, sample: str, options: list[str]) -> tuple[Any, str]:
    """The function's answer, None if there is none; and what was logged."""
    sam = [str(ROOT / ".venv-sam/bin/sam"), "local", "invoke", function, "--event", f"events/{sample}"]
    command = [*sam, "--template", "build/local/sam/template.yaml", *options]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60 * MINUTES, check=False)
    try:
        return json.loads(ended.stdout.strip().splitlines()[-1]), ended.stderr
    except (ValueError, IndexError):
        return None, ended.stderr + ended.stdout


def is_right(function: str, sample: str, answer: Any) -> bool:
    """A sample of the function is answered by a dry run; another's by an error that names what is expected."""
    if not isinstance(answer, dict):
        return False
    if sample in SAMPLES[function]:
        return answer.get("dry_run") is True and any(name.startswith("would_") for name in answer)
    message = str(answer.get("errorMessage"))
    return answer.get("errorType") == "WrongTrigger" and message.startswith(f"{function} expects ")


def main(options: list[str]) -> int:
    """Prints a line for each invocation as it ends, and a table; 0 if nothing failed."""
    runs = [(name, sample) for name, samples in SAMPLES.items() for sample in (*samples, OF_ANOTHER[name])]

    def is_answered(run: tuple[str, str]) -> bool:
        started = time.monotonic()
        answer, log = invoke(*run, options)
        is_fine = is_right(*run, answer)
        outcome = "right" if is_fine else f"wrong: {json.dumps(answer)}\n{log}"
        print(f"{run[0]} events/{run[1]} ({time.monotonic() - started:.0f} s): {outcome}", flush=True)
        return is_fine

    answered = [is_answered(runs[0])]  # alone: it makes the image that all use
    with ThreadPoolExecutor(2) as pool:
        answered += pool.map(is_answered, runs[1:])
    failed = Counter(function for (function, _), is_fine in zip(runs, answered, strict=True) if not is_fine)
    print(f"{'function':20} {'invocations':>11} {'failed':>6}")
    for function, number in Counter(function for function, _ in runs).items():
        print(f"{function:20} {number:11} {failed[function]:6}")
    print(f"{'all':20} {len(runs):11} {failed.total():6}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
