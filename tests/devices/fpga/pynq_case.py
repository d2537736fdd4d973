"""The driver under unmodified pynq on a simulated device. Run by test_driver.py in pynq's own
environment: python pynq_case.py LIBRARY CASE. Fails by an exception."""

import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np

warnings.simplefilter("ignore")

from tickpath.core.errors import BackendError  # noqa: E402
from tickpath.devices.bank_table import BankNumbers, small_bank, write_bank  # noqa: E402
from tickpath.devices.fpga import driver, regs  # noqa: E402
from tickpath.devices.fpga.board import Board  # noqa: E402
from tickpath.devices.fpga.port import DeviceLostError  # noqa: E402
from tickpath.devices.fpga.records import Kind, Message, pack_messages, pack_rows  # noqa: E402
from tickpath.devices.fpga.settings import GateSettings, TemplateSettings  # noqa: E402
from tickpath.devices.fpga.sim_device import SimDevice  # noqa: E402
from tickpath.devices.fpga.sim_port import Fault, SimPort, Sink  # noqa: E402
from tickpath.devices.fpga.twin import bank_scores  # noqa: E402

LIBRARY = Path(sys.argv[1])
RNG = np.random.default_rng(1)
LIMITS = GateSettings(
    lots_max=100, equity=10**12, position_ppm=20000, collar_ppm=50000,
    rate_step_ns=10**6, rate_room_ns=999 * 10**6,
)  # fmt: skip


def bitfile() -> str:
    made = Path(tempfile.mkdtemp()) / "tickpath.bit"
    made.write_bytes(bytes(64))
    return str(made)


def opened(stall: int = 0) -> tuple[Board, SimDevice, driver.PynqPort]:
    port = SimPort(LIBRARY)
    device = SimDevice(port)
    made = driver.open_board(bitfile(), device)
    for sink in (Sink.SCORES, Sink.VERDICTS):
        port.stall(sink, stall)
    return Board(made), device, made


def table(strategies: int, inputs: int) -> BankNumbers:
    weights = RNG.integers(-(2**17), 2**17, (strategies, inputs)).tolist()
    sell = RNG.integers(-(2**40), 0, strategies).tolist()
    return small_bank(weights, [5] * strategies, sell, [-v for v in sell])


def expect(error: type[Exception], text: str, call: Callable[[], object]) -> None:
    said = "nothing"
    try:
        call()
    except error as found:
        said = str(found)
    if text not in said:
        raise AssertionError(f"{error.__name__} expected with {text!r}: {said}")


def case_classes() -> None:
    """pynq's own classes drive it."""
    board, device, port = opened()
    kinds = {type(port.overlay).__module__, type(port.overlay.dma_rows).__module__}
    assert kinds == {"pynq.overlay", "pynq.lib.dma"}, kinds
    assert type(port.ip) is driver.TickpathIP
    assert port.ip.read(regs.ID) == regs.ID_VALUE
    assert "INTENT_LOTS" in dir(port.ip.register_map)
    assert board.self_test() == ""
    assert board.text().startswith("pynq, sim, 64 strategies")
    board.load(write_bank(table(1, 8)))
    device.accesses = 0
    port.rows(np.zeros((1, 8), np.int32), 1)
    assert 20 <= device.accesses <= 30, device.accesses


def case_scores() -> None:
    for stall in (0, 100):
        board, _, _ = opened(stall)
        for strategies, inputs in ((1, 8), (3, 20)):
            bank = table(strategies, inputs)
            board.load(write_bank(bank))
            for count in (1, 7, 600):
                rows = (RNG.integers(-(2**31), 2**31, (count, inputs)) >> 9).astype(np.int32)
                rows[0, 0] = 2**31 - 1
                found, exact = board.scores(rows), bank_scores(bank, rows)
                assert (found.scores == exact.scores).all()
                assert (found.signals == exact.signals).all()
                assert found.saturated[0]


