"""What an order is judged by beside its own fields, on both backends: own orders, exposures, money,
rates, repeats. The plain code takes every sum anew; the native one keeps sums."""

import random
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from risk_support import BACKENDS, MID, S, buy, context, one, sell
from support import btcusd_inverse, btcusdt, btcusdt_linear, config_of

from tickpath.core.backend import Backend, load
from tickpath.core.codes import Code
from tickpath.core.config import AccountSpec, Config, RiskSpec
from tickpath.core.errors import DataError
from tickpath.core.records import (
    INTENT_DTYPE,
    BookTop,
    Committed,
    Intent,
    IntentKind,
    OrderType,
    Position,
    TimeInForce,
)
from tickpath.hot.risk.context import RiskContext
from tickpath.hot.risk.exposure import Accounts, Pending

CANCEL = Intent(IntentKind.CANCEL, 0, 0)
CASH = AccountSpec(cash=("binance-spot",))


@pytest.fixture(params=BACKENDS)
def module(request: pytest.FixtureRequest) -> ModuleType:
    return load("risk", Backend(request.param))


# -- own orders -------------------------------------------------------------------------------


def test_an_order_does_not_meet_an_own_one(module: ModuleType) -> None:
    config = config_of()
    risk = module.Risk(config)
    resting = {"committed": [Committed(best_buy=MID - 10, best_sell=MID + 10)]}
    refused = Code.RISK_SELF_TRADE
    assert one(risk, config, buy(100, MID + 9), **resting) == 0
    assert one(risk, config, buy(100, MID + 10), **resting) == refused
    assert one(risk, config, sell(100, MID - 9), **resting) == 0
    assert one(risk, config, sell(100, MID - 10), **resting) == refused
    assert one(risk, config, buy(100, MID + 10, type=OrderType.POST_ONLY), **resting) == 0
    market = buy(100, 0, type=OrderType.MARKET)
    assert one(risk, config, market, **resting) == 0
    at_touch = {"committed": [Committed(best_sell=MID + 1)]}
    assert one(risk, config, market, **at_touch) == refused
    assert one(risk, config, market, **at_touch, probe=True) == 0, "it does not go out yet"


def test_orders_of_a_batch_do_not_meet_each_other(module: ModuleType) -> None:
    config = config_of()
    risk = module.Risk(config)
    batch = [buy(100, MID), sell(100, MID), sell(100, MID + 1), buy(100, MID + 1, strategy=3)]
    refused = Code.RISK_SELF_TRADE
    assert risk.validate(batch, context(config, 4)) == [0, refused, 0, refused]
    passing = replace(batch[0], time_in_force=TimeInForce.IOC)
    assert risk.validate([passing, sell(100, MID)], context(config, 2)) == [0, 0], "does not rest"


