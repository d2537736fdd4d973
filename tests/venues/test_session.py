"""Market-data sessions in a world where lines fall and answers come late or not at all."""

from random import Random

import pytest
from session_world import MS, SYMBOLS, URLS, World

from tickpath.core.codes import Code
from tickpath.venues.binance.session import BinanceMarketDialect
from tickpath.venues.budget import Budget
from tickpath.venues.endpoints import Endpoints
from tickpath.venues.session import MarketSession, Phase
from tickpath.venues.session_actions import NS_PER_S, Alert, Answer, Ask, Open, Send, Shut

HOUR_NS = 3600 * NS_PER_S


def started(seed: int = 1) -> World:
    """A world in which every book is right."""
    world = World(seed)
    world.act(world.session.start(world.now_ns))
    world.run(5)
    assert all(world.right(symbol) for symbol in SYMBOLS)
    assert world.session.live
    return world


def test_a_start_brings_every_book_with_one_request_each() -> None:
    world = started()
    assert sorted(world.asked) == sorted(SYMBOLS)
    assert world.session.counters.snapshots == len(SYMBOLS)
    assert not world.session.wanted


def test_a_gap_of_one_instrument_leaves_the_others_alone() -> None:
    world = started()
    world.asked.clear()
    world.truth["ETHUSDT"].change()
    world.run(3)
    assert world.asked == ["ETHUSDT"]
    assert all(world.right(symbol) for symbol in SYMBOLS)


def test_a_cut_line_is_opened_again_at_the_other_endpoint() -> None:
    world = started()
    number, wire = next(iter(world.wires.items()))
    assert wire.url.startswith(URLS[0])
    del world.wires[number]
    world.act(world.session.closed(number, "reset by peer", world.now_ns))
    assert not world.session.live
    world.run(5)
    assert all(world.right(symbol) for symbol in SYMBOLS)
    assert [w.url.startswith(URLS[1]) for w in world.wires.values()] == [True]
    assert any("reset by peer" in alert for alert in world.alerts)


def test_a_silent_line_is_found_out_and_replaced() -> None:
    world = started()
    next(iter(world.wires.values())).silent = True
    world.run(9)
    assert world.session.counters.quiet == 0
    world.run(8)
    assert world.session.counters.quiet == 1
    assert all(world.right(symbol) for symbol in SYMBOLS)


def test_a_line_that_never_opens_is_given_up() -> None:
    world = World(2)
    [opening] = world.session.start(world.now_ns)
    assert isinstance(opening, Open)
    later = world.now_ns + 10 * NS_PER_S
    actions = world.session.timer(later)
    assert [type(a) for a in actions] == [Shut, Alert]
    wake_ns = world.session.wake_ns()
    assert wake_ns is not None
    [again] = world.session.timer(wake_ns)
    assert isinstance(again, Open)
    assert again.url != opening.url


def test_a_subscription_without_a_reply_is_given_up() -> None:
    world = World(2)
    world.session.start(world.now_ns)
    [send] = world.session.opened(1, world.now_ns)
    assert isinstance(send, Send)
    early = world.session.timer(world.now_ns + 9 * NS_PER_S)
    assert all(isinstance(a, Ask) for a in early)
    actions = world.session.timer(world.now_ns + 10 * NS_PER_S)
    assert isinstance(actions[0], Shut)


def test_a_refused_subscription_closes_the_line_and_says_why() -> None:
    world = World(2)
    world.session.start(world.now_ns)
    world.session.opened(1, world.now_ns)
    reply = b'{"error":{"code":2,"msg":"Invalid request"},"id":0}'
    actions = world.session.code(1, Code.FEED_CONTROL, -1, reply, world.now_ns)
    assert [type(a) for a in actions] == [Shut, Alert]
    assert "Invalid request" in str(actions[1])
    assert world.session.counters.refused == 1


@pytest.mark.parametrize("why", ["lifetime", "shutdown"])
def test_a_line_is_replaced_before_it_ends(why: str) -> None:
    world = started()
    first = next(iter(world.wires))
    if why == "lifetime":
        active = world.session.active
        assert active is not None
        active.born_ns -= 24 * HOUR_NS
    else:
        notice = b'{"e":"serverShutdown","E":1770123456789}'
        world.act(world.session.code(first, Code.FEED_CONTROL, -1, notice, world.now_ns))
    world.run(5)
    assert list(world.wires) == [first + 1]
    assert world.lines_max == 2
    assert world.session.counters.renewed == 1
    assert world.session.counters.closed == 0
    assert all(world.right(symbol) for symbol in SYMBOLS)


