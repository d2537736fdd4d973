"""The overlay's streams under cocotbext-axi: pauses on every side, and resets in mid-stream.

Scores are computed here in Python's integers from the definition of the bank.
"""

import random
import struct
import tomllib
from pathlib import Path
from typing import Any

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles, RisingEdge
from cocotbext.axi import (
    AxiLiteBus,
    AxiLiteMaster,
    AxiResp,
    AxiStreamBus,
    AxiStreamSink,
    AxiStreamSource,
)

TOP = "tp_overlay"
MAP = tomllib.loads((Path(__file__).resolve().parents[2] / "regmap.toml").read_text())
AT = {
    each["name"]: MAP["map"][group] + 4 * k
    for group in ("identity", "control", "settings", "counters")
    for k, each in enumerate(MAP[group])
}
PARAMETERS, CONSTANTS, STRIDE = 0x4000, 0xC00, 32
STRATEGIES, INPUTS, BEATS = 3, 11, 2
POLLS_MAX = 200
RISK_KILLED, END_OF_BATCH = 600, 0xFFFF


class Bank:
    """Weights, bias and thresholds drawn from a seed; if asked, two strategies of extremes."""

    def __init__(self, seed: int, extreme: bool = False) -> None:
        draw = random.Random(seed)
        self.weights = [[draw.randint(-(2**17), 2**17 - 1) for _ in range(INPUTS)] for _ in "012"]
        self.bias = [draw.randint(-(2**40), 2**40) for _ in "012"]
        self.buy = [draw.randint(0, 2**41) for _ in "012"]
        self.sell = [-draw.randint(0, 2**41) for _ in "012"]
        if extreme:
            self.weights[:2] = [[-(2**17)] * INPUTS, [2**17 - 1] * INPUTS]

    def words(self) -> list[tuple[int, int]]:
        """(parameter, word) pairs, the whole table."""
        found = []
        for k in range(STRATEGIES):
            padded = self.weights[k] + [0] * (8 * BEATS - INPUTS)
            found += [(STRIDE * k + i, w) for i, w in enumerate(padded)]
            numbers = (
                self.bias[k], self.bias[k] - self.buy[k], self.bias[k] - self.sell[k] - 1,
            )  # fmt: skip
            for n, number in enumerate(numbers):
                found += [(CONSTANTS + 8 * k + 2 * n, number), (CONSTANTS + 8 * k + 2 * n + 1,
                                                                number >> 32)]  # fmt: skip
        return [(at, word & 0xFFFFFFFF) for at, word in found]

    def answer(self, row: list[int]) -> list[tuple[int, int]]:
        """(score, signal) of every strategy."""
        scores = [
            b + sum(w * x for w, x in zip(ws, row, strict=True))
            for b, ws in zip(self.bias, self.weights, strict=True)
        ]
        return [
            (s, 1 if s >= buy else -1 if s <= sell else 0)
            for s, buy, sell in zip(scores, self.buy, self.sell, strict=True)
        ]


class Bench:
    """The bus models around the overlay."""

    def __init__(self, dut: Any) -> None:
        self.dut = dut
        near = (dut.aclk, dut.aresetn)
        self.registers = AxiLiteMaster(
            AxiLiteBus.from_prefix(dut, "s_axil"), *near, reset_active_level=False
        )
        self.rows, self.messages = (
            AxiStreamSource(AxiStreamBus.from_prefix(dut, n), *near, reset_active_level=False)
            for n in ("s_axis_rows", "s_axis_messages")
        )
        self.scores, self.verdicts, self.orders = (
            AxiStreamSink(AxiStreamBus.from_prefix(dut, n), *near, reset_active_level=False)
            for n in ("m_axis_scores", "m_axis_verdicts", "m_axis_orders")
        )

    def pause(self, share: float) -> None:
        """Every stream pauses in that share of the clocks."""
        ends = (self.rows, self.messages, self.scores, self.verdicts, self.orders)
        for seed, end in enumerate(ends):
            end.set_pause_generator(pauses(seed, share))

    async def reset(self, clocks: int = 4) -> None:
        self.dut.aresetn.value = 0
        await ClockCycles(self.dut.aclk, clocks)
        self.dut.aresetn.value = 1
        await ClockCycles(self.dut.aclk, 2)

    async def write(self, at: int, word: int) -> None:
        answer = await self.registers.write(at, word.to_bytes(4, "little"))
        assert answer.resp == AxiResp.OKAY, hex(at)

    async def read(self, at: int) -> int:
        return int.from_bytes((await self.registers.read(at, 4)).data, "little")

    async def load(self, bank: Bank) -> None:
        """The table, the shape, COMMIT."""
        for at, word in bank.words():
            await self.write(PARAMETERS + 4 * at, word)
        await self.write(AT["BANK"], STRATEGIES | INPUTS << 8)
        await self.write(AT["COMMIT"], 1)
        for _ in range(POLLS_MAX):
            if not await self.read(AT["COMMIT"]) & 1:
                return
        raise AssertionError("the commit does not end")

    async def judge(self, bank: Bank, rows: list[list[int]], first: int) -> None:
        """A batch of rows must come back as its scores, in order, in one packet."""
        await self.rows.send(packed(rows))
        frame = await self.scores.recv()
        beats = [bytes(frame.tdata[k : k + 16]) for k in range(0, len(frame.tdata), 16)]
        assert len(beats) == STRATEGIES * len(rows)
        for n, beat in enumerate(beats):
            score, sequence, strategy, _, flags = struct.unpack("<qIBbH", beat)
            row, k = divmod(n, STRATEGIES)
            signal = (flags & 3) - 4 * (flags >> 1 & 1)
            assert (score, signal) == bank.answer(rows[row])[k], (row, k)
            assert (sequence, strategy) == (first + row, k)
            assert flags >> 2 == 2 * (k == STRATEGIES - 1), "saturated, last"


