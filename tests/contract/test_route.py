"""The route stage on both backends: least cost in exact integers, grids, health, equality."""

import struct
from dataclasses import replace
from decimal import Decimal
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import btcusd_inverse, btcusdt, btcusdt_linear
from support import config_of as support_config

from tickpath.core.backend import Backend, load
from tickpath.core.codes import Code
from tickpath.core.config import VENUES, Config, Instrument, RouteSpec
from tickpath.core.errors import ConfigError, DataError
from tickpath.core.limits import LIMITS
from tickpath.core.records import (
    POSITION_LONG,
    POSITION_SHORT,
    REDUCE_ONLY,
    BookStatus,
    BookTop,
    Intent,
    IntentKind,
    OrderType,
    Side,
    TimeInForce,
)

BACKENDS = ["reference", "native"]
OK = BookStatus.OK
MID = 5_000_000


def config_of(*instruments: Instrument, **changes: Any) -> Config:
    """A configuration with three venues unless said otherwise."""
    return support_config(*instruments, **{"venues": VENUES[:3], **changes})


@pytest.fixture(params=BACKENDS)
def module(request: pytest.FixtureRequest) -> ModuleType:
    return load("route", Backend(request.param))


def at(venue: int, **changes: Any) -> Instrument:
    """BTCUSDT on a venue; the same tick and lot unless said otherwise, no fees."""
    return btcusdt(venue=venue, **{"maker_fee_ppm": 0, "taker_fee_ppm": 0, **changes})


def top(bid: int = MID - 1, ask: int = MID + 1, status: int = OK) -> BookTop:
    return BookTop(bid, 5, ask, 5, status=status)


def order(**changes: Any) -> Intent:
    base = Intent(IntentKind.SUBMIT, 1, 0, price_ticks=MID, quantity_lots=100, tag=3)
    return replace(base, **changes)


def picked(route: Any, intent: Intent, tops: list[BookTop]) -> int:
    """Instrument of the request."""
    code, request = route.route(intent, tops)
    assert code == Code.OK
    return int(request.instrument)


def test_linked_and_reducing_orders_stay_where_they_were_wanted(module: ModuleType) -> None:
    route = module.Route(config_of(at(0), at(1), route=RouteSpec(split=True)))
    tops = [top(MID - 1, MID + 2), top(MID - 2, MID + 1)]
    assert route.splits(order())
    assert not route.splits(order(link=7))
    assert picked(route, order(link=7), tops) == 0
    assert picked(route, order(), tops) == 1
    assert picked(route, order(flags=REDUCE_ONLY), tops) == 0
    lost = [top(status=BookStatus.STALE), top()]
    assert [route.usable(k, lost) for k in range(2)] == [False, True]
    route.set_health(1, False)
    assert [route.usable(k, tops) for k in range(2)] == [True, False]
    code, request = route.route(order(link=7, role=1, expire_ns=99), tops)
    assert (code, request.link, request.role, request.expire_ns) == (Code.OK, 7, 1, 99)


def test_children_end_when_their_order_does(module: ModuleType) -> None:
    route = module.Route(config_of(at(0), at(1), route=RouteSpec(split=True)))
    tops = [top(MID - 1, MID + 2), top(MID - 2, MID + 1)]
    wanted = order(expire_ns=99)
    code, plan = route.plan(wanted, tops, 5)
    assert code == Code.OK
    assert {child.expire_ns for child in plan.children} == {99}
    row = route.open_parent(wanted, plan, [Code.OK] * len(plan.children))
    assert route.move_intent(row, 0)[0].expire_ns == 99


# -- cost -------------------------------------------------------------------------------------


@pytest.mark.parametrize("home", [0, 1])
def test_the_better_touch_wins(module: ModuleType, home: int) -> None:
    route = module.Route(config_of(at(0), at(1)))
    tops = [top(MID - 1, MID + 2), top(MID - 2, MID + 1)]
    assert picked(route, order(instrument=home), tops) == 1
    assert picked(route, order(instrument=home, side=Side.SELL), tops) == 0


