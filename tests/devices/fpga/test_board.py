"""The whole overlay against the CPU: scores, commits and resets in mid-stream, gate, chain."""

from collections.abc import Iterator
from dataclasses import asdict
from random import Random

import numpy as np
import pytest
from devices.fpga.feed import Twin
from devices.fpga.overlay_rig import (
    CHAIN,
    FEED,
    RATE_ROOM,
    RATE_STEP,
    TEMPLATE,
    any_bank,
    any_rows,
    gate_limits,
    open_board,
)

from tickpath.cli.fpga_bench import chain_latency
from tickpath.core.codes import Code
from tickpath.core.errors import BackendError, ConfigError, DataError
from tickpath.devices.fpga.board import Board
from tickpath.devices.fpga.features import Features
from tickpath.devices.fpga.gate import Gate, GateRegisters
from tickpath.devices.fpga.overlay import board_parts
from tickpath.devices.fpga.port import DeviceLostError
from tickpath.devices.fpga.records import (
    Kind,
    Message,
    pack_messages,
    pack_rows,
    unpack_scores,
)
from tickpath.devices.fpga.sim_port import Fault, SimPort, Sink, Source
from tickpath.devices.fpga.verilate import library
from tickpath.hot.strategy.bank import Bank
from tickpath.venues.nasdaq import mold

pytestmark = pytest.mark.usefixtures("needs_verilator")
SHAPES = [
    (1, 8, 0),
    (1, 5, 0),
    (3, 8, 0),
    (64, 32, 0),
    (7, 17, 0),
    (2, 8, 5),
    (5, 32, 32),
    (64, 9, 1),
]


@pytest.fixture
def board() -> Iterator[Board]:
    yield from open_board()


@pytest.fixture
def port(board: Board) -> SimPort:
    assert isinstance(board.port, SimPort)
    return board.port


def by_cpu(bank: Bank, rows: np.ndarray) -> list[list[int] | None]:
    return [bank.scores(row) for row in rows.astype(float).tolist()]


def agree(board: Board, bank: Bank, rows: np.ndarray) -> None:
    found = board.scores(rows)
    assert found.scores.tolist() == by_cpu(bank, rows)
    assert found.signals.tolist() == [bank.signals(r) for r in rows.astype(float).tolist()]
    assert found.votes.tolist() == found.signals.sum(axis=1).tolist()


# ------------------------------------------------------------------------------- scores
@pytest.mark.parametrize(("count", "inputs", "units"), SHAPES)
def test_scores_are_those_of_the_bank(board: Board, count: int, inputs: int, units: int) -> None:
    rng = np.random.default_rng(count * 1000 + inputs * 10 + units)
    bank = any_bank(rng, count, inputs, units, shift=int(rng.integers(0, 30)))
    board.load(bank.to_bytes())
    agree(board, bank, any_rows(rng, 40, inputs))
    agree(board, bank, any_rows(rng, 20, inputs, bits=32))
    assert board.port.broken == 0  # type: ignore[attr-defined]


def test_rows_that_are_clipped_say_so_and_are_answered_by_the_cpu(board: Board) -> None:
    rng = np.random.default_rng(1)
    bank = any_bank(rng, 2)
    board.load(bank.to_bytes())
    rows = any_rows(rng, 50)
    rows[::5, 3] = 2**31 - 1
    rows[7, 0], rows[8, 0] = -(2**24), 2**24 - 1
    agree(board, bank, rows)
    assert np.flatnonzero(board.scores(rows).saturated).tolist() == list(range(0, 50, 5))
    assert board.twin_rows == 20


@pytest.mark.parametrize("stalls", [(0, 200), (200, 0), (90, 90), (250, 250)])
def test_pauses_change_nothing(board: Board, port: SimPort, stalls: tuple[int, int]) -> None:
    rng = np.random.default_rng(2)
    port.stall(Source.ROWS, stalls[0])
    port.stall(Sink.SCORES, stalls[1])
    for inputs, units in ((8, 0), (20, 6)):
        bank = any_bank(rng, 3, inputs, units)
        board.load(bank.to_bytes())
        agree(board, bank, any_rows(rng, 60, inputs))
    assert port.broken == 0


