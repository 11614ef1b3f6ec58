"""Text that an attacker wrote stays text wherever people or programs meet it. Tested elsewhere, and not again here:
alert mails of bounces (tests/unit/alerts/test_mail_headers.py), `explain`, `why`, `check`, `classify`, `dead-letters`
(tests/unit/cli), and what SQS takes of a dead letter (tests/unit/test_dead_letters.py)."""

import json
import re
from copy import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from typer.testing import CliRunner

from ses_feedback.attribute_values import plain
from ses_feedback.custom_resource import cut
from ses_feedback.errors import Unreadable
from ses_feedback.event_row import EventRow
from ses_feedback.vocabulary import AccountEvent, Kind
from ses_feedback.webhook.delivery import id_of
from ses_feedback.webhook.event import application_event, to_json
from ses_feedback.webhook.signature import signature_headers
from ses_feedback_cli.demo.page import show
from ses_feedback_cli.lists.cells import defused, fused
from ses_feedback_cli.main import app
from tests.alerts import COMPLAINT, Page, part, received
from tests.handlers.conftest import Context, Load
from tests.samples import NOW, ROOT, SHIPPED, changed, load
from tests.ses_rig import NO_SETS, Rig

EVIL = (
    "\x1b]0;owned\x07\x1b[2J\x9b31m\u202e\x00\r\nBcc: victim@example.org\r\n\r\n<script>alert(1)</script>"
    "<img src=x onerror=alert(1)>[bold red]x[/] {{ 7*7 }} =HYPERLINK(0) http://evil.example \ud800"
)
FORBIDDEN = set("\x1b\x07\x9b\u202e\x00\r\u2028\u2066")
"""What acts on a terminal, or turns a line around."""

hostile_texts = st.text(st.characters() | st.sampled_from("\r\n<>&\"'{}%:\x1b\x9b\u202e"), min_size=1, max_size=120)


@given(hostile_texts)
def test_the_mail_about_an_account_event_holds_no_foreign_markup(text: str) -> None:
    alert = replace(COMPLAINT, kind=Kind.ACCOUNT, recipient=None, account_event=AccountEvent.OTHER)
    message = received(replace(alert, resource=f"{EVIL} {text}", diagnostic=text, matched=text))
    harmless = received(replace(alert, resource="r", diagnostic="d", matched="m"))
    page, usual = Page(part(message, "html")), Page(part(harmless, "html"))
    assert sorted(message.keys()) == sorted(harmless.keys())
    assert page.tags <= usual.tags | {"wbr"}
    assert not {name for name, _ in page.attributes} - {name for name, _ in usual.attributes}
    assert not FORBIDDEN & set(part(message, "plain").replace("\r\n", "\n"))


def test_a_file_name_and_a_user_agent_never_appear_in_mails(function: Load, context: Context) -> None:
    module, event = function("process_feedback"), load("ses/event_complaint.json")
    event = changed(changed(event, "complaint.userAgent", EVIL), "mail.tags", {"file": [EVIL], EVIL: [EVIL]})
    module.handler(event, context)
    rows = module.intake._ledger._client.scan(TableName="ledger")["Items"]
    assert len(rows) > 1
    assert "owned" not in json.dumps(rows)


def test_the_dimensions_of_metrics_are_our_own_words(
    function: Load, context: Context, capsys: pytest.CaptureFixture[str]
) -> None:
    event = changed(load("ses/event_bounce.json"), "mail.tags", {"environment": [EVIL], "message_stream": [EVIL]})
    for path in ("bounce.bounceType", "bounce.bounceSubType", "bounce.bouncedRecipients.0.diagnosticCode"):
        event = changed(event, path, EVIL)
    function("process_feedback").handler(event, context)
    said = capsys.readouterr().out
    lines = [json.loads(line) for line in said.splitlines() if "_aws" in line]
    assert len(lines) > 1
    for line in lines:
        texts = [value for name, value in line.items() if isinstance(value, str) and name != "service"]
        assert all(re.fullmatch(r"[A-Za-z0-9_ .-]{1,80}", text) for text in texts), line
    assert "owned" not in said


@given(hostile_texts)
def test_the_application_gets_one_json_object_with_the_text_unchanged(text: str) -> None:
    row = plain(load("dynamodb_stream_alert.json")["Records"][0]["dynamodb"]["NewImage"])
    told = application_event(EventRow.from_item(row | {"diagnostic": text, "recipient": text}), NOW)
    assert told is not None
    body = to_json(told)
    found = json.loads(body)
    assert (found["data"]["diagnostic"], found["data"]["address"]) == (text, text)
    assert len(body.splitlines()) == 1 or not body.isascii()
    assert set(found) == {"schema_version", "id", "type", "names", "timestamp", "data"}


