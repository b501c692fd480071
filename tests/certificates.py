"""Certificate authorities of the tests' own, and what they sign."""

from __future__ import annotations

import datetime as dt
from ipaddress import ip_address
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from core.hosts.link import TlsOptions
from core.record import Record

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_HOUR = dt.timedelta(hours=1)


class Authority(Record):
    """A certificate authority in a folder."""

    folder: Path
    name: str
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def ca(self) -> Path:
        return self.folder / f"{self.name}.ca.pem"

    def issue(
        self, common_name: str, names: Sequence[str] = ("localhost",), ends_in: dt.timedelta = _HOUR
    ) -> TlsOptions:
        """Make a certificate; `names` are the host names and addresses it is good for."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(common_name, key, self.certificate.subject, ends_in, ca=False)
        builder = builder.add_extension(
            x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False
        )
        cert_file, key_file = (
            self.folder / f"{self.name}.{common_name}.{part}.pem" for part in ("cert", "key")
        )
        cert_file.write_bytes(_pem(builder.sign(self.key, hashes.SHA256())))
        key_file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return TlsOptions(ca=self.ca, cert=cert_file, key=key_file)


def authority(folder: Path, name: str) -> Authority:
    """Make an authority; its own certificate is in `ca`."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    certificate = _builder(name, key, subject, _HOUR, ca=True).sign(key, hashes.SHA256())
    made = Authority(folder, name, key, certificate)
    made.ca.write_bytes(_pem(certificate))
    return made


def _builder(
    name: str, key: ec.EllipticCurvePrivateKey, issuer: x509.Name, ends_in: dt.timedelta, *, ca: bool
) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - 2 * _HOUR)
        .not_valid_after(now + ends_in)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