@pytest.mark.parametrize("best", range(len(VENUES)))
def test_every_venue_there_is_may_be_the_best(module: ModuleType, best: int) -> None:
    instruments = [at(k) for k in range(len(VENUES))]
    route = module.Route(config_of(*instruments, venues=VENUES))
    tops = [top(MID - 2, MID + 2)] * len(VENUES)
    tops[best] = top(MID - 1, MID + 1)
    for home in range(len(VENUES)):
        assert picked(route, order(instrument=home), tops) == best


@pytest.mark.parametrize("side", Side)
def test_ties_go_to_the_lower_venue(module: ModuleType, side: Side) -> None:
    route = module.Route(config_of(at(2), at(1), at(0)))
    for home in range(3):
        assert picked(route, order(instrument=home, side=side), [top()] * 3) == 2


@pytest.mark.parametrize("side", Side)
def test_a_fee_of_one_ppm_outweighs_less_than_itself(module: ModuleType, side: Side) -> None:
    """1 ppm of 1 000 000 ticks is one tick: equal cost, and the lower venue has it."""
    route = module.Route(config_of(at(0, taker_fee_ppm=1), at(1)))
    intent = order(side=side, price_ticks=1_000_000)
    same, worse = (top(10**6, 10**6), top(10**6 - 1, 10**6 + 1))
    assert picked(route, intent, [same, same]) == 1
    assert picked(route, intent, [same, worse]) == 0
    better = top(10**6 + 1, 10**6 - 1)
    assert picked(route, intent, [better, same]) == side, "10^6 + 1 less 1 ppm is below 10^6"


def test_post_only_pays_the_maker_fee(module: ModuleType) -> None:
    config = config_of(
        at(0, maker_fee_ppm=-50, taker_fee_ppm=400), at(1, maker_fee_ppm=100, taker_fee_ppm=300)
    )
    route = module.Route(config)
    assert picked(route, order(), [top()] * 2) == 1
    assert picked(route, order(type=OrderType.MARKET), [top()] * 2) == 1
    assert picked(route, order(type=OrderType.POST_ONLY), [top()] * 2) == 0


@pytest.mark.parametrize("side", Side)
def test_latency_costs_below_a_ppm_count(module: ModuleType, side: Side) -> None:
    spec = RouteSpec(latency_ns=(1_000_001, 1_000_000), latency_cost_ppm_per_ms=1)
    route = module.Route(config_of(at(0), at(1), route=spec))
    assert picked(route, order(side=side), [top()] * 2) == 1
    near = replace(spec, latency_ns=(999_999, 1_000_000))
    assert picked(module.Route(config_of(at(0), at(1), route=near)), order(), [top()] * 2) == 0
    free = replace(spec, latency_cost_ppm_per_ms=0)
    assert picked(module.Route(config_of(at(0), at(1), route=free)), order(), [top()] * 2) == 0


def test_latencies_not_given_are_zero(module: ModuleType) -> None:
    spec = RouteSpec(latency_ns=(1,), latency_cost_ppm_per_ms=5)
    assert picked(module.Route(config_of(at(0), at(1), route=spec)), order(), [top()] * 2) == 1


def test_costs_at_the_ends_of_64_bits(module: ModuleType) -> None:
    route = module.Route(config_of(at(0, taker_fee_ppm=10**6), at(1, taker_fee_ppm=999_999)))
    far = top(2**63 - 1, 2**63 - 1)
    assert picked(route, order(), [far, far]) == 1
    assert picked(route, order(side=Side.SELL), [far, far]) == 1


# -- what is skipped --------------------------------------------------------------------------


