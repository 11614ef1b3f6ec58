"""Writes what the code of now leaves behind, for later versions: `python -m tests.golden.leave_behind FOLDER`."""

import sys

from tests.golden import clock

clock.freeze()  # before anything else is imported

import json  # noqa: E402
from pathlib import Path  # noqa: E402
from tempfile import TemporaryDirectory  # noqa: E402
from typing import Any  # noqa: E402

from tests.golden.envelopes import queued  # noqa: E402
from tests.golden.made import made_events  # noqa: E402
from tests.golden.play import Play  # noqa: E402
from tests.golden.server import server  # noqa: E402
from tests.golden.world import World, world  # noqa: E402

KINDS = ("soft", "delivery", "complaint", "not spam", "copy", "hard", "echo")
_BROKEN = ('{"half', '{"mail": 1}', "hello")


def leave_behind(folder: Path) -> None:
    folder.mkdir()
    with (
        TemporaryDirectory() as name,
        server(Path(name)) as application,
        world(f"https://localhost:{application.port}/feedback", application.authority) as aws,
    ):
        play = Play(aws, application, Path(name))
        chosen = [event for event in made_events() if event.name.split(" ", 1)[1].startswith(KINDS)][:120]
        for event in chosen:
            play.feed(event.name, "process_feedback", event.payload)
        aws.run("suppress", "jane@example.com", "--reason", "Asked by telephone", "--by", "golden")
        aws.run("reinstate", "soft.0@isp.example", "--reason", "She wrote today", "--by", "golden")
        _write(folder / "ledger.jsonl", [item for _, item in sorted(aws.items("ledger").items())])
        _back_up(aws, folder / "backup")
        _alerts(play, folder)
        _dead_letters(aws, folder)


def _write(path: Path, rows: list[Any]) -> None:
    path.write_text("".join(json.dumps(row, sort_keys=True) + "\n" for row in rows), encoding="utf-8")


def _back_up(aws: World, folder: Path) -> None:
    aws.handle("back_up", {})
    s3 = aws.client("s3")
    for found in s3.list_objects_v2(Bucket="backups")["Contents"]:
        path = folder / found["Key"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(s3.get_object(Bucket="backups", Key=found["Key"])["Body"].read())


def _alerts(play: Play, folder: Path) -> None:
    """A third was told, a third waits in the outbox, and a third in the queue, with a flush."""
    digests = [body for body in play.pending if json.loads(body)["alert"] == "digest"]
    third = len(digests) // 3
    play.pending = digests[:third]
    play.tell_teams("told")
    play.world.handle("route_alerts", queued(*digests[third : 2 * third]))
    flushes = [json.loads(message["body"]) for message in play.world.messages("AlertQueue")]
    _write(folder / "alerts.jsonl", [item for _, item in sorted(play.world.items("alerts").items())])
    _write(folder / "alert_queue.jsonl", [*(json.loads(body) for body in digests[2 * third :]), *flushes])


def _dead_letters(aws: World, folder: Path) -> None:
    aws.handle("process_feedback", queued(*_BROKEN))
    for function in ("route_alerts", "watch_archive", "post_webhook"):
        aws.handle(function, queued("hello", '{"flush": "nobody"}'))
    _write(folder / "dead_letters.jsonl", aws.messages("DeadLetters"))


if __name__ == "__main__":
    leave_behind(Path(sys.argv[1]))
