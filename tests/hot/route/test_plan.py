"""What a plan must do at its borders, on both backends: grids, depth, health, tokens, overflow."""

from dataclasses import replace
from decimal import Decimal
from types import ModuleType
from typing import Any

import pytest
from route_support import BACKENDS, at, book, split_config, take
from support import btcusd_inverse, btcusdt_linear

from tickpath.core.backend import Backend, load
from tickpath.core.codes import Code
from tickpath.core.errors import ConfigError, DataError
from tickpath.core.records import (
    REDUCE_ONLY,
    BookStatus,
    BookTop,
    IntentKind,
    OpenOrder,
    OrderState,
    OrderType,
    OrderUpdate,
    ReportKind,
    Side,
    TimeInForce,
)
from tickpath.hot.route.search import NODES_MAX

FOK = TimeInForce.FOK
GTC = TimeInForce.GTC


@pytest.fixture(params=BACKENDS)
def module(request: pytest.FixtureRequest) -> ModuleType:
    return load("route", Backend(request.param))


def parts(route: Any, intent: Any, tops: list[BookTop], **more: Any) -> dict[int, int]:
    """Lots by instrument of a plan that must be there."""
    code, plan = route.plan(intent, tops, 0, **more)
    assert code == Code.OK
    assert sum(plan.units) == plan.total_units
    return {c.instrument: c.quantity_lots for c in plan.children}


def refused(route: Any, intent: Any, tops: list[BookTop], **more: Any) -> int:
    code, plan = route.plan(intent, tops, 0, **more)
    assert plan is None
    return int(code)


def test_the_cheaper_levels_are_taken_first(module: ModuleType) -> None:
    route = module.Route(split_config(at(0), at(1)))
    tops = [book(asks=[(100, 5), (102, 50)]), book(asks=[(101, 7), (103, 50)])]
    assert parts(route, take(4, 110), tops) == {0: 4}
    assert parts(route, take(12, 110), tops) == {0: 5, 1: 7}
    assert parts(route, take(13, 110), tops) == {0: 6, 1: 7}
    assert parts(route, take(13), tops) == {0: 6, 1: 7}


def test_beyond_the_depth_the_whole_order_still_goes(module: ModuleType) -> None:
    route = module.Route(split_config(at(0), at(1)))
    tops = [book(asks=[(100, 5)]), book(asks=[(101, 7)])]
    found = parts(route, take(40, 102), tops)
    assert sum(found.values()) == 40
    assert min(found.values()) >= 5
    assert parts(route, take(40, 100), tops) == {0: 40}


@pytest.mark.parametrize("policy", ["refuse", "send"])
def test_fill_or_kill_goes_to_one_venue_that_shows_it_all(module: ModuleType, policy: str) -> None:
    route = module.Route(split_config(at(0), at(1), fok=policy))
    tops = [book(asks=[(100, 5)]), book(asks=[(101, 7)])]
    assert parts(route, take(7, 110, time_in_force=FOK), tops) == {1: 7}
    assert parts(route, take(5, 110, time_in_force=FOK), tops) == {0: 5}
    large = take(8, 110, time_in_force=FOK)
    if policy == "refuse":
        assert refused(route, large, tops) == Code.ROUTE_DEPTH
    else:
        assert parts(route, large, tops) == {1: 8}


def test_minima_are_kept_or_worked_around(module: ModuleType) -> None:
    route = module.Route(split_config(at(0), at(1, quantity_min=Decimal(6))))
    tops = [book(asks=[(100, 5), (110, 50)]), book(asks=[(101, 50)])]
    assert parts(route, take(11, 110), tops) == {0: 5, 1: 6}
    assert parts(route, take(8, 110), tops) == {0: 2, 1: 6}
    assert parts(route, take(5, 110), tops) == {0: 5}


