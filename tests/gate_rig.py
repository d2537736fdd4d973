"""The gate's rig from Python: steps in, verdicts by clock out, what the reference says of both."""

import ctypes
from collections.abc import Sequence
from dataclasses import astuple, dataclass, field

import numpy as np

from tickpath.devices.fpga import verilate
from tickpath.devices.fpga.gate import Gate, GateRegisters

ORDER, FILL, DONE, REFERENCE = range(4)
MESSAGE, PINS, COMMIT, RESET, WAIT, IDLE = range(6)
SOURCES = ("limits_pkg", "gate_bounds", "gate_counts", "risk_gate")
STATUS = (
    "armed", "killed", "commit_error", "position_lots", "open_buy", "open_sell", "orders",
    "allowed", "refused_state", "refused_order", "refused_collar", "refused_position",
    "refused_rate", "errors", "verdicts_taken", "orders_taken",
)  # fmt: skip
WORD = 2**64 - 1


@dataclass
class Script:
    """Steps of the rig, written one after the other."""

    steps: list[tuple[int, int, int, int]] = field(default_factory=list)
    settings: list[GateRegisters] = field(default_factory=list)

    def message(
        self, kind: int, side: int, lots: int, price: int, now_ns: int = 0, words: int = 0
    ) -> None:
        low = kind | side << 8 | words << 16 | lots << 32
        self.steps.append((MESSAGE, low, price | len(self.steps) << 32, now_ns))

    def order(self, side: int, lots: int, price: int, now_ns: int = 0) -> None:
        self.message(ORDER, side, lots, price, now_ns)

    def reference(self, bid: int, ask: int, now_ns: int = 0) -> None:
        self.message(REFERENCE, 0, bid, ask, now_ns)

    def pins(self, arm: bool, kill: bool = False) -> None:
        self.steps.append((PINS, arm | kill << 1, 0, 0))

    def commit(self, settings: GateRegisters) -> None:
        self.steps.append((COMMIT, len(self.settings), 0, 0))
        self.settings.append(settings)

    def reset(self) -> None:
        self.steps.append((RESET, 0, 0, 0))

    def wait(self, clocks: int) -> None:
        self.steps.append((WAIT, clocks, 0, 0))

    def idle(self) -> None:
        self.steps.append((IDLE, 0, 0, 0))


@dataclass
class Log:
    """What a run gave, by clock."""

    fault: int
    verdicts: list[tuple[int, int, int]]
    """Clock of the decision, code, tag."""
    errors: list[int]
    steps: list[int]
    status: dict[str, int]
    clocks: int


class Rig:
    """One Verilated gate."""

    def __init__(self, **parameters: int) -> None:
        folder = verilate.fabric_folder()
        sources = [folder / f"rtl/{name}.sv" for name in SOURCES]
        path = verilate.library("tp_gate", folder / "sim/risk_gate_rig.cpp", sources, parameters)
        self.lib = ctypes.CDLL(str(path))
        for name in ("rig_new", "rig_run", "rig_clock", "rig_verdicts", "rig_errors"):
            getattr(self.lib, name).restype = ctypes.c_uint64
        self.lib.rig_run.argtypes = [ctypes.c_uint64] * 9
        self.handle = ctypes.c_uint64(self.lib.rig_new())

    def close(self) -> None:
        self.lib.rig_free(self.handle)

    def run(
        self, script: Script, seed: int = 1, offer: int = 256, take_verdict: int = 256,
        take_order: int = 256, clocks_max: int = 100_000_000,
    ) -> Log:  # fmt: skip
        """All steps; chances of 256 to offer a message and to take a verdict and an order."""
        steps = np.array(script.steps, np.uint64)
        table = [[v & WORD for v in astuple(s)] for s in script.settings] or [[0] * 9]
        settings = np.array(table, np.uint64)
        before = self.lib.rig_clock(self.handle)
        fault = self.lib.rig_run(
            self.handle, steps.ctypes.data, len(steps), settings.ctypes.data, seed, offer,
            take_verdict, take_order, clocks_max,
        )  # fmt: skip
        verdicts = np.zeros((len(steps), 3), np.uint64)
        errors = np.zeros(len(steps) + 1, np.uint64)
        clocks = np.zeros(len(steps), np.uint64)
        status = np.zeros(len(STATUS), np.int64)
        void = ctypes.c_void_p
        count = self.lib.rig_verdicts(self.handle, void(verdicts.ctypes.data), len(verdicts))
        failed = self.lib.rig_errors(self.handle, void(errors.ctypes.data), len(errors))
        self.lib.rig_steps(self.handle, void(clocks.ctypes.data))
        self.lib.rig_status(self.handle, void(status.ctypes.data))
        return Log(
            fault=fault,
            verdicts=[tuple(row) for row in verdicts[:count].tolist()],
            errors=errors[:failed].tolist(),
            steps=clocks.tolist(),
            status=dict(zip(STATUS, status.tolist(), strict=True)),
            clocks=self.lib.rig_clock(self.handle) - before,
        )