@pytest.mark.parametrize("status", [BookStatus.EMPTY, BookStatus.CROSSED, BookStatus.STALE])
def test_books_that_are_not_ok_are_skipped(module: ModuleType, status: BookStatus) -> None:
    route = module.Route(config_of(at(0), at(1)))
    assert picked(route, order(), [top(status=status), top(ask=MID + 9)]) == 1
    code, request = route.route(order(), [top(status=status)] * 2)
    assert (code, request) == (Code.ROUTE_NO_VENUE, None)


def test_unhealthy_venues_are_skipped(module: ModuleType) -> None:
    route = module.Route(config_of(at(0), at(1)))
    tops = [top(), top(ask=MID + 9)]
    route.set_health(0, False)
    assert picked(route, order(), tops) == 1
    route.set_health(1, False)
    assert route.route(order(), tops) == (Code.ROUTE_NO_VENUE, None)
    route.set_health(0, True)
    assert picked(route, order(), tops) == 0


@pytest.mark.parametrize("venue", [-1, 3, 8, 31, 32, 63, 64, 2**40])
def test_health_of_no_venue_changes_nothing(module: ModuleType, venue: int) -> None:
    route = module.Route(config_of(at(0), at(1)))
    before = route.export_state()
    route.set_health(venue, False)
    route.set_health(venue, True)
    assert route.export_state() == before


@pytest.mark.parametrize("side", Side)
def test_a_book_without_the_touch_is_the_last_choice(module: ModuleType, side: Side) -> None:
    route = module.Route(config_of(at(0), at(1)))
    empty = top(0, MID + 1) if side == Side.SELL else top(MID - 1, 0)
    intent = order(side=side)
    assert picked(route, intent, [empty, top(1, 2**62)]) == 1
    assert picked(route, intent, [empty, empty]) == 0
    assert picked(route, intent, [empty, top(status=BookStatus.STALE)]) == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"base": 2},
        {"quote": 2},
        {"settle": 0},
        {"trading": False},
    ],
)
def test_other_things_are_no_candidates(module: ModuleType, changes: dict[str, Any]) -> None:
    route = module.Route(config_of(at(0), at(1, **changes)))
    assert picked(route, order(), [top(), top(ask=1)]) == 0


def test_kinds_are_apart(module: ModuleType) -> None:
    route = module.Route(config_of(at(0), btcusdt_linear(), btcusd_inverse()))
    cheap = top(ask=1)
    assert [picked(route, order(instrument=k), [cheap] * 3) for k in range(3)] == [0, 1, 2]


def test_two_products_of_a_venue_are_never_the_same_thing(module: ModuleType) -> None:
    """A perpetual and a future have one base, quote and settle currency and are not one thing."""
    future = btcusd_inverse(symbol="BTCUSD_260626")
    route = module.Route(config_of(btcusd_inverse(), future))
    assert picked(route, order(), [top(ask=MID), top(ask=1)]) == 0
    assert picked(route, order(instrument=1), [top(ask=1), top(ask=MID)]) == 1
    elsewhere = module.Route(config_of(btcusd_inverse(venue=0), btcusd_inverse(), future))
    assert picked(elsewhere, order(), [top(), top(ask=MID), top(ask=1)]) == 1
    unclear = config_of(btcusd_inverse(venue=0, symbol="XBTUSD"), btcusd_inverse(), future)
    assert picked(module.Route(unclear), order(), [top(), top(ask=1), top(ask=1)]) == 0


# -- grids ------------------------------------------------------------------------------------


def test_only_a_grid_that_says_the_price_exactly(module: ModuleType) -> None:
    coarse = at(1, tick_size=Decimal("0.10"))
    route = module.Route(config_of(at(0), coarse))
    tops = [top(), top(499_999, 500_000)]
    code, request = route.route(order(price_ticks=5_000_010), tops)
    assert (code, request.instrument, request.price_ticks) == (Code.OK, 1, 500_001)
    assert picked(route, order(price_ticks=5_000_011), tops) == 0
    code, request = route.route(order(instrument=1, price_ticks=500_001), [top(ask=MID - 9), top()])
    assert (code, request.instrument, request.price_ticks) == (Code.OK, 0, 5_000_010)


