"""Market-data sessions in a world where lines fall and answers come late or not at all."""

import json
from random import Random

import pytest
from session_venues import Wire
from session_world import MS, SYMBOLS, URLS, World

from tickpath.core.codes import Code
from tickpath.core.errors import ConfigError
from tickpath.engine.commands import Command
from tickpath.venues.binance.session import BinanceMarketDialect
from tickpath.venues.budget import Budget
from tickpath.venues.endpoints import Endpoints
from tickpath.venues.session import MarketSession
from tickpath.venues.session_actions import (
    NS_PER_S,
    Alert,
    Answer,
    Ask,
    Open,
    Send,
    SessionTimes,
    Shut,
)
from tickpath.venues.session_lines import Phase

HOUR_NS = 3600 * NS_PER_S
PACE_NS = NS_PER_S
"""The longest that a message waits because of those before it."""


STREAMED = ("kraken-spot", "coinbase", "coinbase-exchange")
VENUES = ("binance-spot", *STREAMED)


def started(seed: int = 1, venue: str = "binance-spot", lines: int = 1) -> World:
    """A world in which every book is right."""
    world = World(seed, venue, lines=lines)
    world.act(world.session.start(world.now_ns))
    world.run(5)
    assert all(world.right(symbol) for symbol in world.truth)
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


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [(Answer(429), 60), (Answer(418), 60), (Answer(429, b"", 7 * NS_PER_S), 7)],
)
def test_a_refusal_blocks_for_as_long_as_it_says_or_the_longest_window(
    answer: Answer, seconds: int
) -> None:
    world = World(3)
    world.session.start(world.now_ns)
    world.session.opened(1, world.now_ns)
    [*_, ask] = world.session.timer(world.now_ns)
    assert isinstance(ask, Ask)
    [alert] = world.session.answered(ask.number, answer, world.now_ns)
    assert isinstance(alert, Alert)
    assert f"waits {seconds} s" in alert.text
    budget = world.session.budget
    assert budget.wait_ns(1, world.now_ns, urgent=True) == seconds * NS_PER_S
    last_ns = world.now_ns + seconds * NS_PER_S - 1
    assert not any(isinstance(a, Ask) for a in world.session.timer(last_ns))


def test_a_late_answer_to_a_request_that_was_given_up_changes_nothing() -> None:
    world = World(3)
    world.session.start(world.now_ns)
    world.session.opened(1, world.now_ns)
    reply = b'{"result":null,"id":0}'
    asks = world.session.code(1, Code.FEED_CONTROL, -1, reply, world.now_ns)
    assert len(asks) == len(SYMBOLS)
    world.session.frame(1, reply, world.now_ns + 9 * NS_PER_S)
    assert world.session.timer(world.now_ns + 10 * NS_PER_S) == []
    assert world.session.counters.unanswered == len(SYMBOLS)
    late = Answer(200, b"{}")
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


def test_replies_that_overtake_paced_messages_do_not_make_a_line_live() -> None:
    symbols = {k: f"C{k}USDT" for k in range(140)}
    session = MarketSession(
        symbols, BinanceMarketDialect("binance-spot"), Endpoints(URLS), Budget([(NS_PER_S, 1)]),
        lambda _: True, Random(1))  # fmt: skip
    session.start(0)
    assert len(session.opened(1, 0)) == 5

    def accept(number: int, now_ns: int) -> None:
        session.aside(1, b'{"result":null,"id":%d}' % number, now_ns)

    for number in range(7):
        accept(number, 1)
    assert not session.live, "two messages were never sent"
    assert len(session.timer(NS_PER_S)) == 2
    accept(5, NS_PER_S)
    accept(5, NS_PER_S)
    assert not session.live
    accept(6, NS_PER_S)
    line = session.active
    assert line is not None
    assert line.live_ns == NS_PER_S
    accept(6, 2 * NS_PER_S)
    assert line.live_ns == NS_PER_S


@pytest.mark.parametrize("how", ["cut", "notice"])
def test_a_line_that_dies_as_soon_as_it_lives_is_opened_ever_more_slowly(how: str) -> None:
    world = World(5)
    world.act(world.session.start(world.now_ns))
    begin_ns, last = world.now_ns, 0
    notice = b'{"e":"serverShutdown","E":1770123456789}'
    while world.now_ns < begin_ns + 300 * NS_PER_S:
        world.step()
        line = world.session.active
        if line is None or line.number == last:
            continue
        last = line.number
        if how == "cut":
            del world.wires[last]
            world.act(world.session.closed(last, "cut", world.now_ns))
        else:
            world.bring(last, notice)
    assert 10 <= len(world.connected_ns) <= 100


