"""The fast way counts, sends and drops what reading every document does, whatever the object holds."""

import gzip
import json
from collections import Counter
from collections.abc import Collection
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ses_feedback.archive import ordinary_lines, reports
from ses_feedback.archive.ordinary_lines import OrdinaryLines, masked
from ses_feedback.archive.reader import read_archive
from ses_feedback.archive.reports import ArchiveReports
from ses_feedback.metrics.tally import MailRoutes, Slice, Tally, counter_of_mails
from ses_feedback.settings.file import Settings
from tests.samples import changed, load

SEND, DELIVERY, OPEN, CLICK, BOUNCE, COMPLAINT, DELAY = (
    load(f"ses/event_{name}.json")
    for name in ("send", "delivery", "open", "click", "bounce", "complaint", "delivery_delay")
)
COUNTED = [SEND, DELIVERY, OPEN, CLICK]
ENVELOPES = [load("sns_bounce.json"), load("s3_test_event.json"), load("eventbridge_sending_disabled.json")]


class Outcome(NamedTuple):
    counts: Counter[str]
    tally: dict[Slice, Counter[str]]
    listed: list[str]
    sent: list[str]
    dead: list[tuple[Any, ...]]
    asked: list[Collection[str]]


COMPACT: Any = {"separators": (",", ":"), "ensure_ascii": False}


def line(content: Any, **options: Any) -> bytes:
    return json.dumps(content, **(COMPACT | options)).encode(errors="replace") + b"\n"


def outcome(data: bytes, settings: Settings, size: int = 4096) -> Outcome:
    sent: list[str] = []
    dead: list[tuple[Any, ...]] = []
    asked: list[Collection[str]] = []

    def send_message_batch(**request: Any) -> dict[str, Any]:
        sent.extend(entry["MessageBody"] for entry in request["Entries"])
        return {}

    def awaiting(addresses: Collection[str]) -> Collection[str]:
        asked.append(list(addresses))
        return [address for address in addresses if len(address) % 2]

    tally = Tally(settings)
    dead_letters: Any = SimpleNamespace(send=lambda *letter: dead.append((letter[0], str(letter[1]), letter[2])))
    queue: Any = SimpleNamespace(send_message_batch=send_message_batch)
    count = counter_of_mails(tally, MailRoutes(settings))
    chunks = [data[start : start + size] for start in range(0, len(data), size)]
    counts = ArchiveReports(queue, "", dead_letters, count, awaiting).send("s3://archive/object", chunks)
    listed = [*counts, *(f"{by} {name}" for by, counted in tally.counts.items() for name in counted)]
    return Outcome(counts, dict(tally.counts), listed, sent, dead, asked)


def by_reading_all(data: bytes, settings: Settings, size: int = 4096) -> Outcome:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(OrdinaryLines, "take", lambda _self, _text, position, _base: position)
        return outcome(data, settings, size)


def taken(data: bytes) -> int:
    """How many lines the fast way takes."""
    times: list[int] = []
    lines = OrdinaryLines(lambda _name, _content, more: times.append(more), lambda _addresses, _line, _offset: None)
    for _ in read_archive([data], lines.take):
        pass
    lines.close()
    return sum(times)


def in_the_order_of_ses(event: dict[str, Any]) -> dict[str, Any]:
    return {"eventType": event["eventType"], "mail": event["mail"]} | event