def test_a_table_that_is_committed_in_mid_stream_is_never_mixed(
    board: Board, port: SimPort
) -> None:
    rng = np.random.default_rng(3)
    for inputs, strategies in ((8, 1), (16, 2)):
        first, second = (any_bank(rng, strategies, inputs) for _ in range(2))
        board.load(first.to_bytes())
        rows = any_rows(rng, 400, inputs)
        beats, out = pack_rows(rows), np.zeros((400 * strategies, 2), np.uint64)
        port.send(Source.ROWS, beats)
        port.receive(Sink.SCORES, out)
        port.run(int(rng.integers(20, 60)))
        before = port.taken(Sink.SCORES)
        board.load(second.to_bytes())
        assert port.library.board_finish(port.board, Source.ROWS, Sink.SCORES, 2000) == 0
        scores = unpack_scores(out, strategies).scores.tolist()
        old, new = by_cpu(first, rows), by_cpu(second, rows)
        changed = next(k for k in range(400) if scores[k] != old[k])
        assert 0 < before // strategies <= changed < 400
        assert scores[:changed] == old[:changed]
        assert scores[changed:] == new[changed:]
        assert port.broken == 0


def test_other_settings_are_committed_without_touching_the_table(board: Board) -> None:
    rng = np.random.default_rng(4)
    bank = any_bank(rng)
    board.load(bank.to_bytes())
    for _ in range(3):
        board.configure(gate_limits())
        agree(board, bank, any_rows(rng, 10))


def test_latency_and_rate(board: Board, port: SimPort) -> None:
    board.load(any_bank(np.random.default_rng(5)).to_bytes())
    rows = any_rows(np.random.default_rng(5), 500)
    start = port.cycles
    board.scores(rows)
    assert port.latency(Source.ROWS, Sink.SCORES) == board.caps.latency_clocks["bank"] == 8
    assert port.cycles - start == 500 + 8


def test_what_cannot_be_scored_is_refused(board: Board) -> None:
    rows = np.zeros((3, 8), np.int32)
    with pytest.raises(BackendError, match="load one"):
        board.scores(rows)
    board.load(any_bank(np.random.default_rng(6)).to_bytes())
    assert len(board.scores(rows[:0]).scores) == 0
    with pytest.raises(BackendError, match="rows of int64"):
        board.scores(rows.astype(np.int64))
    with pytest.raises(BackendError, match=r"\[3, 7\]"):
        board.scores(rows[:, :7])
    with pytest.raises(DataError, match="torn"):
        board.load(b"TP")
    with pytest.raises(DataError, match="not a bank table"):
        board.load(bytes(200))
    with pytest.raises(DataError, match="its header asks for"):
        board.load(any_bank(np.random.default_rng(6)).to_bytes()[:-1])


# ------------------------------------------------------------------------------- bounds
def test_scores_that_nobody_takes_are_an_error_and_not_a_hang(board: Board, port: SimPort) -> None:
    board.load(any_bank(np.random.default_rng(7)).to_bytes())
    port.stall(Sink.SCORES, 256)
    port.quiet = 500
    with pytest.raises(DeviceLostError, match="no answer to rows: reset"):
        board.scores(any_rows(np.random.default_rng(7), 100))
    assert port.broken == 0
    port.stall(Sink.SCORES, 0)
    port.reset()
    board = Board(port)
    assert board.self_test() == ""


def test_verdicts_that_nobody_takes_stop_every_order(board: Board, port: SimPort) -> None:
    board.configure(TEMPLATE)
    board.configure(gate_limits())
    board.arm()
    board.message(Kind.REFERENCE, 0, 1000, 1002)
    port.stall(Sink.VERDICTS, 256)
    port.quiet = 500
    with pytest.raises(DeviceLostError, match="no answer to messages"):
        board.messages([Message(Kind.ORDER, 0, 1, 1000, k) for k in range(60)])
    assert 0 < len(port.orders()) < 60
    port.run(2000)
    assert port.orders() == []


