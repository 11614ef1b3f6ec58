"""One address, one key."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ses_feedback.address import domain_of, former_key, is_simulated, keys, normalise, rules_in, rules_over


@pytest.mark.parametrize(
    ("received", "key"),
    [
        ("Ann@Example.COM", "ann@example.com"),
        ("Ann Lee <Ann@Example.com>", "ann@example.com"),
        ('"Lee, Ann <x@y>" <ann@example.com>', "ann@example.com"),
        ("<ann@example.com>", "ann@example.com"),
        ("  ann@example.com  ", "ann@example.com"),
        ("ann@example.com.", "ann@example.com"),
        ("Jörg <Info@Bücher.example>", "info@xn--bcher-kva.example"),
        ("info@XN--BCHER-KVA.example", "info@xn--bcher-kva.example"),
        ("info@bu\u0308cher.example", "info@xn--bcher-kva.example"),
        ("JÖRG@bücher.example", "jörg@xn--bcher-kva.example"),
        ("j\u00f6rg@example.com", "jörg@example.com"),
        ("jo\u0308rg@example.com", "jörg@example.com"),
        ('"a@b"@example.com', '"a@b"@example.com'),
        ("ann+tag@example.com", "ann+tag@example.com"),
        ('"o\'neil"@example.org', "o'neil@example.org"),
        ('Jane <"jane"@Example.org>', "jane@example.org"),
        ('"jane doe"@example.org', '"jane doe"@example.org'),
        (r'"a\b"@example.org', "ab@example.org"),
        (r'"a\"b"@example.org', r'"a\"b"@example.org'),
        ('"a..b"@example.org', '"a..b"@example.org'),
        ('"(a)"@example.org', '"(a)"@example.org'),
        ("jane(at work)@example.org", "jane@example.org"),
        ("(x)jane@(y)example.org", "jane@example.org"),
        ("jane@example.org (Jane (Doe))", "jane@example.org"),
        (r"jane(a \) b (c\\))@example.org", "jane@example.org"),
        ('"jane"(at work)@example.org', "jane@example.org"),
        ("< .", "<"),
        ("Jane <jane@example.org> (work)", "jane@example.org"),
        ('"Jane (x" <jane@example.org> (work (at))', "jane@example.org"),
        ("Jane :( <jane@example.org>", "jane@example.org"),
        ('"jane".doe@example.org', "jane.doe@example.org"),
        ('jane."doe"@example.org', "jane.doe@example.org"),
        ('jane . "d oe"@example.org', '"jane.d oe"@example.org'),
        ("jane @example.org", "jane@example.org"),
        ("jane@ example.org", "jane@example.org"),
        ("jane doe@example.org", "jane doe@example.org"),
        ("rfc822; Jane@example.org", "jane@example.org"),
        ("<@relay.example,@other.example:jane@example.org>", "jane@example.org"),
        ("Jane <jane@example.org>;", "jane@example.org"),
        ("\ufeffjane@example.org", "jane@example.org"),
        ("jane@I\u2764.ws", "jane@xn--i-7iq.ws"),
        ("jane@my_host.Bücher.example", "jane@my_host.xn--bcher-kva.example"),
        ("jane@bücher\u3002i\u2764.ws", "jane@xn--bcher-kva.xn--i-7iq.ws"),
        ("postmaster", "postmaster"),
        ("", ""),
    ],
)
def test_every_spelling_of_an_address_has_one_key(received: str, key: str) -> None:
    assert normalise(received) == key


def test_a_domain_that_cannot_be_one_is_kept_in_lower_case() -> None:
    assert normalise("x@Ünder <\u2603>.Example x") == "x@ünder <\u2603>.example x"


@given(st.text(max_size=60) | st.text(alphabet='aB@<>. -()"\\\\é\u00df\u0130\u0308\u2603\u3002', max_size=20))
def test_a_key_is_its_own_key(received: str) -> None:
    assert normalise(normalise(received)) == normalise(received)


@pytest.mark.parametrize(
    ("received", "possible"),
    [
        ("Jane@Example.org", ("jane@example.org", '"jane"@example.org')),
        ('"Jane"@example.org', ("jane@example.org", '"jane"@example.org')),
        (r'"j\ane"@example.org', ("jane@example.org", '"jane"@example.org', r'"j\ane"@example.org')),
        ("jane(work)@example.org", ("jane@example.org", '"jane"@example.org', "jane(work)@example.org")),
        ('"jane doe"@example.org', ('"jane doe"@example.org',)),
        (f"jane({'x' * 700})@example.org", ("jane@example.org", '"jane"@example.org')),
        ("Jane@i\u2764.ws", ("jane@xn--i-7iq.ws", '"jane"@xn--i-7iq.ws', "jane@i\u2764.ws")),
        ("postmaster", ("postmaster",)),
    ],
)
def test_version_0_1_may_have_filed_an_address_under_other_keys(received: str, possible: tuple[str, ...]) -> None:
    assert keys(received) == possible


@given(st.text(alphabet='aB@<>. -()"\\\\é', max_size=20))
def test_a_former_key_is_still_the_same_address(received: str) -> None:
    if "<" not in received:
        assert normalise(former_key(received)) == normalise(received)


@given(st.from_regex(r"[a-zé]{1,8}@[a-zü.\-]{0,20}", fullmatch=True))
def test_case_does_not_matter(received: str) -> None:
    assert normalise(received.upper()) == normalise(received)


def test_the_domain_is_what_follows_the_last_at() -> None:
    assert domain_of('"a@b"@example.com') == "example.com"
    assert domain_of("postmaster") == ""


def test_the_simulators_addresses_are_known_in_any_spelling() -> None:
    assert is_simulated("Bounce <bounce+x@Simulator.amazonses.com>")
    assert not is_simulated("simulator.amazonses.com@example.org")


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("example.com", ("@example.com", "@*.example.com")),
        (" Example.COM. ", ("@example.com", "@*.example.com")),
        ("*@example.com", ("@example.com",)),
        ("@example.com", ("@example.com",)),
        ("*.example.com", ("@*.example.com",)),
        ("*@*.example.com", ("@*.example.com",)),
        ("*@Bücher.example", ("@xn--bcher-kva.example",)),
        ("*.bücher.example", ("@*.xn--bcher-kva.example",)),
        ("*@com", ()),
        ("com", ()),
        ("*", ()),
        ("*@*", ()),
        ("*.*.example.com", ()),
        ("jane@example.com", ()),
        ("*@exam ple.com", ()),
        ("*@-example.com", ()),
        ("*@example..com", ()),
        (f"*@{'a' * 64}.com", ()),
        ("x." * 130 + "com", ()),
        ("*@example.com\n", ("@example.com",)),
        ("", ()),
    ],
)
def test_a_rule_is_of_a_domain_of_what_is_below_it_or_of_both(text: str, rules: tuple[str, ...]) -> None:
    assert rules_in(text) == rules


@pytest.mark.parametrize(
    ("key", "over"),
    [
        ("jane@example.com", ("@example.com",)),
        ("jane@a.b.example.com", ("@a.b.example.com", "@*.b.example.com", "@*.example.com")),
        ('"a@b.example"@example.com', ("@example.com",)),
        ("jane@localhost", ()),
        ("jane@[127.0.0.1]", ()),
        ("postmaster", ()),
        (f"jane@{'x.' * 130}com", ()),
    ],
)
def test_an_address_is_under_the_rules_of_its_domain_and_of_those_above(key: str, over: tuple[str, ...]) -> None:
    assert rules_over(key) == over


@given(st.from_regex(r"[a-z]{1,8}(\.[a-zü]{1,9}){1,4}", fullmatch=True))
def test_a_rule_covers_its_domain_or_what_is_below_and_is_its_own_key(domain: str) -> None:
    here, below = rules_in(domain)
    assert here in rules_over(normalise(f"jane@{domain}"))
    assert below in rules_over(normalise(f"jane@shop.{domain}"))
    assert below not in rules_over(normalise(f"jane@{domain}"))
    assert [keys(rule) for rule in (here, below)] == [(here,), (below,)]
