"""Mutated Coinbase frames: never a crash or a read beyond the padding, and both decoders agree.

TICKPATH_FUZZ_N sets the frames a decoder (a short slice otherwise); a fortieth of them, at most a
million, also goes through the Python reference.
"""

import os

from venues.coinbase.test_orders import EVERY
from venues.coinbase.test_orders import corpus as order_frames
from venues.coinbase.wire_frames import ADVANCED, config_for, corpus, drained

from tickpath.core.codes import Code
from tickpath.venues.binance.fuzzing import fuzz_events, fuzz_reports, mutations
from tickpath.venues.coinbase import native, native_orders, orders, wire

FRAMES = int(os.environ.get("TICKPATH_FUZZ_N", "200000"))
COMPARED = min(1_000_000, FRAMES // 40)
MARKET = [case["data"] for case in corpus("market.jsonl") if case["data"]]


def test_market_decoders_agree_on_mutated_frames() -> None:
    config = config_for()
    decoder, reference = native.MarketDecoder(config, 0), wire.MarketDecoder(config, 0)
    counts = fuzz_events(decoder, MARKET, FRAMES, 1)
    assert sum(counts.values()) > FRAMES
    assert counts[Code.OK] > FRAMES // 50
    assert len(counts) > 10
    for data in mutations(MARKET, COMPARED, 2):
        assert drained(decoder, data) == drained(reference, data), data
        assert decoder.sequence == reference.sequence, data


def test_order_decoders_agree_on_mutated_frames() -> None:
    codec, reference = (m.OrderCodec(EVERY, ADVANCED) for m in (native_orders, orders))
    counts = fuzz_reports(codec, order_frames(), FRAMES, 3)
    assert sum(counts.values()) == FRAMES
    assert counts[Code.OK] > FRAMES // 50
    codec.import_state(reference.export_state())
    for data in mutations(order_frames(), COMPARED, 4):
        assert codec.decode(data) == reference.decode(data), data
    assert codec.export_state() == reference.export_state()
