"""Figures of the simulated overlay: clocks are the fabric's, seconds this host's processor's."""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

import numpy as np

from tickpath.core.errors import VerificationError
from tickpath.devices.bank_table import small_bank, write_bank
from tickpath.devices.fpga import regs
from tickpath.devices.fpga.board import Board
from tickpath.devices.fpga.records import Kind, unpack_scores
from tickpath.devices.fpga.settings import ChainSettings, FeedSettings, GateSettings
from tickpath.devices.fpga.sim_port import SimPort, Sink, Source
from tickpath.devices.fpga.twin import bank_scores
from tickpath.venues.nasdaq import mold

LANES, LOCATE = 8, 1
LATENCY_ROWS = 1000
RATE_ROUNDS, READS = 7, 2000
LIMITS = GateSettings(
    lots_max=1000, equity=10**12, position_ppm=20_000, collar_ppm=50_000,
    rate_step_ns=10**6, rate_room_ns=10**9 - 10**6,
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class SimFigures:
    """One strategy of eight inputs. `vectors_per_s` is the median of RATE_ROUNDS batches."""

    chain_latency_clocks: int
    score_latency_clocks: int
    vectors_per_clock: float
    vectors_per_s: float
    clocks_per_s: float
    register_read_us: float
    differences: int
    protocol_errors: int
    build: str


def simulated_figures(port: SimPort, rows: int) -> SimFigures:
    """Measure. VerificationError when a score is not the CPU's or the overlay breaks AXI."""
    board = Board(port)
    bank = small_bank([[1, -2, 3, -4, 5, -6, 7, 8]], [9], [-(10**6)], [10**6])
    board.load(write_bank(bank))
    given = np.random.default_rng(1).integers(-(2**23), 2**23, (rows, LANES)).astype(np.int32)
    start = port.cycles
    port.rows(given[:LATENCY_ROWS], LATENCY_ROWS)
    clocks = port.cycles - start
    latency = port.latency(Source.ROWS, Sink.SCORES)
    found = unpack_scores(port.rows(given, rows), 1)
    differences = int((found.scores != bank_scores(bank, given).scores).sum())
    seconds = median(timed(lambda: port.rows(given, rows)) for _ in range(RATE_ROUNDS))
    idle = median(timed(lambda: port.run(rows)) for _ in range(RATE_ROUNDS))
    reads = median(timed(lambda: read_often(port)) for _ in range(RATE_ROUNDS))
    figures = SimFigures(
        chain_latency_clocks=chain_latency(board, port),
        score_latency_clocks=latency,
        vectors_per_clock=LATENCY_ROWS / (clocks - latency),
        vectors_per_s=rows / seconds,
        clocks_per_s=rows / idle,
        register_read_us=reads / READS * 1e6,
        differences=differences,
        protocol_errors=port.broken,
        build=f"{board.caps.build:08x}",
    )
    if figures.differences or figures.protocol_errors:
        raise VerificationError(f"the simulated overlay is wrong: {asdict(figures)}")
    return figures


def timed(call: Callable[[], Any]) -> float:
    """Processor seconds of a call, which other programs disturb least."""
    start = time.process_time()
    call()
    return time.process_time() - start


def read_often(port: SimPort) -> None:
    for _ in range(READS):
        port.read(regs.ID)


def chain_latency(board: Board, port: SimPort) -> int:
    """Clocks from a change of the book's top to the order that it led to, behind the gate."""
    board.load(write_bank(small_bank([[0, 1] + [0] * 6], [0], [-1000], [1000])))
    board.configure(LIMITS, ChainSettings(on=True), FeedSettings(locate=LOCATE))
    board.rearm()
    board.message(Kind.REFERENCE, 0, 1000, 1001)
    board.follow()
    board.packets(
        [mold.packet(b"BENCHMARK ", 1, [add(1, b"B", 500, 1000), add(2, b"S", 10, 1001)])]
    )
    board.disarm()
    if port.chain_latency < 0 or board.status().counters["ORDERS_ALLOWED"] == 0:
        raise VerificationError(f"the chain gave no order: {dict(board.status().counters)}")
    board.configure(ChainSettings(on=False))
    return port.chain_latency


def add(reference: int, side: bytes, lots: int, cents: int) -> bytes:
    """An ITCH 5.0 add order message."""
    head = b"A" + LOCATE.to_bytes(2, "big") + bytes(8) + reference.to_bytes(8, "big")
    return head + side + lots.to_bytes(4, "big") + b"BENCH   " + (cents * 100).to_bytes(4, "big")
