"""Mutated frames: never a crash, and the fast scanner, the general one and the reference agree.

TICKPATH_FUZZ_N sets the frames a decoder (a short slice otherwise; `make fuzz` takes 20 million);
a twentieth of them, at most a million, also goes through the Python reference.
"""

import os

import pytest
from fuzz_wire import seeds
from order_frames import (
    cancel_reply,
    error_reply,
    execution_report,
    place_reply,
    replace_halves,
)
from sbe_frames import execution, sbe_of
from support import btcusd_inverse, btcusdt, btcusdt_linear, config_of
from venues.binance.wire_frames import odd_config

from tickpath.core.codes import Code
from tickpath.venues.binance import native, native_orders, orders, wire
from tickpath.venues.binance.fuzzing import fuzz_decode, fuzz_reports, mutations
from tickpath.venues.sim.native import SimVenue

FRAMES = int(os.environ.get("TICKPATH_FUZZ_N", "200000"))
COMPARED = min(1_000_000, FRAMES // 20)
OWN = "0001000100000001"


@pytest.mark.parametrize("kind", ["text", "binary"])
def test_market_decoders_agree_on_mutated_frames(kind: str) -> None:
    config, frames = odd_config(), seeds()[kind]
    fast, general = native.MarketDecoder(config, 0), native.MarketDecoder(config, 0)
    counts, found = fuzz_decode(fast, general, frames, FRAMES, 1)
    assert found is None, found
    assert sum(counts.values()) == FRAMES
    reference = wire.MarketDecoder(config, 0)
    for frame in mutations(frames, COMPARED, 2):
        assert fast.decode(frame) == reference.decode(frame), frame


def report_frames(instrument: object) -> list[bytes]:
    """Replies, and the simulated venue's own reports on a small life of orders."""
    config = config_of(instrument)  # type: ignore[arg-type]
    venue = SimVenue(config)
    snapshot = b'{"lastUpdateId":5,"bids":[["60000.00","9"]],"asks":[["60001.00","9"]]}'
    venue.on_market(0, snapshot, 1_000_000)
    for text in (
        b'{"id":"%b","method":"order.place","params":{"symbol":"%b","side":"BUY","type":"LIMIT",'
        b'"timeInForce":"GTC","price":"60000.00","quantity":"2","newClientOrderId":"%b"}}',
        b'{"id":"q%b","method":"order.status","params":{"symbol":"%b","origClientOrderId":"%b"}}',
        b'{"id":"c%b","method":"order.cancel","params":{"symbol":"%b","origClientOrderId":"%b"}}',
        b'{"id":"q%b","method":"order.status","params":{"symbol":"%b","origClientOrderId":"%b"}}',
    ):
        symbol = config.instruments[0].symbol.encode()
        venue.on_request(
            config.instruments[0].venue, text % (OWN.encode(), symbol, OWN.encode()), 2_000_000
        )
    return [data for _, _, data in venue.take_reports()] + [place_reply(OWN), cancel_reply(OWN)]


@pytest.mark.parametrize("make", [btcusdt, btcusdt_linear, btcusd_inverse])
def test_order_decoders_agree_on_mutated_reports(make: object) -> None:
    instrument = make()  # type: ignore[operator]
    config = config_of(instrument)
    frames = report_frames(instrument)
    codec = native_orders.OrderCodec(config, instrument.venue)
    assert sum(fuzz_reports(codec, frames, FRAMES, 3).values()) == FRAMES
    reference = orders.OrderCodec(config, instrument.venue)
    for frame in mutations(frames, COMPARED, 4):
        assert codec.decode(frame) == reference.decode(frame), frame


def test_order_decoders_agree_on_mutated_sbe() -> None:
    config = config_of(btcusdt())
    halves = replace_halves(OWN, OWN, cancelled=True, placed="FAILURE")
    texts = [
        place_reply(OWN),
        place_reply(OWN, executedQty="0", status="NEW", fills=[]),
        cancel_reply(OWN),
        error_reply(OWN, 409, -2021, halves),
    ]
    frames = [sbe_of(text) for text in texts]
    frames += [
        execution(execution_report(OWN, step, l="0.5", L="100.01")) for step in ("NEW", "TRADE")
    ]
    codec = native_orders.OrderCodec(config, 0)
    counts = fuzz_reports(codec, frames, FRAMES, 5)
    assert sum(counts.values()) == FRAMES
    assert {Code.OK, Code.FEED_TRUNCATED, Code.FEED_SCHEMA, Code.EXECUTE_REPORT} <= counts.keys()
    reference = orders.OrderCodec(config, 0)
    for data in mutations(frames, COMPARED, 6):
        assert codec.decode(data) == reference.decode(data), data