def case_gate() -> None:
    board, _, port = opened()
    template = TemplateSettings(data=bytes(24), side_at=0, lots_at=1, price_at=5, token_at=9)
    board.configure(LIMITS, template)
    board.arm()
    assert port.orders() == []
    assert board.message(Kind.REFERENCE, 0, 1000, 1002) is None
    codes = board.messages([Message(Kind.ORDER, 0, k, 1001, k) for k in range(5)])
    assert [v.code for v in codes] == [606, 0, 0, 0, 0]
    orders = port.orders()
    assert [int.from_bytes(o[1:5], "big") for o in orders] == [1, 2, 3, 4], orders
    assert board.status().open_buy_lots == 10
    board.kill()
    assert board.message(Kind.ORDER, 0, 1, 1001) == 600
    board.packets([bytes(60), b"x" * 9])
    assert board.status().counters["FEED_PACKETS"] == 2
    expect(BackendError, "1 to 2048", lambda: board.packets([b""]))
    expect(BackendError, "own time", lambda: board.message(0, 0, 1, 1, now_ns=5))


def case_dma_errors() -> None:
    board, device, port = opened()
    board.load(write_bank(table(1, 8)))
    rows = pack_rows(np.ones((4, 8), np.int32))
    driver.WAIT_S = 0.05
    # a packet that is longer than its buffer
    expect(DeviceLostError, "longer than its buffer", lambda: port.rows(rows, 3))
    # an address that leads nowhere
    device._memory.remove(port._memory["rows"])
    expect(DeviceLostError, "decode error", lambda: port.rows(rows, 4))
    device._memory.append(port._memory["rows"])
    # more results than come
    expect(DeviceLostError, "results instead of 5", lambda: port.rows(rows, 5))
    # a channel that was stopped
    port.rows_in.channel.stop()
    expect(DeviceLostError, "not started", lambda: port.rows(rows, 4))
    # a stream that never ends
    device.port.stall(Sink.SCORES, 256)
    expect(DeviceLostError, "no answer to a transfer", lambda: port.rows(rows, 4))
    device.port.stall(Sink.SCORES, 0)
    device.port.reset()
    board = Board(port)
    assert board.self_test() == ""
    board.load(write_bank(table(1, 8)))
    assert port.rows(rows, 4).shape == (4, 2)
    # length 0 by hand, and what is no device at all
    port.overlay.dma_rows.write(0x28, 0)
    assert port.overlay.dma_rows.read(0x04) & 0x11 == 0x11
    expect(DeviceLostError, "nothing lies at", lambda: device.read_registers(0x50000000, 4))
    expect(BackendError, "4096 at most", lambda: port.rows(np.zeros((5000, 8), np.int32), 5000))
    messages = pack_messages([Message(Kind.ORDER, 0, 1, 1)])
    expect(DeviceLostError, "lost count", lambda: port.messages(messages, 2))


def case_refused() -> None:
    expect(
        BackendError,
        "does not exist",
        lambda: driver.open_board("gone.bit", SimDevice(None, library=LIBRARY)),
    )
    for fault, text in (
        (Fault.WRONG_ID, "another bitstream"),
        (Fault.WRONG_VERSION, "register map 2.0.0"),
        (Fault.LOST, "no answer to a read"),
    ):
        port = SimPort(LIBRARY)
        made = driver.open_board(bitfile(), SimDevice(port))
        port.fault(fault)
        expect(BackendError, text, lambda made=made: Board(made))
    board, device, port_ = opened()
    expect(BackendError, "write refused", lambda: port_.write(regs.ID, 1))
    device.port.close()
    expect(DeviceLostError, "closed", board.status)
    import pynq

    assert pynq.Device.devices == []
    expect(BackendError, "No Devices Found", lambda: driver.open_board(bitfile()))


CASES = {name.removeprefix("case_"): f for name, f in globals().items() if name.startswith("case_")}

if __name__ == "__main__":
    for name in sys.argv[2:] or CASES:
        CASES[name]()
        print(name, "passed")