HOSTILE = [
    *('"eventType":"Send"', '}}\n{"eventType":"Bounce"', '{"eventType":"Complaint","mail":{}}', '"}},"send":{}}'),
    *("\\", '\\"', '"', "\\\\", "]}}}", "},{", ",", '","', "\x00\x1f\t", "\x7f\u2028", "\ud83d"),
    *("Jörg <o'neil@bücher.example>", '"A, B" <a@example.com>', "a@example.com, b@example.org", "a\\b@example.org"),
]
TEXTS = st.text(max_size=12) | st.sampled_from(HOSTILE)
ADDRESSES = st.lists(
    st.sampled_from(
        ["a@example.net", "B@Example.NET.", "<c@example.org>", "bounce+1@Simulator.amazonses.com", '"d"@example.org']
    )
    | TEXTS
)
CHANGES = st.one_of(
    st.tuples(st.just("mail.commonHeaders.subject"), TEXTS),
    st.tuples(st.just("mail.commonHeaders.from"), ADDRESSES),
    st.tuples(st.just("mail.commonHeaders.sender"), ADDRESSES | TEXTS),
    st.tuples(st.just("mail.source"), TEXTS | st.sampled_from(["dev@dev.example.com", "<>", "", None, 5])),
    st.tuples(st.just("mail.sourceArn"), TEXTS),
    st.tuples(st.just("mail.destination"), ADDRESSES | TEXTS),
    st.tuples(st.just("mail.tags"), st.dictionaries(TEXTS | st.just("message_stream"), st.lists(TEXTS) | TEXTS)),
    st.tuples(st.just("mail.headers.0.name"), TEXTS | st.sampled_from(["Sender", "sEnDer", "From"])),
    st.tuples(st.just("mail.headers.0.value"), TEXTS | st.just("staging@staging.example.com")),
    st.tuples(st.just("mail.headersTruncated"), st.sampled_from([True, None, 1])),
    st.tuples(st.just("mail"), st.sampled_from([None, {}, {"timestamp": "x"}, []])),
    st.tuples(st.just("eventType"), st.sampled_from(["Send", "Delivery", "Bounce", "Novelty", "", None, "send"])),
    st.tuples(st.sampled_from(["notificationType", "Records", "detail-type", "Message"]), st.just("Bounce")),
    st.tuples(st.just("delivery"), st.sampled_from([None, {}, {"recipients": []}, {"recipients": "a@example.net"}])),
    st.tuples(
        st.sampled_from(["send", "open", "click"]), st.sampled_from([None, {}, {"link": {"a": ["b"]}}, [1], -0.5])
    ),
)


@st.composite
def events(draw: st.DrawFn) -> dict[str, Any]:
    event = draw(
        st.sampled_from([*COUNTED, *map(in_the_order_of_ses, COUNTED), BOUNCE, COMPLAINT, DELAY, *ENVELOPES])
    )
    for place, value in draw(st.lists(CHANGES, max_size=3)):
        try:
            event = changed(event, place, value)
        except (LookupError, TypeError, ValueError):
            continue
    if draw(st.integers(0, 9)) == 0:
        event = dict(draw(st.permutations(list(event.items()))))
    return dict(event)


@st.composite
def lines(draw: st.DrawFn) -> bytes:
    options: dict[str, Any] = draw(
        st.sampled_from([{}, {}, {}, {}, {}, {"ensure_ascii": True}, {"indent": 1}, {"separators": None}])
    )
    written = line(draw(events()), **options)
    place = draw(st.integers(0, len(written)))
    match draw(st.integers(0, 20)):
        case 0:
            return written[:place]
        case 1:
            return written[:place] + b"\n"
        case 2:
            return written.rstrip(b"\n")
        case 3:
            return written[:place] + draw(st.binary(max_size=3)) + written[place:]
        case 4:
            inserted = draw(
                st.sampled_from([b'"', b"\\", b"\n", b"{", b"}", b",", b'","', b"\x01", b"\xff", b"\\u00e", b"\\x"])
            )
            return written[:place] + inserted + written[place:]
        case 5:
            return written[:place] + written[place + 1 :]
        case 6:
            return (
                draw(st.sampled_from([b"\n", b"\r\n", b"[", b"]", b",", b"garbage\n", b"{}", b"\xef\xbb\xbf"]))
                + written
            )
        case 7:
            return written.replace(b'"eventType"', b'"event\\u0054ype"').replace(
                b'"recipients"', b'"recip\\u0069ents"'
            )
        case 8:
            return written.replace(b'"mail":', b'"mail":{"timestamp":"x"},"mail":')
        case 9:
            return written.replace(b'"from":', b'"from":["x@dev.example.com"],"\\u0066rom":')
        case 10:
            return written.replace(b'"name":"Date"', b'"name":"\\u0053ender"').replace(b"Fri,", b"x@dev.example.com")
    return written


@given(data=st.lists(lines(), max_size=12).map(b"".join), size=st.sampled_from([7, 700, 4096, 1 << 20]))
@example(data=b"", size=1)
def test_the_fast_way_ends_as_reading_all_does(data: bytes, size: int, settings: Settings) -> None:
    assert outcome(data, settings, size) == by_reading_all(data, settings, size)


@pytest.mark.parametrize("event", [*COUNTED, *map(in_the_order_of_ses, COUNTED)])
def test_what_is_only_counted_takes_the_fast_way(event: dict[str, Any]) -> None:
    assert taken(line(event) * 3) == 3