def test_a_line_that_lived_makes_the_next_wait_short_again() -> None:
    world = started()
    world.session._backoff.failures = 50
    world.run(15)
    [number] = world.wires
    world.wires.clear()
    world.act(world.session.closed(number, "cut", world.now_ns))
    wake_ns = world.session.wake_ns()
    assert wake_ns is not None
    assert wake_ns <= world.now_ns + 250 * MS


def test_connections_stay_within_what_the_venue_takes() -> None:
    connects = Budget([(300 * NS_PER_S, 10)], reserve_ppm=0)
    world = World(6)
    world.session.connects = connects
    world.faults.cut = 400
    world.act(world.session.start(world.now_ns))
    world.run(900)
    for at_ns in world.connected_ns:
        held = [t for t in world.connected_ns if at_ns - 300 * NS_PER_S < t <= at_ns]
        assert len(held) <= 10
    assert len(world.connected_ns) > 20
    world.faults.cut = 0
    world.run(320)
    assert all(world.right(symbol) for symbol in SYMBOLS)


def test_a_session_that_could_never_be_live_is_refused_before_it_starts() -> None:
    def session(market: str, count: int, **more: int) -> MarketSession:
        return MarketSession(
            {k: f"C{k}USDT" for k in range(count)}, BinanceMarketDialect(market), Endpoints(URLS),
            Budget([(NS_PER_S, 1)]), lambda _: True, Random(1), **more)  # fmt: skip

    with pytest.raises(ConfigError, match="200 streams"):
        session("binance-usdm", 67)
    with pytest.raises(ConfigError, match="no instrument"):
        session("binance-spot", 0)
    with pytest.raises(ConfigError, match="lines is 3"):
        session("binance-spot", 1, lines=3)
    quick = SessionTimes(open_ns=3 * NS_PER_S)
    with pytest.raises(ConfigError, match="17 subscriptions take 3 s"):
        MarketSession(
            {k: f"C{k}USDT" for k in range(340)}, BinanceMarketDialect("binance-spot"),
            Endpoints(URLS), Budget([(1, 1)]), lambda _: True, Random(1), quick)  # fmt: skip


def test_alerts_name_the_host_and_nothing_else_of_the_url() -> None:
    world = World(7)
    world.session.endpoints = Endpoints(["wss://user:word@a.test/key-in-path?token=secret"])
    actions = world.session.start(world.now_ns)
    actions += world.session.closed(1, "refused", world.now_ns)
    assert "a.test" in str(actions[-1])
    for word in ("word", "key-in-path", "secret"):
        assert word not in str(actions)
        assert word not in str(world.session.endpoints.states)


def test_a_book_that_was_thrown_away_without_a_frame_is_asked_for() -> None:
    world = started()
    world.asked.clear()
    world.engine.on_command(Command.RESTART_SOURCE, 0, world.now_ns)
    for k in range(len(SYMBOLS)):
        assert world.waiting(k)
    world.publish = lambda book: None  # type: ignore[method-assign]
    world.run(1.5)
    assert sorted(world.asked) == sorted(SYMBOLS)


@pytest.mark.parametrize("venue", VENUES)
@pytest.mark.parametrize("seed", range(6))
def test_every_book_is_right_or_waits_whatever_happens(seed: int, venue: str) -> None:
    world = World(100 + seed, venue, lines=1 + (venue == "binance-spot" and seed % 2))
    world.act(world.session.start(world.now_ns))
    draw = Random(seed)
    numbered = venue != "coinbase-exchange"
    checked = venue in ("binance-spot", "kraken-spot")
    for _ in range(6):
        world.faults.lose = draw.choice((0, 5, 50)) * numbered
        world.faults.cut = draw.choice((0, 5, 25))
        world.faults.silence = draw.choice((0, 5, 15))
        world.faults.fail = draw.choice((0, 200, 800))
        world.faults.old = draw.choice((0, 300)) * checked
        world.faults.spoil = draw.choice((0, 20))
        world.run(10)
        assert len(world.wires) <= 3
        assert len(world.asked) < 400
    world.faults = type(world.faults)()
    world.run(90)
    assert all(world.right(symbol) for symbol in world.truth), world.alerts[-5:]
    assert world.session.live
    for trades in world.traded.values():
        assert len(trades) > 100
        assert len(set(trades)) == len(trades)


