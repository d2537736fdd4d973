"""Orders that an algorithm works: slices, shares of the market, clips, pauses; both backends."""

from dataclasses import replace
from typing import Any

import pytest
from execute_desk import CONFIG, Desk, execute_of, intent_of
from support import btcusdt_shipped, config_of

from tickpath.core.codes import Code
from tickpath.core.config import AlgorithmSpec, Config
from tickpath.core.errors import DataError
from tickpath.core.records import (
    REDUCE_ONLY,
    TRIGGER_MID,
    IntentKind,
    LinkRole,
    OrderState,
    OrderType,
    ReportKind,
    Side,
    TimeInForce,
    algorithm_flags,
)
from tickpath.hot.execute.layout import unpack

LIMIT, MARKET = OrderType.LIMIT, OrderType.MARKET
TWAP, REST, PATIENT, POV, CAPPED, CLIPS, FRONT = range(7)
ALGORITHMS = (
    AlgorithmSpec(name="twap", kind="twap", slices=4, price="cross"),
    AlgorithmSpec(name="rest", kind="twap", slices=4, price="rest", rest_ns=50),
    AlgorithmSpec(name="patient", kind="twap", slices=2, rest_ns=50),
    AlgorithmSpec(name="pov", kind="pov", participation_ppm=250_000, price="cross"),
    AlgorithmSpec(name="capped", kind="twap", slices=2, participation_ppm=100_000, price="cross"),
    AlgorithmSpec(
        name="clips", kind="twap", slices=2, clip_min_ppm=100_000, clip_max_ppm=200_000,
        price="cross",
    ),
    AlgorithmSpec(name="front", kind="vwap", slices=3, curve=(3, 0, 1), price="cross"),
)  # fmt: skip
START, END = 2_000, 2_400


def config_with(*algorithms: AlgorithmSpec) -> Config:
    return replace(CONFIG, algorithms=algorithms)


@pytest.fixture
def desk() -> Desk:
    made = Desk(config_with(*ALGORITHMS))
    made.touch = (99, 101)
    return made


def wanted(algorithm: int, **changes: Any) -> dict[str, Any]:
    """A buy of 100 lots at the market from 2000 to 2400, unless said otherwise."""
    base = {
        "side": Side.BUY, "type": MARKET, "trigger_ticks": 0, "at_ns": START, "expire_ns": END,
        "flags": algorithm_flags(algorithm),
    }  # fmt: skip
    return base | changes


def order(desk: Desk, algorithm: int, **changes: Any) -> int:
    return desk.parked(**wanted(algorithm, **changes))


def at(desk: Desk, now_ns: int) -> list[tuple[int, int]]:
    """(lots, price) of the clips that go out at a time."""
    if desk.next_expiry() <= now_ns:
        desk.expire(now_ns)
    desk.now_ns = now_ns
    return [(i.quantity_lots, i.price_ticks) for i in desk.step() if i.kind == IntentKind.SUBMIT]


def trade(desk: Desk, lots: int) -> None:
    desk.both(lambda stage: stage.on_trade(0, lots, desk.now_ns))


def clip(desk: Desk, parent: int) -> int:
    """The one open clip."""
    (found,) = [o for o in desk.orders() if o.state != OrderState.PARKED]
    assert found.client_order_id != parent
    return int(found.client_order_id)


def fill_clip(desk: Desk, parent: int, lots: int) -> None:
    desk.fill(clip(desk, parent), lots)


def filled(desk: Desk, parent: int) -> tuple[int, int]:
    """(quantity, filled) of a parent, open or ended."""
    image = unpack(desk.stages[0].export_state(), 3, 3, len(ALGORITHMS))
    found = [*[row.order for row in image.rows], *[ended.order for ended in image.ended]]
    (one,) = [o for o in found if o.client_order_id == parent]
    return one.quantity_lots, one.filled_lots


# -- the schedule ---------------------------------------------------------------------------------


