"""What is kept of a market without orders of ours is what the simulated venue has."""

import numpy as np

from tickpath.backtest.setup import config_for
from tickpath.venues.sim import SimVenue
from tickpath.venues.sim.generator import generate
from tickpath.venues.sim.levels import market_of

DEPTH = 4


def test_books_trades_and_changes_are_those_of_the_venue() -> None:
    market = generate(seed=3, frames=300)
    config = config_for(market)
    until = int(market.t_ns[250])
    books, levels, moves, changes, resets = market_of(SimVenue(config), market, DEPTH, until)
    assert (np.diff(books[:, 0]) >= 0).all()
    assert books[-1, 0] <= until
    assert (moves[:, 1] == 2).sum() == len(books)
    venue, place = SimVenue(config), -1
    shown: dict[tuple[int, int], int] = {}
    for k in range(len(market)):
        t_ns = int(market.t_ns[k]) - config.sim.feed_latency_ns
        if t_ns > until:
            break
        begin = int(market.offsets[k])
        data = bytes(market.blob[begin : begin + int(market.sizes[k])])
        venue.on_market(0, data, t_ns)
        if k + 1 < len(market) and market.t_ns[k + 1] == market.t_ns[k]:
            continue
        while place + 1 < len(books) and books[place + 1, 0] <= t_ns:
            place += 1
            if place in resets[:, 0]:
                shown.clear()
            for side, ticks, _, lots in changes[changes[:, 2] == place].tolist():
                shown[side, ticks] = lots
        if place < 0:
            continue
        top = venue.books[0].top(10)
        assert books[place, 1] == (top.status == 1)
        for side, held in enumerate((top.bids, top.asks)):
            kept = levels.reshape(-1, 2, DEPTH, 2)[place, side]
            for row, level in zip(kept.tolist(), held, strict=False):
                assert row == [level.price_ticks, level.quantity_lots]
            for level in held:
                assert shown[side, level.price_ticks] == level.quantity_lots
            best = sorted((t for (s, t), n in shown.items() if s == side and n), reverse=not side)
            assert best[: len(held)] == [level.price_ticks for level in held]
    assert place > 20
