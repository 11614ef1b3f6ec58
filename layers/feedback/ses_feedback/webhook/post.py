"""Posts to one HTTPS address: resolved once, and connected to what was resolved; no private network, no redirect."""

import socket
import ssl
from collections.abc import Mapping
from http.client import HTTPException, HTTPSConnection
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from ses_feedback.errors import Undelivered

SECONDS = 8
"""For the connection, and for each wait for the answer."""

_GLOBAL_UNICAST = IPv6Network("2000::/3")
"""All that is allocated to the internet. Outside it are ways to an IPv4 address behind an IPv6 one
and site-local addresses; Python counts some of them as public.
https://www.iana.org/assignments/ipv6-address-space/ipv6-address-space.xhtml
"""

_NOT_THE_INTERNET = (IPv6Network("2002::/16"), IPv6Network("3fff::/20"))
"""Inside it, and yet not: 6to4, which leads to an IPv4 address too (RFC 3056), and documentation (RFC 9637)."""


class WebhookAddress:
    """Where to post. `allow_private` is for tests. Raises `ValueError` for anything but a plain https address."""

    def __init__(self, url: str, *, allow_private: bool = False) -> None:
        parts = urlsplit(url)
        if parts.scheme != "https" or not parts.hostname or parts.username is not None or parts.fragment:
            raise ValueError("WebhookUrl must be an https address without user, password and #")
        self._host, self._port = parts.hostname, parts.port or 443
        self._target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._allow_private, self._tls = allow_private, ssl.create_default_context()

    def post(self, body: bytes, headers: Mapping[str, str]) -> None:
        """Returns if the answer is 2xx. Raises `Undelivered`."""
        connection = HTTPSConnection(self._host, self._port, timeout=SECONDS, context=self._tls)
        try:
            connection.sock = self._connect()
            connection.request("POST", self._target, body, dict(headers))
            with connection.getresponse() as answer:
                status, after = answer.status, answer.getheader("retry-after", "")
        except (OSError, HTTPException, UnicodeError) as error:
            raise Undelivered(f"no answer: {type(error).__name__}: {error}") from error
        finally:
            connection.close()
        if 200 <= status < 300:
            return
        if 300 <= status < 400:
            raise Undelivered(f"the answer was a redirect ({status}), which is not followed")
        wait = int(after) if after.isascii() and after.isdigit() and len(after) < 6 else 0
        raise Undelivered(f"the answer was {status}", retry_after=wait, is_final=status == 410)

    def _connect(self) -> ssl.SSLSocket:
        """A connection to an address that was checked; the certificate must prove the host's name."""
        resolved = socket.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
        addresses = [ip_address(str(place[0]).partition("%")[0]) for *_, place in resolved]
        if not self._allow_private and not all(map(is_public, addresses)):
            raise Undelivered("the host is in a private network, which webhooks may not reach")
        plain = socket.create_connection((str(addresses[0]), self._port), timeout=SECONDS)
        try:
            return self._tls.wrap_socket(plain, server_hostname=self._host)
        except BaseException:
            plain.close()
            raise


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address is on the internet: not private, loopback, link-local, multicast or translated."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return is_public(address.ipv4_mapped)
        if address not in _GLOBAL_UNICAST or any(address in network for network in _NOT_THE_INTERNET):
            return False
    return address.is_global and not address.is_multicast