def test_a_parent_is_parked_and_its_slices_go_out_as_clips(desk: Desk) -> None:
    parent = order(desk, TWAP)
    assert desk.state(parent) == OrderState.PARKED
    assert desk.next_expiry() == START
    assert at(desk, START - 1) == []
    for k in range(4):
        now_ns = START + k * 100
        assert desk.next_expiry() == now_ns
        assert at(desk, now_ns) == [(25, 101)]
        assert at(desk, now_ns + 50) == []
        fill_clip(desk, parent, 25)
        assert at(desk, now_ns + 60) == []
    assert desk.notices() == [(parent, OrderState.FILLED)]
    assert desk.orders() == []
    assert filled(desk, parent) == (100, 100)
    assert desk.position().position_lots == 100


def test_a_clip_is_an_ordinary_order_of_its_parent(desk: Desk) -> None:
    parent = order(desk, TWAP, flags=algorithm_flags(TWAP) | REDUCE_ONLY, tag=5)
    desk.now_ns = START
    (intent,) = desk.both(lambda stage: stage.due(0, START, 99, 101))
    assert (intent.type, intent.time_in_force) == (LIMIT, TimeInForce.IOC)
    assert (intent.flags, intent.tag, intent.client_order_id) == (REDUCE_ONLY, 5, parent)
    assert at(desk, START) == [(25, 101)]
    (made,) = [o for o in desk.orders() if o.client_order_id == clip(desk, parent)]
    assert (made.flags, made.tag, made.quantity_lots) == (REDUCE_ONLY, 5, 25)
    assert desk.position().open_buy_lots == 25


def test_a_vwap_follows_its_curve(desk: Desk) -> None:
    parent = order(desk, FRONT, expire_ns=START + 300)
    assert at(desk, START) == [(75, 101)]
    fill_clip(desk, parent, 75)
    assert at(desk, START + 100) == []
    assert at(desk, START + 200) == [(25, 101)]


def test_what_a_slice_did_not_get_goes_out_with_the_next(desk: Desk) -> None:
    parent = order(desk, TWAP)
    assert at(desk, START) == [(25, 101)]
    desk.fill(clip(desk, parent), 5)
    desk.report(ReportKind.EXPIRE, clip(desk, parent))
    desk.touch = (0, 0)
    assert at(desk, START + 10) == []
    desk.touch = (100, 102)
    assert at(desk, START + 100) == [(45, 102)]


def test_without_a_good_book_nothing_goes_out(desk: Desk) -> None:
    order(desk, TWAP)
    for touch in ((0, 0), (0, 101), (99, 0)):
        desk.touch = touch
        assert at(desk, START) == []


def test_at_its_end_a_parent_gives_up_what_is_left(desk: Desk) -> None:
    parent = order(desk, TWAP)
    at(desk, START)
    fill_clip(desk, parent, 25)
    desk.touch = (0, 0)
    desk.expire(END)
    assert desk.notices() == [(parent, OrderState.EXPIRED)]
    assert filled(desk, parent) == (100, 25)


def test_at_its_end_the_open_clip_is_cancelled_first(desk: Desk) -> None:
    parent = order(desk, REST)
    at(desk, START + 390)
    made = clip(desk, parent)
    desk.expire(END)
    assert [i.kind for i in desk.step()] == [IntentKind.CANCEL]
    desk.fill(made, 7)
    desk.report(ReportKind.CANCEL_ACK, made)
    assert desk.notices() == [(parent, OrderState.CANCELLED)]
    assert filled(desk, parent) == (100, 7)


def test_a_sell_mirrors_a_buy(desk: Desk) -> None:
    order(desk, TWAP, side=Side.SELL)
    assert at(desk, START) == [(25, 99)]


# -- price ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("algorithm", "side", "limit", "price"),
    [
        (TWAP, Side.BUY, 101, 101),
        (TWAP, Side.BUY, 100, None),
        (TWAP, Side.SELL, 99, 99),
        (TWAP, Side.SELL, 100, None),
        (REST, Side.BUY, 100, 99),
        (REST, Side.BUY, 98, 98),
        (REST, Side.SELL, 100, 101),
        (REST, Side.SELL, 103, 103),
    ],
)
def test_a_limit_of_the_parent_binds_its_clips(
    desk: Desk, algorithm: int, side: Side, limit: int, price: int | None
) -> None:
    order(desk, algorithm, side=side, type=LIMIT, price_ticks=limit)
    assert at(desk, START) == ([] if price is None else [(25, price)])


