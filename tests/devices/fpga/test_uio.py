"""The fast host path on mapped files, with a thread that plays DMA and board."""

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from devices.fpga.overlay_rig import any_bank, any_rows, built

from tickpath.core.errors import BackendError
from tickpath.devices.bank_table import read_bank
from tickpath.devices.fpga import uio
from tickpath.devices.fpga.board import Board
from tickpath.devices.fpga.port import DeviceLostError
from tickpath.devices.fpga.records import pack_rows, unpack_scores
from tickpath.devices.fpga.sim_port import SimPort
from tickpath.devices.fpga.twin import bank_scores

PHYSICAL = 0x3_1000_0000
SEND, RECEIVE = 0, 0x30 // 4
CR, SR, ADDRESS, HIGH, LENGTH = 0, 1, 6, 7, 10
RUN, RESET, HALTED, IDLE, DECODE = 1, 4, 1, 2, 0x40


class Player(threading.Thread):
    """Does what AXI DMA and overlay do, on the words of two mapped files."""

    def __init__(self, folder: Path, port: SimPort | None, results: int) -> None:
        super().__init__(daemon=True)
        for name in ("registers", "memory"):
            (folder / name).write_bytes(bytes(65536))
        self.registers = np.memmap(folder / "registers", np.uint32)
        self.memory = np.memmap(folder / "memory", np.uint8)
        self.port, self.results = port, results
        self.ends, self.fails, self.rounds = threading.Event(), False, 0
        self.start()

    def run(self) -> None:
        r = self.registers
        while not self.ends.is_set():
            if r[SEND + CR] & RESET:
                r[SEND + SR] = r[RECEIVE + SR] = IDLE
                r[SEND + LENGTH] = r[RECEIVE + LENGTH] = 0
                r[SEND + CR] = 0
            elif r[SEND + LENGTH] and r[RECEIVE + LENGTH]:
                self.round()

    def span(self, channel: int) -> slice:
        r = self.registers
        at = (int(r[channel + HIGH]) << 32 | int(r[channel + ADDRESS])) - PHYSICAL
        return slice(at, at + int(r[channel + LENGTH]))

    def round(self) -> None:
        r = self.registers
        if self.fails:
            r[SEND + SR] = r[RECEIVE + SR] = DECODE | HALTED
            r[SEND + LENGTH] = 0
            return
        rows = self.memory[self.span(SEND)].view(np.int32).reshape(-1, 8)
        into = self.span(RECEIVE)
        r[SEND + SR] = r[RECEIVE + SR] = 0
        r[SEND + LENGTH] = r[RECEIVE + LENGTH] = 0
        if self.port is None:
            return
        found = self.port.rows(np.array(rows), self.results).view(np.uint8).reshape(-1)
        self.memory[into.start : into.stop - 8] = found[:-8]
        self.memory[into.stop - 8 : into.stop].view(np.uint64)[0] = found[-8:].view(np.uint64)[0]
        self.rounds += 1
        r[SEND + SR] = r[RECEIVE + SR] = IDLE

    def stop(self) -> None:
        self.ends.set()
        self.join()


@pytest.fixture
def port(needs_verilator: None) -> Iterator[SimPort]:
    made = SimPort(built())
    yield made
    made.close()


def windows(folder: Path) -> tuple[uio.Window, uio.Window]:
    return uio.Window(str(folder / "registers")), uio.Window(str(folder / "memory"))


def test_rows_by_doorbell_and_polled_ring(tmp_path: Path, port: SimPort) -> None:
    rng = np.random.default_rng(1)
    for inputs, strategies in ((8, 1), (20, 3)):
        bank = any_bank(rng, strategies, inputs)
        Board(port).load(bank.to_bytes())
        player = Player(tmp_path, port, strategies)
        dma, memory = windows(tmp_path)
        beats = -(-inputs // 8)
        fast = uio.FastRows(dma, memory, PHYSICAL, beats, strategies, slots=3)
        rows = any_rows(rng, 12, inputs)
        expected = bank_scores(read_bank(bank.to_bytes()), rows)
        out = np.zeros((strategies, 2), np.uint64)
        for k in range(12):
            fast.row(pack_rows(rows[k : k + 1]).reshape(-1), out)
            assert unpack_scores(out, strategies).scores[0].tolist() == expected.scores[k].tolist()
        assert player.rounds == 12
        player.stop()
        dma.close()
        memory.close()


def test_a_dma_that_halts_and_one_that_is_silent(tmp_path: Path) -> None:
    player = Player(tmp_path, None, 1)
    dma, memory = windows(tmp_path)
    fast = uio.FastRows(dma, memory, PHYSICAL, 1, 1, polls_max=300_000_000)
    row, out = np.zeros(8, np.int32), np.zeros((1, 2), np.uint64)
    with pytest.raises(DeviceLostError, match="no result"):
        fast.row(row, out)
    player.fails = True
    fast = uio.FastRows(dma, memory, PHYSICAL, 1, 1)
    with pytest.raises(DeviceLostError, match="the DMA halted: set up anew"):
        fast.row(row, out)
    with pytest.raises(BackendError, match="row of 7 inputs"):
        fast.row(row[:7].copy(), out)
    dma.close()
    with pytest.raises(DeviceLostError, match="window is closed"):
        fast.row(row, out)
    player.stop()
    dma = uio.Window(str(tmp_path / "registers"))
    with pytest.raises(DeviceLostError, match="no result"):
        uio.FastRows(dma, memory, PHYSICAL, 1, 1, polls_max=1000)


def test_registers_of_a_mapped_file(tmp_path: Path) -> None:
    path = tmp_path / "uio0"
    path.write_bytes(bytes(range(256)) * 16)
    window = uio.Window(str(path), 0, 4096)
    assert window.read(4) == 0x07060504
    window.write(8, 0x1_2345_6789)
    assert window.read(8) == 0x23456789
    assert path.read_bytes()[8:12] == bytes.fromhex("89674523")
    for offset in (2, 4096, -4):
        with pytest.raises(BackendError, match="no register"):
            window.read(offset)
    window.close()
    window.close()
    with pytest.raises(DeviceLostError, match="closed"):
        window.write(0, 1)
    with pytest.raises(BackendError, match="No such file"):
        uio.Window(str(tmp_path / "uio9"))
    with pytest.raises(BackendError, match="Invalid argument"):
        uio.Window(str(path), 1, 4096)


def test_what_does_not_fit_is_refused(tmp_path: Path) -> None:
    for name in ("registers", "memory"):
        (tmp_path / name).write_bytes(bytes(4096))
    dma, memory = (uio.Window(str(tmp_path / n), 0, 4096) for n in ("registers", "memory"))
    with pytest.raises(BackendError, match="bytes are needed"):
        uio.FastRows(dma, memory, 0, 4, 64, slots=8)
    with pytest.raises(BackendError, match="1 or more each"):
        uio.FastRows(dma, memory, 0, 0, 1)
