"""TLS of the simulators: a certificate of the configuration, or one made for the run.

A made certificate is for localhost and 127.0.0.1, lives a day, and its key stays in a file that
only this user reads. Clients trust it by naming its file. Needs cryptography (extra `live`).
"""

import datetime
import ipaddress
import os
import ssl
from pathlib import Path

from tickpath.core.errors import ConfigError
from tickpath.venues.sim.server.config import TlsSpec


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """(certificate, key) in PEM, new in a folder."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    names = x509.SubjectAlternativeName(
        [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    )
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, secret = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    with os.fdopen(os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
    return certificate, secret


def server_context(spec: TlsSpec, folder: Path) -> tuple[ssl.SSLContext | None, Path | None]:
    """(context, certificate to trust); None without TLS. Raises ConfigError."""
    if not spec.wanted:
        return None, None
    if spec.certificate is not None and spec.key is not None:
        certificate, key = spec.certificate, spec.key
    else:
        certificate, key = make_certificate(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(f"[tls]: {certificate}: {error}: check both files") from error
    return context, certificate