def test_a_clip_rests_its_time_and_goes_out_anew_at_the_touch_of_then(desk: Desk) -> None:
    parent = order(desk, REST)
    assert at(desk, START) == [(25, 99)]
    made = clip(desk, parent)
    desk.touch = (100, 102)
    assert at(desk, START + 49) == []
    assert desk.next_expiry() == START + 50
    desk.expire(START + 50)
    assert [i.client_order_id for i in desk.step()] == [made]
    desk.report(ReportKind.CANCEL_ACK, made)
    assert at(desk, START + 51) == [(25, 100)]


def test_what_has_rested_its_time_crosses(desk: Desk) -> None:
    parent = order(desk, PATIENT)
    assert at(desk, START) == [(50, 99)]
    made = clip(desk, parent)
    desk.fill(made, 20)
    desk.expire(START + 50)
    desk.step()
    desk.report(ReportKind.CANCEL_ACK, made)
    assert at(desk, START + 51) == [(30, 101)]
    fill_clip(desk, parent, 30)
    assert at(desk, START + 200) == [(50, 99)]


def test_what_cannot_cross_within_its_limit_rests_again(desk: Desk) -> None:
    parent = order(desk, PATIENT, type=LIMIT, price_ticks=100)
    at(desk, START)
    made = clip(desk, parent)
    desk.expire(START + 50)
    desk.step()
    desk.report(ReportKind.CANCEL_ACK, made)
    assert at(desk, START + 51) == [(50, 99)]


# -- the share of the market ----------------------------------------------------------------------


def test_a_pov_takes_its_share_of_what_trades(desk: Desk) -> None:
    parent = order(desk, POV, at_ns=0, expire_ns=0)
    assert at(desk, 1_001) == []
    trade(desk, 39)
    assert at(desk, 1_001) == [(9, 101)]
    trade(desk, 100)
    assert at(desk, 1_002) == []
    fill_clip(desk, parent, 9)
    assert at(desk, 1_002) == [(25, 101)]
    desk.report(ReportKind.EXPIRE, clip(desk, parent))
    trade(desk, 10**18)
    assert at(desk, 1_003) == [(91, 101)]
    fill_clip(desk, parent, 91)
    assert desk.notices() == [(parent, OrderState.FILLED)]


def test_trades_before_the_start_and_in_a_pause_do_not_count(desk: Desk) -> None:
    parent = order(desk, POV, expire_ns=0)
    trade(desk, 400)
    assert at(desk, START) == []
    trade(desk, 40)
    assert desk.both(lambda stage: stage.pause(parent, True)) == Code.OK
    trade(desk, 400)
    assert at(desk, START + 1) == []
    assert desk.both(lambda stage: stage.pause(parent, False)) == Code.OK
    assert at(desk, START + 2) == [(10, 101)]


def test_the_cap_holds_a_schedule_back(desk: Desk) -> None:
    order(desk, CAPPED)
    desk.now_ns = START
    trade(desk, 99)
    assert at(desk, START) == [(9, 101)]


def test_market_lots_stop_at_the_largest_number(desk: Desk) -> None:
    order(desk, POV, at_ns=0, expire_ns=0)
    trade(desk, 2**62)
    trade(desk, 2**62)
    trade(desk, 2**62)
    assert at(desk, 1_001) == [(100, 101)]


# -- sizes ----------------------------------------------------------------------------------------


def test_clips_stay_within_their_bounds(desk: Desk) -> None:
    parent = order(desk, CLIPS)
    sizes = []
    for _ in range(9):
        for lots, _ in at(desk, START):
            sizes.append(lots)
            fill_clip(desk, parent, lots)
    assert sizes == [20, 20, 10]
    assert filled(desk, parent) == (100, 50)


def test_no_rest_stays_that_is_too_small_to_be_sent(desk: Desk) -> None:
    """Clips of 20 of 104 would leave 4, below the least of 10: the last but one is shorter."""
    parent = order(desk, CLIPS, quantity_lots=104)
    sizes = []
    for _ in range(9):
        for lots, _ in at(desk, START + 200):
            sizes.append(lots)
            fill_clip(desk, parent, lots)
    assert sizes == [20, 20, 20, 20, 14, 10]
    assert desk.notices() == [(parent, OrderState.FILLED)]