def test_grids_that_cannot_express_the_order_refuse_it(module: ModuleType) -> None:
    even = {"order_step": Decimal(2)}
    route = module.Route(split_config(at(0, **even), at(1, **even)))
    tops = [book(asks=[(100, 50)])] * 2
    assert refused(route, take(7, 110), tops) == Code.ROUTE_GRID
    capped = module.Route(
        split_config(at(0, quantity_max=Decimal(3)), at(1, quantity_max=Decimal(3)))
    )
    assert parts(capped, take(6, 110), tops) == {0: 3, 1: 3}
    assert refused(capped, take(7, 110), tops) == Code.ROUTE_GRID
    coarse = module.Route(split_config(at(0, tick_size=Decimal(1)), at(1, tick_size=Decimal(7))))
    assert parts(coarse, take(5, 101), [book(asks=[(101, 5)]), book(asks=[(1, 5)])]) == {0: 5}


def test_books_that_are_not_good_take_no_part(module: ModuleType) -> None:
    route = module.Route(split_config(at(0), at(1), at(2)))
    good = book(asks=[(105, 50)])
    for status in (BookStatus.EMPTY, BookStatus.CROSSED, BookStatus.STALE):
        bad = replace(book(asks=[(90, 50)]), status=status)
        assert parts(route, take(7, 110), [bad, good, bad]) == {1: 7}
        assert refused(route, take(7, 110), [bad] * 3) == Code.ROUTE_NO_VENUE
    one_sided = book(bids=[(99, 5)])
    assert parts(route, take(7), [one_sided, good, one_sided]) == {1: 7}
    assert refused(route, take(7), [one_sided] * 3) == Code.ROUTE_GRID


def test_levels_out_of_order_or_empty_end_the_depth(module: ModuleType) -> None:
    route = module.Route(split_config(at(0), at(1)))
    other = book(asks=[(104, 50)])
    for torn in ((99, 50), (101, 0), (-1, 50), (0, 0), (100, 50)):
        assert parts(route, take(8, 110), [book(asks=[(100, 5), torn]), other]) == {0: 5, 1: 3}


def test_health_tokens_and_exclusion(module: ModuleType) -> None:
    route = module.Route(split_config(at(0), at(1), at(2)))
    tops = [book(asks=[(100 + k, 5)]) for k in range(3)]
    assert parts(route, take(12, 110), tops) == {0: 5, 1: 5, 2: 2}
    route.set_tokens(1, 0)
    assert parts(route, take(8, 110), tops) == {0: 5, 2: 3}
    assert parts(route, take(4, 110), tops, excluded=1) == {2: 4}
    route.set_health(0, False)
    assert parts(route, take(4, 110), tops) == {2: 4}
    route.set_tokens(1, -7)
    assert parts(route, take(4, 110), tops) == {1: 4}
    assert refused(route, take(4, 110), tops, excluded=6) == Code.ROUTE_NO_VENUE


def test_a_token_is_spent_by_each_child(module: ModuleType) -> None:
    route = module.Route(split_config(at(0), at(1)))
    tops = [book(asks=[(100, 5)]), book(asks=[(101, 5)])]
    route.set_tokens(0, 1)
    code, plan = route.plan(take(8, 110), tops, 0)
    assert code == Code.OK
    assert route.open_parent(take(8, 110), plan, [0, 0]) == 0
    assert parts(route, take(8, 110), tops) == {1: 8}


def test_products_that_do_not_fit_are_refused(module: ModuleType) -> None:
    route = module.Route(split_config(at(0), at(1)))
    far = [book(asks=[(2**62, 2**62)])] * 2
    assert refused(route, take(2**61, 2**62), far) == Code.ROUTE_OVERFLOW
    assert refused(route, take(2**61 + 1, 110), far) == Code.ROUTE_OVERFLOW
    assert refused(route, take(0, 110), far) == Code.ROUTE_OVERFLOW
    assert refused(route, take(-5, 110), far) == Code.ROUTE_OVERFLOW
    assert refused(route, take(5, -110), far) == Code.ROUTE_GRID
    assert refused(route, take(5, 110, instrument=9), far) == Code.ROUTE_NO_VENUE
    assert refused(route, take(5, 110, side=2), far) == Code.ROUTE_NO_VENUE
    deep = [book(asks=[(100, 2**63 - 1)])] * 2
    assert parts(route, take(10**9, 110), deep) == {0: 10**9}