def pauses(seed: int, share: float) -> Any:
    """Endless booleans: pause or not."""
    draw = random.Random(seed)
    while True:
        yield draw.random() < share


def drawn(seed: int, count: int) -> list[list[int]]:
    """Rows of inputs that no build clips, the first two at the ends of what is not."""
    draw = random.Random(seed)
    ends = [[-(2**24)] * INPUTS, [2**24 - 1] * INPUTS]
    return ends + [
        [draw.randint(-(2**24), 2**24 - 1) for _ in range(INPUTS)] for _ in range(count - 2)
    ]


def packed(rows: list[list[int]]) -> bytes:
    padding = [0] * (8 * BEATS - INPUTS)
    return b"".join(struct.pack(f"<{8 * BEATS}i", *row, *padding) for row in rows)


def order(tag: int, price: int = 100) -> bytes:
    """A message of the gate: buy one lot."""
    return struct.pack("<BBHIII", 0, 0, 0, 1, price, tag)


async def started(dut: Any) -> Bench:
    cocotb.start_soon(Clock(dut.aclk, 4, unit="ns").start())
    for name in ("tdata", "tkeep", "tvalid", "tlast"):
        getattr(dut, f"s_axis_feed_{name}").value = 0
    bench = Bench(dut)
    await bench.reset()
    return bench


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def rows_come_back_as_scores_whatever_pauses(dut: Any) -> None:
    bench, bank = await started(dut), Bank(1, extreme=True)
    await bench.load(bank)
    first = 0
    for share in (0.0, 0.5, 0.8):
        bench.pause(share)
        await bench.judge(bank, drawn(first, 40), first)
        first += 40
    assert await bench.read(AT["ROWS"]) == first


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def a_commit_between_batches_changes_every_number(dut: Any) -> None:
    bench = await started(dut)
    bench.pause(0.3)
    for turn in range(2):
        bank = Bank(10 + turn)
        await bench.load(bank)
        await bench.judge(bank, drawn(turn, 12), 12 * turn)


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def a_reset_in_mid_stream_leaves_nothing_behind(dut: Any) -> None:
    bench = await started(dut)
    for turn, clocks in enumerate((3, 17, 40)):
        bank = Bank(20 + turn)
        await bench.load(bank)
        bench.pause(0.5)
        await bench.rows.send(packed(drawn(turn, 50)))
        await ClockCycles(dut.aclk, clocks)
        assert not bench.rows.idle(), "the batch is over before the reset"
        await bench.reset(clocks=1 + turn)
        bench.rows.clear()
        bench.scores.clear()
        assert not dut.m_axis_scores_tvalid.value
        assert await bench.read(AT["ROWS"]) == 0
        bench.pause(0.0)
        await bench.load(bank)
        await bench.judge(bank, drawn(turn + 30, 5), 0)


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def without_a_table_rows_are_counted_and_give_nothing(dut: Any) -> None:
    bench = await started(dut)
    await bench.rows.send(packed(drawn(1, 10)))
    await bench.rows.wait()
    await ClockCycles(dut.aclk, 40)
    assert bench.scores.empty()
    assert await bench.read(AT["ROWS_DROPPED"]) > 0


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def a_gate_after_reset_refuses_every_order(dut: Any) -> None:
    bench = await started(dut)
    bench.pause(0.5)
    for batch in range(2):
        tags = [100 * batch + k for k in range(30)]
        await bench.messages.send(b"".join(order(tag) for tag in tags))
        frame = await bench.verdicts.recv()
        words = struct.unpack(f"<{len(tags) + 1}Q", bytes(frame.tdata))
        assert [word >> 32 for word in words[:-1]] == tags
        assert {word & 0xFFFFFFFF for word in words[:-1]} == {RISK_KILLED}
        assert words[-1] == END_OF_BATCH
    assert bench.orders.empty()
    assert await bench.read(AT["ORDERS_ALLOWED"]) == 0
    await RisingEdge(dut.aclk)
    assert not dut.m_axis_orders_tvalid.value
