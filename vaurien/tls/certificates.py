"""Certificates that are made on the fly. Needs the ``tls`` extra."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAY = timedelta(days=1)
USES = (ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH)
LIFE = 30 * DAY
"""So long a certificate is good: longer than any test, and not for ever."""


class Certificate(NamedTuple):
    """A certificate with its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    def pem(self, with_key: bool = False) -> bytes:
        """The certificate, and perhaps the key before it, as a PEM file has them."""
        pem = self.certificate.public_bytes(serialization.Encoding.PEM)
        if not with_key:
            return pem
        forms = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        return self.key.private_bytes(serialization.Encoding.PEM, *forms) + pem


def authority(name: str = "Vaurien's throw-away CA") -> Certificate:
    """One that signs others; nobody trusts it who is not told to."""
    key = ec.generate_private_key(ec.SECP256R1())
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)  # signs certificates and lists
    builder = _begun(_named(name), key, datetime.now(UTC) - DAY, LIFE).issuer_name(_named(name))
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), True).add_extension(usage, True)
    own = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    return Certificate(builder.add_extension(own, False).sign(key, hashes.SHA256()), key)


def issued(by: Certificate, names: Sequence[str], ended: bool = False) -> Certificate:
    """A certificate for these hosts, the first of which it is called by; good now, or, if `ended`, until
    yesterday."""
    key = ec.generate_private_key(ec.SECP256R1())
    start = datetime.now(UTC) - (LIFE + DAY if ended else DAY)
    builder = _begun(_named(names[0]), key, start, LIFE).issuer_name(by.certificate.subject)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
    builder = builder.add_extension(x509.SubjectAlternativeName([_alternative(name) for name in names]), False)
    builder = builder.add_extension(x509.ExtendedKeyUsage(USES), False)
    signer = x509.AuthorityKeyIdentifier.from_issuer_public_key(by.key.public_key())
    return Certificate(builder.add_extension(signer, False).sign(by.key, hashes.SHA256()), key)


def _begun(
    name: x509.Name, key: ec.EllipticCurvePrivateKey, start: datetime, life: timedelta
) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder().subject_name(name).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    return builder.not_valid_before(start).not_valid_after(start + life)


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name.encode("idna").decode())
