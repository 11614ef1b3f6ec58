"""`ses-feedback explain`: any payload in any envelope, the exact names of its JSON, and no harmful output."""

import gzip
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from ses_feedback_cli.main import app
from tests.samples import EVENTS, SHIPPED, changed, load

KEYS = [
    *("kind", "recipient", "reason", "action", "effect", "bounce_type", "bounce_sub_type"),
    *("complaint_feedback_type", "complaint_sub_type", "status", "diagnostic", "message_id", "feedback_id"),
    *("event_id", "occurred_at", "sent_at", "sender", "configuration_set", "tags", "environment"),
    *("message_stream", "team", "matched", "rule", "source"),
    *("scope", "alert", "in_bounce_rate", "in_complaint_rate", "tenant", "original_recipient"),
    *("header_message_id", "is_bot_event", "contact_list", "preferences"),
]
BROKEN = {
    *("sqs_batch_with_malformed.json", "story/13_malformed.txt", "archive/production-2026-11-20.jsonl.gz"),
    *("sqs_alert.json", "sqs_webhook.json", "cloudformation_create.json"),  # our own messages, not SES's
    *("api_check.json", "api_reinstate.json"),
}
FILES = sorted(
    path.relative_to(EVENTS).as_posix() for path in EVENTS.rglob("*") if path.suffix in (".json", ".txt", ".gz")
)
ARCHIVE = EVENTS / "archive" / "production-2026-11-20.jsonl.gz"


