"""Every name of the sender is found, the strongest first, however the event writes it."""

from typing import Any

import pytest

from ses_feedback.events.sender import ENVELOPE, FROM, SENDER, SOURCE_ARN, senders_of, strongest

ARN = "arn:aws:ses:eu-central-1:111122223333:identity/"
STAGING = "staging@example.com"
LONG = ", ".join(f"a{number}@example.com" for number in range(1_000))


def names(mail: Any, place: str | None = None) -> list[str]:
    return [sender.name for sender in senders_of(mail) if place in (None, sender.place)]


def from_of(written: Any) -> list[str]:
    return names({"commonHeaders": {"from": written}}, FROM)


@pytest.mark.parametrize(
    "written",
    [
        STAGING,
        [STAGING],
        ["Staging <staging@example.com>"],
        ['"Staging, QA" <Staging@Example.com>'],
        ["Staging, QA <staging@example.com>"],
        ["=?UTF-8?Q?Staging=2C_QA?= <staging@example.com>"],
        ["=?UTF-8?B?U3RhZ2luZw==?=\r\n <staging@example.com>"],
        ['"orders@example.com via Staging" <staging@example.com>'],
        ["orders@example.com <staging@example.com>"],
        ["Jane @ Staging, Inc <staging@example.com>"],
        ["staging@example.com (Staging, QA)"],
        ["(QA, of orders@example.com) staging@example.com"],
        ['"staging"@example.com'],
        ["Team: staging@example.com;"],
        ["Staging <staging@example.com> (QA, of the shop)"],
        ['"orders@example.com, a shop <shop@example.com>" <staging@example.com>'],
        [None, 7, "", "undisclosed", STAGING],
        [r'"Say \"hi\", QA" <staging@example.com>'],
    ],
)
def test_the_from_is_found_in_every_spelling(written: Any) -> None:
    assert from_of(written) == [STAGING]


@pytest.mark.parametrize(
    "written",
    [
        [STAGING, "News <news@example.com>"],
        ["Staging <staging@example.com>, news@example.com"],
        ['"Staging, QA" <staging@example.com>, "News, all" <news@example.com>'],
        "Team: Staging <staging@example.com>, news@example.com;",
        ["staging@example.com; news@example.com"],
    ],
)
def test_a_mail_may_have_several_authors(written: Any) -> None:
    assert from_of(written) == [STAGING, "news@example.com"]


@pytest.mark.parametrize(
    "written",
    [None, 7, {}, [], "", "<>", "Staging", "staging@", "@", "a b@example.com", "MAILER-DAEMON", [["x@example.com"]]],
)
def test_what_is_no_address_names_nobody(written: Any) -> None:
    assert from_of(written) == []


def test_a_quoted_local_part_stays_one_address() -> None:
    assert from_of(['"jane, doe"@example.com']) == ['"jane, doe"@example.com']
    assert from_of('"a@b"@example.com, x@example.com') == ['"a@b"@example.com', "x@example.com"]


def test_a_domain_outside_ascii_has_its_key() -> None:
    assert from_of(["Jörg <Info@Bücher.example>"]) == ["info@xn--bcher-kva.example"]


@pytest.mark.parametrize("written", ["(" * 50_000 + "a@b.c", '"' * 50_001 + "a@b.c", "<" * 50_000 + "a@@b.c", LONG])
def test_a_hostile_header_costs_little(written: str) -> None:
    assert len(from_of(written)) <= 10


HEADERS = [{"name": "FROM", "value": "Staging <staging@example.com>"}, {"name": "Sender", "value": "bot@example.com"}]


@pytest.mark.parametrize("common", [None, {}, {"from": []}, {"from": None}, "x"])
def test_without_common_headers_the_headers_are_read(common: Any) -> None:
    assert names({"commonHeaders": common, "headers": HEADERS}) == [STAGING, "bot@example.com"]


@pytest.mark.parametrize(
    "headers", [None, "x", [7], [{"name": None}], [{"name": "From"}], [{"name": "From", "value": 7}]]
)
def test_odd_headers_name_nobody(headers: Any) -> None:
    assert names({"headers": headers}) == []


def test_the_senders_are_in_order_of_strength() -> None:
    mail = {
        "source": "bounces+jane=example.org@bounce.example.net",
        "sourceArn": f"{ARN}dev@example.com",
        "headers": HEADERS,
        "commonHeaders": {"from": [STAGING]},
    }
    assert [sender.place for sender in senders_of(mail)] == [FROM, SENDER, SOURCE_ARN, ENVELOPE]
    assert names(mail)[2:] == ["dev@example.com", "bounces+jane=example.org@bounce.example.net"]


@pytest.mark.parametrize(
    ("arn", "name"),
    [
        (f"{ARN}staging@example.com", STAGING),
        (f"{ARN}Staging@Example.com", STAGING),
        (f"{ARN}example.com", "@example.com"),
        (f"{ARN}Bücher.example", "@xn--bcher-kva.example"),
    ],
)
def test_an_identity_is_an_address_or_a_domain(arn: str, name: str) -> None:
    assert names({"sourceArn": arn}) == [name]


@pytest.mark.parametrize(
    "arn",
    [
        None,
        7,
        "",
        ARN,
        f"{ARN}*",
        f"{ARN}@",
        f"{ARN}a b",
        f"{ARN}a@example.com/x",
        "example.com",
        "arn:aws:ses:x:1:configuration-set/a",
    ],
)
def test_a_malformed_arn_names_nobody(arn: Any) -> None:
    assert names({"sourceArn": arn}) == []


@pytest.mark.parametrize("source", ["<>", "", None, "MAILER-DAEMON", 7])
def test_a_null_return_path_names_nobody(source: Any) -> None:
    assert names({"source": source, "sourceArn": f"{ARN}example.com"}) == ["@example.com"]


@pytest.mark.parametrize("source", [STAGING, "Staging <staging@mail.example.com>"])
def test_an_envelope_sender_below_the_identitys_domain_says_more(source: str) -> None:
    found = senders_of({"source": source, "sourceArn": f"{ARN}example.com"})
    assert [sender.place for sender in found] == [ENVELOPE, SOURCE_ARN]


def test_an_envelope_sender_elsewhere_says_less_than_the_identitys_domain() -> None:
    found = senders_of({"source": "b@bounce.example.net", "sourceArn": f"{ARN}example.com"})
    assert [sender.place for sender in found] == [SOURCE_ARN, ENVELOPE]


def test_people_see_an_address_rather_than_a_domain() -> None:
    assert strongest(senders_of({"source": "b@example.net", "sourceArn": f"{ARN}example.com"})) == "b@example.net"
    assert strongest(senders_of({"source": "<>", "sourceArn": f"{ARN}example.com"})) == "@example.com"


@pytest.mark.parametrize("mail", [None, 7, "mail", [], {}])
def test_a_mail_of_any_shape_may_have_no_sender(mail: Any) -> None:
    assert (senders_of(mail), strongest(())) == ((), None)
