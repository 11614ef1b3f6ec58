"""What an earlier version left behind, read by the code of now: a ledger, a backup, dead letters, alerts.

A folder such as `version_0_1` holds it: `ledger.jsonl` (the items of the table), `backup/` (the objects of a backup
of that table), `dead_letters.jsonl` (body and attributes), `alerts.jsonl` (items of the alerts' table) and
`alert_queue.jsonl` (bodies of messages that wait in the alert queue).
"""

import json
from pathlib import Path
from typing import Any

from tests.golden.lines import command_lines, item_line
from tests.golden.play import Play

FOLDER = Path(__file__).parent


def read_version(play: Play, name: str) -> None:
    folder = FOLDER / name
    items = _lines(folder / "ledger.jsonl")
    play.world.create_table(name)
    play.world.write(name, items)
    _read_ledger(play, name, items)
    _restore(play, name, folder / "backup", items)
    _redrive(play, name, _lines(folder / "dead_letters.jsonl"))
    _tell_teams(play, name, folder)


def _lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _read_ledger(play: Play, name: str, items: list[Any]) -> None:
    """May one send, why not, and who would be listed otherwise; then the lists anew, after they were lost."""
    addresses = sorted({item["pk"]["S"].removeprefix("A#") for item in items if "@" in item["pk"]["S"]})
    for stream in ("transactional", "marketing"):
        _command(play, name, f"check for {stream}", "check", *addresses, "--stream", stream, "--json")
    for address in addresses[::12]:
        _command(play, name, f"why {address}", "why", address, "--json")
    _command(play, name, "refold in a dry run", "refold", "--dry-run", "--segments", "1", "--json")
    dynamodb = play.world.client("dynamodb")
    for item in items:
        if item["sk"]["S"].startswith("S#"):
            dynamodb.delete_item(TableName=name, Key={"pk": item["pk"], "sk": item["sk"]})
    _command(play, name, "refold", "refold", "--segments", "1", "--json")
    play.add(f"{name} refolded", {"otherwise": _otherwise(play, name, items)}, {})


def _restore(play: Play, name: str, backup: Path, items: list[Any]) -> None:
    table = f"{name}_restored"
    play.world.create_table(table)
    manifest = str(next(backup.rglob("manifest.json")).parent)
    for options in (("--dry-run",), ()):
        _command(
            play, table, " ".join(("restore", *options)), "restore", manifest, "--writers", "1", "--json", *options
        )
    play.add(f"{name} restored", {"otherwise": _otherwise(play, table, items)}, {})


def _redrive(play: Play, name: str, letters: list[Any]) -> None:
    sqs, url = play.world.client("sqs"), play.world.urls["DeadLetters"]
    for letter in letters:
        named = {key: {"DataType": "String", "StringValue": value} for key, value in letter["attributes"].items()}
        sqs.send_message(QueueUrl=url, MessageBody=letter["body"], MessageAttributes=named)
    for command in (("ls",), ("show", "--all"), ("redrive", "--all")):
        data, words = command_lines(play.world.run("dead-letters", *command, "--json"))
        data["rows"] = sorted((_without_ids(row) for row in data["rows"]), key=lambda row: json.dumps(row))
        words["texts"] = sorted(words["texts"], key=str)
        play.add(f"{name} dead-letters {' '.join(command)}", data, words if words["texts"] else {})
    for queue in ("FeedbackQueue", "AlertQueue", "ArchiveQueue", "WebhookQueue", "DeadLetters"):
        play.add(f"{name} put back into {queue}", {"messages": play.world.messages(queue)}, {})


def _tell_teams(play: Play, name: str, folder: Path) -> None:
    """What waits in the queue and in the table is told to its teams; what was told is not told again."""
    dynamodb = play.world.client("dynamodb")
    for pk, sk in play.world.items("alerts"):
        dynamodb.delete_item(TableName="alerts", Key={"pk": {"S": pk}, "sk": {"S": sk}})
    play.world.write("alerts", _lines(folder / "alerts.jsonl"))
    play.pending = [json.dumps(body) for body in _lines(folder / "alert_queue.jsonl")]
    play.tell_teams(f"{name} mails")
    items = [item_line(item) for _, item in sorted(play.world.items("alerts").items())]
    play.add(f"{name} outbox after it", {"items": items}, {})


def _command(play: Play, table: str, name: str, *arguments: str) -> None:
    data, words = command_lines(play.world.run(*arguments, "--table", table))
    data["rows"].sort(key=lambda row: json.dumps(row, sort_keys=True))
    play.add(f"{table}: {name}", data, words)


def _without_ids(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in ("id", "sent_at")}


def _otherwise(play: Play, table: str, items: list[Any]) -> dict[str, Any]:
    """By key and name, the values that a table has otherwise than these items, as they were and as they are.

    A restored row says that it was replayed, and alerts nobody; a refolded entry has the newest `rev`.
    """
    before, now = {(item["pk"]["S"], item["sk"]["S"]): item for item in items}, play.world.items(table)
    found: dict[str, Any] = {}
    for key in sorted(before.keys() | now.keys()):
        was, is_now = before.get(key, {}), now.get(key, {})
        names = [name for name in sorted(was.keys() | is_now.keys()) if was.get(name) != is_now.get(name)]
        if names:
            found[" ".join(key)] = {name: [was.get(name), is_now.get(name)] for name in names}
    return found
