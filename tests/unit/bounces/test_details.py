"""What a reply names beside its reason, and who runs the recipient's mail."""

import pytest

from ses_feedback.bounces.details import detail_of, provider_of


def test_detail_names_list_address_and_link() -> None:
    found = detail_of(
        "554 5.7.1 Service unavailable; Client host [203.0.113.9] blocked using zen.spamhaus.org; "
        "https://www.spamhaus.org/query/ip/203.0.113.9."
    )
    assert (found.block_list, found.sending_ip) == ("Spamhaus", "203.0.113.9")
    assert found.delist_link == "https://www.spamhaus.org/query/ip/203.0.113.9"


def test_a_list_that_is_not_known_by_name_is_named_by_its_host() -> None:
    assert detail_of("550 2001:db8::1 blocked using bl.e.example").block_list == "bl.e.example"
    assert detail_of("550 2001:db8::1 blocked using bl.e.example").sending_ip == "2001:db8::1"


@pytest.mark.parametrize(
    ("reply", "seconds"),
    [
        ("451 Greylisted, please try again in 5 minutes", 300),
        ("450 4.7.1 retry after 300 seconds", 300),
        ("421 Too many mails, try again in 1 hour(s)", 3_600),
        ("451 Greylisted for 60s", 60),
        ("4.4.7 Message expired: unable to deliver in 840 minutes.", None),
        ("550 5.1.1 User unknown", None),
    ],
)
def test_the_time_to_wait_is_in_seconds(reply: str, seconds: int | None) -> None:
    assert detail_of(reply).retry_after == seconds


def test_the_recipients_server_is_not_the_refused_address() -> None:
    assert detail_of("host mx.e.example[192.0.2.1] said: 550 5.1.1 no such user").sending_ip is None


def test_nothing_said_gives_no_detail() -> None:
    assert detail_of(None) == detail_of("550 5.1.1 User unknown")


@pytest.mark.parametrize(
    ("remote", "reporting", "diagnostic", "provider"),
    [
        ("dns; aspmx.l.google.com", None, None, "Google"),
        (None, "dsn; e-example.mail.protection.outlook.com", None, "Microsoft"),
        (None, "dns; a8-70.smtp-out.amazonses.com", "550 5.1.1 no such user - gsmtp", "Google"),
        ("dns; mxa.eu.pphosted.com", None, "550 5.7.1 blocked [x.prod.outlook.com]", "Proofpoint"),
        (None, None, "550 Mailbox not found. http://service.mail.qq.com/", "Tencent"),
        (None, None, None, None),
        ("dns; mx.e.example", None, "550 no", None),
    ],
)
def test_the_provider_is_known_by_its_hosts_or_words(
    remote: str | None, reporting: str | None, diagnostic: str | None, provider: str | None
) -> None:
    assert provider_of(remote_mta=remote, reporting_mta=reporting, diagnostic=diagnostic) == provider
