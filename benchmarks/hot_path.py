"""From the text of a message to decided feedback, beside two `json.loads` of the same text and two peers."""

import json
import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.figures import Figure, Part, at_least, at_most
from benchmarks.texts import ROOT, distinct_replies, queue_bodies
from ses_feedback.bounces.classification import BounceReport, classify
from ses_feedback.decision.decide import decide
from ses_feedback.events.document import Document
from ses_feedback.events.read import read_feedback
from ses_feedback.events.transport import open_text
from ses_feedback.settings.file import Settings, load_settings

_TEXTS, _ROUNDS = 4_000, 5
_PEERS = ROOT / "benchmarks" / "peers" / "views.py"
_PEERS_PYTHON = ROOT / ".venv-bench" / "bin" / "python"

_EXPLANATION = """\
From the body of an SQS message, with SNS's envelope in it, to feedback that is classified, routed and decided; beside
it two `json.loads` of the same text, of the envelope and of the document in it. The peers only read: a view
sends a Django signal. Their request is made in the same measure, since a view takes nothing else. Texts are all
distinct: half bounces, a third deliveries, the rest complaints."""


def measure() -> Part:
    """Five rounds of everything in turn; each figure is the median of its rounds."""
    bodies, replies = queue_bodies(_TEXTS), distinct_replies(_TEXTS)
    settings = load_settings(ROOT / "layers" / "settings" / "feedback.toml")
    reports = [BounceReport(status="5.0.0", diagnostic=reply, action="failed") for reply in replies]
    rounds: dict[str, list[float]] = {
        name: [] for name in ("ours", "json", "classify", "django-anymail", "django-ses")
    }
    with TemporaryDirectory() as folder:
        file = Path(folder) / "texts.json"
        file.write_text(json.dumps(bodies), encoding="utf-8")
        for _ in range(_ROUNDS):
            rounds["json"].append(_seconds(_load_twice, bodies))
            rounds["ours"].append(_seconds(lambda body: _decide(body, settings), bodies))
            rounds["classify"].append(_seconds(classify, reports))
            for name, seconds in _peers(file).items():
                rounds[name].append(seconds)
    return Part("From a message to a decision", _EXPLANATION, _figures(rounds))


def _figures(rounds: dict[str, list[float]]) -> list[Figure]:
    micro = {name: 1e6 * statistics.median(seconds) for name, seconds in rounds.items()}

    def ratio(one: str, other: str) -> float:
        return statistics.median(a / b for a, b in zip(rounds[one], rounds[other], strict=True))

    def detail(one: str, other: str) -> str:
        return f"{micro[one]:.1f} / {micro[other]:.1f} µs"

    a_second = 1e6 / micro["classify"]
    return [
        at_most(
            "read, classified, routed and decided ÷ two `json.loads`",
            ratio("ours", "json"),
            2,
            detail("ours", "json"),
        ),
        at_least(
            "django-anymail's view ÷ ours", ratio("django-anymail", "ours"), 3, detail("django-anymail", "ours")
        ),
        at_least("django-ses's view ÷ ours", ratio("django-ses", "ours"), 1.6, detail("django-ses", "ours")),
        at_most(
            "classification alone ÷ two `json.loads`", ratio("classify", "json"), 1.3, detail("classify", "json")
        ),
        Figure("classification alone, distinct replies", f"{a_second:,.0f} a second", "≥ 60,000", a_second >= 60_000),
    ]


def _seconds[T](work: Callable[[T], object], inputs: Sequence[T]) -> float:
    """Processor seconds for each input."""
    started = time.process_time()
    for one in inputs:
        work(one)
    return (time.process_time() - started) / len(inputs)


def _load_twice(body: str) -> None:
    json.loads(json.loads(body)["Message"])


def _decide(body: str, settings: Settings) -> None:
    now = datetime.now(UTC)
    for opened in open_text(body):
        assert isinstance(opened, Document)
        reports = read_feedback(opened, now)
        assert isinstance(reports, list), reports
        for feedback in reports:
            decide(feedback, settings)


def _peers(file: Path) -> dict[str, float]:
    """The second of two rounds in a new process: the first warms it up."""
    output = subprocess.check_output([_PEERS_PYTHON, _PEERS, file, "2"], text=True)
    seconds: dict[str, float] = json.loads(output.splitlines()[-1])
    return seconds