def test_a_lost_device_is_named(board: Board, port: SimPort) -> None:
    board.load(any_bank(np.random.default_rng(8)).to_bytes())
    port.fault(Fault.LOST)
    for call in (
        board.status,
        board.arm,
        lambda: board.scores(any_rows(np.random.default_rng(8), 3)),
        lambda: board.message(Kind.ORDER, 0, 1, 1),
        lambda: board.packets([b"x" * 40]),
    ):
        with pytest.raises(DeviceLostError, match="simulated board: no answer"):
            call()
    board.close()
    with pytest.raises(DeviceLostError, match="closed"):
        board.status()


# ------------------------------------------------------------------------------- gate
def test_the_gate_is_its_reference(board: Board, port: SimPort) -> None:
    rng = np.random.default_rng(9)
    limits = gate_limits(
        500, 2 * 10**7, 15_000, 30_000, rate_step_ns=2 * RATE_STEP, rate_room_ns=RATE_ROOM // 100
    )
    settings = GateRegisters(**asdict(limits))
    board.configure(limits)
    board.arm()
    gate = Gate()
    gate.commit(settings)
    gate.pins(arm=True, kill=False)
    now = port.now_ns + 10**6
    for k in range(300):
        now += int(rng.integers(0, 3 * RATE_STEP))
        kind = Kind(int(rng.choice([0, 0, 0, 0, 1, 2, 3])))
        side = int(rng.integers(0, 2))
        lots = int(rng.integers(0, 600))
        if kind in (Kind.FILL, Kind.DONE):
            lots = min(lots, gate.open_lots[side])
        price = int(rng.integers(970, 1030))
        if kind == Kind.REFERENCE:
            lots = price - int(rng.integers(0, 3))
        gate.pass_time(now)
        found = board.message(kind, side, lots, price, k, now)
        if kind == Kind.ORDER:
            assert found == gate.order(side, lots, price), k
        elif kind == Kind.REFERENCE:
            gate.reference(lots, price)
        else:
            (gate.fill if kind == Kind.FILL else gate.done)(side, lots)
    status = board.status()
    assert status.position_lots == gate.position_lots
    assert [status.open_buy_lots, status.open_sell_lots] == gate.open_lots
    assert status.counters["ORDERS_ALLOWED"] > 20
    assert status.counters["REFUSED_POSITION"] > 0


def test_arm_kill_rearm(board: Board) -> None:
    board.configure(gate_limits())
    board.message(Kind.REFERENCE, 0, 1000, 1002)

    def code() -> int | None:
        return board.message(Kind.ORDER, 1, 1, 1001)

    assert code() == Code.RISK_KILLED
    board.arm()
    assert code() == Code.OK
    board.kill()
    assert code() == Code.RISK_KILLED
    assert board.status().killed
    board.arm()
    assert code() == Code.RISK_KILLED
    board.rearm()
    assert code() == Code.OK
    board.disarm()
    assert code() == Code.RISK_KILLED


def test_the_position_survives_commits_and_can_be_told(board: Board) -> None:
    board.configure(gate_limits())
    board.arm()
    board.message(Kind.REFERENCE, 0, 1000, 1002)
    assert board.message(Kind.ORDER, 0, 30, 1001) == 0
    board.message(Kind.FILL, 0, 10, 0)
    board.disarm()
    board.configure(gate_limits())
    board.arm()
    found = board.status()
    assert (found.position_lots, found.open_buy_lots, found.open_sell_lots) == (10, 20, 0)
    board.set_position(-7, 1, 2)
    found = board.status()
    assert (found.position_lots, found.open_buy_lots, found.open_sell_lots) == (-7, 1, 2)
    assert found.armed
    with pytest.raises(BackendError, match="gate refuses the settings"):
        board.set_position(0, 2**24, 0)
    assert not board.status().armed
    with pytest.raises(ConfigError, match="GATE_POSITION_LOTS"):
        board.set_position(2**31, 0, 0)