def test_too_little_waits_for_more(desk: Desk) -> None:
    parent = order(desk, CLIPS)
    at(desk, START)
    fill_clip(desk, parent, 15)
    desk.report(ReportKind.EXPIRE, clip(desk, parent))
    at(desk, START)
    fill_clip(desk, parent, 20)
    assert at(desk, START) == [(15, 101)]
    fill_clip(desk, parent, 8)
    desk.report(ReportKind.EXPIRE, clip(desk, parent))
    assert at(desk, START) == []
    assert at(desk, START + 200) == [(20, 101)]


# -- refusals -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "quantity", "left"),
    [
        (Code.RISK_RATE, 100, True),
        (Code.RISK_STALE, 100, True),
        (Code.EXECUTE_INSTRUMENT_HALTED, 100, True),
        (Code.RISK_NOTIONAL_MIN, 100, True),
        (Code.RISK_QUANTITY_MIN, 100, True),
        (Code.RISK_NOTIONAL_MIN, 1, False),
        (Code.RISK_POSITION, 100, False),
        (Code.RISK_NOTIONAL_MAX, 100, False),
    ],
)
def test_a_refused_clip_ends_its_parent_unless_the_reason_passes(
    desk: Desk, code: Code, quantity: int, left: bool
) -> None:
    parent = order(desk, TWAP, quantity_lots=quantity)
    desk.now_ns = END - 1 if quantity == 1 else START
    (intent,) = desk.both(lambda stage: stage.due(0, desk.now_ns, 99, 101))
    desk.both(lambda stage: stage.refuse(intent, code))
    assert (desk.state(parent) == OrderState.PARKED) == left
    assert desk.notices() == ([] if left else [(parent, OrderState.REJECTED)])


def test_a_clip_that_the_venue_refuses_ends_its_parent(desk: Desk) -> None:
    parent = order(desk, TWAP)
    (intent,) = desk.both(lambda stage: stage.due(0, START, 99, 101))
    assert desk.both(lambda stage: stage.send_due(intent, 3, START)) == Code.OK
    desk.report(ReportKind.REJECT, clip(desk, parent))
    assert desk.notices() == [(parent, OrderState.REJECTED)]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"flags": algorithm_flags(len(ALGORITHMS))}, Code.EXECUTE_ALGORITHM),
        ({"flags": algorithm_flags(-1)}, Code.EXECUTE_ALGORITHM),
        ({"flags": algorithm_flags(10**9)}, Code.EXECUTE_ALGORITHM),
        ({"flags": -(2**31)}, Code.RISK_INTENT),
        ({"flags": 1 << 24}, Code.RISK_INTENT),
        ({"flags": algorithm_flags(TWAP) | TRIGGER_MID}, Code.EXECUTE_ALGORITHM),
        ({"trigger_ticks": 5}, Code.EXECUTE_ALGORITHM),
        ({"expire_ns": START}, Code.EXECUTE_ALGORITHM),
        ({"expire_ns": 1_000}, Code.EXECUTE_EXPIRED),
        ({"at_ns": -5, "expire_ns": 0}, Code.EXECUTE_ALGORITHM),
        ({"flags": algorithm_flags(PATIENT), "expire_ns": 0}, Code.EXECUTE_ALGORITHM),
        ({"type": OrderType.POST_ONLY, "price_ticks": 5}, Code.EXECUTE_ALGORITHM),
        ({"type": OrderType.STOP}, Code.EXECUTE_ALGORITHM),
        ({"type": LIMIT}, Code.RISK_PRICE_GRID),
        ({"time_in_force": TimeInForce.IOC}, Code.EXECUTE_ALGORITHM),
        ({"display_lots": 5}, Code.EXECUTE_ALGORITHM),
        ({"role": LinkRole.CHILD, "link": 3}, Code.EXECUTE_ALGORITHM),
        ({"quantity_lots": 0}, Code.RISK_QUANTITY_MIN),
        ({"instrument": 9}, Code.RISK_INTENT),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(
    desk: Desk, changes: dict[str, Any], code: Code
) -> None:
    before = desk.stages[0].export_state()
    assert desk.park(**wanted(TWAP, **changes)) == code
    assert desk.stages[0].export_state() == before


