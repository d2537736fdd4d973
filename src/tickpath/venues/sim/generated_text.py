"""Frames of a generated market in plain Python: the twin of `crowd.h`."""

from collections.abc import Sequence

from tickpath.venues.sim.model import Product
from tickpath.venues.sim.reference_text import decimal

Levels = Sequence[tuple[int, int]]


class Text:
    """Writes one product's frames in the venue's format; prices come as indices of the book."""

    def __init__(self, product: Product, base_ticks: int) -> None:
        self.product, self.base_ticks = product, base_ticks
        self.futures, self.stream = product.futures, product.symbol.lower()
        self.price_scale = product.price_units // 10 ** (8 - product.price_decimals)
        self.quantity_scale = product.quantity_units // 10 ** (8 - product.quantity_decimals)

    def price(self, tick: int) -> str:
        ticks = self.base_ticks + tick
        return decimal(ticks * self.price_scale, self.product.price_decimals)

    def quantity(self, steps: int) -> str:
        return decimal(steps * self.quantity_scale, self.product.quantity_decimals)

    def levels(self, levels: Levels) -> str:
        return ",".join(f'["{self.price(t)}","{self.quantity(q)}"]' for t, q in levels)

    def wrap(self, name: str, body: str) -> str:
        return f'{{"stream":"{self.stream}@{name}","data":{{{body}}}}}'

    def trade(self, t_ns: int, trade_id: int, tick: int, steps: int, buyer_is_maker: bool) -> str:
        ms = t_ns // 1_000_000
        time = f',"T":{ms}' if self.futures else ""
        tail = ',"X":"MARKET"' if self.futures else f',"T":{ms}'
        maker = "true" if buyer_is_maker else "false"
        return self.wrap(
            "trade",
            f'"e":"trade","E":{ms}{time},"s":"{self.product.symbol}","t":{trade_id},'
            f'"p":"{self.price(tick)}","q":"{self.quantity(steps)}"{tail},"m":{maker}'
            + ("" if self.futures else ',"M":true'),
        )

    def ticker(
        self, t_ns: int, last_id: int, bid: int, bid_steps: int, ask: int, ask_steps: int
    ) -> str:
        ms = t_ns // 1_000_000
        return self.wrap(
            "bookTicker",
            ('"e":"bookTicker",' if self.futures else "")
            + f'"u":{last_id},"s":"{self.product.symbol}","b":"{self.price(bid)}",'
            f'"B":"{self.quantity(bid_steps)}","a":"{self.price(ask)}",'
            f'"A":"{self.quantity(ask_steps)}"' + (f',"T":{ms},"E":{ms}' if self.futures else ""),
        )

    def depth(
        self, t_ns: int, first_id: int, last_id: int, prev_id: int, bids: Levels, asks: Levels
    ) -> str:
        ms = t_ns // 1_000_000
        time, chain = (f',"T":{ms}', f',"pu":{prev_id}') if self.futures else ("", "")
        return self.wrap(
            "depth@100ms",
            f'"e":"depthUpdate","E":{ms}{time},"s":"{self.product.symbol}","U":{first_id},'
            f'"u":{last_id}{chain},"b":[{self.levels(bids)}],"a":[{self.levels(asks)}]',
        )

    def snapshot(self, t_ns: int, last_id: int, bids: Levels, asks: Levels) -> str:
        ms = t_ns // 1_000_000
        time = f',"E":{ms},"T":{ms}' if self.futures else ""
        sides = f'"bids":[{self.levels(bids)}],"asks":[{self.levels(asks)}]'
        return f'{{"lastUpdateId":{last_id}{time},{sides}}}'