def test_what_only_reduces_stays_where_the_position_is(module: ModuleType) -> None:
    route = module.Route(split_config(at(0), at(1)))
    tops = [book(asks=[(105, 50)]), book(asks=[(100, 50)])]
    assert parts(route, take(7, 110, flags=REDUCE_ONLY), tops) == {0: 7}


def test_resting_orders_go_where_a_fill_is_likelier(module: ModuleType) -> None:
    route = module.Route(split_config(at(0), at(1)))
    rests = take(10, 100, type=OrderType.POST_ONLY, time_in_force=GTC)
    queues = [
        book(asks=[(102, 9)], bids=[(100, 500)]),
        book(asks=[(102, 9)], bids=[(100, 20), (99, 900)]),
    ]
    assert parts(route, rests, queues) == {0: 10}, "nothing traded: equal, the lower venue"
    route.on_trade(0, Side.SELL, 300, 0)
    route.on_trade(1, Side.SELL, 300, 0)
    assert parts(route, rests, queues) == {1: 10}
    route.on_trade(0, Side.SELL, 10**6, 0)
    assert parts(route, rests, queues) == {0: 10}
    code, plan = route.plan(rests, queues, 25_000_000_000)
    assert (code, plan.children[0].instrument) == (Code.OK, 0), "too old to count"
    away = take(10, 101, time_in_force=GTC)
    assert parts(route, away, queues) == {0: 10}
    crossing = take(12, 102, time_in_force=GTC)
    assert parts(route, crossing, queues) == {0: 9, 1: 3}


def test_a_resting_order_is_split_when_asked(module: ModuleType) -> None:
    route = module.Route(split_config(at(0), at(1), split_resting=True))
    queues = [book(asks=[(102, 9)], bids=[(100, 5)])] * 2
    for k in (0, 1):
        route.on_trade(k, Side.SELL, 30, 0)
    rests = take(100, 100, type=OrderType.POST_ONLY, time_in_force=GTC)
    assert parts(route, rests, queues) == {0: 50, 1: 50}


def test_kinds_apart_and_contracts_convert(module: ModuleType) -> None:
    tens = btcusd_inverse(venue=1, multiplier=Decimal(10), taker_fee_ppm=0)
    config = split_config(btcusd_inverse(taker_fee_ppm=0), tens, btcusdt_linear(venue=3))
    route = module.Route(config)
    tops = [book(asks=[(500_001, 4)]), book(asks=[(500_000, 35)]), book(asks=[(1, 1)])]
    assert parts(route, take(7, 500_100), tops) == {0: 4, 1: 30}
    assert not route.splits(take(7, 500_100, instrument=2))
    assert route.splits(take(7, 500_100))
    assert not route.splits(take(7, 500_100, kind=IntentKind.CANCEL))


def test_a_hard_knapsack_ends_at_its_bound(module: ModuleType) -> None:
    """Large unlike steps: whatever the search does, it ends, and says whether it was proven."""
    steps = (97, 101, 103, 107, 109, 113, 127, 131)
    venues = [at(k, order_step=Decimal(s)) for k, s in enumerate(steps)]
    route = module.Route(split_config(*venues))
    tops = [book(asks=[(100 + k % 3, 90 + k), (104, 5000)]) for k in range(8)]
    proven = {True: 0, False: 0}
    for lots in range(900, 1000):
        code, plan = route.plan(take(lots, 110), tops, 0)
        if plan is None:
            assert code == Code.ROUTE_GRID
            continue
        assert sum(plan.units) == lots
        assert all(
            u % steps[c.instrument] == 0 for u, c in zip(plan.units, plan.children, strict=True)
        )
        proven[plan.exact] += 1
    assert NODES_MAX >= 511
    assert sum(proven.values()) > 50