def test_orders_leave_as_bytes(board: Board) -> None:
    board.configure(TEMPLATE)
    board.configure(gate_limits())
    board.arm()
    board.message(Kind.REFERENCE, 0, 0x10000, 0x10002)
    sent = [(k & 1, k + 1, 0x10001) for k in range(30)]
    codes = board.messages([Message(Kind.ORDER, *o, tag=k) for k, o in enumerate(sent)])
    assert all(v.code == 0 for v in codes)
    assert [v.tag for v in codes] == list(range(30))
    expected = [
        b"ORDER" + (b"S" if side else b"B") + lots.to_bytes(4, "big") + price.to_bytes(4, "big")
        + f"{k:08X}".encode() + b"!"
        for k, (side, lots, price) in enumerate(sent)
    ]  # fmt: skip
    assert board.orders() == expected
    assert board.status().counters["ORDERS_SENT"] == 30


def test_nothing_leaves_after_a_reset_at_any_clock(board: Board, port: SimPort) -> None:
    rng = np.random.default_rng(10)
    for _ in range(25):
        board = Board(port)
        board.configure(TEMPLATE)
        board.configure(gate_limits())
        board.arm()
        board.message(Kind.REFERENCE, 0, 1000, 1002)
        words = [Message(Kind.ORDER, 0, 1, 1001, k) for k in range(40)]
        port.send(Source.MESSAGES, pack_messages(words))
        port.receive(Sink.VERDICTS, np.zeros(100, np.uint64))
        port.run(int(rng.integers(1, 120)))
        port.reset(int(rng.integers(1, 5)))
        assert board.message(Kind.ORDER, 0, 1, 1001) == Code.RISK_KILLED
        port.run(300)
        assert port.orders() == []
        found = board.status()
        assert not found.armed
        assert found.counters["ORDERS_ALLOWED"] == 0
    assert port.broken == 0


# ------------------------------------------------------------------------------- features, chain
def test_features_are_their_reference(board: Board) -> None:
    board.configure(CHAIN.__class__(on=False, shift_fast=3, shift_slow=7, shift_imbalance=2))
    twin = Features(shift_fast=3, shift_slow=7, shift_imbalance=2)
    rng = np.random.default_rng(11)
    mid = 100_000
    for k in range(60):
        mid += int(rng.integers(-3, 4))
        top = (mid - 1, int(rng.integers(1, 9999)), mid + int(rng.integers(0, 3)), 5 + k)
        ok = bool(k % 7)
        found, expected = board.features(*top, ok), twin.step(*top, ok)
        assert (None if found is None else found.tolist()) == expected
    assert board.features(1, 1, 2**24, 1) is None


def adds(random: Random, count: int) -> list[bytes]:
    """ITCH adds and deletes that move the touch of stock 7 about 10 dollars."""
    found: list[bytes] = []
    live: list[tuple[int, bytes]] = []
    for k in range(1, count + 1):
        side = random.choice(b"BS")
        price = 1000 + (random.randrange(1, 6) if side == ord("S") else -random.randrange(1, 6))
        head = b"\x00\x07\x00\x00" + bytes(6)
        found.append(
            b"A" + head + k.to_bytes(8, "big") + bytes([side])
            + random.randrange(1, 500).to_bytes(4, "big") + b"TICK    "
            + (price * 100).to_bytes(4, "big")
        )  # fmt: skip
        live.append((k, head))
        if len(live) > 8:
            gone, head = live.pop(random.randrange(len(live)))
            found.append(b"D" + head + gone.to_bytes(8, "big"))
    return found


def intents(tops: list[tuple[int, int, int, int]], bank: Bank) -> list[tuple[int, int]]:
    """Side and price of the orders that the chain must make of tops, by the references."""
    features, wanted, found = Features(shift_fast=4, shift_slow=8, shift_imbalance=4), 0, []
    for bid, bid_lots, ask, ask_lots in tops:
        if not bid or not ask or bid >= ask:
            continue
        row = features.step(bid, bid_lots, ask, ask_lots, True)
        assert row is not None
        vote = sum(bank.signals([float(v) for v in row]))
        side = (vote >= CHAIN.votes) - (vote <= -CHAIN.votes)
        if side not in (0, wanted):
            price = ask + CHAIN.slip_ticks if side > 0 else bid - CHAIN.slip_ticks
            found.append((int(side < 0), price))
        wanted = side
    return found


