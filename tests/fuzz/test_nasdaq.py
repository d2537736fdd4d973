"""Mutated messages and packets of NASDAQ: never a crash, and native and reference agree.

TICKPATH_FUZZ_N sets the inputs a decoder takes (a short slice otherwise); a twentieth of them, at
most a million, also goes through the Python reference.
"""

import os
from collections.abc import Iterator

from venues.nasdaq.itch_day import STOCKS, Day
from venues.nasdaq.test_wire import events, stock_config

from tickpath.venues.binance.fuzzing import mutations
from tickpath.venues.nasdaq import itch, mold, native, native_itch, native_mold, wire
from tickpath.venues.nasdaq.mold import packet

FRAMES = int(os.environ.get("TICKPATH_FUZZ_N", "40000"))
COMPARED = min(1_000_000, FRAMES // 20)
OURS = STOCKS[:2]
RESTART = 300


def messages(seed: int) -> list[bytes]:
    """A small day, every kind of message that a book reads and some others."""
    day = Day(seed)
    return [*day.start(), *(day.next() for _ in range(300))]


def stream(count: int, seed: int) -> Iterator[bytes]:
    """Packets of one damaged message each, in order; a session of sound ones now and then, so that
    books live again."""
    session, sequence = 0, 1
    for k, data in enumerate(mutations(messages(seed), count, seed)):
        if k % RESTART == 0:
            session, sequence = session + 1, 1
            for sound in messages(session)[:120]:
                yield packet(b"%010d" % session, sequence, [sound])
                sequence += 1
        if len(data) < 2**16:
            yield packet(b"%010d" % session, sequence, [data])
            sequence += 1


def test_message_decoders_agree() -> None:
    for data in mutations(messages(1), COMPARED, 1):
        assert itch.decode(data) == native_itch.decode(data), data
    for data in mutations(messages(1), FRAMES, 2):
        native_itch.decode(data)


def test_market_decoders_agree_on_damaged_messages() -> None:
    config = stock_config(*OURS)
    decoders = wire.MarketDecoder(config, 0), native.MarketDecoder(config, 0)
    for data in stream(COMPARED, 3):
        found = [events(decoder, data) for decoder in decoders]
        assert found[0] == found[1], data
    assert decoders[0].book.export_state() == decoders[1].book.export_state()


def test_market_decoder_takes_anything() -> None:
    decoder = native.MarketDecoder(stock_config(*OURS), 0)
    live = 0
    for data in stream(FRAMES, 4):
        events(decoder, data)
        live += any(decoder.live)
    assert live > FRAMES // 50


def test_market_decoders_agree_on_damaged_packets() -> None:
    config = stock_config(*OURS)
    decoders = wire.MarketDecoder(config, 0), native.MarketDecoder(config, 0)
    seeds = list(stream(200, 5))
    for data in mutations(seeds, COMPARED, 6):
        assert events(decoders[0], data) == events(decoders[1], data), data


def test_receivers_agree_on_damaged_packets() -> None:
    pair = mold.MoldReceiver(), native_mold.MoldReceiver()
    seeds = list(stream(200, 7))
    for k, data in enumerate(mutations(seeds, COMPARED, 8)):
        assert pair[0].on_packet(k % 3, data, k) == pair[1].on_packet(k % 3, data, k), data
        assert pair[0].take() == pair[1].take()
    assert pair[0].counters == pair[1].counters
    assert pair[0].lines == pair[1].lines
    alone = native_mold.MoldReceiver()
    for k, data in enumerate(mutations(seeds, FRAMES, 9)):
        alone.on_packet(k % 3, data, k)
        alone.take()