def run(*arguments: str | Path, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(app, ["explain", *map(str, arguments)], input=stdin)


def rows_of(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def explained(*files: str | Path) -> list[dict[str, Any]]:
    result = run("--json", *files)
    assert (result.exit_code, result.stderr) == (0, "")
    return rows_of(result)


@pytest.mark.parametrize("name", [name for name in FILES if name not in BROKEN])
def test_every_sample_event_is_explained(name: str) -> None:
    for row in explained(EVENTS / name):
        of_account = ["resource", "account_event"] if row["kind"] == "account" else []
        assert list(row) == (["kind", "why"] if row["kind"] in ("confirmation", "ignored") else KEYS + of_account)


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_what_is_broken_on_purpose_does_not_stop_the_rest(name: str) -> None:
    result = run("--json", EVENTS / name)
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)


@pytest.mark.parametrize("name", FILES)
def test_people_get_every_sample_event_at_80_columns(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    result = run(EVENTS / name)
    cards = [line for line in result.stdout.splitlines() if line.startswith(("│", "╭", "╰"))]
    assert "Traceback" not in result.output
    assert "\x1b" not in result.output
    assert all(len(line) <= 80 for line in cards)


def test_a_bounce_becomes_one_line_with_all_its_facts() -> None:
    [row] = explained(EVENTS / "story" / "04_production_hard_bounce.json")
    assert row["occurred_at"].endswith("Z")
    assert {name: row[name] for name in ("kind", "reason", "action", "effect", "environment", "team")} == {
        "kind": "bounce",
        "reason": "user_unknown",
        "action": "suppress",
        "effect": "suppressed",
        "environment": "production",
        "team": "customer_service",
    }


def test_a_confirmation_says_only_that_and_why() -> None:
    [row] = explained(EVENTS / "sns_subscription_confirmation.json")
    assert row == {"kind": "confirmation", "why": row["why"]}


def test_a_single_document_is_named_by_its_file() -> None:
    assert explained(EVENTS / "sns_bounce.json")[0]["source"] == str(EVENTS / "sns_bounce.json")


def test_a_document_in_an_archive_is_named_by_its_position() -> None:
    file = EVENTS / "archive" / "undelimited.json"
    data = file.read_bytes()
    for row in explained(file):
        name, _, offset = row["source"].rpartition("@")
        assert name == str(file)
        assert data[int(offset) :].startswith(b"{")


def test_a_broken_document_in_an_archive_is_reported_with_its_position_and_the_others_are_read() -> None:
    result = run("--json", ARCHIVE)
    broken = gzip.decompress(ARCHIVE.read_bytes()).splitlines(keepends=True)
    assert f"{ARCHIVE}@{sum(map(len, broken[:202]))}: not JSON" in result.stderr
    assert (result.exit_code, len(rows_of(result))) == (2, 400)


def test_an_archive_reads_the_same_without_gzip(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(gzip.decompress(ARCHIVE.read_bytes()))
    plain, zipped = rows_of(run("--json", tmp_path / "plain")), rows_of(run("--json", ARCHIVE))
    assert [row["event_id"] for row in plain] == [row["event_id"] for row in zipped]


def test_a_gzip_of_one_document_is_named_by_its_file(tmp_path: Path) -> None:
    file = tmp_path / "one.gz"
    file.write_bytes(gzip.compress((EVENTS / "ses" / "event_bounce.json").read_bytes()))
    assert explained(file)[0]["source"] == str(file)


def test_an_archive_may_hold_envelopes(tmp_path: Path) -> None:
    file = tmp_path / "mixed"
    file.write_text("\n".join(json.dumps(load(name)) for name in ("sns_bounce.json", "sqs_bounce.json")))
    assert [row["kind"] for row in explained(file)] == ["bounce", "bounce"]


def test_a_record_that_cannot_be_read_is_named_by_its_place() -> None:
    result = run("--json", EVENTS / "sqs_batch_with_malformed.json")
    assert "Records[1]: not JSON" in result.stderr
    assert len(rows_of(result)) == 4


def test_standard_input_is_a_file_too() -> None:
    result = run("--json", "-", stdin=ARCHIVE.read_bytes())
    assert (result.exit_code, rows_of(result)[0]["source"]) == (2, "-@0")


def test_one_bad_file_does_not_stop_the_others(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.touch()
    result = run("--json", tmp_path / "missing", tmp_path, empty, EVENTS / "sns_bounce.json")
    assert [line.rpartition(": ")[2] for line in result.stderr.splitlines()] == [
        "No such file or directory",
        "Is a directory",
        "holds nothing",
    ]
    assert (result.exit_code, len(rows_of(result))) == (2, 1)


def test_the_text_with_which_ses_validates_a_topic_is_ignored(tmp_path: Path) -> None:
    file = tmp_path / "text"
    file.write_text("Successfully validated SNS topic for Amazon SES event publishing.\n")
    assert explained(file)[0]["kind"] == "ignored"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_does_no_harm(encoding: str, tmp_path: Path) -> None:
    file = tmp_path / "marked.json"
    file.write_text((EVENTS / "sns_bounce.json").read_text("utf-8"), encoding=encoding)
    assert explained(file)[0]["kind"] == "bounce"


HOSTILE = "[bold red]x[/bold red] [/] \x1b[2J\x1b]0;title\x07 \x9b31m \u202e \x00\x08\r\n :smile: http://evil.example"


@pytest.mark.parametrize(
    "path",
    [
        "bounce.bouncedRecipients.0.diagnosticCode",
        "bounce.bouncedRecipients.0.status",
        "bounce.bouncedRecipients.0.emailAddress",
        "bounce.bounceType",
        "mail.commonHeaders.subject",
        "mail.source",
        "mail.messageId",
    ],
)
def test_hostile_text_is_inert(path: str, tmp_path: Path) -> None:
    file = tmp_path / "hostile.json"
    file.write_text(json.dumps(changed(load("ses/event_bounce.json"), path, HOSTILE)))
    shown, as_json = run(file), run("--json", file)
    assert shown.exit_code == 0
    assert not set(shown.output) & set("\x1b\x9b\x00\x07\x08\r\u202e")
    assert "http://evil" not in shown.output
    assert as_json.stdout.isascii()
    assert as_json.stdout.rstrip("\n").isprintable()


def test_markup_in_a_reply_is_shown_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "hostile.json"
    reply = "550 [bold red]User unknown[/bold red] [/]"
    event = changed(load("ses/event_bounce.json"), "bounce.bouncedRecipients.0.diagnosticCode", reply)
    file.write_text(json.dumps(event))
    assert reply in run(file).output


def test_a_long_archive_is_read_piece_by_piece(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ses_feedback_cli.explain.files._WHOLE_BYTES", 1000)
    file = tmp_path / "long"
    file.write_bytes(b"\n".join([json.dumps(load("ses/event_send.json")).encode()] * 3))
    assert len(explained(file)) == 3


def test_missing_settings_are_one_line_of_error(tmp_path: Path) -> None:
    result = run("--settings", tmp_path / "missing.toml", EVENTS / "sns_bounce.json")
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)


def test_wrong_settings_name_the_line(tmp_path: Path) -> None:
    file = tmp_path / "feedback.toml"
    file.write_text(SHIPPED.read_text("utf-8").replace("team = ", "taem = ", 1))
    result = run("--settings", file, EVENTS / "sns_bounce.json")
    assert result.exit_code == 2
    assert "environments.dev.taem" in result.stderr


def test_the_settings_named_in_the_environment_are_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "feedback.toml"
    file.write_text(
        '[teams.x]\nemail = ["x@example.com"]\n[environments.production]\nteam = "x"\nproduction = true\n'
    )
    monkeypatch.setenv("SES_FEEDBACK_SETTINGS", str(file))
    assert explained(EVENTS / "sns_bounce.json")[0]["team"] == "x"


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
_PLACES = st.sampled_from(
    [
        *("bounce", "mail", "eventType", "mail.tags", "mail.headers", "mail.commonHeaders", "mail.destination"),
        *("mail.timestamp", "bounce.timestamp", "bounce.bouncedRecipients", "bounce.bouncedRecipients.0"),
        "bounce.bouncedRecipients.0.emailAddress",
    ]
)


@given(st.binary(max_size=400) | st.text(max_size=200).map(str.encode))
def test_no_bytes_make_it_crash(data: bytes) -> None:
    _survives(data)


@given(_JSON, _PLACES)
def test_no_value_anywhere_in_an_event_makes_it_crash(value: Any, place: str) -> None:
    _survives(json.dumps(changed(load("ses/event_bounce.json"), place, value)).encode())


@given(
    _JSON, st.sampled_from(["Records", "Message", "body", "detail", "Sns", "archive", "records", "Messages", "Type"])
)
def test_no_envelope_makes_it_crash(value: Any, name: str) -> None:
    event = {"Type": "Notification", "detail-type": "x", "requestContext": {}, "document": 1, name: value}
    _survives(json.dumps([event, {"Records": [{name: value}, {}]}, {name: value}]).encode())


def _survives(data: bytes) -> None:
    for arguments in (["-"], ["--json", "-"]):
        result = run(*arguments, stdin=data)
        assert result.exit_code in (0, 2), result.output
        assert result.exception is None or isinstance(result.exception, SystemExit)


def test_the_help_has_an_example() -> None:
    assert "ses-feedback explain events/sns_bounce.json" in run("--help").stdout


def test_reading_needs_no_aws() -> None:
    import subprocess

    program = "import sys; from ses_feedback_cli.explain import command, cards; sys.exit('boto3' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_settings_without_production_are_used_with_a_note(tmp_path: Path) -> None:
    file = tmp_path / "feedback.toml"
    file.write_text(SHIPPED.read_text("utf-8").replace("production = true", "production = false", 1))
    result = run("--json", "--settings", file, EVENTS / "sns_bounce.json")
    assert (result.exit_code, len(rows_of(result))) == (0, 1)
    assert "note: feedback.toml has no environment with `production = true`" in result.stderr


def test_elsewhere_the_settings_of_the_installed_clone_are_used_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("--json", EVENTS / "sns_bounce.json")
    assert (result.exit_code, len(rows_of(result))) == (0, 1)
    assert result.stderr == f"note: no layers/settings/feedback.toml here or above: the settings are {SHIPPED}\n"
