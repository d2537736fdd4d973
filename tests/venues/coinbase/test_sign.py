"""Coinbase tokens and headers: vectors by equality, ES256 by verifying."""

import base64
import hashlib
import hmac
import json

import pytest
from venues.live import live
from venues.vectors import keys, vectors

from tickpath.core.errors import DataError, KeysError
from tickpath.venues.coinbase.sign import ExchangeSigner, TokenSigner, random_nonce
from tickpath.venues.keys import KeyKind

InvalidSignature = live("cryptography.exceptions").InvalidSignature
ec = live("cryptography.hazmat.primitives.asymmetric.ec")
encode_dss_signature = live("cryptography.hazmat.primitives.asymmetric.utils").encode_dss_signature
SHA256 = live("cryptography.hazmat.primitives.hashes").SHA256
serialization = live("cryptography.hazmat.primitives.serialization")

NOW = 1_700_000_000
EXCHANGE = base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()


def plain(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_the_rfc_8037_vector() -> None:
    (v,) = vectors("eddsa_jws")
    signer = TokenSigner(keys(v["d"], KeyKind.ED25519), lambda: NOW)
    text, _, signature = v["jws"].rpartition(".")
    assert signer._sign(text.encode()) == plain(signature)
    both = base64.b64encode(plain(v["d"]) + plain(v["x"])).decode()
    assert TokenSigner(keys(both, KeyKind.ED25519), lambda: NOW)._sign(b"") == signer._sign(b"")


def test_an_eddsa_token_vector() -> None:
    for v in vectors("coinbase_jwt_eddsa"):
        signer = TokenSigner(
            keys(v["d"], KeyKind.ED25519, id=v["header"]["kid"]),
            lambda: NOW,
            lambda nonce=v["header"]["nonce"]: nonce,
        )
        assert signer.token(v["claims"]["uri"]) == v["jwt"]
        headers = signer.headers("POST", "api.coinbase.com", "/api/v3/brokerage/orders?a=1")
        assert headers == {"Authorization": f"Bearer {v['jwt']}"}


@pytest.mark.parametrize("form", ["PKCS8", "TraditionalOpenSSL"])
def test_es256_is_raw_r_and_s(form: str) -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    pem = private.private_bytes(
        serialization.Encoding.PEM,
        getattr(serialization.PrivateFormat, form),
        serialization.NoEncryption(),
    ).decode()
    signer = TokenSigner(keys(pem, KeyKind.ES256, id="organizations/o/apiKeys/k"), lambda: NOW)
    for _ in range(50):
        head, claims, signature = signer.token().split(".")
        raw = plain(signature)
        assert len(raw) == 64
        der = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
        private.public_key().verify(der, f"{head}.{claims}".encode(), ec.ECDSA(SHA256()))
        with pytest.raises(InvalidSignature):
            private.public_key().verify(der, b"other", ec.ECDSA(SHA256()))
    assert json.loads(plain(head))["alg"] == "ES256"
    assert json.loads(plain(claims)) == {
        "sub": "organizations/o/apiKeys/k", "iss": "cdp", "nbf": NOW, "exp": NOW + 120,
    }  # fmt: skip


def test_every_message_gets_a_fresh_token() -> None:
    (v,) = vectors("eddsa_jws")
    signer = TokenSigner(keys(v["d"], KeyKind.ED25519), lambda: NOW)
    frame = b'{"type":"subscribe","channel":"user","product_ids":["BTC-USD"]}'
    found = [json.loads(signer.message(frame)) for _ in range(2)]
    tokens = [f.pop("jwt") for f in found]
    assert found == [json.loads(frame)] * 2
    assert len({json.loads(plain(t.split(".")[0]))["nonce"] for t in tokens}) == 2
    assert "uri" not in json.loads(plain(tokens[0].split(".")[1]))
    assert random_nonce() != random_nonce()
    with pytest.raises(DataError):
        signer.message(b"[]")


def test_exchange_vectors() -> None:
    for v in vectors("coinbase_exchange_hmac"):
        signer = ExchangeSigner(
            keys(v["secret"], id="K", passphrase="P"), lambda stamp=v["timestamp"]: int(stamp)
        )
        headers = signer.headers(v["method"], v["path"], v["body"].encode())
        assert headers == {
            "CB-ACCESS-KEY": "K",
            "CB-ACCESS-SIGN": v["signature"],
            "CB-ACCESS-TIMESTAMP": v["timestamp"],
            "CB-ACCESS-PASSPHRASE": "P",
        }


def test_an_exchange_subscription_signs_the_verify_path() -> None:
    signer = ExchangeSigner(keys(EXCHANGE, id="K", passphrase='P"'), lambda: NOW)
    found = json.loads(signer.message(b'{"type":"subscribe"}'))
    text = f"{NOW}GET/users/self/verify".encode()
    wanted = hmac.new(base64.b64decode(EXCHANGE), text, hashlib.sha256).digest()
    assert found == {
        "type": "subscribe", "key": "K", "passphrase": 'P"', "timestamp": str(NOW),
        "signature": base64.b64encode(wanted).decode(),
    }  # fmt: skip


def test_unfit_keys_are_refused() -> None:
    with pytest.raises(KeysError, match="passphrase"):
        ExchangeSigner(keys(EXCHANGE), lambda: NOW)
    with pytest.raises(KeysError, match="kind hmac, not es256 or ed25519"):
        TokenSigner(keys(EXCHANGE), lambda: NOW)
