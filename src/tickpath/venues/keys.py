"""Key material of a venue account: an id and a secret that never show themselves.

In: the environment, the system's keyring, or an encrypted file (scrypt, then AES-256-GCM). Out:
`Keys`, whose secret leaves only by `reveal()`, called by the sign.py of a venue when it prepares.
repr, str, format, pickle, copy and every error here are without it. Python cannot erase memory: the
secret stays in the process until the interpreter reuses it, and a core dump would hold it.
Worst case: opening a file costs a second and 128 MiB by design (scrypt).
"""

import base64
import hmac
import json
import os
import re
import tempfile
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

from tickpath.core.errors import KeysError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
SECRET_BYTES_MAX: Final = 8192
FILE_BYTES_MAX: Final = 1 << 20
KEYRING_SERVICE: Final = "tickpath"
FORMAT: Final = "tickpath-keys"
VERSION: Final = 1
SCRYPT_COST: Final = 1 << 17
"""scrypt N: 128 MiB at r = 8 (RFC 7914; OWASP names 2^17 as the least for passwords)."""
SCRYPT_COST_MAX: Final = 1 << 20
SCRYPT_BLOCK: Final = 8
SALT_BYTES: Final = 16
NONCE_BYTES: Final = 12


class KeyKind(StrEnum):
    """How a secret signs."""

    HMAC = "hmac"
    """The secret's bytes are the key (Binance), or its base64 form is (Kraken, Coinbase)."""
    ED25519 = "ed25519"
    """PKCS#8 PEM, or base64 of 32 bytes (seed) or 64 (seed and public key)."""
    ES256 = "es256"
    """EC P-256 private key as PEM, PKCS#8 or SEC 1."""


class Keys:
    """One key of one account. Compares by content, in constant time."""

    __slots__ = ("_passphrase", "_secret", "id", "kind")

    def __init__(self, *, id: str, secret: str, kind: KeyKind | str, passphrase: str = "") -> None:
        """Raises KeysError when a part is missing, too long or of an unknown kind."""
        try:
            self.kind = KeyKind(kind)
        except ValueError:
            raise KeysError(
                f"key kind {str(kind)[:16]!r}: use one of {', '.join(KeyKind)}"
            ) from None
        if not id or not id.isascii() or not id.isprintable() or len(id) > 256:
            raise KeysError("key id: it must be 1 to 256 printable ASCII characters")
        if not secret or not _is_text(secret):
            raise KeysError(f"secret of key {hint(id)}: 1 to {SECRET_BYTES_MAX} bytes of UTF-8")
        if not _is_text(passphrase):
            raise KeysError(
                f"passphrase of key {hint(id)}: at most {SECRET_BYTES_MAX} bytes of UTF-8"
            )
        self.id = id
        self._secret = secret
        self._passphrase = passphrase

    def reveal(self) -> str:
        """The secret. For the code that prepares a signature; never print, log or store it."""
        return self._secret

    def reveal_passphrase(self) -> str:
        """The passphrase some venues give beside the secret, or ""."""
        return self._passphrase

    def __repr__(self) -> str:
        return f"Keys(id={hint(self.id)}, kind={self.kind}, secret=hidden)"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Keys):
            return NotImplemented
        same = hmac.compare_digest(self._secret.encode(), other._secret.encode())
        same &= hmac.compare_digest(self._passphrase.encode(), other._passphrase.encode())
        return same and (self.id, self.kind) == (other.id, other.kind)

    def __hash__(self) -> int:
        return hash((self.id, self.kind))

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise KeysError("keys are not pickled or copied: load them again where they are needed")


def _is_text(text: str) -> bool:
    """Bounded, and UTF-8 can say it: an error of encoding it later would hold the text itself."""
    return len(text.encode(errors="replace")) <= SECRET_BYTES_MAX and not any(
        "\ud800" <= c <= "\udfff" for c in text
    )


def hint(id: str) -> str:
    """Enough of a key id to recognise it."""
    return f"{id[:4]}..." if len(id) > 8 else "..."


def check_name(name: str) -> str:
    """The name of an entry. Raises KeysError when it is not in [a-z0-9_-]{1,64}."""
    if not NAME.fullmatch(name):
        raise KeysError(f"name of keys {name[:64]!r}: use a-z, 0-9, _ and -, at most 64 characters")
    return name


def from_environment(name: str, environment: Mapping[str, str] | None = None) -> Keys:
    """TICKPATH_<NAME>_KEY_ID, _SECRET, and optionally _KIND (hmac) and _PASSPHRASE.

    A PEM may stand on one line with the two characters \\n for its line ends. Raises KeysError.
    """
    found = os.environ if environment is None else environment
    prefix = f"TICKPATH_{check_name(name).upper().replace('-', '_')}_"
    for part in ("KEY_ID", "SECRET"):
        if not found.get(prefix + part):
            raise KeysError(f"keys {name!r}: set {prefix + part} in the environment")
    return Keys(
        id=found[prefix + "KEY_ID"],
        secret=found[prefix + "SECRET"].replace("\\n", "\n"),
        kind=found.get(prefix + "KIND", KeyKind.HMAC),
        passphrase=found.get(prefix + "PASSPHRASE", ""),
    )


def from_keyring(name: str) -> Keys:
    """The entry of the system's keyring, service "tickpath", user `name`. Raises KeysError."""
    import keyring
    import keyring.errors

    try:
        text = keyring.get_password(KEYRING_SERVICE, check_name(name))
    except keyring.errors.KeyringError as error:
        raise KeysError(
            f"keys {name!r}: the keyring cannot be read ({type(error).__name__}); unlock it, or "
            "use the environment or a file"
        ) from None
    if text is None:
        raise KeysError(f"keys {name!r}: not in the keyring; store them first")
    return _entry(name, _json(name, text))