def test_a_quantity_off_the_order_step_is_refused() -> None:
    made = Desk(config_of(btcusdt_shipped(), algorithms=ALGORITHMS))
    made.touch = (99, 101)
    assert made.park(**wanted(TWAP, quantity_lots=105)) == Code.RISK_QUANTITY_STEP
    order(made, TWAP, quantity_lots=110)
    assert at(made, START) == [(20, 101)]


# -- cancel, replace, pause -----------------------------------------------------------------------


def test_a_cancel_ends_a_parent_when_its_clip_is_gone(desk: Desk) -> None:
    parent = order(desk, REST)
    at(desk, START)
    made = clip(desk, parent)
    assert desk.send(IntentKind.CANCEL, parent) == Code.OK
    assert desk.state(made) == OrderState.PENDING_CANCEL
    assert desk.state(parent) == OrderState.PARKED
    desk.report(ReportKind.CANCEL_ACK, made)
    assert desk.notices() == [(parent, OrderState.CANCELLED)]
    desk.fill(made, 4)
    assert filled(desk, parent) == (100, 4)
    assert desk.position().position_lots == 4


def test_a_cancel_between_clips_ends_a_parent_on_the_spot(desk: Desk) -> None:
    parent = order(desk, TWAP)
    assert desk.send(IntentKind.CANCEL, parent) == Code.OK
    assert desk.notices() == [(parent, OrderState.CANCELLED)]
    assert desk.next_expiry() == 2**63 - 1


def test_the_cancel_of_a_clip_alone_lets_its_parent_go_on(desk: Desk) -> None:
    parent = order(desk, REST)
    at(desk, START)
    made = clip(desk, parent)
    desk.send(IntentKind.CANCEL, made)
    desk.report(ReportKind.CANCEL_ACK, made)
    assert at(desk, START + 1) == [(25, 99)]
    assert desk.state(parent) == OrderState.PARKED


def test_a_replace_changes_a_parent_where_it_stands(desk: Desk) -> None:
    parent = order(desk, TWAP)
    at(desk, START)
    fill_clip(desk, parent, 25)
    change = {"kind": IntentKind.REPLACE, "client_order_id": parent}
    longer = wanted(TWAP, quantity_lots=200, expire_ns=START + 800, type=LIMIT, price_ticks=101)
    assert desk.both(lambda s: s.park(intent_of(**longer, **change), 1, desk.now_ns)) == Code.OK
    assert desk.next_expiry() == START + 200
    assert at(desk, START + 10) == [(25, 101)]
    for changes, code in (
        ({"quantity_lots": 25}, Code.EXECUTE_STATE),
        ({"flags": algorithm_flags(REST)}, Code.EXECUTE_STATE),
        ({"side": Side.SELL}, Code.EXECUTE_STATE),
        ({"strategy": 1}, Code.EXECUTE_STATE),
    ):
        assert desk.park(**wanted(TWAP, **change, **changes)) == code


def test_a_replace_sends_the_open_clip_anew(desk: Desk) -> None:
    parent = order(desk, REST)
    at(desk, START)
    made = clip(desk, parent)
    smaller = wanted(
        REST, quantity_lots=60, kind=IntentKind.REPLACE, client_order_id=parent, type=LIMIT,
        price_ticks=90,
    )  # fmt: skip
    assert desk.both(lambda s: s.park(intent_of(**smaller), 1, desk.now_ns)) == Code.OK
    assert [i.client_order_id for i in desk.step()] == [made]
    desk.report(ReportKind.CANCEL_ACK, made)
    assert at(desk, START + 1) == [(15, 90)]


def test_other_orders_do_not_become_algorithms(desk: Desk) -> None:
    stop = desk.parked()
    change = {"kind": IntentKind.REPLACE, "client_order_id": stop, "side": Side.SELL}
    assert desk.park(**wanted(TWAP, **change)) == Code.EXECUTE_STATE
    parent = order(desk, TWAP)
    assert desk.park(kind=IntentKind.REPLACE, client_order_id=parent, side=Side.BUY) == (
        Code.EXECUTE_STATE
    )
    assert desk.send(IntentKind.REPLACE, parent) == Code.EXECUTE_STATE


