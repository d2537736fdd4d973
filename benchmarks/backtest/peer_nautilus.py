"""The side of nautilus_trader 1.231.0, run in an environment of its own: prints a line of JSON a
run.

    peer_nautilus.py DATA.npz STRONG [ROWS]

The records are those of `bench_hftbacktest.py`; a row is an order book delta, the last of a message
carries the flag. The strategy is the twin of `imbalance_taker.py`.
"""

import json
import sys
import time

import numpy as np
from nautilus_trader.backtest.engine import BacktestEngine
from nautilus_trader.config import (
    BacktestEngineConfig,
    LoggingConfig,
    RiskEngineConfig,
    StrategyConfig,
)
from nautilus_trader.model.currencies import USDT
from nautilus_trader.model.data import OrderBookDelta
from nautilus_trader.model.enums import (
    AccountType,
    BookAction,
    BookType,
    OmsType,
    OrderSide,
    TimeInForce,
)
from nautilus_trader.model.identifiers import Venue
from nautilus_trader.model.objects import Money, Price, Quantity
from nautilus_trader.test_kit.providers import TestInstrumentProvider
from nautilus_trader.trading.strategy import Strategy

INSTRUMENT = TestInstrumentProvider.btcusdt_perp_binance()
TICK, LOT = Price.from_str("0.1").raw, Quantity.from_str("0.001").raw
LAST = 128


def deltas(data):
    rows = zip(
        data["bid"].tolist(), data["price"].tolist(), data["quantity"].tolist(),
        data["t_ns"].tolist(), data["last"].tolist(), strict=True,
    )  # fmt: skip
    return [
        OrderBookDelta.from_raw(
            INSTRUMENT.id, BookAction.UPDATE if quantity else BookAction.DELETE,
            OrderSide.BUY if bid else OrderSide.SELL, price * TICK, 1, quantity * LOT, 3, price,
            LAST if last else 0, k, t_ns, t_ns,
        )
        for k, (bid, price, quantity, t_ns, last) in enumerate(rows)
    ]  # fmt: skip


class Taker(Strategy):
    def __init__(self, strong):
        super().__init__(StrategyConfig(strategy_id="TAKER-001"))
        self.strong, self.wanted, self.sent = strong, 0, 0
        self.units = Quantity.from_str("0.002"), Quantity.from_str("0.004")

    def on_start(self):
        self.subscribe_order_book_deltas(INSTRUMENT.id, BookType.L2_MBP)

    def on_order_book_deltas(self, _):
        book = self.cache.order_book(INSTRUMENT.id)
        bid, ask = book.best_bid_size(), book.best_ask_size()
        if bid is None or ask is None:
            return
        bid, ask = bid.as_double(), ask.as_double()
        part = (bid - ask) / (bid + ask)
        wanted = 1 if part > self.strong else -1 if part < -self.strong else 0
        if wanted == 0 or wanted == self.wanted:
            return
        quantity = self.units[self.wanted != 0]
        self.wanted, self.sent = wanted, self.sent + 1
        side = OrderSide.BUY if wanted == 1 else OrderSide.SELL
        price = book.best_ask_price() if wanted == 1 else book.best_bid_price()
        order = self.order_factory.limit(
            INSTRUMENT.id, side, quantity, price, time_in_force=TimeInForce.IOC
        )
        self.submit_order(order)


def run(rows, strong):
    engine = BacktestEngine(
        config=BacktestEngineConfig(
            logging=LoggingConfig(bypass_logging=True),
            run_analysis=False,
            risk_engine=RiskEngineConfig(
                max_order_submit_rate="1000000/00:00:01", max_order_modify_rate="1000000/00:00:01"
            ),
        )
    )
    engine.add_venue(
        venue=Venue("BINANCE"), oms_type=OmsType.NETTING, account_type=AccountType.MARGIN,
        base_currency=None, starting_balances=[Money(100_000_000, USDT)],
        book_type=BookType.L2_MBP,
    )  # fmt: skip
    engine.add_instrument(INSTRUMENT)
    engine.add_data(rows)
    strategy = Taker(strong)
    engine.add_strategy(strategy)
    start = time.perf_counter()
    engine.run()
    wall_s = time.perf_counter() - start
    print(json.dumps({"wall_s": wall_s, "sent": strategy.sent, "rows": len(rows)}), flush=True)
    engine.dispose()


def main():
    with np.load(sys.argv[1]) as data:
        rows = deltas(data)
    run(rows[: int(sys.argv[3])] if len(sys.argv) > 3 else rows, float(sys.argv[2]))


if __name__ == "__main__":
    main()