@pytest.mark.parametrize("event", [BOUNCE, COMPLAINT, DELAY, *ENVELOPES])
def test_what_may_report_is_read(event: dict[str, Any]) -> None:
    assert taken(line(event)) == 0


@pytest.mark.parametrize(
    "name", ['"Böker, Jörg" <boeker@example.com>', 'A \\ "B" <a@example.com>', '"eventType":"Bounce" <a@example.com>']
)
def test_quotes_and_backslashes_in_names_take_the_fast_way(name: str, settings: Settings) -> None:
    data = line(changed(changed(SEND, "mail.commonHeaders.from", [name]), "mail.commonHeaders.subject", name))
    assert taken(data) == 1
    assert outcome(data, settings) == by_reading_all(data, settings)


TO = [["a\\b@example.net"], ['a"@example.net', ","], ["jörg@bücher.example"], ["b@example.net", "<>"]]


@pytest.mark.parametrize("to", TO)
def test_recipients_are_looked_up_as_they_are_written(to: list[str], settings: Settings) -> None:
    data = line(changed(DELIVERY, "delivery.recipients", to))
    assert taken(data) == 1
    assert outcome(data, settings) == by_reading_all(data, settings)


@pytest.mark.parametrize("source", ["", "<>", "MAILER-DAEMON"])
def test_a_line_that_names_no_author_is_read(source: str, settings: Settings) -> None:
    data = line(changed(changed(SEND, "mail.commonHeaders.from", [""]), "mail.source", source))
    assert taken(data) == 0
    assert outcome(data, settings) == by_reading_all(data, settings)


@pytest.mark.parametrize("event", [SEND, DELIVERY])
@pytest.mark.parametrize("at", ["@", "\\u0040"])
def test_what_goes_to_the_simulator_is_read_and_not_counted(
    at: str, event: dict[str, Any], settings: Settings
) -> None:
    data = line(event).replace(b"noah.berg@example.net", f"success{at}simulator.amazonses.com".encode())
    assert taken(data) == 0
    assert outcome(data, settings) == by_reading_all(data, settings)
    assert not outcome(data, settings).tally


def test_a_delivery_to_an_empty_address_is_read(settings: Settings) -> None:
    data = line(changed(DELIVERY, "delivery.recipients", [""]))
    assert taken(data) == 0
    assert outcome(data, settings) == by_reading_all(data, settings)


def test_a_header_sender_is_read(settings: Settings) -> None:
    data = line(changed(SEND, "mail.headers.0.name", "sendeR"))
    assert taken(data) == 0


@pytest.mark.parametrize("middle", [b'"', b"\\", b"\n", b"\x01", b'"}', b'"eventType":"Bounce"'])
def test_a_line_damaged_in_its_middle_is_not_counted(middle: bytes, settings: Settings) -> None:
    damaged = line(SEND).replace(b'"Subject"', b'"Sub' + middle + b'ject"')
    assert taken(damaged) == 0
    assert outcome(damaged, settings).counts == {"broken": 1}


@pytest.mark.parametrize("escape", [b"\\x", b"\\u12", b"\\u12g4", b"\\ "])
def test_an_escape_that_is_none_is_not_counted(escape: bytes) -> None:
    assert taken(line(SEND).replace(b"Receipt", escape)) == 0


def test_masked_text_has_only_the_quotes_that_begin_and_end_strings() -> None:
    assert masked('"a\\"b\\\\" "\\n"') == '"a\x02\x02b\x01\x01" "\\n"'
    assert masked('"\t"') == masked('"\\x"') == ""


def test_many_senders_are_counted_in_bounded_memory(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ordinary_lines, "_MOST_KNOWN", 3)
    data = b"".join(line(changed(SEND, "mail.tags.order", [str(number % 7)])) for number in range(50))
    assert outcome(data, settings) == by_reading_all(data, settings)
    assert outcome(data, settings).counts == {"Send": 50}


def test_deliveries_of_a_large_object_are_looked_up_at_the_same_places(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reports, "MOST_HELD_BYTES", 5_000)
    to = [f"{'r' * (number % 4)}{number}@example.net" for number in range(40)]
    data = gzip.compress(b"".join(line(changed(DELIVERY, "delivery.recipients", [address])) for address in to))
    fast = outcome(data, settings)
    assert fast == by_reading_all(data, settings)
    assert len(fast.asked) > 3
    assert fast.sent
