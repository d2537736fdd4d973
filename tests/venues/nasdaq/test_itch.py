"""ITCH 5.0 messages: both decoders on every type, the recorded captures, and back to bytes."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import FIXTURES, require

from tickpath.core.codes import Code
from tickpath.venues.nasdaq import itch, native_itch
from tickpath.venues.nasdaq.captures import read_capture
from tickpath.venues.nasdaq.mold import messages

CAPTURES = FIXTURES / "nasdaq/itch50"
COUNTS = {
    "AddOrderNoMpidAttributionMessage": "A",
    "MarketParticipantPositionMessage": "L",
    "OrderDeleteMessage": "D",
    "OrderReplaceMessage": "U",
    "StockTradingActionMessage": "H",
}
LENGTHS = {
    "S": 12, "R": 39, "H": 25, "Y": 20, "L": 26, "V": 35, "W": 12, "K": 28, "J": 35, "h": 21,
    "A": 36, "F": 40, "E": 31, "C": 36, "X": 23, "D": 19, "U": 35, "P": 44, "Q": 40, "B": 19,
    "I": 50, "N": 20, "O": 48,
}  # fmt: skip


def recorded() -> list[tuple[str, bytes]]:
    """(file stem, message) of every recorded ITCH message."""
    return [
        (path.stem, message)
        for path in sorted(require(CAPTURES).glob("*.pcap"))
        for _, data in read_capture(path).packets
        for message in messages(data) or []
    ]


def any_message() -> st.SearchStrategy[itch.Message]:
    def of(kind: str) -> st.SearchStrategy[itch.Message]:
        fields = {}
        for name, width, size in itch.LAYOUTS[ord(kind)]:
            if width in itch.NUMBERS:
                fields[name] = st.integers(0, 256**size - 1)
            elif name in itch.CHOICES:
                fields[name] = st.sampled_from(itch.CHOICES[name])
            else:
                fields[name] = st.text("ABZ.09", max_size=size)
        return st.builds(
            itch.Message, st.just(kind), st.integers(0, 2**16 - 1), st.integers(0, 2**16 - 1),
            st.integers(0, 2**48 - 1), st.fixed_dictionaries(fields),
        )  # fmt: skip

    return st.sampled_from(sorted(itch.FIELDS)).flatmap(of)


def test_lengths_are_those_of_the_specification() -> None:
    assert {chr(kind): length for kind, length in itch.LENGTHS.items()} == LENGTHS


@given(any_message(), st.binary(max_size=4))
def test_every_type_there_and_back(message: itch.Message, tail: bytes) -> None:
    data = itch.encode(message)
    assert len(data) == LENGTHS[message.kind]
    for decoder in (itch, native_itch):
        assert decoder.decode(data) == (Code.OK, message)
        assert decoder.decode(data + tail) == (Code.OK, message), "a newer layout is longer"
        assert decoder.decode(data[:-1]) == (Code.FEED_TRUNCATED, None)


@given(st.binary(max_size=60))
def test_any_bytes_give_the_same_verdict(data: bytes) -> None:
    assert itch.decode(data) == native_itch.decode(data)


@pytest.mark.parametrize("decoder", [itch, native_itch])
def test_bad_messages(decoder: object) -> None:
    decode = decoder.decode  # type: ignore[attr-defined]
    add = itch.encode(
        itch.Message(
            "A", 1, 0, 5,
            {"reference": 1, "side": "B", "shares": 1, "stock": "A", "price": 1},
        )
    )  # fmt: skip
    assert decode(b"") == (Code.FEED_TRUNCATED, None)
    assert decode(b"z" * 40) == (Code.FEED_UNKNOWN_KIND, None)
    assert decode(add[:19] + b"X" + add[20:]) == (Code.FEED_RANGE, None)
    assert decode(add[:24] + b"\xff" + add[25:]) == (Code.FEED_ENCODING, None)


@pytest.mark.recordings
def test_recorded_messages_decode_and_encode_to_the_same_bytes() -> None:
    found = recorded()
    assert len(found) == 44, "6 captures: 5 of one message, one of 1 and 38"
    kinds = {stem: chr(data[0]) for stem, data in found if stem in COUNTS}
    assert kinds == COUNTS
    for _, data in found:
        code, message = itch.decode(data)
        assert code == Code.OK
        assert message is not None
        assert native_itch.decode(data) == (code, message)
        assert itch.encode(message) == data


@pytest.mark.recordings
def test_a_recorded_add_reads_as_it_is() -> None:
    path = require(CAPTURES) / "AddOrderNoMpidAttributionMessage.pcap"
    ((t_ns, data),) = read_capture(path).packets
    (raw,) = messages(data) or []
    code, message = native_itch.decode(raw)
    assert code == Code.OK
    assert message is not None
    assert t_ns == 1_692_711_000_000_059_094
    assert (message.kind, message.locate, message.t_ns) == ("A", 5528, 34_199_999_894_278)
    assert message.fields == {
        "reference": 23_508_286, "side": "B", "shares": 1600, "stock": "IVOO", "price": 873_900,
    }  # fmt: skip
    midnight = (t_ns // 10**9 - 34_200) * 10**9
    assert 0 < t_ns - midnight - message.t_ns < 10**6, "from the venue to the capture"


CORPUS = [
    json.loads(line)
    for line in (Path(__file__).resolve().parents[2] / "corpus/nasdaq/messages.jsonl")
    .read_text(encoding="utf-8")
    .splitlines()
]


@pytest.mark.parametrize("case", CORPUS, ids=lambda case: str(case["name"]))
def test_corpus(case: dict[str, Any]) -> None:
    data = bytes.fromhex(case["data"])
    for decoder in (itch, native_itch):
        code, message = decoder.decode(data)
        assert Code(code).name == case["code"]
        if message is not None:
            assert message.kind == chr(data[0])
            assert (message.locate, message.tracking) == (case["locate"], case["tracking"])
            assert message.t_ns == case["t_ns"]
            assert message.fields == case["fields"]
