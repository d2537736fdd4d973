"""Mutated frames of Kraken: never a crash, and native scanners and the reference agree.

TICKPATH_FUZZ_N sets how deep it goes: a twentieth of it, at most a million frames a decoder.
"""

import os

from venues.kraken.kraken_frames import corpus, corpus_config
from venues.kraken.order_frames import codec_of, order_corpus

from tickpath.core.codes import Code
from tickpath.venues.binance.fuzzing import mutations
from tickpath.venues.kraken import native, wire

COMPARED = min(1_000_000, int(os.environ.get("TICKPATH_FUZZ_N", "200000")) // 20)


def test_market_decoders_agree_on_mutated_frames() -> None:
    """Valid frames with bytes changed, cut, doubled."""
    config = corpus_config()
    reference, decoder = wire.MarketDecoder(config, 0), native.MarketDecoder(config, 0)
    seeds = [c["data"] for c in corpus("market.jsonl") if c["code"] in (0, Code.FEED_CONTROL)]
    codes = set()
    for frame in mutations(seeds, COMPARED, 5):
        wanted = reference.decode(frame)
        assert decoder.decode(frame) == wanted, frame
        assert decoder.decode_general(frame) == wanted, frame
        codes.add(wanted[0])
    assert len(codes) >= 8


def test_order_decoders_agree_on_mutated_frames() -> None:
    reference, codec = codec_of("reference"), codec_of("native")
    seen = set()
    for frame in mutations(order_corpus(), COMPARED, 9):
        code, reports = reference.decode(frame)
        assert codec.decode(frame) == (code, reports), frame
        seen.add((code, len(reports)))
    assert len(seen) >= 6
