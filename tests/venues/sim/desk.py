"""A simulated venue with a small book, and short words to trade on it."""

import json
from typing import Any

from support import btcusdt, config_of

from tickpath.core.config import Config, SimSpec
from tickpath.venues.binance.orders import OrderCodec
from tickpath.venues.sim.fills import WHY
from tickpath.venues.sim.native import SimVenue

IDS = [f"00010001{k:08x}" for k in range(1, 40)]
SNAPSHOT = (
    b'{"lastUpdateId":10,"bids":[["100.00","5"],["99.99","4"]],'
    b'"asks":[["100.02","3"],["100.03","6"]]}'
)


class Desk:
    """A venue with a book, and short words to trade on it."""

    def __init__(self, make: Any = SimVenue, instruments: tuple[Any, ...] = (), **sim: Any) -> None:
        self.config: Config = config_of(*(instruments or (btcusdt(),)), sim=SimSpec(**sim))
        self.venue = make(self.config)
        self.codec = OrderCodec(self.config, 0)
        self.last_id, self.t_ns = 10, 1_000_000
        self.venue.on_market(0, SNAPSHOT, self.t_ns)

    def send(self, method: str, name: str, **params: Any) -> list[Any]:
        text = {"id": name, "method": method, "params": {"symbol": "BTCUSDT", **params}}
        self.t_ns += 1_000_000
        data = json.dumps(text, separators=(",", ":")).encode()
        self.venue.on_request(0, data, self.t_ns)
        return self.reports()

    def place(self, k: int, side: str, price: str, quantity: str, **more: Any) -> list[Any]:
        params = {
            "side": side, "type": "LIMIT", "timeInForce": "GTC", "price": price,
            "quantity": quantity, "newClientOrderId": IDS[k],
        }  # fmt: skip
        params |= more
        if params["type"] != "LIMIT":
            del params["timeInForce"]
        return self.send("order.place", IDS[k], **params)

    def depth(self, bids: str = "", asks: str = "") -> None:
        self.last_id += 1
        self.t_ns += 1_000_000
        frame = (
            f'{{"e":"depthUpdate","E":1,"s":"BTCUSDT","U":{self.last_id},"u":{self.last_id},'
            f'"b":[{bids}],"a":[{asks}]}}'
        )
        self.venue.on_market(0, frame.encode(), self.t_ns)

    def trade(self, price: str, quantity: str, *, buyer_is_maker: bool) -> None:
        self.t_ns += 1_000_000
        maker = "true" if buyer_is_maker else "false"
        frame = (
            f'{{"e":"trade","E":1,"s":"BTCUSDT","t":{self.t_ns},"p":"{price}","q":"{quantity}",'
            f'"T":1,"m":{maker},"M":true}}'
        )
        self.venue.on_market(0, frame.encode(), self.t_ns)

    def reports(self) -> list[Any]:
        found = []
        for _, _, data in self.venue.take_reports():
            code, reports = self.codec.decode(data)
            assert code == 0, data
            found += reports
        return found

    def fills(self) -> list[tuple[int, str]]:
        """(lots, why) since the last call."""
        rows = self.venue.take_fills()
        return [(int(r["quantity_lots"]), WHY[r["why"]]) for r in rows]
