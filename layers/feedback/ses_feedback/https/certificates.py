"""The certificates that SNS signs with: fetched once, from where the verifier says and from nowhere else.

What is trusted is the TLS connection to SNS's own host. The files hold a certificate without its chain, so there
is no chain to check (docs/decisions.md).

Needs the package cryptography, which only receive_feedback ships (its requirements.txt); nothing else imports this.
"""

import ssl
import time
from collections.abc import Callable
from datetime import UTC, datetime
from http.client import HTTPException, HTTPSConnection
from threading import Lock

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from ses_feedback.errors import Unavailable

type Fetch = Callable[[str, str], bytes]

SECONDS, MAX_BYTES = 5, 64 * 1024
_SMALLEST_KEY = 2048
_CHUNK = 8192


class SnsCertificates:
    """Keys by host and path. Only valid certificates are kept; threads that want the same key fetch it once."""

    def __init__(self, fetch: Fetch | None = None, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._fetch, self._clock = fetch or fetch_certificate, clock
        self._known: dict[tuple[str, str], x509.Certificate] = {}
        self._lock = Lock()

    def key(self, host: str, path: str) -> RSAPublicKey:
        """The public key of a certificate that is valid now. Raises `Unavailable`: SNS is to retry."""
        with self._lock:
            certificate = self._known.get((host, path)) or _read(self._fetch(host, path))
            if not certificate.not_valid_before_utc <= self._clock() <= certificate.not_valid_after_utc:
                raise Unavailable("the certificate at SNS's address is not valid now")
            key = certificate.public_key()
            if not isinstance(key, RSAPublicKey) or key.key_size < _SMALLEST_KEY:
                raise Unavailable(f"the certificate at SNS's address has no RSA key of {_SMALLEST_KEY} bits or more")
            self._known[host, path] = certificate
            return key


def fetch_certificate(host: str, path: str) -> bytes:
    """The file at `https://<host><path>`, within five seconds and 64 KiB; follows no redirect."""
    deadline = time.monotonic() + SECONDS
    connection = HTTPSConnection(host, timeout=SECONDS, context=ssl.create_default_context())
    try:
        connection.request("GET", path)
        body = b""
        with connection.getresponse() as answer:
            if answer.status != 200:
                raise Unavailable(f"{host} answered {answer.status} instead of its certificate")
            while chunk := answer.read1(_CHUNK):
                body += chunk
                if len(body) > MAX_BYTES or time.monotonic() > deadline:
                    raise Unavailable(
                        f"the certificate of {host} is over {MAX_BYTES} bytes, or took over {SECONDS} s"
                    )
        return body
    except (OSError, HTTPException) as error:
        raise Unavailable(f"{host} did not return its certificate: {error}") from error
    finally:
        connection.close()


def _read(pem: bytes) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(pem)
    except ValueError as error:
        raise Unavailable(f"what is at SNS's address is not a certificate: {error}") from error