def test_the_chain_from_packets_to_order_bytes(board: Board, port: SimPort) -> None:
    rng = np.random.default_rng(12)
    bank = Bank(
        inputs=any_bank(rng).inputs, weights=[[0, 1, 0, 20, 0, 0, 0, 0]], bias=[0],
        sell=[-10_000], buy=[10_000],
    )  # fmt: skip
    board.load(bank.to_bytes())
    board.configure(CHAIN, FEED, TEMPLATE)
    board.configure(gate_limits())
    board.arm()
    board.message(Kind.REFERENCE, 0, 999, 1001)
    board.follow()
    twin = Twin(7)
    for k, message in enumerate(adds(Random(12), 150), 1):
        packet = mold.packet(b"SESSION001", k, [message])
        board.packets([packet])
        twin.packet(packet)
    expected = intents(twin.tops, bank)
    orders = board.orders()
    assert len(expected) > 10
    assert [(int(o[5] == ord("S")), int.from_bytes(o[10:14], "big")) for o in orders] == expected
    assert {o[6:10] for o in orders} == {CHAIN.lots.to_bytes(4, "big")}
    assert [int(o[14:22], 16) for o in orders] == [2**31 + k for k in range(len(expected))]
    assert port.chain_latency == sum(board.caps.latency_clocks.values()) == 16
    found = board.status()
    assert found.book_ok
    assert found.feed_ok
    assert found.top == twin.tops[-1]
    assert found.counters["ROWS"] == found.counters["EVENTS"] - found.counters["EVENTS_NOT_OK"]
    assert found.counters["INTENTS"] == found.counters["ORDERS_SENT"] == len(expected)
    assert port.broken == 0
    with pytest.raises(BackendError, match="write refused"):
        board.features(1, 1, 2, 2)


def test_verdicts_of_intents_never_stop_the_chain(board: Board, port: SimPort) -> None:
    bank = Bank(
        inputs=any_bank(np.random.default_rng(0)).inputs, weights=[[0, 1, 0, 0, 0, 0, 0, 0]],
        bias=[0], sell=[-1], buy=[1],
    )  # fmt: skip
    board.load(bank.to_bytes())
    board.configure(CHAIN, FEED)
    board.follow()
    port.stall(Sink.VERDICTS, 256)
    board.packets([mold.packet(b"SESSION001", 1, adds(Random(3), 100))])
    port.run(500)
    counters = board.status().counters
    assert counters["INTENTS"] == counters["ORDERS"] == counters["REFUSED_STATE"] > 16
    assert counters["VERDICTS_DROPPED"] == counters["ORDERS"] - 14
    port.stall(Sink.VERDICTS, 0)
    assert board.message(Kind.ORDER, 0, 1, 1, 5) == Code.RISK_KILLED


def test_book_rows_wait_for_a_busy_bank_and_the_newest_wins(board: Board) -> None:
    bank = any_bank(np.random.default_rng(13), count=64)
    board.load(bank.to_bytes())
    board.configure(CHAIN, FEED)
    board.follow()
    messages = adds(Random(13), 200)
    board.packets([mold.packet(b"SESSION001", 1, messages[:60])])
    board.port.run(2000)  # type: ignore[attr-defined]
    counters = board.status().counters
    rows = counters["EVENTS"] - counters["EVENTS_NOT_OK"]
    assert counters["ROWS_OVERRUN"] > 0
    assert counters["ROWS"] + counters["ROWS_OVERRUN"] == rows


