"""Kraken signatures, nonces and tokens."""

import base64
import hashlib
import hmac
import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from venues.vectors import keys, vectors

from tickpath.core.errors import DataError, KeysError
from tickpath.venues.keys import KeyKind
from tickpath.venues.kraken.sign import NonceSource, Signer

SECRET = base64.b64encode(bytes(range(64))).decode()


def at(*nonces: int) -> NonceSource:
    values = iter(nonces)
    return NonceSource(lambda: next(values) * 1000)


def by_hand(path: str, nonce: str, body: bytes) -> str:
    inner = hashlib.sha256(nonce.encode() + body).digest()
    outer = hmac.new(base64.b64decode(SECRET), path.encode() + inner, hashlib.sha512)
    return base64.b64encode(outer.digest()).decode()


def test_vectors() -> None:
    for v in vectors("kraken_rest"):
        nonce, _, fields = v["body"].partition("&")
        signer = Signer(keys(v["secret"], id="K"), at(int(v["nonce"])))
        headers, body = signer.form(v["path"], fields.encode())
        assert nonce == f"nonce={v['nonce']}"
        assert body == v["body"].encode()
        assert headers["API-Sign"] == v["signature"]
        assert headers["API-Key"] == "K"


@given(st.binary(max_size=60))
def test_exactly_the_sent_body_is_signed(fields: bytes) -> None:
    signer = Signer(keys(SECRET), at(5))
    headers, body = signer.form("/0/private/Balance", fields)
    assert body == b"nonce=5" + (b"&" + fields if fields else b"")
    assert headers["API-Sign"] == by_hand("/0/private/Balance", "5", body)
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"


@pytest.mark.parametrize("document", [{}, {"pair": "XBT/USD", "orders": [{"price": "1.10"}]}])
def test_a_json_body_gains_the_nonce(document: dict) -> None:
    headers, body = Signer(keys(SECRET), at(9)).document(
        "/0/private/AddOrderBatch", json.dumps(document).encode()
    )
    assert json.loads(body) == {"nonce": 9} | document
    assert headers["API-Sign"] == by_hand("/0/private/AddOrderBatch", "9", body)
    assert headers["Content-Type"] == "application/json"


@given(st.lists(st.integers(0, 2**40), min_size=1, max_size=50))
def test_nonces_rise_whatever_the_clock_does(stamps: list[int]) -> None:
    source = at(*stamps)
    found = [source() for _ in stamps]
    assert all(a < b for a, b in pairwise(found))
    assert found[-1] >= max(stamps)


def test_nonces_go_on_above_a_stored_one_and_end() -> None:
    source = NonceSource(lambda: 0, last=1000)
    assert [source(), source()] == [1001, 1002]
    with pytest.raises(DataError, match="64 bits"):
        NonceSource(lambda: 0, last=2**64 - 1)()


def test_unfit_keys_are_refused() -> None:
    for secret, kind in (("?", KeyKind.HMAC), (SECRET, KeyKind.ED25519)):
        with pytest.raises(KeysError):
            Signer(keys(secret, kind), at(1))
