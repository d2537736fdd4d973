"""An order feed as flat frames, and a venue that keeps its orders one by one."""

import json
from dataclasses import replace
from decimal import Decimal
from random import Random
from typing import Any

import numpy as np
from support import btcusdt, config_of
from venues.sim.desk import IDS

from tickpath.core.config import Config, SimSpec
from tickpath.core.ticks import NO_SIDE, OrderRow, Ticks, ticks_of
from tickpath.storage.levels import Levels
from tickpath.venues.flat.frames import flat_recording
from tickpath.venues.sim.frames import Recording

NAMES = (
    "t_recv_ns", "kind", "order_id", "prev_id", "side", "price_ticks", "quantity_lots", "last_id",
)  # fmt: skip
ADD, REDUCE, DELETE, EXECUTE, REPLACE, CLEAR = (int(kind) for kind in OrderRow)
TRADE = 4
STEP_NS = 1_000_000
Row = tuple[int, ...]


def fifo_config(**sim: Any) -> Config:
    """BTCUSDT on a flat source, with a queue of single orders."""
    base = config_of(btcusdt(notional_min=Decimal(0)), sim=SimSpec(**{"queue": "fifo"} | sim))
    return replace(base, sources=tuple(replace(s, wire="flat") for s in base.sources))


def rows_of(rows: list[Row]) -> Ticks:
    """(time, kind, id, previous id, side, price, lots, trade id) as ticks."""
    table = np.array(rows, np.int64).reshape(-1, len(NAMES))
    return ticks_of(**{name: table[:, k] for k, name in enumerate(NAMES)})


def frames_of(rows: list[Row], levels: Levels | None = None) -> Recording:
    """Their flat frames with order rows."""
    levels = levels or Levels(orders=True)
    ticks = levels.take(rows_of(rows))
    return flat_recording("binance-spot", "BTCUSDT", ticks, levels.take_orders(ticks))


def place_text(k: int, side: str, ticks: int, lots: int, **more: Any) -> bytes:
    """A request for an order of spot."""
    params = {
        "symbol": "BTCUSDT", "side": side, "type": "LIMIT", "timeInForce": "GTC",
        "price": f"{ticks / 100:.2f}", "quantity": f"{lots / 100_000:.5f}",
        "newClientOrderId": IDS[k],
    }  # fmt: skip
    body = {"id": IDS[k], "method": "order.place", "params": params | more}
    return json.dumps(body, separators=(",", ":")).encode()


class L3Desk:
    """A venue fed with order rows one by one."""

    def __init__(self, make: Any, **sim: Any) -> None:
        self.venue = make(fifo_config(**sim))
        self.levels = Levels(orders=True)
        self.t_ns = STEP_NS

    def row(self, kind: int, order: int, side: int, ticks: int, lots: int, **more: int) -> None:
        self.t_ns += STEP_NS
        row = (self.t_ns, kind, order, more.get("prev", 0), side, ticks, lots, more.get("last", 0))
        self.feed(frames_of([row], self.levels))

    def feed(self, recording: Recording) -> None:
        for k in range(len(recording)):
            start, size = int(recording.offsets[k]), int(recording.sizes[k])
            frame = bytes(recording.blob[start : start + size])
            self.venue.on_market(0, frame, int(recording.t_ns[k]))

    def place(self, k: int, side: str, ticks: int, lots: int, **more: Any) -> None:
        self.t_ns += STEP_NS
        self.venue.on_request(0, place_text(k, side, ticks, lots, **more), self.t_ns)

    def cancel(self, k: int) -> None:
        self.t_ns += STEP_NS
        body = {"id": "c" + IDS[k], "method": "order.cancel",
                "params": {"symbol": "BTCUSDT", "origClientOrderId": IDS[k]}}  # fmt: skip
        self.venue.on_request(0, json.dumps(body, separators=(",", ":")).encode(), self.t_ns)

    def fills(self) -> list[tuple[int, int, int]]:
        """(number of ours, lots, why) since the last call."""
        rows = self.venue.take_fills()
        return [
            ((int(r["client_order_id"]) & 0xFFFF) - 1, int(r["quantity_lots"]), int(r["why"]))
            for r in rows
        ]


def order_storm(seed: int, count: int, start: int = 0) -> list[Row]:
    """Rows of a market whose sides do not meet, with times that rise; executions hit the best
    order, but for a few."""
    random, resting, rows, ids = Random(seed), dict[int, list[int]](), [], start
    t_ns, trade = STEP_NS, 0
    for _ in range(count):
        t_ns += STEP_NS
        kind = random.choice((ADD, ADD, REDUCE, DELETE, EXECUTE, EXECUTE, REPLACE, TRADE, TRADE))
        side = random.randint(0, 1)
        mine = [i for i, o in resting.items() if o[0] == side]
        if kind == TRADE:
            trade += 1
            price = random.randint(9_996, 10_004)
            rows.append(
                (t_ns, TRADE, 0, 0, random.randint(0, 1), price, random.randint(1, 5), trade)
            )
            continue
        if kind == ADD or len(mine) < 4:
            ids += 1
            resting[ids] = [side, priced(random, side), random.randint(1, 9)]
            rows.append((t_ns, ADD, ids, 0, *resting[ids], 0))
            continue
        own = random.choice(mine)
        if kind == EXECUTE and random.random() < 0.9:
            best = max if side == 0 else min
            price = best(resting[i][1] for i in mine)
            own = next(i for i in mine if resting[i][1] == price)
        order = resting[own]
        if kind == REPLACE:
            ids += 1
            resting[ids] = [side, priced(random, side), random.randint(1, 9)]
            rows.append((t_ns, REPLACE, ids, own, *resting[ids], 0))
            del resting[own]
            continue
        lots = order[2] if kind == DELETE else random.randint(1, order[2])
        trade += kind == EXECUTE
        last = trade if kind == EXECUTE and random.random() < 0.8 else 0
        rows.append((t_ns, kind, own, 0, side, order[1], lots, last))
        order[2] -= lots
        if order[2] == 0:
            del resting[own]
    return rows


def priced(random: Random, side: int) -> int:
    """A price of a side: 9 995 to 9 999, 10 001 to 10 005."""
    return 10_000 + (1 if side else -1) * random.randint(1, 5)


EMPTY: Row = (STEP_NS, CLEAR, 0, 0, NO_SIDE, 0, 0, 0)
