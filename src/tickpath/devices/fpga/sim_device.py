"""A pynq.Device whose fabric is the Verilated overlay: pynq's own classes run on it unmodified.

Registers of the overlay are the RTL's. The AXI DMA blocks (simple mode, register map of PG021) are
modelled here: transfers move while clocks pass, and clocks pass while somebody reads a status, so a
stream that nobody feeds never ends, as on a board. Modelled errors: an address that no buffer has
(decode error), a length of 0 and a packet longer than its buffer (internal error); each halts its
channel until a reset. Not modelled: memory and bus latency, interrupts, scatter-gather.
"""

import types
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from pynq.pl_server.device import Device

from tickpath.devices.fpga import regs
from tickpath.devices.fpga.port import DeviceLostError
from tickpath.devices.fpga.sim_port import SimPort, Sink, Source, feed_beats

IP_BASE, IP_BYTES = 0x43C00000, 0x10000
DMA_BASES = {"dma_rows": 0x40400000, "dma_messages": 0x40410000, "dma_feed": 0x40420000}
DMA_BYTES = 0x10000
WIDTHS = {"dma_rows": (32, 16), "dma_messages": (16, 8), "dma_feed": (8, 8)}
"""Bytes of a beat to the overlay and from it."""
POLL_CLOCKS = 4096
"""Clocks that pass while a busy channel's status is read."""
MEMORY_BASE = 0x10000000
CR, SR, ADDRESS, ADDRESS_HIGH, LENGTH = 0x00, 0x04, 0x18, 0x1C, 0x28
RUN, RESET = 0x1, 0x4
HALTED, IDLE, INTERNAL, DECODE, COMPLETE = 0x1, 0x2, 0x10, 0x40, 0x1000


class SimBuffer(np.ndarray[Any, Any]):
    """The face of pynq's buffer over host memory; pynq's own needs a board's libraries."""

    start_address: int
    start_pointer: int
    coherent = True
    cacheable = False

    def __array_finalize__(self, other: Any) -> None:
        self.start_address = getattr(other, "start_address", 0)
        self.start_pointer = getattr(other, "start_pointer", 0)

    @property
    def physical_address(self) -> int:
        pointer: int = self.__array_interface__["data"][0]
        return self.start_address + pointer - self.start_pointer

    @property
    def device_address(self) -> int:
        return self.physical_address

    def flush(self) -> None:
        """Memory is coherent."""

    invalidate = sync_to_device = sync_from_device = freebuffer = close = flush


@dataclass(slots=True)
class SimChannel:
    """One direction of a DMA. `memory` is what the transfer in progress reads or writes."""

    sends: bool
    control: int = 0
    status: int = HALTED
    address: int = 0
    address_high: int = 0
    length: int = 0
    busy: bool = False
    memory: Any = None
    landing: Any = None

    def fail(self, bit: int) -> None:
        """Stop with an error."""
        self.busy = False
        self.control &= ~RUN
        self.status = (self.status | bit | HALTED) & ~IDLE

    def done(self, length: int) -> None:
        """End a transfer."""
        self.busy = False
        self.length = length
        self.status |= IDLE | COMPLETE


@dataclass(slots=True)
class SimDma:
    """A block of two channels."""

    name: str
    source: Source
    sink: Sink
    send: SimChannel = field(default_factory=lambda: SimChannel(sends=True))
    receive: SimChannel = field(default_factory=lambda: SimChannel(sends=False))


