"""An overlay as the stages use it: load a table, score rows, take features, gate orders.

Every answer has the bits of the CPU: a row that the fabric had to clip says so and is answered by
`twin.bank_scores` instead. What does not answer, answers twice or answers nonsense is a
DeviceLostError; the caller then goes on without the overlay. Used by one thread at a time.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from tickpath.core.errors import BackendError, TickpathError
from tickpath.devices.bank_table import BankNumbers, read_bank, small_bank, write_bank
from tickpath.devices.fpga import regs
from tickpath.devices.fpga.identity import Status, identify, read_status
from tickpath.devices.fpga.port import LANES, DeviceLostError, Port, Rows
from tickpath.devices.fpga.records import (
    Kind,
    Message,
    Scores,
    Verdict,
    pack_messages,
    pack_rows,
    unpack_scores,
    unpack_verdicts,
)
from tickpath.devices.fpga.settings import Settings, field_of, word_of
from tickpath.devices.fpga.table import pack
from tickpath.devices.fpga.twin import bank_scores

COMMIT_POLLS_MAX = 5000
FEATURE_POLLS_MAX = 100
BATCH_BEATS_MAX = 4096
"""Beats of rows, and messages, of one transfer."""
RESULTS_MAX = 16 * BATCH_BEATS_MAX
STATE = ("POSITION_LOTS", "OPEN_BUY_LOTS", "OPEN_SELL_LOTS")


class Board:
    """One overlay. BackendError when the port's registers are not those of this driver."""

    def __init__(self, port: Port) -> None:
        self.port = port
        self.caps = identify(port)
        self.table: BankNumbers | None = None
        self.loaded = b""
        """The bytes of `table`, none without."""
        self.twin_rows = 0

    def text(self) -> str:
        """One line for people."""
        c = self.caps
        return (
            f"{self.port.name}, {c.strategies_max} strategies of {c.lanes * c.chunks} inputs, "
            f"{c.feature_bits} bits, build {c.build:08x}"
        )

    # ---------------------------------------------------------------- settings
    def load(self, table: bytes) -> None:
        """Make a table (`Bank.to_bytes()`) active; rows after it are scored by it alone. One that
        is active already costs nothing.

        ConfigError when it does not fit this build, DataError when the bytes are no table,
        BackendError when the overlay refuses it.
        """
        if self.table is not None and table == self.loaded:
            return
        numbers = read_bank(table)
        packed = pack(numbers, self.caps.sizes)
        for address, word in packed.words:
            self.port.write(regs.PARAMETERS + 4 * address, word)
        self.write_fields(
            "BANK",
            STRATEGIES=packed.strategies,
            INPUTS=packed.inputs,
            HIDDEN=packed.hidden,
            SHIFT=packed.shift,
        )
        self.table = None
        self.commit()
        self.table, self.loaded = numbers, bytes(table)

    def configure(self, *settings: Settings) -> None:
        """Write settings and make them active. ConfigError for a number that does not fit."""
        words = [pair for item in settings for pair in item.words()]
        for address, word in words:
            self.port.write(address, word)
        self.commit()

    def set_position(self, position_lots: int, open_buy_lots: int, open_sell_lots: int) -> None:
        """Tell the gate what is held and open: disarms, loads, arms again if it was armed."""
        armed = self.status().armed
        self.disarm()
        for name, lots in zip(STATE, (position_lots, open_buy_lots, open_sell_lots), strict=True):
            self.port.write(*word_of(f"GATE_{name}", lots, signed=name == STATE[0]))
        self._commit()
        if armed:
            self.arm()

    def write_fields(self, register: str, **fields: int) -> None:
        """A settings register by its fields, the others 0; active from the next commit on."""
        word = sum(field_of(register, name, value) for name, value in fields.items())
        self.port.write(regs.SETTINGS[register], word)

    def commit(self) -> None:
        """Make what was written active, the gate's position and open lots left as they are.

        BackendError when refused, DeviceLostError when it does not end.
        """
        for name in STATE:
            self.port.write(regs.SETTINGS[f"GATE_{name}"], self.port.read(regs.COUNTERS[name]))
        self._commit()

    def _commit(self) -> None:
        self.port.write(regs.COMMIT, 1)
        for _ in range(COMMIT_POLLS_MAX):
            if not self.port.read(regs.COMMIT) & 1:
                break
        else:
            raise DeviceLostError(
                f"{self.port.name}: commit does not end: take the scores that wait, or reset"
            )
        status = self.port.read(regs.STATUS)
        if status >> regs.STATUS_COMMIT_ERROR[0] & 1:
            raise BackendError("the overlay refuses the table's shape: nothing changed")
        if status >> regs.STATUS_GATE_REFUSED[0] & 1:
            raise BackendError("the gate refuses the settings: its earlier ones hold")

    # ---------------------------------------------------------------- rows
    def scores(self, rows: Rows) -> Scores:
        """Scores of int32 rows [n, M] by the table in force. BackendError without a table.

        `saturated` says which rows the CPU answered because the fabric clipped them.
        """
        table = self.table
        if table is None:
            raise BackendError("no table in the overlay: load one")
        count = len(table.weights)
        if rows.dtype != np.int32 or rows.ndim != 2 or rows.shape[1] != len(table.inputs):
            raise BackendError(
                f"rows of {rows.dtype} {list(rows.shape)}: int32 [n, {len(table.inputs)}]"
            )
        if not len(rows):
            return bank_scores(table, rows)
        beats = -(-len(table.inputs) // LANES)
        step = max(1, min(BATCH_BEATS_MAX // beats, RESULTS_MAX // count))
        parts = [
            unpack_scores(self.port.rows(pack_rows(part), len(part) * count), count)
            for part in (rows[k : k + step] for k in range(0, len(rows), step))
        ]
        found = Scores(*(np.concatenate(column) for column in zip(*parts, strict=True)))
        clipped = np.flatnonzero(found.saturated)
        self.twin_rows += len(clipped)
        if len(clipped):
            exact = bank_scores(table, rows[clipped])
            found.scores[clipped] = exact.scores
            found.signals[clipped] = exact.signals
            found.votes[clipped] = exact.votes
        return found

    def features(
        self, bid_ticks: int, bid_lots: int, ask_ticks: int, ask_lots: int, ok: bool = True
    ) -> npt.NDArray[np.int32] | None:
        """The feature row of one top of book, int32 [8], None when it gives none. Not in chain
        mode, where the book's own tops are taken (RegisterError)."""
        before = self.port.read(regs.FEATURE_ROWS)
        self.port.write(regs.HOST_BID_TICKS, bid_ticks)
        self.port.write(regs.HOST_BID_LOTS, bid_lots)
        self.port.write(regs.HOST_ASK_TICKS, ask_ticks)
        self.port.write(regs.HOST_ASK_LOTS, ask_lots)
        self.port.write(regs.HOST_TOP, int(ok))
        if not ok or max(bid_ticks, bid_lots, ask_ticks, ask_lots) >= 1 << 24:
            return None
        for _ in range(FEATURE_POLLS_MAX):
            if self.port.read(regs.FEATURE_ROWS) != before:
                words = [self.port.read(regs.FEATURE_0 + 4 * k) for k in range(LANES)]
                return np.array(words, np.uint32).view(np.int32)
        raise DeviceLostError(f"{self.port.name}: a good top gave no features: reset the overlay")

    def features_reset(self) -> None:
        """Begin the averages anew."""
        self.port.write(regs.FEATURES_RESET, 1)

    # ---------------------------------------------------------------- gate
    def message(
        self,
        kind: Kind | int,
        side: int,
        lots: int,
        price_ticks: int,
        tag: int = 0,
        now_ns: int | None = None,
    ) -> int | None:
        """The code of an order (0: allowed), None for a report or a reference. `now_ns` sets the
        fabric's time first, where that can be done."""
        if now_ns is not None:
            self.port.set_time(now_ns)
        found = self.messages([Message(Kind(kind), side, lots, price_ticks, tag)])
        return found[0].code if found else None

    def messages(self, messages: Sequence[Message]) -> list[Verdict]:
        """Verdicts of the orders among the messages, in their order."""
        found: list[Verdict] = []
        for k in range(0, len(messages), BATCH_BEATS_MAX):
            part = messages[k : k + BATCH_BEATS_MAX]
            orders = sum(m.kind == Kind.ORDER for m in part)
            found += unpack_verdicts(self.port.messages(pack_messages(part), orders))
        return found

    def arm(self) -> None:
        """Let orders pass that hold all limits. After a kill see `rearm`."""
        self.port.write(regs.CTRL, 1)

    def rearm(self) -> None:
        """Arm anew, taking back a kill."""
        self.port.write(regs.CTRL, 0)
        self.port.write(regs.CTRL, 1)

    def disarm(self) -> None:
        """Let nothing pass until the next `arm`."""
        self.port.write(regs.CTRL, 0)

    def kill(self) -> None:
        """Let nothing pass until somebody arms anew; acts in the fabric, at once."""
        self.port.write(regs.CTRL, 1 | 1 << regs.CTRL_KILL[0])

    # ---------------------------------------------------------------- feed and state
    def packets(self, packets: Sequence[bytes]) -> None:
        """Give the feed parser UDP payloads."""
        self.port.packets(packets)

    def orders(self) -> list[bytes]:
        """Orders that left as bytes since the last call."""
        return self.port.orders()

    def follow(self) -> None:
        """Forget the book and its faults; the next packets build it anew."""
        self.port.write(regs.FEED_RESET, 1)

    def status(self) -> Status:
        """What the registers say now, read one by one."""
        return read_status(self.port)

    def self_test(self) -> str:
        """Empty when the fabric scores as the CPU does and lets nothing pass; else what it did.
        There is no table afterwards and the gate is disarmed."""
        try:
            self.disarm()
            bank = small_bank([[1, -2, 3, -4, 5, -6, 7, -8]], [1000], [-(2**20)], [2**20])
            self.load(write_bank(bank))
            rows = np.random.default_rng(1).integers(-(2**23), 2**23, (64, 8)).astype(np.int32)
            rows[-1] = 2**31 - 1
            found, exact = self.scores(rows), bank_scores(bank, rows)
            if not ((found.scores == exact.scores).all() and (found.votes == exact.votes).all()):
                return "scores are not those of the CPU"
            verdict = self.messages([Message(Kind.ORDER, 0, 1, 100, 7)])[0]
            if verdict.code == 0 or verdict.tag != 7:
                return f"a disarmed gate answered {verdict}"
            self.write_fields("BANK", INPUTS=1)
            self.commit()
        except TickpathError as error:
            return str(error)
        self.table = None
        return ""

    def close(self) -> None:
        """Disarm, then give the port back."""
        try:
            self.disarm()
        except BackendError:
            self.port.close()
            return
        self.port.close()
