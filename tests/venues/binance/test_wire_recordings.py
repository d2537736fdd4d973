"""Recorded frames: reference, native scanners and an oracle on another JSON library agree."""

import gzip
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from support import RECORDINGS, btcusd_inverse, btcusdt, btcusdt_linear, config_of, require
from venues.binance.wire_frames import expected

from tickpath.core.codes import Code
from tickpath.core.config import Instrument
from tickpath.venues.binance import native, wire

pytestmark = pytest.mark.recordings

# Resting orders older than the symbol's present lot keep quantities of 0.000001.
SPOT = btcusdt(lot_size=Decimal("0.000001"))
FILES = (
    ("spot_btcusdt_20240808", SPOT, 29),
    ("spot_btcusdt_20240809", SPOT, 41),
    ("usdm_btcusdt_20240808", btcusdt_linear(), 61),
    ("cm_btcusd_perp_20240808", btcusd_inverse(), 37),
)


def frames(name: str, every: int) -> Iterator[bytes]:
    with gzip.open(require(RECORDINGS / f"{name}.gz")) as lines:
        for k, line in enumerate(lines):
            if k % every == 0 or b"lastUpdateId" in line[:60]:
                yield line.split(b" ", 1)[1].rstrip()


@pytest.mark.parametrize(("name", "instrument", "every"), FILES)
def test_sample(name: str, instrument: Instrument, every: int) -> None:
    config = config_of(instrument)
    reference, decoder = wire.MarketDecoder(config, 0), native.MarketDecoder(config, 0)
    kinds = set()
    for frame in frames(name, every):
        wanted = (Code.OK, expected(frame, instrument))
        assert decoder.decode(frame) == wanted
        assert decoder.decode_general(frame) == wanted
        assert reference.decode(frame) == wanted
        kinds.add(wanted[1].kind)
    assert len(kinds) >= 3


def test_every_line_of_one_file() -> None:
    name, instrument, _ = FILES[0]
    config = config_of(instrument)
    decoder = native.MarketDecoder(config, 0)
    count = 0
    for frame in frames(name, 1):
        answer: Any = decoder.decode(frame)
        assert answer == decoder.decode_general(frame)
        assert answer[0] == Code.OK
        count += 1
    assert count == 41249


def test_quantities_finer_than_the_lot_are_refused() -> None:
    config = config_of(replace(SPOT, lot_size=Decimal("0.00001")))
    decoder = native.MarketDecoder(config, 0)
    codes = [decoder.decode(frame)[0] for frame in frames(FILES[0][0], 1)]
    assert {c: codes.count(c) for c in set(codes)} == {Code.OK: 41246, Code.FEED_OFF_GRID: 3}
