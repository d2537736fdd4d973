"""Keys come from three places and never show themselves."""

import copy
import json
import logging
import pickle
import stat
import traceback
from pathlib import Path

import pytest
from venues.live import live

from tickpath.core.errors import KeysError
from tickpath.venues import key_objects, keys
from tickpath.venues.keys import KeyKind, Keys

keyring = live("keyring")
backend, errors = live("keyring.backend"), live("keyring.errors")
live("cryptography")

SECRET = "S3CR3T-text-that-must-not-appear"
PASS = "correct horse"


def one(**changes: str) -> Keys:
    return Keys(**{"id": "abcdefghijkl", "secret": SECRET, "kind": "hmac"} | changes)


class Memory(backend.KeyringBackend):
    """A keyring that lives as long as a test."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        self.entries: dict[tuple[str, str], str] = {}
        self.locked = False

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked:
            raise errors.KeyringLocked(SECRET)
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.locked:
            raise errors.PasswordSetError(SECRET)
        self.entries[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.entries[service, username]


@pytest.fixture
def ring() -> Memory:
    before = keyring.get_keyring()
    memory = Memory()
    keyring.set_keyring(memory)
    yield memory
    keyring.set_keyring(before)


@pytest.mark.parametrize("show", [repr, str, "{}".format, lambda k: f"{k} {[k]!r}"])
def test_no_text_of_a_key_has_the_secret(show) -> None:
    text = show(one(passphrase="P4SS"))
    assert SECRET not in text
    assert "P4SS" not in text
    assert "abcdefghijkl" not in text
    assert "abcd" in text


@pytest.mark.parametrize("leave", [pickle.dumps, copy.copy, copy.deepcopy])
def test_a_key_is_not_copied_out_of_the_process(leave) -> None:
    with pytest.raises(KeysError) as caught:
        leave(one())
    assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_a_key_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("test").warning("%s %r", one(), [one()])
    assert SECRET not in caplog.text
    assert not hasattr(one(), "__dict__")
    with pytest.raises(TypeError):
        json.dumps(one())


def test_keys_compare_by_content() -> None:
    assert one() == one()
    assert hash(one()) == hash(one())
    for change in ({"id": "abcdefghijkL"}, {"secret": "x"}, {"kind": "es256"}, {"passphrase": "x"}):
        assert one(**change) != one()
    assert one() != SECRET


@pytest.mark.parametrize(
    "change",
    [{"id": ""}, {"id": "a\nb"}, {"id": "x" * 257}, {"secret": ""}, {"secret": "x" * 8193},
     {"secret": "\u20ac" * 2731}, {"passphrase": "x" * 8193}, {"kind": "rsa"}],
)  # fmt: skip
def test_unfit_parts_are_refused(change: dict[str, str]) -> None:
    with pytest.raises(KeysError) as caught:
        one(**change)
    assert SECRET not in str(caught.value)


def holds(error: BaseException | None, text: str) -> bool:
    """Whether an error, or one it came from, has a text in a part of it."""
    while error is not None:
        parts = [repr(error), str(error), *map(repr, vars(error).values())]
        if any(text in p for p in [*parts, repr(getattr(error, "object", ""))]):
            return True
        error = error.__cause__ or error.__context__
    return False


@pytest.mark.parametrize("part", ["secret", "passphrase"])
@pytest.mark.parametrize("code", [0xD800, 0xDCFF, 0xDFFF])
def test_half_a_character_is_refused_unseen(part: str, code: int) -> None:
    """The environment and JSON can hold them, UTF-8 cannot; the error of encoding has the text."""
    with pytest.raises(KeysError) as caught:
        one(**{part: SECRET + chr(code)})
    assert not holds(caught.value, SECRET)
    name = {"secret": "SECRET", "passphrase": "PASSPHRASE"}[part]
    found = {"TICKPATH_X_KEY_ID": "id", "TICKPATH_X_SECRET": "s"}
    with pytest.raises(KeysError) as caught:
        keys.from_environment("x", found | {f"TICKPATH_X_{name}": SECRET + chr(code)})
    assert not holds(caught.value, SECRET)


def test_a_password_of_half_a_character_is_refused_unseen(path: Path) -> None:
    for act in (
        lambda: keys.read_file(path, SECRET + "\ud800"),
        lambda: keys.write_file(path, SECRET + "\ud800", {}),
    ):
        with pytest.raises(KeysError, match="UTF-8") as caught:
            act()
        assert not holds(caught.value, SECRET)


def test_from_the_environment() -> None:
    pem = "-----BEGIN PRIVATE KEY-----\\nQUJD\\n-----END PRIVATE KEY-----\\n"
    found = keys.from_environment(
        "binance-spot",
        {
            "TICKPATH_BINANCE_SPOT_KEY_ID": "id",
            "TICKPATH_BINANCE_SPOT_SECRET": pem,
            "TICKPATH_BINANCE_SPOT_KIND": "ed25519",
            "TICKPATH_BINANCE_SPOT_PASSPHRASE": "p",
        },
    )
    assert found == Keys(id="id", secret=pem.replace("\\n", "\n"), kind="ed25519", passphrase="p")


def test_the_environment_says_which_variable_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TICKPATH_X_KEY_ID", "id")
    with pytest.raises(KeysError, match="TICKPATH_X_SECRET"):
        keys.load("x", "env")
    with pytest.raises(KeysError, match="TICKPATH_Y_KEY_ID"):
        keys.load("y", "env")
    with pytest.raises(KeysError, match="a-z"):
        keys.load("../y", "env")


def test_through_the_keyring(ring: Memory) -> None:
    keys.into_keyring("kraken", one(passphrase="p"))
    assert keys.load("kraken", "keyring") == one(passphrase="p")
    with pytest.raises(KeysError, match="not in the keyring"):
        keys.from_keyring("other")


@pytest.mark.parametrize(
    "stored",
    [SECRET, "[]", f'{{"id":1,"secret":"{SECRET}"}}', "{}", f'{{"secret":"{SECRET}","x":' * 50_000,
     f'{{"id":"i","secret":"{SECRET}\\ud800"}}'],
    ids=["text", "list", "number", "empty", "deep", "half a character"],
)  # fmt: skip
def test_what_the_keyring_holds_may_be_wrong(ring: Memory, stored: str) -> None:
    ring.entries["tickpath", "x"] = stored
    with pytest.raises(KeysError) as caught:
        keys.from_keyring("x")
    assert not holds(caught.value, SECRET)


def test_a_locked_keyring_is_said_without_its_text(ring: Memory) -> None:
    ring.locked = True
    for act in (lambda: keys.from_keyring("x"), lambda: keys.into_keyring("x", one())):
        with pytest.raises(KeysError, match=r"Keyring|Password") as caught:
            act()
        assert SECRET not in "".join(traceback.format_exception(caught.value))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "keys.json"
    keys.write_file(path, PASS, {"a": one(), "b-1": one(kind="es256", passphrase="p")}, cost=2)
    return path


def test_through_an_encrypted_file(path: Path) -> None:
    assert keys.read_file(path, PASS) == {"a": one(), "b-1": one(kind="es256", passphrase="p")}
    assert keys.load("a", str(path), lambda: PASS) == one()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    text = path.read_text()
    assert SECRET not in text
    assert "abcdefghijkl" not in text
    assert [p.name for p in path.parent.iterdir()] == ["keys.json"]


def test_a_file_is_replaced_whole_and_salted_anew(path: Path) -> None:
    before = json.loads(path.read_text())
    keys.write_file(path, PASS, {"a": one(secret="other")}, cost=2)
    after = json.loads(path.read_text())
    assert keys.read_file(path, PASS) == {"a": one(secret="other")}
    assert not {before[p] for p in ("salt", "nonce")} & {after[p] for p in ("salt", "nonce")}


def test_the_cost_of_a_new_file_is_high(tmp_path: Path) -> None:
    assert keys.SCRYPT_COST >= 1 << 17
    assert keys.write_file.__kwdefaults__ == {"cost": keys.SCRYPT_COST}


def test_a_wrong_password_opens_nothing(path: Path) -> None:
    with pytest.raises(KeysError, match="wrong password"):
        keys.read_file(path, PASS + "x")
    with pytest.raises(KeysError, match="password is needed"):
        keys.load("a", str(path))
    with pytest.raises(KeysError, match="no entry 'c'"):
        keys.load("c", str(path), lambda: PASS)
    with pytest.raises(KeysError, match="8 characters"):
        keys.write_file(path, "short", {})


@pytest.mark.parametrize(
    ("part", "value"),
    [("cost", 4), ("cost", 1 << 30), ("cost", 3), ("cost", True), ("cost", "2"), ("block", 9),
     ("salt", ""), ("salt", "!"), ("salt", "\u20ac"), ("nonce", "AAAA"), ("sealed", "AAAA"),
     ("sealed", "?"),
     ("format", "other"), ("version", 2)],
)  # fmt: skip
def test_a_changed_file_is_refused(path: Path, part: str, value: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | {part: value}))
    with pytest.raises(KeysError):
        keys.read_file(path, PASS)


def test_any_flipped_byte_of_a_file_is_refused_or_harmless(path: Path) -> None:
    whole = path.read_bytes()
    good = keys.read_file(path, PASS)
    for at in range(0, len(whole), 3):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        error = None
        try:
            found = keys.read_file(path, PASS)
        except KeysError as caught:
            error = caught
        if error is None:
            assert found == good
        else:
            assert SECRET not in "".join(traceback.format_exception(error))


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff\xfe", b"[1]", b"x" * (1 << 20) + b"x", b"[" * 100_000]
)
def test_a_file_that_is_none_of_ours_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "keys.json"
    path.write_bytes(content)
    with pytest.raises(KeysError):
        keys.read_file(path, PASS)
    with pytest.raises(KeysError, match="cannot be read"):
        keys.read_file(tmp_path / "absent.json", PASS)


PEM_BAD = f"-----BEGIN PRIVATE KEY-----\n{SECRET}\n-----END PRIVATE KEY-----\n"


@pytest.mark.parametrize(
    ("make", "secret", "kind"),
    [
        (key_objects.hmac_base64, SECRET + "!", KeyKind.HMAC),
        (key_objects.hmac_base64, "====", KeyKind.HMAC),
        (key_objects.ed25519, PEM_BAD, KeyKind.ED25519),
        (key_objects.ed25519, "QUJD", KeyKind.ED25519),
        (key_objects.ed25519, "A" * 86, KeyKind.ED25519),
        (key_objects.es256, PEM_BAD, KeyKind.ES256),
        (key_objects.es256, SECRET, KeyKind.ES256),
    ],
)
def test_a_secret_of_another_form_is_refused_unseen(make, secret: str, kind: KeyKind) -> None:
    with pytest.raises(KeysError) as caught:
        make(one(secret=secret, kind=kind))
    assert SECRET not in "".join(traceback.format_exception(caught.value))
    assert "abcd..." in str(caught.value)


def test_a_curve_is_not_taken_for_another() -> None:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    def pem(private) -> str:
        form = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return private.private_bytes(*form).decode()

    edwards = pem(ed25519.Ed25519PrivateKey.generate())
    p256 = pem(ec.generate_private_key(ec.SECP256R1()))
    p384 = pem(ec.generate_private_key(ec.SECP384R1()))
    assert key_objects.ed25519(one(secret=edwards, kind="ed25519"))
    assert key_objects.es256(one(secret=p256, kind="es256"))
    for make, secret in (
        (key_objects.ed25519, p256),
        (key_objects.es256, edwards),
        (key_objects.es256, p384),
    ):
        with pytest.raises(KeysError):
            make(one(secret=secret))


def test_a_kind_is_required_by_name() -> None:
    key_objects.require(one(), "venue", KeyKind.HMAC)
    with pytest.raises(KeysError, match="of venue: kind hmac, not es256"):
        key_objects.require(one(), "venue", KeyKind.ES256)