class SimDevice(Device):  # type: ignore[misc]
    """One simulated board. Never found by pynq itself: a caller hands it to Overlay."""

    _probe_priority_ = 900

    @classmethod
    def _probe_(cls) -> list[Any]:
        return []

    def __init__(self, port: SimPort | None = None, *, library: Path | None = None) -> None:
        super().__init__("sim0")
        self.name = "sim"
        self.arch = "armv7l"
        self.capabilities = {"REGISTER_RW": True}
        self.port = port or SimPort(library)
        self.timestamp = ""
        self.accesses = 0
        self._memory: list[SimBuffer] = []
        self._next = MEMORY_BASE
        self._orders: list[bytes] = []
        sources, sinks = tuple(Source), tuple(Sink)
        self._dmas = {
            base: SimDma(name, sources[k], sinks[k])
            for k, (name, base) in enumerate(DMA_BASES.items())
        }

    # ---------------------------------------------------------------- registers
    def read_registers(self, address: int, length: int) -> bytes:
        words = [self._read(address + k) for k in range(0, length, 4)]
        return b"".join(word.to_bytes(4, "little") for word in words)

    def write_registers(self, address: int, data: bytes) -> None:
        given = bytes(data)
        for k in range(0, len(given), 4):
            self._write(address + k, int.from_bytes(given[k : k + 4], "little"))

    def _read(self, address: int) -> int:
        self.accesses += 1
        if IP_BASE <= address < IP_BASE + IP_BYTES:
            return self.port.read(address - IP_BASE)
        dma, channel, offset = self._channel(address)
        if offset == SR and channel.busy:
            self.port.run(POLL_CLOCKS)
            self._settle(dma)
        return {
            CR: channel.control,
            SR: channel.status,
            ADDRESS: channel.address,
            ADDRESS_HIGH: channel.address_high,
            LENGTH: channel.length,
        }.get(offset, 0)

    def _write(self, address: int, word: int) -> None:
        self.accesses += 1
        if IP_BASE <= address < IP_BASE + IP_BYTES:
            self.port.write(address - IP_BASE, word)
            return
        dma, channel, offset = self._channel(address)
        if offset == CR and word & RESET:
            self._reset(dma)
        elif offset == CR:
            channel.control = word
            channel.status = channel.status & ~HALTED if word & RUN else channel.status | HALTED
        elif offset == SR:
            channel.status &= ~(word & 0x7000)
        elif offset == ADDRESS:
            channel.address = word
        elif offset == ADDRESS_HIGH:
            channel.address_high = word
        elif offset == LENGTH:
            self._start(dma, channel, word)

    def _channel(self, address: int) -> tuple[SimDma, SimChannel, int]:
        base = address & ~(DMA_BYTES - 1)
        if base not in self._dmas:
            raise DeviceLostError(f"{self.name}: nothing lies at 0x{address:08X}")
        dma, offset = self._dmas[base], address - base
        return (dma, dma.receive, offset - 0x30) if offset >= 0x30 else (dma, dma.send, offset)

    # ---------------------------------------------------------------- transfers
    def _start(self, dma: SimDma, channel: SimChannel, length: int) -> None:
        channel.length = length
        if channel.status & HALTED:
            return
        channel.status &= ~IDLE
        channel.memory = self._bytes(channel.address_high << 32 | channel.address, length)
        if length == 0:
            channel.fail(INTERNAL)
        elif channel.memory is None:
            channel.fail(DECODE)
        else:
            channel.busy = True
            if channel.sends:
                self._send(dma, channel)
            elif dma.sink != Sink.ORDERS:
                width = WIDTHS[dma.name][1]
                channel.landing = np.zeros((-(-length // width), width // 8), np.uint64)
                self.port.receive(dma.sink, channel.landing)

    def _send(self, dma: SimDma, channel: SimChannel) -> None:
        given = channel.memory.tobytes()
        if dma.source == Source.FEED:
            beats, marks = feed_beats([given])
        else:
            width = WIDTHS[dma.name][0]
            given += bytes(-len(given) % width)
            beats, marks = np.frombuffer(given, np.uint8).reshape(-1, width), None
        self.port.send(dma.source, beats, marks)

    def _settle(self, dma: SimDma) -> None:
        """What the clocks that passed did to the channels."""
        send, receive = dma.send, dma.receive
        if send.busy and self.port.left(dma.source) == 0:
            send.done(send.length)
        if receive.busy and dma.sink == Sink.ORDERS:
            self._orders += self.port.orders()
            if self._orders:
                self._land(receive, self._orders.pop(0), ended=True)
        elif receive.busy:
            taken = self.port.taken(dma.sink)
            ended = self.port.ended(dma.sink)
            if ended or taken == len(receive.landing):
                self._land(receive, receive.landing[:taken].tobytes(), ended=ended)

    def _land(self, channel: SimChannel, data: bytes, *, ended: bool) -> None:
        fits = ended and len(data) <= len(channel.memory)
        data = data[: len(channel.memory)]
        channel.memory[: len(data)] = np.frombuffer(data, np.uint8)
        if fits:
            channel.done(len(data))
        else:
            channel.fail(INTERNAL)

    def _reset(self, dma: SimDma) -> None:
        dma.send, dma.receive = SimChannel(sends=True), SimChannel(sends=False)
        self.port.cancel(dma.source)
        if dma.sink != Sink.ORDERS:
            self.port.receive(dma.sink, np.zeros((0, 2), np.uint64))

    def _bytes(self, address: int, length: int) -> Any:
        """The bytes of a buffer at a physical address, None when no buffer has all of them."""
        for buffer in self._memory:
            offset = address - buffer.start_address
            if offset >= 0 and offset + length <= buffer.nbytes:
                plain = buffer.view(np.ndarray).reshape(-1).view(np.uint8)
                return plain[offset : offset + length]
        return None

    # ---------------------------------------------------------------- memory
    def allocate(self, shape: Any, dtype: Any = "u4", cacheable: int = 0, **_: Any) -> SimBuffer:
        made = np.zeros(shape, dtype).view(SimBuffer)
        made.start_address = self._next
        made.start_pointer = made.__array_interface__["data"][0]
        self._next += (made.nbytes + 4095) & ~4095
        self._memory.append(made)
        return made

    def flush(self, *_: Any) -> None:
        """Memory is coherent."""

    invalidate = flush

    # ---------------------------------------------------------------- overlay
    def get_bitfile_metadata(self, _name: str, partial: bool = False) -> Any:
        """What pynq reads of a .hwh beside the bitstream."""
        ips = {name: dma_entry(name, base) for name, base in DMA_BASES.items()}
        ips["tp_top_0"] = ip_entry("tp_top_0", IP_BASE, IP_BYTES, "tickpath:user:tp_top:1.0", {})
        ips["tp_top_0"]["registers"] = register_entries(sorted(regs.SETTINGS))
        empty: dict[str, Any] = {}
        return types.SimpleNamespace(
            ip_dict=ips, gpio_dict=empty, interrupt_controllers=empty, interrupt_pins=empty,
            hierarchy_dict=empty, mem_dict=empty, clock_dict=empty, systemgraph=None,
        )  # fmt: skip

    def download(self, bitstream: Any, parser: Any = None) -> None:
        """As after power-up."""
        self.port.reset()
        self.post_download(bitstream, parser)

    def get_bitfile_name(self) -> Any:
        return self.bitfile_name


def ip_entry(name: str, base: int, size: int, kind: str, parameters: dict[str, str]) -> Any:
    """One entry of pynq's ip_dict."""
    return {
        "fullpath": name, "phys_addr": base, "addr_range": size, "type": kind, "state": None,
        "parameters": parameters, "registers": {}, "interrupts": {}, "gpio": {},
        "mem_id": "S_AXI", "driver": None,
    }  # fmt: skip


def dma_entry(name: str, base: int) -> Any:
    """An AXI DMA in simple mode with both directions."""
    parameters = {
        "c_include_sg": "0", "c_micro_dma": "0", "c_sg_length_width": "26",
        "c_include_mm2s": "1", "c_include_s2mm": "1", "c_include_mm2s_dre": "1",
        "c_include_s2mm_dre": "1", "c_m_axi_mm2s_data_width": "64",
        "c_m_axi_s2mm_data_width": "64",
    }  # fmt: skip
    return ip_entry(name, base, DMA_BYTES, "xilinx.com:ip:axi_dma:7.1", parameters)


def register_entries(names: Sequence[str]) -> dict[str, Any]:
    """pynq's description of registers, so that `register_map` shows the settings."""
    return {
        name: {
            "address_offset": regs.SETTINGS[name], "size": 32, "access": "read-write",
            "description": name, "fields": {},
        }
        for name in names
    }  # fmt: skip
