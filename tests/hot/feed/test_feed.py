"""The native feed against the plain one on random streams, and moved between them mid-run."""

from random import Random

import pytest
from feed_frames import FrameDecoder, bad, bbo, chained, depth, snapshot, trade
from support import btcusdt, config_of

from tickpath.core.codes import Code
from tickpath.hot.feed import native, reference


def feeds() -> tuple[reference.Feed, native.Feed]:
    config = config_of(btcusdt(), btcusdt(symbol="ETHUSDT"))
    return tuple(m.Feed(config, [FrameDecoder()] * 2) for m in (reference, native))


class Venue:
    """Ids of one instrument's streams, with losses, repeats and late snapshots."""

    def __init__(self, rng: Random, instrument: int, futures: bool) -> None:
        self.rng = rng
        self.instrument = instrument
        self.futures = futures
        self.last_id = 1000
        self.sent: list[bytes] = []

    def next(self) -> bytes:
        """A frame: mostly the next depth event."""
        rng, kind = self.rng, self.rng.random()
        if kind < 0.06:
            return snapshot(self.last_id - rng.randrange(-4, 12), self.instrument)
        if kind < 0.12:
            return bbo(self.last_id + rng.randrange(-3, 4), self.instrument)
        if kind < 0.16:
            return trade(self.last_id, self.instrument)
        if kind < 0.18:
            return bad(rng.choice((Code.FEED_SYNTAX, Code.FEED_OFF_GRID)), self.instrument)
        if kind < 0.22 and self.sent:
            return rng.choice(self.sent[-5:])
        before, self.last_id = self.last_id, self.last_id + rng.randrange(1, 9)
        levels = [(k + 1, k) for k in range(rng.randrange(4))]
        if self.futures:
            made = chained(before, self.last_id, self.instrument, bids=levels, asks=levels)
        else:
            made = depth(before + 1, self.last_id, self.instrument, bids=levels, asks=levels)
        self.sent.append(made)
        return self.next() if kind > 0.97 else made


@pytest.mark.parametrize("seed", range(4))
def test_random_streams_are_equal_and_movable(seed: int) -> None:
    rng, pair = Random(seed), feeds()
    venues = [Venue(rng, 0, False), Venue(rng, 1, True)]
    seen: set[int] = set()
    for k in range(1500):
        data = rng.choice(venues).next()
        plain, fast = (feed.on_frame(k & 1, data, k) for feed in pair)
        assert fast == plain
        seen.add(plain[0])
        if rng.random() < 0.01:
            for feed in pair:
                feed.invalidate(k & 1)
        if k % 50 == 0:
            states = [feed.export_state() for feed in pair]
            assert states[0] == states[1]
            pair[0].import_state(states[1])
            pair[1].import_state(states[0])
    assert pair[0].export_state() == pair[1].export_state()
    assert seen >= {
        Code.OK, Code.FEED_BUFFERED, Code.FEED_GAP, Code.FEED_STALE_ID, Code.FEED_SNAPSHOT_OLD
    }  # fmt: skip


@pytest.mark.parametrize("futures", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_every_change_passes_exactly_once(seed: int, futures: bool) -> None:
    """Whatever is lost: after a sync the ids that pass cover the stream without a hole."""
    rng = Random(seed)
    venue, feed = Venue(rng, 0, futures), feeds()[0]
    last_id: int | None = None
    passed = 0
    for k in range(3000):
        code, events = feed.on_frame(0, venue.next(), k)
        if code == Code.FEED_GAP:
            last_id = None
        for event in events:
            if event.kind == 2:
                last_id = event.last_id
            elif event.kind == 1:
                assert last_id is not None
                assert event.last_id >= last_id
                assert (event.prev_id if futures else event.first_id - 1) <= last_id
                last_id, passed = event.last_id, passed + 1
    assert passed > 500
