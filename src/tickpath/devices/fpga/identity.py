"""What an overlay says of itself: identity, build, status, counters."""

from collections.abc import Mapping
from dataclasses import dataclass

from tickpath.core.errors import BackendError
from tickpath.devices.fpga import regs
from tickpath.devices.fpga.port import Port
from tickpath.devices.fpga.table import Build


@dataclass(frozen=True, kw_only=True, slots=True)
class Caps:
    """What was compiled into the fabric; `clock_ns` is the length of its clock."""

    lanes: int
    feature_bits: int
    strategies_max: int
    hidden: bool
    chunks: int
    build: int
    clock_ns: int
    latency_clocks: Mapping[str, int]

    @property
    def sizes(self) -> Build:
        """What the packer of tables asks for."""
        return Build(strategies=self.strategies_max, chunks=self.chunks, hidden=self.hidden)


@dataclass(frozen=True, kw_only=True, slots=True)
class Status:
    """The STATUS register and what the gate and the book hold.

    `top` is bid ticks, bid lots, ask ticks, ask lots; `counters` are all read-only words.
    """

    armed: bool
    killed: bool
    commit_error: bool
    gate_refused: bool
    feed_ok: bool
    book_ok: bool
    lost_reason: int
    position_lots: int
    open_buy_lots: int
    open_sell_lots: int
    top: tuple[int, int, int, int]
    counters: Mapping[str, int]


def part(word: int, place: tuple[int, int]) -> int:
    """The field at (lowest bit, bits)."""
    return word >> place[0] & ((1 << place[1]) - 1)


def dotted(version: int) -> str:
    return f"{version >> 16}.{version >> 8 & 255}.{version & 255}"


def identify(port: Port) -> Caps:
    """What the identity registers say. BackendError when they are not this driver's."""
    word = port.read(regs.ID)
    if word != regs.ID_VALUE:
        raise BackendError(
            f"{port.name}: ID 0x{word:08X} instead of 0x{regs.ID_VALUE:08X}: another bitstream is "
            "loaded"
        )
    version = port.read(regs.VERSION)
    if version >> 16 != regs.VERSION_VALUE >> 16:
        raise BackendError(
            f"{port.name}: register map {dotted(version)}, this driver speaks "
            f"{dotted(regs.VERSION_VALUE)}: rebuild the bitstream or install the other tickpath"
        )
    caps, latency = port.read(regs.CAPS), port.read(regs.LATENCY)
    return Caps(
        lanes=part(caps, regs.CAPS_LANES),
        feature_bits=part(caps, regs.CAPS_FEATURE_BITS),
        strategies_max=part(caps, regs.CAPS_STRATEGIES_MAX),
        hidden=bool(part(caps, regs.CAPS_HIDDEN)),
        chunks=part(caps, regs.CAPS_CHUNKS),
        build=port.read(regs.BUILD),
        clock_ns=port.read(regs.CLOCK),
        latency_clocks={
            "features": part(latency, regs.LATENCY_FEATURES),
            "bank": part(latency, regs.LATENCY_BANK),
            "intent": part(latency, regs.LATENCY_INTENT),
            "gate": part(latency, regs.LATENCY_GATE),
        },
    )


def read_status(port: Port) -> Status:
    """Every read-only word, one by one: not of one moment."""
    read = {name: port.read(address) for name, address in regs.COUNTERS.items()}
    word, position = read["STATUS"], read["POSITION_LOTS"]
    return Status(
        armed=bool(part(word, regs.STATUS_ARMED)),
        killed=bool(part(word, regs.STATUS_KILLED)),
        commit_error=bool(part(word, regs.STATUS_COMMIT_ERROR)),
        gate_refused=bool(part(word, regs.STATUS_GATE_REFUSED)),
        feed_ok=bool(part(word, regs.STATUS_FEED_OK)),
        book_ok=bool(part(word, regs.STATUS_BOOK_OK)),
        lost_reason=part(word, regs.STATUS_LOST_REASON),
        position_lots=position - (1 << 32) * (position >> 31),
        open_buy_lots=read["OPEN_BUY_LOTS"],
        open_sell_lots=read["OPEN_SELL_LOTS"],
        top=(
            read["TOP_BID_TICKS"], read["TOP_BID_LOTS"],
            read["TOP_ASK_TICKS"], read["TOP_ASK_LOTS"],
        ),
        counters=read,
    )  # fmt: skip
