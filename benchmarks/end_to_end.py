"""The deployed stack on a local AWS: messages a second, and how long an event takes to where it is needed."""

import io
import json
import statistics
import time
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.figures import Figure, Part
from benchmarks.texts import ROOT, queue_bodies
from ses_feedback_cli.demo import local_aws, stack, story
from tests.https_server import HttpsServer
from tests.stack.conftest import start
from tests.stack.driver import Driver

_MESSAGES, _PROBES, _PATIENCE_SECONDS = 1_000, 25, 60

_EXPLANATION = f"""\
`sam build` and `sam deploy` to MiniStack, which runs the functions on the cores that it has itself: the figures
compare, and promise nothing about AWS. {_MESSAGES:,} messages, ten to a request; beside the feedback queue one whose
function does nothing, in the same batches. Then {_PROBES} hard bounces, one after another: from the publication to
SNS until the suppression is in the ledger, until the application has the webhook, and until the team's mail is sent,
which gathers alerts for a window of 2 s on purpose."""


@dataclass(frozen=True, slots=True)
class _Local:
    driver: Driver
    application: HttpsServer


def measure() -> Part:
    with _deployed() as local:
        ours = _rate(local, local.driver.stack.outputs["FeedbackQueue"])
        bare = _rate(local, _bare_queue(local))
        times = [_probe(local, number) for number in range(_PROBES)]
    figures = [
        Figure(
            "through ProcessFeedback",
            f"{ours:.0f} messages a second; through a function that does nothing {bare:.0f}",
        )
    ]
    ends = ("the suppression", "the webhook", "the team's mail")
    for name, column in zip(ends, zip(*times, strict=True), strict=True):
        ordered = sorted(column)
        p50, p99 = statistics.median(ordered), ordered[int(0.99 * (len(ordered) - 1))]
        figures.append(Figure(f"from SNS to {name}", f"{p50:.2f} s in the median, {p99:.2f} s at p99"))
    return Part("End to end", _EXPLANATION, figures)


@contextmanager
def _deployed() -> Iterator[_Local]:
    folder = ROOT / "build" / "bench"
    with TemporaryDirectory() as certificates, HttpsServer(Path(certificates), "localhost") as application:
        aws = start(folder, application.authority)
        try:
            with ThreadPoolExecutor() as pool:
                building = pool.submit(stack.build, ROOT, folder)
                local_aws.wait_until_ready(aws)
                story.verify_identities(aws)
                built = building.result()
            url = f"https://localhost:{application.port}/feedback"
            optional = {"WebhookUrl": url, "WebhookAllowPrivate": "true"}
            deployed = stack.deploy(ROOT, folder, aws, built, window_seconds=2, **optional)
            yield _Local(Driver(deployed, ROOT / "events"), application)
        finally:
            aws.stop()


def _rate(local: _Local, url: str) -> float:
    """Messages a second, from the first to the last that the queue's function has taken."""
    sqs = local.driver.stack.aws.client("sqs")
    bodies = queue_bodies(_MESSAGES)
    started = time.monotonic()
    for first in range(0, len(bodies), 10):
        entries = [{"Id": str(i), "MessageBody": body} for i, body in enumerate(bodies[first : first + 10])]
        sqs.send_message_batch(QueueUrl=url, Entries=entries)

    def left() -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return sum(map(int, counts.values()))

    _until(lambda: left() == 0)
    return len(bodies) / (time.monotonic() - started)


def _bare_queue(local: _Local) -> str:
    """A queue with a function that does nothing, in batches as the feedback queue has them."""
    aws = local.driver.stack.aws
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("app.py", "def handler(event, context):\n    return {'batchItemFailures': []}\n")
    function = aws.client("lambda").create_function(
        FunctionName="bare",
        Runtime="python3.13",
        Handler="app.handler",
        Role="arn:aws:iam::000000000000:role/bare",
        Code={"ZipFile": packed.getvalue()},
    )
    url = aws.client("sqs").create_queue(QueueName="bare")["QueueUrl"]
    arn = aws.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    aws.client("lambda").create_event_source_mapping(
        EventSourceArn=arn, FunctionName=function["FunctionName"], BatchSize=10
    )
    return str(url)


def _probe(local: _Local, number: int) -> tuple[float, float, float]:
    """Seconds from the publication of a bounce to the suppression, to the webhook and to the team's mail."""
    address = f"probe{number}@bench{number}.example"
    event = local.driver.load("ses/identity_bounce.json")
    text = json.dumps(event)
    text = text.replace(event["mail"]["destination"][0], address)
    published = time.monotonic()
    local.driver.publish(text.replace(event["mail"]["messageId"], f"bench-{number}"))
    dynamodb, table = local.driver.stack.aws.client("dynamodb"), local.driver.stack.outputs["LedgerTable"]

    def is_suppressed() -> bool:
        found = dynamodb.query(
            TableName=table,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :s)",
            ExpressionAttributeValues={":pk": {"S": f"A#{address}"}, ":s": {"S": "E#"}},
        )
        return bool(found["Items"])

    with ThreadPoolExecutor() as pool:
        waits = [
            pool.submit(_seconds_until, published, reached)
            for reached in (
                is_suppressed,
                lambda: any(address.encode() in request.body for request in list(local.application.requests)),
                lambda: any(address in mail["BodyText"] for mail in local.driver.mails("developers@example.com")),
            )
        ]
        suppressed, posted, mailed = (wait.result() for wait in waits)
    return suppressed, posted, mailed


def _seconds_until(published: float, reached: Callable[[], bool]) -> float:
    _until(reached)
    return time.monotonic() - published


def _until(reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not reached():
        if time.monotonic() > deadline:
            raise SystemExit(f"nothing arrived within {_PATIENCE_SECONDS} s: see build/bench/")
        time.sleep(0.01)