def test_a_pause_takes_the_clip_back_and_a_resume_goes_on(desk: Desk) -> None:
    parent = order(desk, REST)
    at(desk, START)
    made = clip(desk, parent)
    assert desk.both(lambda stage: stage.pause(parent, True)) == Code.OK
    assert desk.both(lambda stage: stage.pause(parent, True)) == Code.OK
    assert [i.kind for i in desk.step()] == [IntentKind.CANCEL]
    desk.fill(made, 5)
    desk.report(ReportKind.CANCEL_ACK, made)
    assert desk.state(parent) == OrderState.PARKED
    assert at(desk, START + 150) == []
    assert desk.both(lambda stage: stage.pause(parent, False)) == Code.OK
    assert at(desk, START + 160) == [(45, 99)]
    assert desk.both(lambda stage: stage.pause(parent, False)) == Code.OK


def test_a_paused_parent_ends_at_its_time_and_by_a_cancel(desk: Desk) -> None:
    first, second = order(desk, TWAP), order(desk, TWAP)
    for parent in (first, second):
        assert desk.both(lambda stage, p=parent: stage.pause(p, True)) == Code.OK
    desk.send(IntentKind.CANCEL, first)
    desk.expire(END)
    assert desk.notices() == [(first, OrderState.CANCELLED), (second, OrderState.EXPIRED)]


def test_an_iceberg_pauses_too(desk: Desk) -> None:
    parent = desk.parked(
        side=Side.BUY, type=LIMIT, price_ticks=100, trigger_ticks=0, display_lots=40
    )
    desk.step()
    made = clip(desk, parent)
    assert desk.both(lambda stage: stage.pause(parent, True)) == Code.OK
    assert desk.next_expiry() > 0
    desk.step()
    desk.fill(made, 15)
    desk.report(ReportKind.CANCEL_ACK, made, cumulative_lots=20)
    assert desk.step() == []
    assert desk.both(lambda stage: stage.pause(parent, False)) == Code.OK
    assert [i.quantity_lots for i in desk.step()] == [40]
    fill_clip(desk, parent, 40)
    assert [i.quantity_lots for i in desk.step()] == [40]
    fill_clip(desk, parent, 40)
    assert desk.step() == []
    desk.fill(made, 5)
    assert desk.notices() == [(parent, OrderState.FILLED)]
    assert filled(desk, parent) == (100, 100)


def test_only_parents_of_clips_can_be_paused(desk: Desk) -> None:
    stop, live = desk.parked(), desk.submit()
    for one, code in (
        (stop, Code.EXECUTE_STATE), (live, Code.EXECUTE_STATE), (77, Code.EXECUTE_UNKNOWN_ORDER)
    ):  # fmt: skip
        assert desk.both(lambda stage, o=one: stage.pause(o, True)) == code


# -- exact sums -----------------------------------------------------------------------------------


def test_lots_that_the_venue_counted_are_not_sent_again(desk: Desk) -> None:
    parent = order(desk, TWAP)
    at(desk, START)
    made = clip(desk, parent)
    desk.report(ReportKind.EXPIRE, made, cumulative_lots=10)
    assert at(desk, START + 1) == [(15, 101)]
    second = clip(desk, parent)
    desk.fill(made, 10)
    desk.fill(second, 15)
    assert at(desk, START + 2) == []
    assert filled(desk, parent) == (100, 25)


def test_a_late_fill_takes_from_what_is_still_to_come(desk: Desk) -> None:
    parent = order(desk, TWAP)
    at(desk, START)
    made = clip(desk, parent)
    desk.report(ReportKind.EXPIRE, made)
    desk.fill(made, 10)
    assert at(desk, START + 1) == [(15, 101)]


def test_a_late_fill_cancels_a_clip_that_has_become_too_large(desk: Desk) -> None:
    parent = order(desk, REST)
    at(desk, END - 60)
    made = clip(desk, parent)
    desk.report(ReportKind.CANCEL_ACK, made)
    assert at(desk, END - 50) == [(100, 99)]
    second = clip(desk, parent)
    desk.fill(made, 30)
    assert [(i.kind, i.client_order_id) for i in desk.step()] == [(IntentKind.CANCEL, second)]
    desk.report(ReportKind.CANCEL_ACK, second)
    assert at(desk, END - 40) == [(70, 99)]


