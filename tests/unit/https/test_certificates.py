"""Certificates are fetched once, from a host that proves who it is, within limits."""

import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ses_feedback.errors import Unavailable
from ses_feedback.https import certificates as sns_certificates
from ses_feedback.https.certificates import MAX_BYTES, SnsCertificates, fetch_certificate
from tests.https_server import Answer, HttpsServer
from tests.sns import HOST, NOW, PATH, certificate, key


class Source:
    """Hands out one file, or fails, and counts how often it was asked."""

    def __init__(self, *files: bytes | None) -> None:
        self.files, self.asked = list(files), 0

    def __call__(self, _host: str, _path: str) -> bytes:
        self.asked += 1
        found = self.files.pop(0) if len(self.files) > 1 else self.files[0]
        if found is None:
            raise Unavailable("not there")
        return found


def at(moment: datetime, source: Source) -> SnsCertificates:
    return SnsCertificates(source, clock=lambda: moment)


def test_a_key_is_fetched_once() -> None:
    source = Source(certificate())
    certificates = at(NOW, source)
    assert certificates.key(HOST, PATH) == certificates.key(HOST, PATH) == key().public_key()
    assert source.asked == 1


def test_threads_that_want_the_same_key_fetch_it_once() -> None:
    source, together = Source(certificate()), Barrier(8)
    certificates = at(NOW, source)

    def ask(_: int) -> bool:
        together.wait(10)
        return certificates.key(HOST, PATH) == key().public_key()

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(8)))
    assert source.asked == 1


@pytest.mark.parametrize("failure", [None, b"no certificate", certificate(begins=NOW + timedelta(hours=1))])
def test_a_failure_is_not_remembered(failure: bytes | None) -> None:
    certificates = at(NOW, Source(failure, certificate()))
    with pytest.raises(Unavailable):
        certificates.key(HOST, PATH)
    assert certificates.key(HOST, PATH) == key().public_key()


@pytest.mark.parametrize("moment", [NOW - timedelta(seconds=1), NOW + timedelta(days=1, seconds=1)])
def test_a_certificate_is_valid_only_between_its_dates(moment: datetime) -> None:
    with pytest.raises(Unavailable, match="not valid now"):
        at(moment, Source(certificate())).key(HOST, PATH)


def test_a_cached_certificate_expires_as_well() -> None:
    moment = [NOW]
    certificates = SnsCertificates(Source(certificate()), clock=lambda: moment[0])
    certificates.key(HOST, PATH)
    moment[0] += timedelta(days=2)
    with pytest.raises(Unavailable, match="not valid now"):
        certificates.key(HOST, PATH)


def test_a_short_key_is_refused() -> None:
    with pytest.raises(Unavailable, match="no RSA key of 2048 bits"):
        at(NOW, Source(certificate(key(1024)))).key(HOST, PATH)


def test_a_key_that_is_not_rsa_is_refused() -> None:
    curve, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    built = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(curve.public_key())
    built = built.serial_number(1).not_valid_before(NOW).not_valid_after(NOW + timedelta(days=1))
    pem = built.sign(curve, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    with pytest.raises(Unavailable, match="no RSA key"):
        at(NOW, Source(pem)).key(HOST, PATH)


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HttpsServer]:
    """Stands where SNS's host is, with a certificate of an authority that we trust for this test."""
    with HttpsServer(tmp_path, HOST) as server:
        server.stand_in_for(HOST, monkeypatch)
        monkeypatch.setenv("SSL_CERT_FILE", str(server.authority))
        yield server


def test_the_file_is_fetched_over_tls_from_the_host_itself(server: HttpsServer) -> None:
    server.answers = [Answer(200, certificate(begins=datetime.now(UTC)))]
    assert SnsCertificates().key(HOST, PATH) == key().public_key()
    assert [(request.method, request.path) for request in server.requests] == [("GET", PATH)]


def test_a_host_that_cannot_prove_its_identity_is_not_trusted(
    server: HttpsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.answers = [Answer(200, certificate())]
    monkeypatch.setenv("SSL_CERT_FILE", str(ssl.get_default_verify_paths().openssl_cafile))
    with pytest.raises(Unavailable, match="CERTIFICATE_VERIFY_FAILED"):
        fetch_certificate(HOST, PATH)
    server.stand_in_for("sns.eu-west-1.amazonaws.com", monkeypatch)
    monkeypatch.setenv("SSL_CERT_FILE", str(server.authority))
    with pytest.raises(Unavailable, match="ostname"):
        fetch_certificate("sns.eu-west-1.amazonaws.com", PATH)


@pytest.mark.parametrize("status", [301, 302, 307, 308, 404, 500])
def test_neither_a_redirect_nor_an_error_is_a_certificate(server: HttpsServer, status: int) -> None:
    server.answers = [Answer(status, certificate(), {"location": f"https://{HOST}/other.pem"})]
    with pytest.raises(Unavailable, match=f"answered {status}"):
        fetch_certificate(HOST, PATH)
    assert len(server.requests) == 1


def test_a_file_that_does_not_end_is_cut_short(server: HttpsServer) -> None:
    server.answers = [Answer(200, b"x" * (MAX_BYTES + 1))]
    with pytest.raises(Unavailable, match=f"over {MAX_BYTES} bytes"):
        fetch_certificate(HOST, PATH)


def test_a_host_that_does_not_answer_in_time_is_given_up(
    server: HttpsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sns_certificates, "SECONDS", 0.2)
    server.answers = [Answer(200, certificate(), pause=1.0)]
    with pytest.raises(Unavailable, match="did not return"):
        fetch_certificate(HOST, PATH)