def test_touches_on_different_grids_compare_by_price(module: ModuleType) -> None:
    route = module.Route(config_of(at(0), at(1, tick_size=Decimal("0.025"))))
    intent = order(price_ticks=5_000_000)
    assert picked(route, intent, [top(ask=5_000_003), top(ask=2_000_001)]) == 1
    assert picked(route, intent, [top(ask=5_000_002), top(ask=2_000_001)]) == 0
    assert picked(route, intent, [top(ask=5_000_000), top(ask=2_000_000)]) == 0


def test_only_a_grid_that_says_the_quantity_exactly(module: ModuleType) -> None:
    coarse = at(1, lot_size=Decimal("0.001"), quantity_min=Decimal("0.001"))
    route = module.Route(config_of(at(0), coarse))
    tops = [top(), top(ask=MID)]
    code, request = route.route(order(quantity_lots=300), tops)
    assert (code, request.instrument, request.quantity_lots) == (Code.OK, 1, 3)
    assert picked(route, order(quantity_lots=301), tops) == 0


def test_contracts_of_another_size_convert(module: ModuleType) -> None:
    tens = btcusd_inverse(venue=1, multiplier=Decimal(10), taker_fee_ppm=0)
    route = module.Route(config_of(btcusd_inverse(), tens))
    tops = [top(500_000, 500_001), top(500_000, 500_000)]
    code, request = route.route(order(price_ticks=500_000, quantity_lots=7), tops)
    assert (code, request.instrument, request.quantity_lots) == (Code.OK, 1, 70)
    stale = [top(), top(status=BookStatus.STALE)]
    part = route.route(order(instrument=1, quantity_lots=7), stale)
    assert part == (Code.ROUTE_NO_VENUE, None), "0.7 of a contract"


@pytest.mark.parametrize(
    ("changes", "lots", "instrument"),
    [
        ({"quantity_min": Decimal("0.001")}, 100, 1),
        ({"quantity_min": Decimal("0.001")}, 99, 0),
        ({"quantity_max": Decimal("0.001")}, 100, 1),
        ({"quantity_max": Decimal("0.001")}, 101, 0),
        ({"order_step": Decimal("0.0001")}, 100, 1),
        ({"order_step": Decimal("0.0001")}, 101, 0),
    ],
)
def test_only_a_venue_that_takes_the_quantity(
    module: ModuleType, changes: dict[str, Any], lots: int, instrument: int
) -> None:
    route = module.Route(config_of(at(0), at(1, **changes)))
    assert picked(route, order(quantity_lots=lots), [top(), top(ask=MID)]) == instrument


def test_counts_that_leave_63_bits_stay_at_home(module: ModuleType) -> None:
    fine = at(1, tick_size=Decimal("0.001"), lot_size=Decimal("0.000001"))
    route = module.Route(config_of(at(0), fine))
    tops = [top(), top(ask=1)]
    assert picked(route, order(), tops) == 1
    assert picked(route, order(price_ticks=2**61), tops) == 0, "wraps to a positive word"
    assert picked(route, order(quantity_lots=2**63 - 1), tops) == 0


def test_a_market_order_has_no_price(module: ModuleType) -> None:
    route = module.Route(config_of(at(0), at(1, tick_size=Decimal("0.10"))))
    intent = order(type=OrderType.MARKET, price_ticks=5_000_011)
    code, request = route.route(intent, [top(), top(ask=1)])
    assert (code, request.instrument, request.price_ticks) == (Code.OK, 1, 0)


@pytest.mark.parametrize("changes", [{"price_ticks": -1}, {"quantity_lots": -1}])
def test_negative_counts_go_nowhere(module: ModuleType, changes: dict[str, int]) -> None:
    route = module.Route(config_of(at(0), at(1)))
    assert route.route(order(**changes), [top()] * 2) == (Code.ROUTE_NO_VENUE, None)


