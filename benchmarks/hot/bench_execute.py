"""What one order costs: its bytes, its row, its fill, its report frame, and the equity.

Batch means of a loop without the GIL, median of the repeats, after one repeat to warm up; `send`
and `ack and fill` carry one clock read each, whose own cost is printed and not subtracted. Ratios
between rows of one run mean something; absolute figures only on a quiet host.
    python benchmarks/hot/bench_execute.py [repeats]
"""

import json
import statistics
import sys
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from loop_build import loop

from tickpath.core.config import Config, Currency, Instrument, Source
from tickpath.core.records import InstrumentKind, IntentKind, Report, ReportKind, Request
from tickpath.hot.execute.native import Execute
from tickpath.venues.binance.native_orders import OrderCodec

COUNT = 20_000
measure = loop("execute_loop")
SPOT = Instrument(
    index=0,
    symbol="BTCUSDT",
    venue=0,
    kind=InstrumentKind.SPOT,
    base=0,
    quote=1,
    settle=1,
    settle_decimals=8,
    tick_size=Decimal("0.01"),
    lot_size=Decimal("0.00001"),
    quantity_min=Decimal("0.00001"),
    quantity_max=Decimal("9000"),
    notional_min=Decimal("5"),
    multiplier=Decimal(1),
    maker_fee_ppm=1000,
    taker_fee_ppm=1000,
)
LINEAR = replace(SPOT, index=1, venue=1, kind=InstrumentKind.LINEAR)
INVERSE = replace(
    SPOT,
    index=2,
    venue=2,
    kind=InstrumentKind.INVERSE,
    settle=0,
    tick_size=Decimal("0.1"),
    lot_size=Decimal(1),
    multiplier=Decimal(100),
    symbol="BTCUSD_PERP",
)
CONFIG = Config(
    currencies=(Currency(name="BTC"), Currency(name="USDT")),
    venues=("binance-spot", "binance-usdm", "binance-coinm"),
    instruments=(SPOT, LINEAR, INVERSE),
    sources=(Source(name="spot", venue=0, instruments=(0,)),),
    balances={"USDT": Decimal(100_000), "BTC": Decimal(1)},
)
EVENT = {
    "e": "executionReport",
    "E": 1709654401000,
    "s": "BTCUSDT",
    "c": "000100c7000000ff",
    "S": "BUY",
    "o": "LIMIT",
    "f": "GTC",
    "q": "0.00847000",
    "p": "23416.10000000",
    "x": "TRADE",
    "X": "FILLED",
    "i": 4293153,
    "l": "0.00847000",
    "z": "0.00847000",
    "L": "23416.10000000",
    "n": "0.19833437",
    "N": "USDT",
    "T": 1709654401000,
    "t": 98765432,
    "m": True,
    "C": "",
}


def stage() -> tuple[Execute, list[OrderCodec]]:
    codecs = [OrderCodec(CONFIG, venue) for venue in range(len(CONFIG.venues))]
    return Execute(CONFIG, codecs), codecs


def encode_ns(codec: OrderCodec, venue: int, kind: IntentKind, repeats: int) -> float:
    return median_ns(lambda: int(measure.encode(codec.address, venue, kind, COUNT)), repeats)


def median_ns(step: Callable[[], int], repeats: int) -> float:
    step()
    return statistics.median(step() for _ in range(repeats)) / COUNT


MANY = replace(CONFIG, instruments=tuple(replace(SPOT, index=k, symbol=f"S{k}") for k in range(64)))


def crowded(live: int) -> Execute:
    """An execute with `live` open orders of other strategies, over 64 instruments."""
    execute = Execute(MANY, [OrderCodec(MANY, venue) for venue in range(3)])
    for k in range(live):
        request = Request(1, 0, k % 64, 1 + k // 64 % 15, 0, 0, 0, 0, 0, 1, 1)
        assert execute.send(request, 1, 1) == 0
        execute.take_out()
        if k % 1000 == 0:
            execute.take_decisions()
        execute.apply(Report(kind=ReportKind.ACK, client_order_id=request.client_order_id), 1, 1)
    execute.take_decisions()
    return execute


def main() -> None:
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    execute, codecs = stage()
    frame = json.dumps(EVENT, separators=(",", ":")).encode()
    rows = {
        "clock": median_ns(lambda: measure.clock(COUNT), repeats),
        "decode executionReport": median_ns(
            lambda: measure.decode(codecs[0].address, frame, COUNT), repeats
        ),
    }
    for name, venue, kind in (
        ("encode spot place", 0, IntentKind.SUBMIT),
        ("encode spot cancelReplace", 0, IntentKind.REPLACE),
        ("encode spot cancel", 0, IntentKind.CANCEL),
        ("encode futures place", 1, IntentKind.SUBMIT),
    ):
        rows[name] = encode_ns(codecs[venue], venue, kind, repeats)
    for name, instrument in (("spot", 0), ("linear", 1), ("inverse", 2)):
        parts = [measure.orders(execute, instrument, COUNT) for _ in range(repeats + 1)][1:]
        rows[f"send {name}"] = statistics.median(p[0] for p in parts) / COUNT
        rows[f"ack and fill {name}"] = statistics.median(p[1] for p in parts) / COUNT
    for live in (100, 1000, 10000):
        busy = crowded(live)
        parts = [measure.orders(busy, 0, COUNT) for _ in range(repeats + 1)][1:]
        rows[f"send, {live} orders open"] = statistics.median(p[0] for p in parts) / COUNT
        rows[f"ack and fill, {live} orders open"] = statistics.median(p[1] for p in parts) / COUNT
    ends = [rows[f"send, {k} orders open"] + rows[f"ack and fill, {k} orders open"]
            for k in (1000, 10000)]  # fmt: skip
    rows["equity"] = median_ns(lambda: measure.equity(execute, 1, 4_683_221, COUNT), repeats)
    for name, cost_ns in rows.items():
        print(f"{name:32} {cost_ns:8.1f} ns")
    print(f"{'10 000 orders open / 1 000':32} {ends[1] / ends[0]:8.3f}")


if __name__ == "__main__":
    main()
