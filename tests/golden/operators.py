"""What operators do with the ledger that the events made: commands, a replay of the archive, a backup."""

import gzip
import json
from typing import Any

from tests.golden.lines import command_lines, item_line
from tests.golden.made import all_replies
from tests.golden.play import Play
from tests.golden.world import ROOT

ADDRESSES = (
    "soft.0@isp.example", "soft.1@isp.example", "complainer.0@example.org", "reader.3@example.net",
    "copied.1@example.net", "marta.lind@example.org", "nobody@example.net",
)  # fmt: skip


def operate(play: Play) -> None:
    _classify(play)
    _ask(play)
    by = ("--by", "golden", "--json")
    _command(play, "suppress", "jane@example.com", "reader.1@example.net", "--reason", "Asked by telephone", *by)
    _command(play, "suppress", "kim@example.com", "--stream", "marketing", "--days", "90", "--reason", "Asked", *by)
    _command(play, "reinstate", "soft.0@isp.example", "jane@example.com", "--reason", "She wrote today", *by)
    _command(play, "check", "jane@example.com", "kim@example.com", "--stream", "marketing", "--json")
    _command(play, "refold", "--dry-run", "--json", "--segments", "1")
    _replay(play)
    _back_up(play)


def _classify(play: Play) -> None:
    """By the reason that replies mean, which rules decide how many of them."""
    asked = [{"id": number} | one for number, one in enumerate(all_replies())]
    result = play.world.run("classify", text="".join(json.dumps(one) + "\n" for one in asked))
    found: dict[str, dict[str, int]] = {}
    for line in result["out"]:
        answer = json.loads(line)
        counts = found.setdefault(str(asked[answer["id"]]["reason"]), {})
        name = f"{answer['reason']} {answer['action']} {answer['rule']}"
        counts[name] = counts.get(name, 0) + 1
    for reason, counts in found.items():
        play.add(f"classify {reason}", {"rules": counts}, {})


def _ask(play: Play) -> None:
    for stream, environment in (
        ("transactional", "production"),
        ("marketing", "production"),
        ("transactional", "dev"),
    ):
        where = ("--stream", stream, "--environment", environment)
        _command(play, "check", *ADDRESSES, *where, "--json")
        result = play.world.run("check", *ADDRESSES, *where)
        play.add(f"check for people {stream} {environment}", {"exit": result["exit"]}, _read(result))
    for address in ADDRESSES[::2]:
        _command(play, "why", address, "--json")
        play.add(f"why for people {address}", {}, _read(play.world.run("why", address)))


def _read(result: dict[str, Any]) -> dict[str, Any]:
    return {"out": [line.rstrip() for line in result["out"]], "err": result["err"]}


def _command(play: Play, *arguments: str) -> None:
    data, words = command_lines(play.world.run(*arguments))
    data["items"] = [item_line(change.after) for change in play.world.written().values() if change.after]
    play.add(" ".join(arguments), data, words)


def _replay(play: Play) -> None:
    """The archive into a new ledger; several threads write, so that only its end is looked at."""
    play.world.create_table("replayed")
    path = str(ROOT / "events/archive/production-2026-11-20.jsonl.gz")
    data, words = command_lines(play.world.run("archive", "replay", path, "--table", "replayed", "--json"))
    items = [item_line(item) for _, item in sorted(play.world.items("replayed").items())]
    text = json.dumps([data, words, items]).replace(f"{ROOT}/", "")
    data, words, items = json.loads(text)
    play.add("archive replay", data | {"items": items}, words)


def _back_up(play: Play) -> None:
    """A backup's manifest without the sizes and digests of what gzip made, and how many lines each part has."""
    answer = play.world.handle("back_up", {})
    play.world.printed()
    s3, objects = play.world.client("s3"), dict[str, Any]()
    for found in s3.list_objects_v2(Bucket="backups")["Contents"]:
        body = s3.get_object(Bucket="backups", Key=found["Key"])["Body"].read()
        objects[found["Key"]] = len(gzip.decompress(body).splitlines()) if found["Key"].endswith(".gz") else body
    manifests = {key: _without_digests(json.loads(body)) for key, body in objects.items() if isinstance(body, bytes)}
    lines = {key: count for key, count in objects.items() if isinstance(count, int)}
    play.add("back_up", {"answer": answer, "manifests": manifests, "lines": lines}, {})


def _without_digests(value: Any) -> Any:
    if isinstance(value, dict):
        kept = {name: _without_digests(part) for name, part in value.items()}
        return {name: "(digest)" if name in ("sha256", "md5", "bytes") else part for name, part in kept.items()}
    return [_without_digests(part) for part in value] if isinstance(value, list) else value