@pytest.mark.parametrize("venue", ["binance-spot", "coinbase"])
def test_no_book_is_wrong_while_frames_are_lost(venue: str) -> None:
    """Where every loss shows: what does not wait is the venue's, or is found out by the next
    frame."""
    world = started(3, venue)
    world.faults.lose = 20
    wrong = dict.fromkeys(world.truth, 0)
    for _ in range(1200):
        world.step()
        for symbol in world.truth:
            held = world.right(symbol) or world.waiting(list(world.truth).index(symbol))
            wrong[symbol] = 0 if held else wrong[symbol] + 1
            assert wrong[symbol] < 60


@pytest.mark.parametrize("venue", STREAMED)
def test_a_new_line_begins_the_source_anew(venue: str) -> None:
    world = started(4, venue)
    assert world.restarts == 1
    [number] = world.wires
    world.wires.clear()
    world.act(world.session.closed(number, "after 24 hours", world.now_ns))
    world.run(5)
    assert world.restarts == 2
    assert world.asked == []
    assert all(world.right(symbol) for symbol in world.truth)


@pytest.mark.parametrize("venue", STREAMED)
def test_a_successor_that_fails_leaves_the_books_to_the_line_before(venue: str) -> None:
    world = started(5, venue)
    first = world.session.active
    assert first is not None
    first.closing = True
    while world.session.fresh is None:
        world.step()
    fresh = world.session.fresh
    world.wires[fresh.number].silent = True
    while fresh.phase is Phase.OPENING:
        world.step()
    assert all(world.waiting(k) for k in range(3))
    del world.wires[fresh.number]
    world.act(world.session.closed(fresh.number, "cut", world.now_ns))
    first.closing = False
    assert all(world.waiting(k) for k in range(3))
    world.run(2)
    assert [line.number for line in world.session.lines.values()] == [first.number]
    assert all(world.right(symbol) for symbol in world.truth)


def test_a_bad_checksum_brings_that_book_anew_and_no_other() -> None:
    world = started(6, "kraken-spot")
    [wire] = world.wires.values()
    before, restarts = len(wire.sent_ns), world.restarts
    book = world.truth["ETH/USD"]
    world.bring(1, world.speech.change(wire, book, book.change(), True))
    assert [world.waiting(k) for k in range(3)] == [False, True, False]
    sent = [json.loads(data)["params"]["symbol"] for data in wire.requests]
    assert sent == [["ETH/USD"], ["ETH/USD"]]
    world.run(1)
    assert all(world.right(symbol) for symbol in world.truth)
    assert (len(wire.sent_ns), world.restarts) == (before + 2, restarts)


def test_a_gap_in_the_numbers_of_a_connection_brings_all_its_books_anew() -> None:
    world = started(7, "coinbase")
    [wire] = world.wires.values()
    wire.sequence += 1
    book = world.truth["ETH-USD"]
    world.bring(1, world.speech.change(wire, book, book.change(), False))
    assert all(world.waiting(k) for k in range(3))
    assert [json.loads(data)["type"] for data in wire.requests] == ["unsubscribe", "subscribe"]
    world.run(1)
    assert all(world.right(symbol) for symbol in world.truth)
    assert list(world.wires) == [1]


@pytest.mark.parametrize("venue", ["kraken-spot", "coinbase"])
def test_a_book_that_is_lost_again_at_once_comes_again_soon(venue: str) -> None:
    """Before a sweep has seen it good, its session still waits for the subscription that brought
    it: seconds without a book, if that wait went on."""
    world = World(10, venue)
    world.act(world.session.start(world.now_ns))
    while not all(world.right(symbol) for symbol in world.truth):
        world.step()
    assert sorted(world.session.wanted) == [0, 1, 2]
    for losses in range(4):
        waits_ns = 250 * MS << losses - 1 if losses else 0
        [wire] = world.wires.values()
        wire.sequence += 1
        book, lost_ns = world.truth[world.speech.symbols[1]], world.now_ns
        world.bring(1, world.speech.change(wire, book, book.change(), True))
        assert world.waiting(1)
        while world.waiting(1):
            world.step()
        assert world.now_ns - lost_ns <= waits_ns + PACE_NS + 150 * MS
        assert world.right(book.symbol)