def live_child(module: ModuleType) -> tuple[Any, Any]:
    route = module.Route(split_config(at(0), at(1), at(2)))
    tops = [book(asks=[(100, 5)]), book(asks=[(101, 5)]), book(asks=[(102, 50)])]
    intent = take(10, 110)
    _, plan = route.plan(intent, tops, 0)
    row = route.open_parent(intent, plan, [0, 0])
    route.sent(row, 0, 71)
    route.sent(row, 1, 72)
    return route, tops


def update(order_id: int, kind: int, state: int, fill: int = 0, code: int = 0) -> OrderUpdate:
    return OrderUpdate(code, 0, 0, kind, OpenOrder(order_id, 0, 0, 0, state, 0), 100, fill)


def test_only_a_certain_refusal_moves_and_only_once(module: ModuleType) -> None:
    route, tops = live_child(module)
    unknown = update(71, ReportKind.UNKNOWN, OrderState.UNKNOWN)
    assert route.on_update(unknown) is None
    late = update(71, ReportKind.REJECT, OrderState.LIVE, code=Code.EXECUTE_STATE)
    assert route.on_update(late) is None
    reject = update(71, ReportKind.REJECT, OrderState.REJECTED)
    assert route.on_update(reject) == (0, 0)
    intent, units, excluded = route.move_intent(0, 0)
    assert (units, excluded) == (5, 1)
    _, plan = route.plan(intent, tops, 0, excluded, units)
    assert plan.children[0].instrument == 1
    route.moved(0, 0, plan, 73)
    assert route.on_update(reject) is None, "the old order is nobody's"
    assert route.on_update(update(73, ReportKind.REJECT, OrderState.REJECTED)) is None
    assert route.parents() == [(1, 10, 0, 5, 5)]


def test_late_fills_and_overfills_are_counted_once(module: ModuleType) -> None:
    route, _ = live_child(module)
    route.on_update(update(71, ReportKind.FILL, OrderState.LIVE, 2))
    route.on_update(update(71, ReportKind.CANCEL_ACK, OrderState.CANCELLED))
    assert route.parents() == [(1, 10, 2, 5, 3)]
    route.on_update(update(71, ReportKind.FILL, OrderState.CANCELLED, 1))
    assert route.parents() == [(1, 10, 3, 5, 2)]
    route.on_update(update(72, ReportKind.FILL, OrderState.FILLED, 2**62))
    assert route.parents() == [(1, 10, 8, 0, 2)]
    route.end(72)
    assert route.parents() == [(1, 10, 8, 0, 2)]


def test_a_full_table_splits_no_more_and_ended_rows_are_used_again(module: ModuleType) -> None:
    route = module.Route(split_config(at(0), at(1)))
    tops = [book(asks=[(100, 5)])] * 2
    _, plan = route.plan(take(8, 110), tops, 0)
    for number in range(256):
        row = route.open_parent(take(8, 110), plan, [0, Code.RISK_POSITION])
        assert row == number
        route.sent(row, 0, 1000 + number)
    assert route.open_parent(take(8, 110), plan, [0, 0]) == -1
    route.on_update(update(1099, ReportKind.EXPIRE, OrderState.EXPIRED))
    assert route.open_parent(take(8, 110), plan, [0, 0]) == 99
    assert route.on_update(update(1099, ReportKind.FILL, OrderState.EXPIRED, 1)) is None


def test_a_torn_state_is_refused(module: ModuleType) -> None:
    route, _ = live_child(module)
    state = route.export_state()
    for cut in (1, 8, len(state) // 2, len(state) - 1):
        with pytest.raises(DataError):
            route.import_state(state[:cut])
    for byte in (len(state) - 8, len(state) - 16, len(state) - 24, len(state) - 20):
        torn = bytearray(state)
        torn[byte] ^= 0x40
        with pytest.raises(DataError):
            route.import_state(bytes(torn))
    route.import_state(state)
    assert route.export_state() == state


@pytest.mark.parametrize(
    "changes", [{"children_max": 0}, {"children_max": 9}, {"fok": "maybe"}, {"flow_ns": 0}]
)
def test_settings_that_make_no_sense(module: ModuleType, changes: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        module.Route(split_config(at(0), at(1), **changes))