def test_the_last_late_fill_ends_a_parent(desk: Desk) -> None:
    parent = order(desk, TWAP)
    at(desk, END - 1)
    made = clip(desk, parent)
    desk.report(ReportKind.EXPIRE, made, cumulative_lots=100)
    assert at(desk, END - 1) == []
    desk.fill(made, 60)
    assert desk.notices() == []
    desk.fill(made, 40)
    assert desk.notices() == [(parent, OrderState.FILLED)]


def test_a_bust_takes_the_lots_out_of_clip_and_parent(desk: Desk) -> None:
    parent = order(desk, TWAP)
    at(desk, START)
    made = clip(desk, parent)
    desk.fill(made, 10)
    desk.report(ReportKind.BUST, made, trade_id=desk.trade)
    assert filled(desk, parent) == (90, 0)
    desk.fill(made, 15)
    desk.send(IntentKind.CANCEL, parent)
    desk.report(ReportKind.BUST, made, trade_id=desk.trade)
    assert filled(desk, parent) == (75, 0)
    assert desk.position().position_lots == 0


def test_a_clip_of_unknown_outcome_holds_its_parent(desk: Desk) -> None:
    parent = order(desk, TWAP)
    at(desk, START)
    made = clip(desk, parent)
    desk.report(ReportKind.CANCEL_REJECT, made)
    desk.send(IntentKind.CANCEL, made)
    desk.report(ReportKind.UNKNOWN, made)
    assert desk.state(made) == OrderState.UNKNOWN
    assert at(desk, START + 200) == []


# -- links, state ---------------------------------------------------------------------------------


def test_an_algorithm_may_be_the_entry_of_a_bracket(desk: Desk) -> None:
    parent = order(desk, TWAP, link=5, role=LinkRole.ENTRY)
    stop = desk.parked(link=5, role=LinkRole.CHILD, flags=REDUCE_ONLY)
    at(desk, START)
    fill_clip(desk, parent, 25)
    desk.send(IntentKind.CANCEL, parent)
    desk.price(90)
    (intent,) = desk.step()
    assert (intent.client_order_id, intent.quantity_lots) == (stop, 25)


def test_of_two_linked_orders_a_fill_stops_the_algorithm(desk: Desk) -> None:
    parent, other = order(desk, REST, link=5), desk.submit(link=5)
    at(desk, START)
    made = [o.client_order_id for o in desk.orders()][-1]
    desk.fill(other, 10)
    assert [(i.kind, i.client_order_id) for i in desk.step()] == [(IntentKind.CANCEL, made)]
    desk.report(ReportKind.CANCEL_ACK, made)
    assert desk.notices() == [(parent, OrderState.CANCELLED)]


def test_a_kill_drops_parents(desk: Desk) -> None:
    order(desk, TWAP)
    order(desk, REST)
    at(desk, START)
    desk.both(lambda stage: stage.drop_held())
    assert all(o.state != OrderState.PARKED for o in desk.orders())
    assert at(desk, START + 100) == []


def test_a_parent_survives_a_restart_on_either_backend(desk: Desk) -> None:
    config = config_with(*ALGORITHMS)
    order(desk, REST)
    order(desk, POV, expire_ns=0)
    at(desk, START)
    trade(desk, 40)
    desk.report(ReportKind.CANCEL_ACK, desk.orders()[-1].client_order_id, cumulative_lots=5)
    state = desk.stages[0].export_state()
    fresh = Desk(config)
    fresh.touch, fresh.now_ns, fresh.trade = desk.touch, desk.now_ns, desk.trade
    for stage in fresh.stages:
        stage.import_state(state)
    assert fresh.both(lambda stage: stage.export_state()) == state
    assert at(fresh, START + 100) == at(desk, START + 100)
    assert desk.stages[0].export_state() == fresh.stages[1].export_state()


@pytest.mark.parametrize("backend", ["reference", "native"])
def test_a_state_that_names_no_algorithm_is_refused(desk: Desk, backend: str) -> None:
    order(desk, FRONT, expire_ns=START + 300)
    state = desk.stages[0].export_state()
    with pytest.raises(DataError, match="is not open"):
        execute_of(backend, config_with(*ALGORITHMS[:FRONT])).import_state(state)
    with pytest.raises(DataError, match="is not open"):
        execute_of(backend).import_state(state)