@given(hostile_texts)
def test_no_header_of_a_webhook_holds_foreign_text(text: str) -> None:
    body = json.dumps({"id": text})
    try:
        message_id = id_of(body)
    except Unreadable:
        message_id = "event-1"
    headers = signature_headers([b"k" * 24], message_id, 1, body.encode())
    assert all(re.fullmatch(r"[A-Za-z0-9+/=, -]+", value) for value in headers.values())


@pytest.mark.parametrize("found", ["a\r\nx-evil: 1", "a.b", "\u00e9vent", EVIL, "", 5, None, ["a"]])
def test_an_id_that_would_break_a_header_or_its_signature_is_unreadable(found: Any) -> None:
    with pytest.raises(Unreadable, match="not an event with an id"):
        id_of(json.dumps({"id": found}))


@given(hostile_texts)
def test_the_answer_to_cloudformation_is_one_line_of_ascii(text: str) -> None:
    told = cut(f"{EVIL}{text}")
    assert told.isascii()
    assert len(told.splitlines()) <= 1
    assert not FORBIDDEN & set(told)


@pytest.fixture
def rig(aws: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Rig:
    made = Rig()
    made.fake.verify("example.com")
    path = tmp_path / "feedback.toml"
    path.write_text(SHIPPED.read_text(encoding="utf-8") + f"\n{NO_SETS}", encoding="utf-8")
    monkeypatch.setenv("SES_FEEDBACK_SETTINGS", str(path))
    monkeypatch.setattr("ses_feedback_cli.identities.stack.open_ses", lambda _: (made.edge(), made.target))
    return made


@pytest.mark.parametrize("command", ["plan", "apply"])
def test_what_others_wrote_into_ses_is_inert_in_the_plan(command: str, rig: Rig) -> None:
    owner = f"arn:aws:cloudformation:eu-central-1:1:stack/{EVIL.replace('/', '|')}/1"
    rig.stacks.alive.add(owner)
    rig.fake.identities["example.com"]["Tags"] = {"ses-feedback:stack": owner}
    printed = CliRunner().invoke(app, ["identities", command]).output
    assert "owned" in printed
    assert not FORBIDDEN & set(printed)


def test_a_topic_that_others_named_is_inert_in_the_plan(rig: Rig) -> None:
    rig.fake.identities["example.com"]["Topics"] = {"Bounce": f"arn:aws:sns:eu-central-1:1:{EVIL}"}
    printed = CliRunner().invoke(app, ["identities", "plan"]).output
    assert "owned" in printed
    assert not FORBIDDEN & set(printed)


def test_the_page_of_the_demo_is_inert() -> None:
    event: dict[str, Any] = dict.fromkeys(("recipient", "kind", "reason", "team", "matched", "file", "effect"), EVIL)
    event |= {"scope": f"environment:{EVIL}", "is_copy": False, "alert": EVIL, "until": EVIL, "action": EVIL}
    mail = {"to": [EVIL], "subject": EVIL, "html": EVIL}
    report = {
        "events": [event, {"file": EVIL, "kind": EVIL, "why": EVIL}],
        "every_path": {"recipient": EVIL, "copies": [], "rows": [{"team": EVIL}], "notified": 1, "account": []},
        "suppressed": [{"scope": EVIL, "address": EVIL, "fact": EVIL, "until": EVIL}],
        "inboxes": {EVIL: [mail]},
        "archive": {"object": EVIL, "counts": {EVIL: 1}, "reports": [event | {"origin": f"{EVIL}@1"}]},
        "dead_letters": [{"function": EVIL, "cause": EVIL, "origin": EVIL}],
    }
    out = StringIO()
    show(report, Console(file=out, width=80, markup=False, highlight=False, emoji=False))
    assert out.getvalue().count("owned") > 12
    assert not FORBIDDEN & set(out.getvalue())
    assert "[bold red]" in out.getvalue()


def test_whatever_writes_csv_defuses_its_cells() -> None:
    shipped = {
        path: path.read_text("utf-8")
        for part in ("cli", "functions", "layers")
        for path in (ROOT / part).rglob("*.py")
    }
    writing = [text for text in shipped.values() if re.search(r"csv\.(Dict)?[wW]riter", text)]
    assert writing
    assert all("import defused" in text for text in writing)


@given(hostile_texts, st.sampled_from("=+-@\t\r"))
def test_no_cell_of_a_list_begins_like_a_formula(text: str, first: str) -> None:
    assert defused(first + text).startswith("'")
    assert fused(defused(first + text)) == first + text