class Replay:
    """The reference over the same steps; the log tells when registers changed and verdicts fell."""

    def __init__(self, script: Script, log: Log, gate: Gate | None = None) -> None:
        self.script, self.log = script, log
        self.gate = gate or Gate()
        self.at = 0
        self.codes: list[tuple[int, int]] = []
        """Of every order: tag and code."""

    def message(self, low: int, high: int, now_ns: int) -> bool:
        """One message; True for an order."""
        kind, side, words = low & 255, low >> 8 & 255, low >> 16 & 0xFFFF
        lots, price = low >> 32, high & 0xFFFFFFFF
        self.gate.pass_time(now_ns)
        if kind == ORDER:
            self.codes.append((high >> 32, self.gate.order(side, lots, price, words)))
        elif kind == FILL:
            self.gate.fill(side, lots, words)
        elif kind == DONE:
            self.gate.done(side, lots, words)
        elif kind == REFERENCE:
            self.gate.reference(lots, price, side, words)
        else:
            self.gate.wrong()
        return kind == ORDER

    def step(self) -> bool:
        """The next step of the stream; True for an order."""
        what, low, high, now_ns = self.script.steps[self.at]
        self.at += 1
        if what == COMMIT:
            self.gate.commit(self.script.settings[low])
        return what == MESSAGE and self.message(low, high, now_ns)

    def run(self) -> list[tuple[int, int]]:
        """Tag and code of every order that was decided."""
        log, steps = self.log, self.script.steps
        registers = (PINS, RESET)
        events = [(clock, 0, k) for k, clock in enumerate(log.steps) if steps[k][0] in registers]
        events += [(clock, 1, 0) for clock, _, _ in log.verdicts]
        events += [(clock, 2, 0) for clock in log.errors]
        for _, kind, k in sorted(events):
            if kind == 1:
                while not self.step():
                    pass
            elif kind == 2:
                errors = self.gate.errors
                while self.gate.errors == errors:
                    assert not self.step(), "an error came after a later order"
            elif steps[k][0] == RESET:
                self.gate, self.at = self.gate.reset(), k + 1
            else:
                self.through(k)
                self.gate.pins(bool(steps[k][1] & 1), bool(steps[k][1] & 2))
        while self.at < len(steps):
            assert not self.step(), "an order without a verdict"
        return self.codes

    def through(self, k: int) -> None:
        """Commits before register writes are done when these come: a script waits for them."""
        commits = [j for j in range(self.at, k) if self.script.steps[j][0] == COMMIT]
        while commits and self.at <= commits[-1]:
            assert not self.step(), "a commit overtook an order"


def compare(script: Script, log: Log) -> Gate:
    """Assert that the log is what the reference says; the reference at its end."""
    assert log.fault == 0, f"fault {log.fault}"
    replay = Replay(script, log)
    expected = replay.run()
    found = [(tag, code) for _, code, tag in log.verdicts]
    wrong = [(k, a, b) for k, (a, b) in enumerate(zip(expected, found, strict=True)) if a != b]
    assert not wrong, f"{len(wrong)} differ, first {wrong[0]}: {script.steps[wrong[0][1][0]]}"
    gate, status = replay.gate, log.status
    held = (status["position_lots"], status["open_buy"], status["open_sell"])
    assert held == (gate.position_lots, *gate.open_lots)
    return gate


def codes_of(log: Log) -> Sequence[int]:
    return [code for _, code, _ in log.verdicts]