def into_keyring(name: str, keys: Keys) -> None:
    """Store or replace an entry of the system's keyring. Raises KeysError."""
    import keyring
    import keyring.errors

    try:
        keyring.set_password(KEYRING_SERVICE, check_name(name), json.dumps(_plain(keys)))
    except keyring.errors.KeyringError as error:
        raise KeysError(
            f"keys {name!r}: the keyring cannot be written ({type(error).__name__})"
        ) from None


def write_file(
    path: Path, password: str, entries: Mapping[str, Keys], *, cost: int = SCRYPT_COST
) -> None:
    """Write all entries encrypted, readable by the owner only; an old file is replaced at once.

    `cost` is scrypt's N, a power of two. Raises KeysError.
    """
    if len(password) < 8 or not _is_text(password):
        raise KeysError("password of a key file: use at least 8 characters of UTF-8")
    head: dict[str, object] = {
        "format": FORMAT,
        "version": VERSION,
        "cost": cost,
        "block": SCRYPT_BLOCK,
        "salt": base64.b64encode(os.urandom(SALT_BYTES)).decode(),
        "nonce": base64.b64encode(os.urandom(NONCE_BYTES)).decode(),
    }
    plain = json.dumps({check_name(name): _plain(keys) for name, keys in entries.items()})
    sealed = _cipher(head, password).encrypt(_bytes(head, "nonce"), plain.encode(), _bound(head))
    text = json.dumps(head | {"sealed": base64.b64encode(sealed).decode()}, indent=1) + "\n"
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def read_file(path: Path, password: str) -> dict[str, Keys]:
    """All entries of an encrypted file. Raises KeysError: absent, damaged, or a wrong password."""
    from cryptography.exceptions import InvalidTag

    try:
        if path.stat().st_size > FILE_BYTES_MAX:
            raise KeysError(f"key file {path}: longer than {FILE_BYTES_MAX} bytes")
        head = _json(str(path), path.read_text())
    except (OSError, UnicodeDecodeError) as error:
        raise KeysError(f"key file {path}: cannot be read ({type(error).__name__})") from None
    if head.get("format") != FORMAT or head.get("version") != VERSION:
        raise KeysError(f"key file {path}: not a {FORMAT} file of version {VERSION}")
    try:
        plain = _cipher(head, password).decrypt(
            _bytes(head, "nonce"), _bytes(head, "sealed"), _bound(head)
        )
    except InvalidTag:
        raise KeysError(f"key file {path}: wrong password, or the file was changed") from None
    entries = _json(str(path), plain)
    return {check_name(name): _entry(name, entry) for name, entry in entries.items()}


def load(name: str, source: str, password: Callable[[], str] | None = None) -> Keys:
    """Keys from "env", "keyring", or the path of an encrypted file. Raises KeysError.

    `password` is called only for a file, so that nothing asks when nothing is needed.
    """
    if source == "env":
        return from_environment(name)
    if source == "keyring":
        return from_keyring(name)
    if password is None:
        raise KeysError(f"key file {source}: a password is needed")
    entries = read_file(Path(source), password())
    if name not in entries:
        raise KeysError(f"key file {source}: no entry {name!r}")
    return entries[name]


def _plain(keys: Keys) -> dict[str, str]:
    return {
        "id": keys.id,
        "secret": keys.reveal(),
        "kind": keys.kind,
        "passphrase": keys.reveal_passphrase(),
    }


def _entry(name: str, entry: object) -> Keys:
    if not isinstance(entry, dict) or not all(
        isinstance(entry.get(part, ""), str) for part in ("id", "secret", "kind", "passphrase")
    ):
        raise KeysError(f"keys {name!r}: an entry needs the texts id, secret and kind")
    return Keys(
        id=entry.get("id", ""),
        secret=entry.get("secret", ""),
        kind=entry.get("kind", KeyKind.HMAC),
        passphrase=entry.get("passphrase", ""),
    )


def _json(name: str, text: str | bytes) -> dict[str, object]:
    """Of whatever is stored, however deep. Raises KeysError, which holds nothing of it."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise KeysError(f"keys {name!r}: what is stored is not a JSON object")
    return found


def _bytes(head: Mapping[str, object], part: str) -> bytes:
    try:
        return base64.b64decode(str(head.get(part, "")), validate=True)
    except ValueError:
        raise KeysError(f"key file: {part} is not base64") from None


def _bound(head: Mapping[str, object]) -> bytes:
    """The part of the head that the seal covers: nobody can weaken it unseen."""
    names = ("format", "version", "cost", "block", "salt")
    return json.dumps([head.get(name) for name in names]).encode()


def _cipher(head: Mapping[str, object], password: str) -> "AESGCM":
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    cost, block = head.get("cost"), head.get("block")
    if (
        not isinstance(cost, int)
        or isinstance(cost, bool)
        or not 2 <= cost <= SCRYPT_COST_MAX
        or cost & (cost - 1)
        or block != SCRYPT_BLOCK
        or len(_bytes(head, "salt")) < SALT_BYTES
        or len(_bytes(head, "nonce")) != NONCE_BYTES
    ):
        raise KeysError("key file: cost, block, salt or nonce is out of bounds")
    if not _is_text(password):
        raise KeysError("password of a key file: it is not UTF-8")
    kdf = Scrypt(salt=_bytes(head, "salt"), length=32, n=cost, r=SCRYPT_BLOCK, p=1)
    return AESGCM(kdf.derive(password.encode()))