# -- requests ---------------------------------------------------------------------------------


def test_a_request_says_what_the_intent_said(module: ModuleType) -> None:
    route = module.Route(config_of(at(0), at(1)))
    intent = order(side=Side.SELL, time_in_force=TimeInForce.IOC, flags=2, client_order_id=9)
    code, request = route.route(intent, [top(bid=1), top()])
    assert code == Code.OK
    for name in ("kind", "strategy", "side", "type", "time_in_force", "flags", "tag",
                 "price_ticks", "quantity_lots"):  # fmt: skip
        assert getattr(request, name) == getattr(intent, name)
    assert (request.venue, request.instrument) == (1, 1)
    assert (request.client_order_id, request.orig_client_order_id) == (0, 0)


@pytest.mark.parametrize("flags", [REDUCE_ONLY, POSITION_LONG, POSITION_SHORT])
def test_what_reduces_or_names_a_leg_stays_where_the_position_is(
    module: ModuleType, flags: int
) -> None:
    route = module.Route(config_of(at(0), at(1)))
    assert picked(route, order(), [top(), top(ask=1)]) == 1
    assert picked(route, order(flags=flags), [top(), top(ask=1)]) == 0


@pytest.mark.parametrize("kind", [IntentKind.CANCEL, IntentKind.REPLACE])
def test_cancels_and_replaces_stay_where_the_order_is(module: ModuleType, kind: IntentKind) -> None:
    route = module.Route(config_of(at(2), at(1)))
    route.set_health(2, False)
    intent = order(kind=kind, client_order_id=2**64 - 1)
    code, request = route.route(intent, [top(status=BookStatus.STALE), top(ask=1)])
    assert (code, request.venue, request.instrument) == (Code.OK, 2, 0)
    cancel = kind == IntentKind.CANCEL
    assert request.client_order_id == (2**64 - 1 if cancel else 0)
    assert request.orig_client_order_id == (0 if cancel else 2**64 - 1)


@pytest.mark.parametrize("index", [-(2**31), -1, 2, 2**31 - 1])
@pytest.mark.parametrize("kind", [IntentKind.SUBMIT, IntentKind.CANCEL])
def test_unknown_instruments_have_no_venue(
    module: ModuleType, index: int, kind: IntentKind
) -> None:
    route = module.Route(config_of(at(0), at(1)))
    found = route.route(order(kind=kind, instrument=index), [top()] * 2)
    assert found == (Code.ROUTE_NO_VENUE, None)


# -- state and configuration ------------------------------------------------------------------


def test_state_moves_between_backends() -> None:
    config = config_of(at(0), at(1), at(2))
    left, right = (load("route", Backend(name)).Route(config) for name in BACKENDS)
    empty = struct.pack("<II", 3, 7) + bytes(16) + b"\xff" * 24 + bytes(3 * 40)
    assert left.export_state() == right.export_state() == empty
    left.set_health(1, False)
    right.import_state(left.export_state())
    assert right.export_state() == struct.pack("<II", 3, 5) + empty[8:]
    tops = [top(ask=MID + 5), top(ask=MID), top(ask=MID + 3)]
    assert picked(left, order(), tops) == picked(right, order(), tops) == 2


@pytest.mark.parametrize(
    "state",
    [
        b"",
        b"\3\0\0\0\7\0\0",
        struct.pack("<II", 2, 7) + bytes(16) + b"\xff" * 24 + bytes(40),
        struct.pack("<II", 3, 8) + bytes(16) + b"\xff" * 24 + bytes(40),
        struct.pack("<II", 3, 7) + bytes(16) + b"\xff" * 24 + bytes(39),
        struct.pack("<II", 3, 7) + bytes(16) + b"\xff" * 24 + bytes(41),
    ],
)
def test_a_state_that_is_none_is_refused(module: ModuleType, state: bytes) -> None:
    route = module.Route(config_of(at(0)))
    before = route.export_state()
    with pytest.raises(DataError):
        route.import_state(state)
    assert route.export_state() == before


