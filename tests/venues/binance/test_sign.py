"""Binance signatures: every vector, the bytes around them, and an independent construction."""

import base64
import hashlib
import hmac
import json
from urllib.parse import quote, unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import btcusdt, config_of
from venues.live import live
from venues.vectors import keys, vectors

from tickpath.core.errors import DataError, KeysError
from tickpath.core.records import IntentKind, OrderType, Request, Side, TimeInForce
from tickpath.venues.binance.orders import OrderCodec
from tickpath.venues.binance.sign import Signer, payload_of
from tickpath.venues.keys import KeyKind

live("cryptography")

PEM = (
    "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC"
    "\n-----END PRIVATE KEY-----\n"
)


def test_hmac_vectors() -> None:
    for v in vectors("binance_hmac"):
        assert Signer(keys(v["secret"])).signature(v["payload"].encode()) == v["signature"]


def test_ed25519_vectors() -> None:
    for v in vectors("binance_ed25519"):
        signer = Signer(keys(v["pem"], KeyKind.ED25519))
        assert signer.signature(v["payload"].encode()) == v["signature"]


def test_websocket_request_vectors() -> None:
    for v in vectors("binance_ws_hmac_requests"):
        params = dict(v["params"])
        id = params.pop("apiKey")
        for form in ({}, {"ensure_ascii": False}, {"indent": 1}):
            frame = json.dumps({"id": "1", "method": v["method"], "params": params}, **form)
            before = frame.encode()
            assert payload_of(before, id) == v["payload"].encode()
            signed = json.loads(Signer(keys(v["secret"], id=id)).request(before))
            assert signed["params"] == params | {"apiKey": id, "signature": v["signature"]}
            assert (signed["id"], signed["method"]) == ("1", v["method"])


def test_session_logon_vector() -> None:
    (v,) = [v for v in vectors("binance_ed25519") if v.get("use") == "session.logon"]
    signer = Signer(keys(v["pem"], KeyKind.ED25519))
    frame = json.dumps({"method": "session.logon", "params": {"timestamp": 1649729878532}})
    assert json.loads(signer.request(frame.encode()))["params"]["signature"] == v["signature"]


def test_logon_verifies_and_is_refused_without_ed25519() -> None:
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    signer = Signer(keys(PEM, KeyKind.ED25519, id="K1"))
    frame = json.loads(signer.logon("7", 1700000000123))
    assert frame["method"] == "session.logon"
    assert frame["params"]["timestamp"] == 1700000000123
    text = b"apiKey=K1&recvWindow=5000&timestamp=1700000000123"
    public = load_pem_private_key(PEM.encode(), None).public_key()
    public.verify(base64.b64decode(frame["params"]["signature"]), text)
    with pytest.raises(KeysError, match="Ed25519"):
        Signer(keys("s")).logon("7", 1)
    for window in (0, 60_001):
        with pytest.raises(KeysError, match="recvWindow"):
            signer.logon("7", 1, window)


def test_a_query_is_signed_with_its_body_behind_it() -> None:
    v = vectors("binance_hmac")[0]
    signer = Signer(keys(v["secret"], id="K"))
    whole = v["payload"].encode()
    end = b"&signature=" + v["signature"].encode()
    assert signer.query(whole) == whole + end
    assert signer.query(whole[:40], whole[40:]) == whole[:40] + end
    assert signer.query(b"", whole) == end[1:]
    assert signer.headers() == {"X-MBX-APIKEY": "K"}


def test_an_ed25519_query_is_percent_encoded() -> None:
    signer = Signer(keys(PEM, KeyKind.ED25519))
    texts = [f"timestamp={t}".encode() for t in range(20)]
    seen = b""
    for text in texts:
        mark, found = signer.query(text).rsplit(b"&signature=", 1)
        assert mark == text
        assert unquote_to_bytes(found).decode() == signer.signature(text)
        seen += found
    assert b"%2B" in seen
    assert b"%2F" in seen
    assert not set(seen) & set(b"+/=")


NAME = st.text("abcXYZ09_é１", min_size=1, max_size=8)
VALUE = st.text(max_size=12) | st.integers() | st.booleans() | st.sampled_from(["1.10", "0"])


@given(st.dictionaries(NAME, VALUE, max_size=8), st.sampled_from([None, 2]))
def test_any_flat_request_is_signed_as_built_by_hand(params: dict, indent) -> None:
    frame = json.dumps({"id": "x", "method": "m", "params": params}, indent=indent).encode()
    say = {k: {True: "true", False: "false"}.get(v, v) if v is True or v is False else v
           for k, v in (params | {"apiKey": "TESTKEY"}).items()}  # fmt: skip
    text = "&".join(f"{k}={say[k]}" for k in sorted(say))
    wanted = hmac.new(b"s3cret", text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
    signed = json.loads(Signer(keys("s3cret")).request(frame))
    assert signed["params"] == params | {"apiKey": "TESTKEY", "signature": wanted}


def test_numbers_keep_their_text() -> None:
    frame = b'{"params":{"a":1.10,"b":-0,"c":1E5,"d":12345678901234567890123}}'
    assert payload_of(frame, "k") == b"a=1.10&apiKey=k&b=-0&c=1E5&d=12345678901234567890123"


@pytest.mark.parametrize(
    "frame",
    [
        b"", b"{}", b'{"params":', b'{"params":{"a":', b'{"params":{"a":[1]}}',
        b'{"params":{"a":{}}}', b'{"params":{"a":null}}', b'{"params":{"a":NaN}}',
        b'{"params":{"apiKey":"x"}}', b'{"params":{"signature":"x"}}',
        b'{"params":{"a":"\xff"}}', b'\xff{"params":{"a":1}}', b'{"params":{"a":"\\ud800"}}',
        b'{"params":{"a":' + b"[" * 100_000,
    ],
)  # fmt: skip
def test_what_cannot_be_signed_is_refused(frame: bytes) -> None:
    with pytest.raises(DataError):
        Signer(keys("s3cret")).request(frame)


def test_the_bytes_of_the_engine_are_signed_in_a_copy() -> None:
    codec = OrderCodec(config_of(btcusdt()), 0)
    request = Request(
        IntentKind.SUBMIT, 0, 0, 0, Side.BUY, OrderType.LIMIT, TimeInForce.GTC, 0, 0, 100, 7, 77
    )
    unsigned = codec.encode(request, 1_700_000_000_000_000_000)
    before = bytes(unsigned)
    signed = Signer(keys("s3cret", id="K")).request(unsigned)
    assert unsigned == before
    assert b"s3cret" not in signed
    params = json.loads(signed)["params"]
    signature = params.pop("signature")
    text = "&".join(f"{k}={params[k]}" for k in sorted(params)).encode()
    assert signature == hmac.new(b"s3cret", text, hashlib.sha256).hexdigest()
    params.pop("apiKey")
    assert params == json.loads(unsigned)["params"]
    assert quote(signature) == signature


def test_a_key_of_another_kind_is_refused() -> None:
    with pytest.raises(KeysError, match="binance: kind es256"):
        Signer(keys("s", KeyKind.ES256))
