"""Mutated frames: the fast scanner, the general one and the reference give the same answer.

TICKPATH_FUZZ_N sets how many frames the two native scanners take (100 000 unless said); the
reference takes a twentieth of them.
"""

import os

import pytest
from venues.binance.wire_frames import GOOD, corpus, encode_sbe, odd_config

from tickpath.core.codes import Code
from tickpath.venues.binance import native, wire
from tickpath.venues.binance.fuzzing import fuzz_decode, mutations, time_decode

N = int(os.environ.get("TICKPATH_FUZZ_N", "100000"))
CONFIG = odd_config()
TEXT = [c["data"] for c in corpus("market.jsonl") if c["data"][:1] == b"{" and c["code"] == 0]
BINARY = [encode_sbe(*case, "BTCUSDT") for case in GOOD]
BINARY += [encode_sbe(*case, "ETHUSDT", version=1, tail=b"x") for case in GOOD]


@pytest.mark.parametrize("seeds", [TEXT, BINARY], ids=["text", "binary"])
def test_scanners_agree(seeds: list[bytes]) -> None:
    decoders = native.MarketDecoder(CONFIG, 0), native.MarketDecoder(CONFIG, 0)
    counts, found = fuzz_decode(*decoders, seeds, N, 20260101)
    assert found is None
    assert sum(counts.values()) == N
    assert counts[Code.OK] > N // 50
    assert len(counts) > 8


@pytest.mark.parametrize("seeds", [TEXT, BINARY], ids=["text", "binary"])
def test_reference_agrees(seeds: list[bytes]) -> None:
    reference, decoder = wire.MarketDecoder(CONFIG, 0), native.MarketDecoder(CONFIG, 0)
    for frame in mutations(seeds, N // 20, 7):
        assert decoder.decode(frame) == reference.decode(frame), frame


def test_mutations_depend_on_the_seed_alone() -> None:
    assert list(mutations(TEXT, 50, 3)) == list(mutations(TEXT, 50, 3))
    assert list(mutations(TEXT, 50, 3)) != list(mutations(TEXT, 50, 5))


def test_a_difference_is_found() -> None:
    """Two decoders whose first instruments differ disagree on a frame without a symbol."""
    other = odd_config()
    source = other.sources[0]
    turned = type(source)(name="turned", venue=0, instruments=source.instruments[::-1])
    config = type(other)(
        currencies=other.currencies,
        venues=other.venues,
        instruments=other.instruments,
        sources=(turned,),
        balances=other.balances,
    )
    frame = b'{"lastUpdateId":160,"bids":[["1","1"]],"asks":[]}'
    decoders = native.MarketDecoder(CONFIG, 0), native.MarketDecoder(config, 0)
    assert fuzz_decode(*decoders, [frame], 1000, 1)[1] is not None


def test_time_decode_refuses_frames_that_do_not_decode() -> None:
    decoder = native.MarketDecoder(CONFIG, 0)
    assert time_decode(decoder, TEXT, 200, False) > 0
    with pytest.raises(ValueError, match="were refused"):
        time_decode(decoder, [b"{}"], 10, True)
