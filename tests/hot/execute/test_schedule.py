"""Schedules: never too early, too much, too small; both backends on any numbers."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from execute_desk import CONFIG, execute_of, intent_of
from hypothesis import given, settings
from hypothesis import strategies as st

from tickpath.core.codes import Code
from tickpath.core.config import AlgorithmSpec
from tickpath.core.records import OrderType, Side, algorithm_flags
from tickpath.hot.execute.schedule import (
    NS_MAX,
    PPM,
    Pricing,
    Schedule,
    clip_lots,
    clip_ticks,
    next_slice_ns,
    rests_until_ns,
    slice_of,
    target_lots,
)

LOTS = st.integers(1, 2**63 - 1)
TIMES = st.integers(0, 2**62)


@st.composite
def schedules(draw: Any) -> Schedule:
    shares = sorted(draw(st.lists(st.integers(0, PPM), min_size=0, max_size=30)))
    least = draw(st.integers(0, PPM))
    return Schedule(
        cumulative_ppm=(*shares, PPM),
        participation_ppm=draw(st.sampled_from([0, 1, 100_000, PPM])),
        clip_min_ppm=least,
        clip_max_ppm=draw(st.integers(max(1, least), PPM)),
        pricing=draw(st.sampled_from(list(Pricing))),
        rest_ns=draw(st.integers(0, 10**14)),
    )


@given(schedules(), TIMES, st.integers(1, 2**61), st.integers(0, 2**62))
def test_slices_follow_each_other_without_a_gap(
    s: Schedule, start: int, lasts: int, after: int
) -> None:
    end, now = start + lasts, min(start + after, NS_MAX)
    k = slice_of(s, start, end, now)
    assert 0 <= k < s.slices
    following = next_slice_ns(s, start, end, now)
    if k == s.slices - 1:
        assert following == 0
        return
    assert now < following <= end
    assert slice_of(s, start, end, following - 1) == k
    assert slice_of(s, start, end, following) > k
    assert Fraction(k, s.slices) <= Fraction(now - start, lasts) < Fraction(k + 1, s.slices)


@given(schedules(), TIMES, st.integers(1, 2**61))
def test_before_the_start_nothing_is_wanted(s: Schedule, start: int, lasts: int) -> None:
    before = start - 1
    assert slice_of(s, start, start + lasts, before) == -1
    assert next_slice_ns(s, start, start + lasts, before) == start
    assert target_lots(s, 10, start, start + lasts, before, 10**9) == 0


@given(schedules(), LOTS, TIMES, st.integers(1, 2**61), st.lists(TIMES, min_size=2), LOTS)
def test_targets_rise_to_the_whole_and_keep_the_share(
    s: Schedule, lots: int, start: int, lasts: int, times: list[int], market: int
) -> None:
    found = [target_lots(s, lots, start, start + lasts, t, market) for t in sorted(times)]
    assert found == sorted(found)
    assert all(0 <= target <= lots for target in found)
    if s.participation_ppm:
        assert all(target <= Fraction(market * s.participation_ppm, PPM) for target in found)
    else:
        assert target_lots(s, lots, start, start + lasts, start + lasts, 0) == lots


@given(
    schedules(), LOTS, st.integers(0, 2**63 - 1), st.integers(-(2**62), 2**63 - 1),
    st.integers(1, 10**6), st.integers(1, 10**6),
)  # fmt: skip
def test_a_clip_is_within_its_bounds_and_leaves_no_crumb(
    s: Schedule, quantity: int, rest: int, room: int, step: int, least: int
) -> None:
    lots = clip_lots(s, quantity, rest, room, step, least)
    smallest = max(-(-least // step), quantity * s.clip_min_ppm // PPM // step, 1) * step
    most = max(smallest, quantity * s.clip_max_ppm // PPM)
    assert 0 <= lots <= max(0, rest)
    assert lots <= max(0, room)
    if lots:
        assert lots == rest or lots % step == 0
        assert lots == rest or lots >= smallest
        assert lots <= most + smallest
        assert lots == rest or rest - lots >= smallest
    else:
        assert rest <= 0 or room < rest, "all that is left may go out"
        assert rest < 2 * smallest or room < smallest


@pytest.mark.parametrize(
    ("rest", "room", "lots"),
    [(100, 100, 20), (100, 15, 15), (100, 9, 0), (24, 24, 10), (25, 25, 15), (29, 29, 15),
     (15, 15, 15), (20, 20, 20), (9, 9, 9), (9, 8, 0), (21, 20, 10), (5, 100, 5), (0, 9, 0),
     (50, -3, 0)],
)  # fmt: skip
def test_sizes_by_hand(rest: int, room: int, lots: int) -> None:
    """Clips of 10 to 20 lots in steps of 5."""
    s = Schedule((PPM,), 0, 100_000, 200_000, Pricing.CROSS, 0)
    assert clip_lots(s, 100, rest, room, 5, 1) == lots


@given(st.booleans(), st.sampled_from(list(Side)), *[st.integers(0, 200)] * 3)
def test_a_price_is_at_a_touch_or_within_the_limit(
    crosses: bool, side: Side, limit: int, bid: int, ask: int
) -> None:
    ticks = clip_ticks(crosses, side, limit, bid, ask)
    if not (bid and ask):
        assert ticks == 0
        return
    touch = ask if (side == Side.BUY) == crosses else bid
    assert ticks in ((touch, 0) if crosses else (touch, limit))
    if limit and ticks:
        assert ticks <= limit if side == Side.BUY else ticks >= limit


@given(schedules(), st.integers(0, NS_MAX), st.integers(0, 2**60), st.integers(1, 2**60))
def test_a_clip_rests_for_a_while(s: Schedule, now: int, start: int, lasts: int) -> None:
    until = rests_until_ns(s, start, start + lasts, now)
    assert min(now + 1, NS_MAX) <= until <= NS_MAX
    if s.rest_ns and now + s.rest_ns <= NS_MAX:
        assert until == now + s.rest_ns


# -- native ---------------------------------------------------------------------------------------


@st.composite
def specs(draw: Any) -> AlgorithmSpec:
    weights = draw(st.lists(st.integers(0, 10**12), min_size=1, max_size=12).filter(any))
    least = draw(st.integers(0, PPM))
    return AlgorithmSpec(
        name="any", kind="vwap", slices=len(weights), curve=tuple(weights),
        participation_ppm=draw(st.sampled_from([0, 1, 333_333, PPM])), clip_min_ppm=least,
        clip_max_ppm=draw(st.integers(max(1, least), PPM)),
        price=draw(st.sampled_from(["rest", "cross", "rest_then_cross"])),
        rest_ns=draw(st.sampled_from([0, 1, 10**13])),
    )  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(
    specs(), st.one_of(st.integers(1, 1000), LOTS), st.integers(0, 2**61), st.integers(1, 2**60),
    st.lists(st.tuples(st.integers(0, 2**61), st.one_of(st.integers(0, 1000), LOTS)), max_size=6),
    st.tuples(*[st.integers(0, 200)] * 3), st.sampled_from(list(Side)),
)  # fmt: skip
def test_both_backends_want_the_same_of_any_numbers(
    spec: AlgorithmSpec, lots: int, start: int, lasts: int, events: list[tuple[int, int]],
    prices: tuple[int, int, int], side: Side,
) -> None:  # fmt: skip
    limit, *touch = prices
    config = replace(CONFIG, algorithms=(spec,))
    stages = [execute_of(name, config) for name in ("reference", "native")]
    wanted = intent_of(
        side=side, type=OrderType.LIMIT if limit else OrderType.MARKET, price_ticks=limit,
        trigger_ticks=0, quantity_lots=lots, at_ns=start, expire_ns=start + lasts,
        flags=algorithm_flags(0),
    )  # fmt: skip
    for stage in stages:
        assert stage.park(wanted, 1, 0) == Code.OK
    now = 0
    for after, traded in events:
        now = min(now + after, 2**62)
        for stage in stages:
            stage.on_trade(0, traded, now)
        found = [stage.due(0, now, *touch) for stage in stages]
        assert found[0] == found[1]
        times = [stage.next_expiry() for stage in stages]
        assert times[0] == times[1]
    assert stages[0].export_state() == stages[1].export_state()