def test_the_line_in_use_may_fall_while_its_successor_opens() -> None:
    world = started()
    active = world.session.active
    assert active is not None
    active.born_ns -= 24 * HOUR_NS
    world.act(world.session.timer(world.now_ns))
    assert world.session.fresh is not None
    del world.wires[active.number]
    world.act(world.session.closed(active.number, "cut", world.now_ns))
    assert world.session.wake_ns() is not None
    world.run(5)
    assert world.session.active is not None
    assert world.session.active.phase is Phase.LIVE
    assert all(world.right(symbol) for symbol in SYMBOLS)


def test_a_ban_stops_all_requests_until_it_is_over() -> None:
    world = started()
    world.session.budget.block(30 * NS_PER_S, world.now_ns)
    world.truth["ETHUSDT"].change()
    world.asked.clear()
    world.run(29)
    assert world.asked == []
    world.run(4)
    assert world.asked == ["ETHUSDT"]
    assert world.right("ETHUSDT")


def test_a_late_answer_to_a_request_that_was_given_up_changes_nothing() -> None:
    world = World(3)
    world.session.start(world.now_ns)
    world.session.opened(1, world.now_ns)
    reply = b'{"result":null,"id":0}'
    asks = world.session.code(1, Code.FEED_CONTROL, -1, reply, world.now_ns)
    assert len(asks) == len(SYMBOLS)
    world.session.frame(1, world.now_ns + 9 * NS_PER_S)
    world.session.timer(world.now_ns + 10 * NS_PER_S)
    assert world.session.counters.unanswered == len(SYMBOLS)
    late = Answer(200, world.truth["BTCUSDT"].snapshot())
    assert isinstance(asks[0], Ask)
    assert world.session.answered(asks[0].number, late, world.now_ns + 11 * NS_PER_S) == []


def test_a_stop_closes_what_is_open_and_asks_for_nothing() -> None:
    world = started()
    active = world.session.active
    assert active is not None
    assert world.session.stop() == [Shut(active.number, "stopped")]
    assert world.session.wake_ns() is None
    assert world.session.timer(world.now_ns + HOUR_NS) == []
    assert world.session.closed(active.number, "late", world.now_ns) == []


def test_subscriptions_are_paced_as_the_venue_allows() -> None:
    symbols = {k: f"C{k}USDT" for k in range(340)}
    dialect = BinanceMarketDialect("binance-spot")
    session = MarketSession(
        symbols, dialect, Endpoints(URLS), Budget([(NS_PER_S, 1)]), lambda _: True, Random(1)
    )
    session.start(0)
    sent = [(0, a) for a in session.opened(1, 0)]
    while (now_ns := session.wake_ns()) is not None and len(sent) < 17:
        sent += [(now_ns, a) for a in session.timer(now_ns)]
    assert all(isinstance(a, Send) for _, a in sent)
    assert [at // NS_PER_S for at, _ in sent] == [k // 5 for k in range(17)]


@pytest.mark.parametrize("seed", range(8))
def test_every_book_is_right_or_waits_whatever_happens(seed: int) -> None:
    world = World(100 + seed)
    world.act(world.session.start(world.now_ns))
    draw = Random(seed)
    for _ in range(6):
        world.faults.lose = draw.choice((0, 5, 50))
        world.faults.cut = draw.choice((0, 5, 25))
        world.faults.silence = draw.choice((0, 5, 15))
        world.faults.fail = draw.choice((0, 200, 800))
        world.faults.old = draw.choice((0, 300))
        world.run(10)
        assert len(world.wires) <= 2
        assert len(world.asked) < 400
        for symbol in SYMBOLS:
            k = SYMBOLS.index(symbol)
            connected = any(w.open and not w.silent for w in world.wires.values())
            if connected and world.faults.lose == 0 and not world.feed.waiting(k):
                assert world.right(symbol) or world.session.active is None
    world.faults = type(world.faults)()
    world.run(75)
    assert all(world.right(symbol) for symbol in SYMBOLS), world.alerts[-5:]
    assert world.session.live


def test_the_same_seed_lives_the_same_life() -> None:
    lives = []
    for _ in range(2):
        world = World(7)
        world.faults.cut = world.faults.silence = world.faults.lose = 25
        world.act(world.session.start(world.now_ns))
        world.run(20)
        lives.append((world.alerts, world.asked, world.session.counters, world.now_ns // MS))
    assert lives[0] == lives[1]