def test_requests_for_a_book_are_a_wait_apart_however_often_it_is_lost() -> None:
    """Checksums that are wrong before the venue answers."""
    world = World(11, "kraken-spot")
    world.act(world.session.start(world.now_ns))
    while not all(world.right(symbol) for symbol in world.truth):
        world.step()
    [wire] = world.wires.values()
    before = len(wire.sent_ns)
    world.engine.stages.feed.invalidate(1)
    for _ in range(100):
        world.act(world.session.code(1, Code.BOOK_CHECKSUM, 1, b"", world.now_ns))
    assert len(wire.sent_ns) == before + 2
    wanted = world.session.wanted[1]
    assert wanted.backoff.failures == 1
    assert world.now_ns < wanted.at_ns <= world.now_ns + 250 * MS


def test_a_resync_that_is_still_to_be_sent_does_not_keep_a_line_from_going_live() -> None:
    world = World(8, "coinbase")
    session, now_ns = world.session, world.now_ns
    session.dialect.messages_per_s_max = 3
    session.start(now_ns)
    sent = [a for a in session.opened(1, now_ns) if isinstance(a, Send)]
    assert len(sent) == 3
    line = session.fresh
    assert line is not None
    for wanted in session.wanted.values():
        wanted.at_ns = now_ns
    assert session.timer(now_ns) == []
    assert len(line.unsent) == 2
    for send in sent:
        assert not session.live
        reply = world.speech.answer(Wire("", 0), json.loads(send.data))[0]
        assert isinstance(reply, bytes)
        session.aside(1, reply, now_ns)
    assert session.active is line


def test_kraken_is_pinged_when_it_is_half_as_quiet_as_a_dead_line() -> None:
    world = started(9, "kraken-spot")
    world.publish = lambda book: None  # type: ignore[method-assign]
    [wire] = world.wires.values()
    before = len(wire.sent_ns)
    world.run(30)
    assert 4 <= len(wire.sent_ns) - before <= 7
    assert list(world.wires) == [1]
    wire.silent = True
    world.run(11)
    assert list(world.wires) != [1]


def test_the_loss_of_one_of_two_lines_loses_nothing() -> None:
    world = started(10, lines=2)
    world.run(3)
    world.asked.clear()
    draw = Random(10)
    first = {symbol: book.trade_id for symbol, book in world.truth.items()}
    for _ in range(10):
        assert len([x for x in world.session.lines.values() if x.phase is Phase.LIVE]) == 2
        for wire in world.wires.values():
            wire.late_ns = draw.choice((0, 50, 100, 500)) * MS
        number = draw.choice(list(world.wires))
        world.run(1)
        del world.wires[number]
        world.act(world.session.closed(number, "cut", world.now_ns))
        world.run(13)
    assert world.asked == [], "no book was lost"
    assert world.session.counters.copies > 500
    for symbol, trades in world.traded.items():
        late = [t for t in trades if t > first[symbol]]
        assert sorted(late) == list(range(first[symbol] + 1, max(late) + 1))


def test_nothing_is_lost_when_one_line_takes_the_place_of_another() -> None:
    world = started(11)
    world.asked.clear()
    for _ in range(5):
        active = world.session.active
        assert active is not None
        active.born_ns -= 24 * HOUR_NS
        world.wires[active.number].late_ns = 450 * MS
        world.run(15)
    assert world.session.counters.renewed == 5
    assert world.asked == []
    for trades in world.traded.values():
        assert trades == list(range(trades[0], trades[-1] + 1))


@pytest.mark.parametrize("venue", STREAMED)
def test_books_without_ids_are_not_read_twice(venue: str) -> None:
    with pytest.raises(ConfigError, match="carry no ids"):
        World(1, venue, lines=2)


def test_the_same_seed_lives_the_same_life() -> None:
    lives = []
    for _ in range(2):
        world = World(7)
        world.faults.cut = world.faults.silence = world.faults.lose = 25
        world.act(world.session.start(world.now_ns))
        world.run(20)
        lives.append((world.alerts, world.asked, world.session.counters, world.now_ns // MS))
    assert lives[0] == lives[1]
