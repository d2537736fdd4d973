"""The register window of the overlay: strobes, errors, pauses, shadow and active settings."""

import ctypes as c
from collections.abc import Iterator

import numpy as np
import pytest
from devices.fpga.overlay_rig import any_bank, open_board

from tickpath.devices.fpga import regs
from tickpath.devices.fpga.board import Board
from tickpath.devices.fpga.port import RegisterError
from tickpath.devices.fpga.sim_port import SimPort

pytestmark = pytest.mark.usefixtures("needs_verilator")
SLVERR = 2
SETTINGS = sorted(set(regs.SETTINGS.values()))
READABLE = {*regs.IDENTITY.values(), *regs.CONTROL.values(), *SETTINGS, *regs.COUNTERS.values()}


@pytest.fixture
def board() -> Iterator[Board]:
    yield from open_board()


@pytest.fixture
def port(board: Board) -> SimPort:
    assert isinstance(board.port, SimPort)
    return board.port


def read(port: SimPort, address: int, wait: int = 0) -> tuple[int, int]:
    """Response and word."""
    word = c.c_uint32()
    return port.library.board_read_late(port.board, address, c.byref(word), wait), word.value


def write(port: SimPort, address: int, word: int, strobes: int, gap: int, wait: int) -> int:
    return int(port.library.board_write_apart(port.board, address, word, strobes, gap, wait))


def test_every_address_is_a_register_or_an_error(port: SimPort) -> None:
    for address in range(0, 0x800, 4):
        response, word = read(port, address)
        assert response == (0 if address in READABLE else SLVERR), hex(address)
        assert response == 0 or word == 0
    for address in (regs.PARAMETERS, regs.PARAMETERS + 4 * regs.PARAMETERS_WORDS, 0xFFFC):
        assert read(port, address)[0] == SLVERR


def test_only_what_can_be_written_takes_a_write(port: SimPort) -> None:
    writable = {*SETTINGS, *regs.CONTROL.values()}
    before = {a: read(port, a)[1] for a in READABLE - {regs.CYCLES}}
    for address in range(0, 0x800, 4):
        expected = 0 if address in writable else SLVERR
        assert write(port, address, 0, 15, 0, 0) == expected, hex(address)
    assert {a: read(port, a)[1] for a in before} == before
    assert write(port, regs.PARAMETERS + 4 * regs.PARAMETERS_WORDS, 1, 15, 0, 0) == SLVERR
    with pytest.raises(RegisterError, match="0x0000: write refused"):
        port.write(regs.ID, 1)


def test_reset_is_what_the_map_says(port: SimPort) -> None:
    for address, value in regs.RESETS.items():
        assert port.read(address) == value
    assert port.read(regs.CTRL) == 0
    assert port.read(regs.STATUS) & 0b1111 == 0


def test_settings_are_active_from_the_commit_on(port: SimPort) -> None:
    rng = np.random.default_rng(3)
    wanted = {a: int(rng.integers(0, 2**32)) & regs.MASKS[a] for a in SETTINGS}
    wanted[regs.MODE] = wanted[regs.BANK] = 0
    for name in ("GATE_POSITION_LOTS", "GATE_OPEN_BUY_LOTS", "GATE_OPEN_SELL_LOTS"):
        wanted[regs.SETTINGS[name]] = 5
    for address, word in wanted.items():
        port.write(address, word | ~regs.MASKS[address])
        assert port.read(address) == regs.RESETS[address]
    port.write(regs.COMMIT, 1)
    while port.read(regs.COMMIT):
        pass
    assert {a: port.read(a) for a in SETTINGS} == wanted
    assert port.read(regs.POSITION_LOTS) == 5


def test_strobes(board: Board, port: SimPort) -> None:
    rng = np.random.default_rng(4)
    address, held = regs.TEMPLATE_3, 0
    for strobes in [*range(16), *rng.integers(0, 16, 10).tolist()]:
        word = int(rng.integers(0, 2**32))
        assert write(port, address, word, strobes, 0, 0) == 0
        mask = sum(0xFF << 8 * k for k in range(4) if strobes >> k & 1)
        held = (held & ~mask) | (word & mask)
        board.commit()
        assert port.read(address) == held
    assert write(port, regs.CTRL, 1, 0b1110, 0, 0) == 0
    assert port.read(regs.CTRL) == 0
    assert write(port, regs.PARAMETERS, 1, 0b0111, 0, 0) == SLVERR
    assert write(port, regs.PARAMETERS, 1, 0, 0, 0) == 0


def test_address_and_data_apart_and_answers_taken_late(port: SimPort) -> None:
    rng = np.random.default_rng(5)
    for _ in range(200):
        gap, wait = int(rng.integers(-6, 7)), int(rng.integers(0, 6))
        word = int(rng.integers(0, 2**32))
        assert write(port, regs.HOST_ASK_LOTS, word, 15, gap, wait) == 0
        assert read(port, regs.HOST_ASK_LOTS, int(rng.integers(0, 6))) == (0, word)
        assert write(port, 0x7F0, word, 15, gap, wait) == SLVERR
    assert port.broken == 0


def test_reading_changes_nothing(port: SimPort) -> None:
    quiet = READABLE - {regs.CYCLES}
    first = {a: port.read(a) for a in sorted(quiet)}
    assert {a: port.read(a) for a in sorted(quiet, reverse=True)} == first


def test_a_commit_that_cannot_end_keeps_settings_from_changing(board: Board, port: SimPort) -> None:
    board.load(any_bank(np.random.default_rng(6), inputs=16).to_bytes())
    half = np.zeros((1, 8), np.int32)
    port.library.board_send(port.board, 0, half.ctypes.data, 1, None)
    port.run(20)
    port.write(regs.COMMIT, 1)
    for _ in range(50):
        assert port.read(regs.COMMIT) == 1
    for address in (regs.MODE, regs.PARAMETERS, regs.COMMIT):
        with pytest.raises(RegisterError, match="busy"):
            port.write(address, 0)
    port.write(regs.CTRL, 1)
    assert port.read(regs.STATUS) & 1 == 1


def test_a_shape_that_does_not_fit_changes_nothing(board: Board, port: SimPort) -> None:
    board.load(any_bank(np.random.default_rng(7)).to_bytes())
    before = port.read(regs.BANK)
    for fields in (
        {"STRATEGIES": 65, "INPUTS": 8},
        {"STRATEGIES": 1, "INPUTS": 33},
        {"STRATEGIES": 1, "INPUTS": 0},
        {"STRATEGIES": 1, "INPUTS": 8, "HIDDEN": 33},
        {"STRATEGIES": 1, "INPUTS": 8, "SHIFT": 48},
    ):
        board.write_fields("BANK", **fields)
        with pytest.raises(Exception, match="refuses the table's shape"):
            board.commit()
        assert port.read(regs.BANK) == before
    board.write_fields("BANK", STRATEGIES=1, INPUTS=16)
    board.write_fields("MODE", CHAIN=1)
    with pytest.raises(Exception, match="refuses the table's shape"):
        board.commit()
    assert port.read(regs.MODE) == 0
