"""Whom a call to SES names, in whatever form: hostile headers hide nobody."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ses_feedback_client.recipients import addresses_in, header_recipients


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("jane@example.com", ["jane@example.com"]),
        ("Jane <jane@example.com>", ["jane@example.com"]),
        ('"Doe, Jane" <jane@example.com>', ["jane@example.com"]),
        ("=?utf-8?q?J=C3=B6rg?= <joerg@example.com>", ["joerg@example.com"]),
        ("=?utf-8?b?SsO2cmc=?= <joerg@example.com>, a@b.example", ["joerg@example.com", "a@b.example"]),
        ("Team: a@b.example, C <c@d.example>; e@f.example", ["a@b.example", "c@d.example", "e@f.example"]),
        ("undisclosed-recipients:;", []),
        ('"jane doe"@example.com', ['"jane doe"@example.com']),
        ("jane(at work)@example.com", ["jane@example.com"]),
        ("", []),
    ],
)
def test_an_entry_names_addresses(text: str, addresses: list[str]) -> None:
    assert addresses_in(text) == addresses


@pytest.mark.parametrize(
    "text",
    [
        "other@example.com <jane@example.com>",
        '"<other@example.com>" <jane@example.com>',
        "Acme, Inc <jane@example.com>",
        "x)y <jane@example.com>",
        "other@example.com (<jane@example.com>)",
        "=?utf-8?q?Doe,_Jane?= <jane@example.com>",
    ],
)
def test_an_address_in_angle_brackets_is_never_overlooked(text: str) -> None:
    assert "jane@example.com" in addresses_in(text)


@pytest.mark.parametrize(
    "head",
    [
        b"To: Jane <jane@example.com>",
        b"to: a@b.example,\r\n\tjane@example.com",
        b"TO : jane@example.com",
        b"Cc: a@b.example\r\nCc: jane@example.com",
        b"Bcc: Team: jane@example.com;",
        b"not a header\r\nTo: jane@example.com",
        b"Subject: x\nTo: a@b.example\nBcc: jane@example.com",
        b"\r\n\r\nTo: jane@example.com",
        "To: Jörg <j@b.example>, jane@example.com".encode(),
        b"To: \xff\xfe <jane@example.com>",
        b"Subject: x\rTo: jane@example.com",
    ],
)
@pytest.mark.parametrize("end", [b"\r\n\r\nTo: body@example.com\r\n", b"\n\nBcc: body@example.com", b""])
def test_every_header_that_names_recipients_is_read_and_no_body(head: bytes, end: bytes) -> None:
    found = header_recipients(head + end)
    assert "jane@example.com" in found
    assert "body@example.com" not in found


@given(st.binary(max_size=200) | st.text(max_size=200))
def test_no_mail_is_too_odd_to_be_read(data: bytes | str) -> None:
    assert isinstance(header_recipients(data), list)