@pytest.mark.parametrize(
    "config",
    [
        config_of(at(0), route=RouteSpec(latency_ns=(0, 0, 0, 0))),
        config_of(at(0), route=RouteSpec(latency_ns=(-1,))),
        config_of(at(0), route=RouteSpec(latency_cost_ppm_per_ms=-1)),
        config_of(at(0), route=RouteSpec(latency_ns=(10**9,), latency_cost_ppm_per_ms=10**4)),
        config_of(at(0, taker_fee_ppm=10**6 + 1)),
        config_of(at(3)),
        config_of(at(-1)),
        config_of(at(0), at(1, tick_size=Decimal("1E-15"))),
        config_of(*[at(0)] * (LIMITS["instruments_max"] + 1)),
        config_of(at(0), venues=tuple(f"venue{k}" for k in range(LIMITS["venues_max"] + 1))),
    ],
)
def test_tables_that_do_not_fit_are_refused(module: ModuleType, config: Config) -> None:
    with pytest.raises(ConfigError):
        module.Route(config)


SIZES = st.sampled_from([Decimal(s) for s in ("0.01", "0.025", "0.1", "0.05", "0.0001")])
FEES = st.integers(-300, 1000)


@st.composite
def configs(draw: st.DrawFn) -> Config:
    """Two to four venues that trade one thing, each on its own grid."""
    count = draw(st.integers(2, 4))
    instruments = [
        at(
            draw(st.sampled_from([k, k, 3])),
            symbol=draw(st.sampled_from(["BTCUSDT", "BTCUSDT", "XBTUSDT"])),
            tick_size=draw(SIZES),
            lot_size=draw(SIZES),
            quantity_min=draw(st.sampled_from([Decimal("0.0001"), Decimal("0.1")])),
            maker_fee_ppm=draw(FEES),
            taker_fee_ppm=draw(FEES),
        )
        for k in range(count)
    ]
    latencies = draw(st.lists(st.integers(0, 10**7), max_size=4))
    spec = RouteSpec(latency_ns=tuple(latencies), latency_cost_ppm_per_ms=draw(st.integers(0, 9)))
    return config_of(*instruments, venues=("a", "b", "c", "d"), route=spec)


TICKS = st.integers(0, 20) | st.integers(990, 1010) | st.integers(0, 2**63 - 1)
TOPS = st.builds(
    BookTop,
    bid_ticks=TICKS,
    ask_ticks=TICKS,
    status=st.sampled_from([OK, OK, OK, OK, OK, BookStatus.STALE]),
)
INTENTS = st.builds(
    order,
    kind=st.sampled_from([1, 1, 1, 1, 2, 3]),
    instrument=st.sampled_from([0, 1, 0, 1, 0, 1, 4]),
    side=st.integers(0, 1),
    type=st.integers(0, 2),
    price_ticks=TICKS | st.integers(-1, 20).map(lambda n: n * 1000),
    quantity_lots=TICKS | st.integers(-1, 20).map(lambda n: n * 1000),
    client_order_id=st.integers(0, 2**64 - 1),
)


@settings(max_examples=200, derandomize=True, deadline=None)
@given(configs(), st.data())
def test_backends_choose_alike(config: Config, data: st.DataObject) -> None:
    reference, native = (load("route", Backend(name)).Route(config) for name in BACKENDS)
    for _ in range(3):
        venue, ok = data.draw(st.integers(0, 3)), data.draw(st.integers(0, 3)) < 3
        reference.set_health(venue, ok)
        native.set_health(venue, ok)
        tops = [data.draw(TOPS) for _ in config.instruments]
        intent = data.draw(INTENTS)
        assert native.route(intent, tops) == reference.route(intent, tops)
        assert native.export_state() == reference.export_state()