def test_a_stopped_clock_changes_nothing() -> None:
    found = []
    for always in (False, True):
        for board in open_board():
            port = board.port
            assert isinstance(port, SimPort)
            if always:
                port.never_stop()
            board.configure(TEMPLATE)
            board.configure(gate_limits())
            board.arm()
            board.message(Kind.REFERENCE, 0, 1000, 1002)
            bank = any_bank(np.random.default_rng(14))
            board.load(bank.to_bytes())
            codes = []
            for k in range(4):
                agree(board, bank, any_rows(np.random.default_rng(k), 50))
                port.run(20_000)
                codes.append(board.message(Kind.ORDER, k & 1, 7, 1001, k))
                codes.append(board.features(1000, 5 + k, 1002, 9).tolist())
            port.run(20_000)
            found.append((codes, board.orders(), board.status()))
    assert found[0] == found[1]
    assert len(found[0][1]) == 4


def waiting_scores(board: Board, port: SimPort, rows: np.ndarray) -> np.ndarray:
    """Where the scores of rows go that the host does not take yet."""
    out = np.zeros((len(rows), 2), np.uint64)
    port.stall(Sink.SCORES, 256)
    port.send(Source.ROWS, pack_rows(rows))
    port.receive(Sink.SCORES, out)
    port.run(50)
    return out


def test_a_commit_that_waits_for_the_host_keeps_the_clock_going(
    board: Board, port: SimPort
) -> None:
    rng = np.random.default_rng(16)
    first, second = any_bank(rng), any_bank(rng)
    board.load(first.to_bytes())
    rows = any_rows(rng, 60)
    out = waiting_scores(board, port, rows)
    with pytest.raises(DeviceLostError, match="commit does not end"):
        board.load(second.to_bytes())
    port.run(20_000)
    port.stall(Sink.SCORES, 0)
    assert port.library.board_finish(port.board, Source.ROWS, Sink.SCORES, 500) == 0
    scores = unpack_scores(out, 1).scores.tolist()
    old, new = by_cpu(first, rows), by_cpu(second, rows)
    inside = next(k for k in range(60) if scores[k] != old[k])
    assert 14 <= inside < 20
    assert scores == old[:inside] + new[inside:]


def test_a_score_of_the_book_behind_the_hosts_becomes_an_order(board: Board, port: SimPort) -> None:
    rng = np.random.default_rng(17)
    bank = Bank(
        inputs=any_bank(rng).inputs, weights=[[0, 1, 0, 0, 0, 0, 0, 0]], bias=[0], sell=[-1000],
        buy=[1000],
    )  # fmt: skip
    board.load(bank.to_bytes())
    waiting_scores(board, port, any_rows(rng, 3))
    board.configure(CHAIN, FEED, TEMPLATE)
    board.configure(gate_limits())
    board.arm()
    board.message(Kind.REFERENCE, 0, 999, 1001)
    board.follow()
    head = b"A\x00\x07\x00\x00" + bytes(6)
    both = [
        head + k.to_bytes(8, "big") + side + lots.to_bytes(4, "big") + b"TICK    "
        + (cents * 100).to_bytes(4, "big")
        for k, (side, lots, cents) in enumerate([(b"B", 500, 999), (b"S", 10, 1001)], 1)
    ]  # fmt: skip
    board.packets([mold.packet(b"SESSION001", 1, both)])
    port.run(20_000)
    assert board.orders() == []
    port.stall(Sink.SCORES, 0)
    port.run(100)
    assert port.ended(Sink.SCORES)
    assert len(board.orders()) == 1


@pytest.mark.slow
def test_the_small_build_is_faster_by_a_clock() -> None:
    top, rig, sources, parameters = board_parts()
    small = {**parameters, "STRATEGIES": 1, "CHUNKS": 1, "HIDDEN": 0}
    port = SimPort(library(top, rig, sources, small))
    board = Board(port)
    assert board.self_test() == ""
    with pytest.raises(ConfigError, match="does not fit"):
        board.load(any_bank(np.random.default_rng(0), 2).to_bytes())
    bank = any_bank(np.random.default_rng(15))
    board.load(bank.to_bytes())
    agree(board, bank, any_rows(np.random.default_rng(15), 300, bits=28))
    assert port.latency(Source.ROWS, Sink.SCORES) == 7
    assert chain_latency(board, port) == sum(board.caps.latency_clocks.values()) == 15
    port.close()