def test_own_orders_on_other_venues_count_by_price(module: ModuleType) -> None:
    """The peer has ticks ten times as large; another kind of contract is another thing."""
    peer = btcusdt(symbol="PEER", venue=1, tick_size=Decimal("0.1"))
    config = config_of(btcusdt(), peer, btcusdt_linear(venue=2))
    risk = module.Risk(config)
    own = Committed(best_buy=499_990, best_sell=500_003)
    at = {"committed": [Committed(), own, Committed(best_buy=1, best_sell=1)]}
    tops = [BookTop(x - 1, 9, x + 1, 9, status=1) for x in (MID, MID // 10, MID // 10)]
    at |= {"tops": tops, "last_trade_ticks": [0, 0, 0]}
    assert one(risk, config, buy(100, 5_000_029), **at) == 0
    assert one(risk, config, buy(100, 5_000_030), **at) == Code.RISK_SELF_TRADE
    assert one(risk, config, sell(100, 4_999_901), **at) == 0
    assert one(risk, config, sell(100, 4_999_900), **at) == Code.RISK_SELF_TRADE
    at["committed"] = [Committed(best_buy=4_999_995, best_sell=5_000_003), Committed(), own]
    there = {"instrument": 1}
    assert one(risk, config, buy(100, 500_000, **there), **at) == 0
    assert one(risk, config, buy(100, 500_001, **there), **at) == Code.RISK_SELF_TRADE
    assert one(risk, config, sell(100, 500_000, **there), **at) == 0
    assert one(risk, config, sell(100, 499_999, **there), **at) == Code.RISK_SELF_TRADE


def test_the_same_order_twice_is_a_duplicate_for_a_time(module: ModuleType) -> None:
    config = config_of(risk=RiskSpec(duplicate_ns=100))
    risk = module.Risk(config)
    refused = Code.RISK_DUPLICATE

    def at(now_ns: int, intent: Intent, **changes: Any) -> int:
        times = {"now_ns": now_ns, "last_market_ns": [now_ns]}
        return one(risk, config, intent, **times, **changes)

    assert at(S, buy(100)) == 0
    assert at(S + 99, buy(100)) == refused
    assert at(S + 99, buy(100), repeats=True) == 0, "the engine sends clips of one size"
    for other in (buy(101), buy(100, MID + 1), buy(100, strategy=1), buy(100, time_in_force=1)):
        assert at(S + 99, other) == 0
    assert at(S + 100, buy(100)) == 0
    assert at(S + 150, buy(100, kind=IntentKind.REPLACE)) == 0, "it names the order it replaces"
    moved = module.Risk(config)
    moved.import_state(risk.export_state())
    risk = moved
    assert at(S + 199, buy(100)) == refused
    for k in range(16):
        assert at(S + 199, buy(200 + k)) == 0
    assert at(S + 199, buy(100)) == 0, "the sixteen newest are compared"


def test_open_orders_of_an_instrument_are_bounded(module: ModuleType) -> None:
    config = config_of(risk=RiskSpec(open_orders_max=3))
    risk = module.Risk(config)
    held = {"positions": [Position(open_order_count=1)]}
    batch = [buy(10), buy(11), buy(12), buy(10, kind=IntentKind.REPLACE)]
    codes = risk.validate(batch, context(config, 4, **held))
    assert codes == [0, 0, Code.RISK_OPEN_ORDERS, 0]


# -- rates and venues -------------------------------------------------------------------------


def test_cancels_use_messages_up_but_are_never_refused(module: ModuleType) -> None:
    config = config_of(risk=RiskSpec(message_rate_per_s=1, message_burst=3))
    risk = module.Risk(config)
    codes = risk.validate([CANCEL, CANCEL, buy(100), buy(101)], context(config, 4))
    assert codes == [0, 0, 0, Code.RISK_MESSAGE_RATE]
    assert risk.validate([CANCEL] * 32, context(config, 32)) == [0] * 32
    late = {"now_ns": 5 * S, "last_market_ns": [5 * S]}
    assert one(risk, config, buy(100), **late) == 0, "what cancels owe is bounded"


def test_venues_have_rates_of_their_own(module: ModuleType) -> None:
    instruments = btcusdt(), btcusdt(symbol="B", venue=1)
    config = config_of(*instruments, risk=RiskSpec(venue_order_rate_per_s=1, venue_order_burst=1))
    risk = module.Risk(config)
    batch = [buy(100), buy(101), buy(100, instrument=1), buy(101, instrument=1)]
    refused = Code.RISK_VENUE_RATE
    assert risk.validate(batch, context(config, 4)) == [0, refused, 0, refused]
    assert [risk.tokens(v, S) for v in range(3)] == [0, 0, 1]
    config = config_of(*instruments, risk=RiskSpec(venue_message_rate_per_s=1))
    risk = module.Risk(config)
    assert risk.set_limit(16, -1, 1) == 0
    refused = Code.RISK_MESSAGE_RATE
    assert risk.validate(batch, context(config, 4)) == [0, refused, 0, refused]


def test_a_venue_that_is_down_is_closed_unless_another_trades_the_same(
    module: ModuleType,
) -> None:
    config = config_of(btcusdt(), btcusdt(symbol="B", venue=1), btcusd_inverse())
    risk = module.Risk(config)
    at = context(config, 1)
    risk.set_venue(0, False)
    assert risk.validate([buy(100)], at) == [0], "the router moves it"
    risk.set_venue(1, False)
    assert risk.validate([buy(100)], at) == [Code.RISK_VENUE]
    assert risk.validate([buy(100, instrument=1)], at) == [Code.RISK_VENUE]
    risk.set_venue(2, False)
    risk.set_venue(0, True)
    assert risk.validate([buy(100)], at) == [0]
    assert risk.validate([buy(1, instrument=2)], at) == [Code.RISK_VENUE]


def test_a_tightened_rate_gives_no_new_burst(module: ModuleType) -> None:
    config = config_of(risk=RiskSpec(order_rate_per_s=1000, order_burst=4))
    risk = module.Risk(config)
    assert risk.validate([buy(10 + k) for k in range(4)], context(config, 4)) == [0] * 4
    assert risk.set_limit(4, -1, 1) == 0
    assert one(risk, config, buy(99)) == Code.RISK_RATE
    later = {"now_ns": S + S - 1, "last_market_ns": [S]}
    assert one(risk, config, buy(99), **later) == Code.RISK_RATE
    later = {"now_ns": 2 * S, "last_market_ns": [S]}
    assert one(risk, config, buy(99), **later) == 0


# -- exposures --------------------------------------------------------------------------------

UNIT = 10
"""A tick times a lot of spot BTCUSDT, in units of USDT."""


def worth(lots: int) -> Decimal:
    return Decimal(lots * MID * UNIT).scaleb(-8)


def spots(count: int, **changes: Any) -> Config:
    """Instruments with different bases, so that each is a group."""
    table = [btcusdt(symbol=f"S{k}", base=(0, 2, 0)[k]) for k in range(count)]
    return config_of(*table, **changes)


def test_gross_counts_the_larger_side_of_every_instrument(module: ModuleType) -> None:
    config = spots(2, risk=RiskSpec(gross_exposure_max=worth(1000)))
    risk = module.Risk(config)
    positions = [Position(), Position(position_lots=100, open_buy_lots=300, open_sell_lots=600)]
    at = {"positions": positions}
    assert one(risk, config, buy(500), **at) == 0
    assert one(risk, config, buy(501), **at) == Code.RISK_GROSS, "the other may be 500 short"
    positions[1].open_sell_lots = 500
    assert one(risk, config, buy(600), **at) == 0
    assert one(risk, config, buy(601), **at) == Code.RISK_GROSS
    assert one(risk, config, sell(601, MID + 1), **at) == Code.RISK_GROSS
    assert one(risk, config, sell(100, MID + 1, instrument=1), **at) == 0
    batch = [buy(300), buy(301, instrument=1), buy(300, instrument=1)]
    assert risk.validate(batch, context(config, 3, **at)) == [0, Code.RISK_GROSS, 0]


def test_half_a_unit_of_value_counts_as_a_whole_one(module: ModuleType) -> None:
    """Of an instrument whose lot is worth one unit a tick, with its mark between two ticks."""
    fine = Decimal("0.000001")
    table = btcusdt(lot_size=fine, quantity_min=fine)
    top = {"tops": [BookTop(MID - 1, 9, MID, 9, status=1)]}
    twice = 2001 * (2 * MID - 1)
    for units, code in (((twice + 1) // 2, 0), (twice // 2, Code.RISK_GROSS)):
        config = config_of(table, risk=RiskSpec(gross_exposure_max=Decimal(units).scaleb(-8)))
        assert one(module.Risk(config), config, buy(2001, MID - 1), **top) == code
        assert one(module.Risk(config), config, sell(2001, MID), **top) == code
    held = top | {"positions": [Position(position_lots=1000)]}
    assert one(module.Risk(config), config, buy(1001, MID - 1), **held) == Code.RISK_GROSS


def test_net_counts_everything_filled_in_the_direction(module: ModuleType) -> None:
    config = spots(2, risk=RiskSpec(net_exposure_max=worth(1000)))
    risk = module.Risk(config)
    at = {"positions": [Position(), Position(position_lots=-400, open_buy_lots=100)]}
    assert one(risk, config, buy(1300), **at) == 0
    assert one(risk, config, buy(1301), **at) == Code.RISK_NET
    assert one(risk, config, sell(600, MID + 1), **at) == 0
    assert one(risk, config, sell(601, MID + 1), **at) == Code.RISK_NET


def test_leverage_and_concentration_are_parts_of_equity(module: ModuleType) -> None:
    config = spots(3, risk=RiskSpec(leverage_ppm=30_000, concentration_ppm=20_000))
    risk = module.Risk(config)
    at = {"positions": [Position(), Position(), Position(position_lots=2000)]}
    assert one(risk, config, buy(2000), **at) == 0
    assert one(risk, config, buy(2001), **at) == Code.RISK_CONCENTRATION, "the third has its base"
    assert one(risk, config, buy(4000, instrument=1), **at) == 0
    assert one(risk, config, buy(3990), **at) == Code.RISK_CONCENTRATION
    at["positions"][2].position_lots = 2001
    assert one(risk, config, buy(4000, instrument=1), **at) == Code.RISK_LEVERAGE


def test_an_instrument_without_a_price_closes_its_currency(module: ModuleType) -> None:
    config = config_of(btcusdt(), btcusdt(symbol="B", venue=1), btcusd_inverse())
    risk = module.Risk(config)
    tops = [BookTop(MID - 1, 9, MID + 1, 9, status=1) for _ in range(3)]
    tops[1] = BookTop()
    at = {"tops": tops, "last_trade_ticks": [MID, 0, MID]}
    assert one(risk, config, buy(100), **at) == 0
    at["positions"] = [Position(), Position(position_lots=-5), Position()]
    assert one(risk, config, buy(100), **at) == Code.RISK_EXPOSURE_UNKNOWN
    assert one(risk, config, buy(1, instrument=2), **at) == 0, "another currency"
    at["positions"][0].position_lots = -100
    assert one(risk, config, buy(100), **at) == 0, "it only reduces"
    at["last_trade_ticks"] = [MID, MID, MID]
    assert one(risk, config, buy(100), **at) == 0
    at["positions"][1].position_lots = -(2**62)
    assert one(risk, config, buy(100, MID + 1), **at) == 0
    assert one(risk, config, buy(101), **at) == Code.RISK_EXPOSURE_UNKNOWN, "beyond the numbers"


# -- buying power -----------------------------------------------------------------------------


def test_cash_covers_buys_and_fees_of_all_that_is_open(module: ModuleType) -> None:
    """1 000 lots at MID cost 500 USDT and 0.1 % of it."""
    config = config_of(account=CASH)
    risk = module.Risk(config)
    free = 10**8 * 1001 // 2
    at: dict[str, Any] = {"cash_units": [0, free, 0]}
    assert one(risk, config, buy(1000), **at) == 0
    assert one(risk, config, buy(1001), **at) == Code.RISK_BUYING_POWER
    at["committed"] = [Committed(buy_value=400 * MID)]
    at["positions"] = [Position(open_buy_lots=400)]
    assert one(risk, config, buy(600), **at) == 0
    assert one(risk, config, buy(601), **at) == Code.RISK_BUYING_POWER
    batch = [buy(300), buy(301, MID - 1), buy(300, MID - 1)]
    codes = risk.validate(batch, context(config, 3, **at))
    assert codes == [0, Code.RISK_BUYING_POWER, 0]
    swap = buy(1000, kind=IntentKind.REPLACE, client_order_id=7)
    assert one(risk, config, swap, **at) == Code.RISK_BUYING_POWER
    given = {"replaced_lots": [400], "replaced_ticks": [MID]}
    assert one(risk, config, swap, **at, **given) == 0
    assert one(risk, config, replace(swap, quantity_lots=1001), **at, **given) != 0
    cheap = {"replaced_lots": [400], "replaced_ticks": [MID - 1000]}
    assert one(risk, config, swap, **at, **cheap) == Code.RISK_BUYING_POWER


def test_holdings_cover_sells(module: ModuleType) -> None:
    """A balance of 0.01 BTC is 1 000 lots."""
    config = config_of(account=CASH)
    risk = module.Risk(config)
    at: dict[str, Any] = {"cash_units": [10**6, 0, 0]}
    assert one(risk, config, sell(1000), **at) == 0
    assert one(risk, config, sell(1001), **at) == Code.RISK_BUYING_POWER
    at["positions"] = [Position(position_lots=50, open_sell_lots=300)]
    assert one(risk, config, sell(750), **at) == 0
    assert one(risk, config, sell(751), **at) == Code.RISK_BUYING_POWER
    at["cash_units"][0] = -1
    assert one(risk, config, sell(10), **at) == Code.RISK_BUYING_POWER
    market = buy(100, 0, type=OrderType.MARKET)
    assert one(risk, config, market, **at) == Code.RISK_BUYING_POWER
    at["cash_units"] = [10**6, 10**8 * 60, 0]
    assert one(risk, config, market, **at) == 0, "it may slip by the collar"
    at["committed"] = [Committed(market_buy_lots=20)]
    assert one(risk, config, market, **at) == Code.RISK_BUYING_POWER


def test_margin_is_a_part_of_the_exposure_of_all_instruments(module: ModuleType) -> None:
    """100 000 USDT at 2 %: exposures up to 5 000 000 USDT, within 2 % of equity each."""
    spec = AccountSpec(margin_ppm=1_000_000)
    config = config_of(
        btcusdt_linear(), btcusdt_linear(symbol="OTHER", base=2), account=spec,
    )  # fmt: skip
    risk = module.Risk(config)
    tops = [BookTop(500_000 - 1, 9, 500_000 + 1, 9, status=1)] * 2
    at = {"tops": tops, "last_trade_ticks": [500_000] * 2}
    at["positions"] = [Position(), Position(position_lots=1960)]
    assert one(risk, config, buy(40, 500_000), **at) == 0
    at["positions"][1].position_lots = 1961
    assert one(risk, config, buy(40, 500_000), **at) == Code.RISK_BUYING_POWER
    at["positions"][0].position_lots = -40
    assert one(risk, config, buy(40, 500_000), **at) == 0, "it only reduces"


# -- arrays -----------------------------------------------------------------------------------


def array_of(intents: list[Intent]) -> np.ndarray:
    names = INTENT_DTYPE.names or ()
    return np.array([tuple(getattr(i, n) for n in names) for i in intents], INTENT_DTYPE)


def test_arrays_are_read_and_written_in_place(module: ModuleType) -> None:
    config = config_of()
    risk = module.Risk(config)
    intents = [buy(3000), buy(1001), CANCEL, buy(100, instrument=9), sell(3999, MID + 1)]
    array, codes = array_of(intents), np.full(8, 77, np.int32)
    where = (array.ctypes.data, codes.ctypes.data)
    refused = risk.validate_batch(array, codes, S)
    assert (refused, list(codes[:2])) == (1, [Code.RISK_STALE] * 2), "nothing was loaded"
    risk.load(context(config))
    before = array.copy()
    assert risk.validate_batch(array, codes, S) == 3
    expected = [0, Code.RISK_POSITION, 0, Code.RISK_INSTRUMENT, 0]
    assert list(codes) == [*expected, 77, 77, 77]
    assert (array == before).all()
    assert (array.ctypes.data, codes.ctypes.data) == where
    assert module.Risk(config).validate(intents, context(config, 5)) == expected


@pytest.mark.parametrize(
    ("intents", "codes"),
    [
        ([1], np.zeros(1, np.int32)),
        (np.zeros(1, np.int64), np.zeros(1, np.int32)),
        (np.zeros(1, INTENT_DTYPE), np.zeros(1, np.int64)),
        (np.zeros(1, INTENT_DTYPE), np.zeros(0, np.int32)),
        (np.zeros(4, INTENT_DTYPE)[::2], np.zeros(4, np.int32)),
        (np.zeros(1, INTENT_DTYPE), np.zeros(4, np.int32)[::2]),
        (np.zeros((1, 1), INTENT_DTYPE), np.zeros(1, np.int32)),
        (np.zeros(1, INTENT_DTYPE), np.zeros(1, ">i4")),
        (np.zeros(1, INTENT_DTYPE), None),
    ],
)
def test_other_arrays_are_refused(module: ModuleType, intents: Any, codes: Any) -> None:
    with pytest.raises(DataError):
        module.Risk(config_of()).validate_batch(intents, codes, S)


def test_a_read_only_array_of_codes_is_refused(module: ModuleType) -> None:
    codes = np.zeros(1, np.int32)
    codes.flags.writeable = False
    with pytest.raises(DataError, match="read-only"):
        module.Risk(config_of()).validate_batch(array_of([buy(1)]), codes, S)


# -- both backends ----------------------------------------------------------------------------


def drawn(draw: random.Random, config: Config, count: int, now_ns: int) -> RiskContext:
    """A market and positions of any size, near every limit."""
    n = len(config.instruments)
    mids = [draw.choice([MID, MID, MID + 77, MID // 10]) for _ in range(n)]
    near = [draw.randrange(-3000, 3000) for _ in range(n)]
    return context(
        config,
        count,
        now_ns=now_ns,
        positions=[
            Position(
                draw.choice([0, *[near[k]] * 9, 2 * near[k], 2**61 * draw.choice([0, 0, 1, -1])]),
                draw.randrange(3000), draw.randrange(3000), draw.randrange(5),
            )
            for k in range(n)
        ],
        committed=[
            Committed(
                draw.randrange(3000) * m, draw.choice([0, 0, 50]),
                draw.choice([0, m - draw.randrange(9)]),
                draw.choice([2**63 - 1, m + draw.randrange(9)]),
            )
            for m in mids
        ],
        tops=[
            BookTop(m - draw.randrange(1, 4), 9, m + draw.randrange(1, 4), 9,
                    status=draw.choice([1, 1, 1, 1, 2]))
            for m in mids
        ],
        last_trade_ticks=[draw.choice([0, m, m, m + 900]) for m in mids],
        last_market_ns=[now_ns] * n,
        equity_units=[draw.choice([10**9, *[10**13] * 9]) for _ in config.currencies],
        cash_units=[draw.choice([-5, 10**6, 10**11]) for _ in config.currencies],
        replaced_lots=[draw.randrange(200) for _ in range(count)],
        replaced_ticks=[draw.choice([0, MID, MID - 9]) for _ in range(count)],
        repeats=draw.random() < 0.1,
        probe=draw.random() < 0.1,
    )  # fmt: skip


def wanted(draw: random.Random, at: RiskContext) -> Intent:
    index = draw.randrange(len(at.tops))
    return Intent(
        draw.choice([1, 1, 1, 2, 3]), draw.randrange(2), index,
        side=draw.randrange(2), type=draw.choice([0, 0, 1, 2]),
        time_in_force=draw.choice([0, 0, 1]),
        price_ticks=at.tops[index].bid_ticks + draw.choice([-9, 1, 1, draw.randrange(-40, 40)]),
        quantity_lots=draw.choice([*[100] * 9, draw.randrange(1, 900), 2**60]),
    )  # fmt: skip


def test_backends_agree_on_portfolios() -> None:
    spec = RiskSpec(
        gross_exposure_max=Decimal(4000), net_exposure_max=Decimal(1500), leverage_ppm=33_000,
        concentration_ppm=30_000, duplicate_ns=3 * 10**8, order_rate_per_s=300, order_burst=20,
        venue_order_rate_per_s=100, venue_order_burst=4, message_rate_per_s=300,
        message_burst=20, venue_message_burst=9, open_orders_max=6, fat_finger_ppm=6,
    )  # fmt: skip
    config = config_of(
        btcusdt(), btcusdt(symbol="B", venue=1, tick_size=Decimal("0.1")), btcusdt_linear(),
        btcusdt(symbol="OTHER", base=2), btcusd_inverse(), account=CASH, risk=spec,
    )  # fmt: skip
    left, right = (load("risk", Backend(name)).Risk(config) for name in BACKENDS)
    draw, now_ns, seen = random.Random(11), S, set()
    for _ in range(1500):
        now_ns += draw.choice([0, 50, 10**6, 10**7])
        at = drawn(draw, config, draw.randrange(1, 8), now_ns)
        batch = [wanted(draw, at) for _ in at.replaced_lots]
        codes = left.validate(batch, at)
        assert codes == right.validate(batch, at)
        seen.update(codes)
        allowed = [i for i, c in zip(batch, codes, strict=True) if c == 0 and i.kind == 1]
        if allowed and draw.random() < 0.3:
            children = [replace(allowed[0], quantity_lots=5, instrument=draw.randrange(5))] * 2
            again = left.validate_children(allowed[:1], children, at)
            assert again == right.validate_children(allowed[:1], children, at)
        if draw.random() < 0.1:
            limit, value = draw.choice([4, 5, 11, 12, 13, 14, 15, 16]), draw.randrange(1000)
            assert left.set_limit(limit, -1, value) == right.set_limit(limit, -1, value)
            venue, up = draw.randrange(3), draw.random() < 0.8
            left.set_venue(venue, up)
            right.set_venue(venue, up)
        assert left.export_state() == right.export_state()
        if draw.random() < 0.05:
            ticks = draw.choice([0, MID, MID * 2])
            assert left.set_reference(1, ticks) == right.set_reference(1, ticks) == 0
            left.import_state(right.export_state())
            right.import_state(left.export_state())
    assert len({code for code in seen if 616 < code < 640}) >= 10, seen


def test_sums_are_those_of_fractions() -> None:
    """The worst case of an instrument against exact arithmetic, rounded up."""
    accounts = Accounts(config_of(btcusd_inverse()))
    held = accounts.value(0, Position(-7, 3, 5), Committed(), Pending(), 2 * 500_001)
    assert held is not None
    exact = Fraction(12 * 100 * 10**8) / (500_001 * Fraction(1, 10))
    assert held.short_units == -(-exact.numerator // exact.denominator)
    assert held.long_units == -4 * 100 * 10**9 // 500_001
    assert held.gross_units == held.short_units
