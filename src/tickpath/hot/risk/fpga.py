"""The checks of the reference with the overlay's gate behind them: an order must pass both.

For the mixed engine: it shows that the gate in the fabric decides as the checks do. The gate knows
one linear or spot instrument, so its position, limits and mark are written again when the
instrument or any of them changes; it values a limit order, so market orders and inverse contracts
are not asked about, nor numbers wider than its 24 bits. Tokens that an order gives back unsent come
back to the checks only: what has passed the gate counts as sent. A gate that fails once is left for
good: the checks decide alone, as they do in every other engine.
"""

from collections.abc import Callable
from functools import partial
from weakref import WeakKeyDictionary

from tickpath.core.backend import Available
from tickpath.core.codes import Code
from tickpath.core.config import Config
from tickpath.core.errors import BackendError
from tickpath.core.limits import LIMITS
from tickpath.core.records import InstrumentKind, OrderType, Side
from tickpath.devices.fpga.board import Board
from tickpath.devices.fpga.gate import ROOM_NS_MAX, STEP_NS_MIN
from tickpath.devices.fpga.opened import Opened, opened
from tickpath.devices.fpga.port import DeviceLostError
from tickpath.devices.fpga.probe import probe as board_probe
from tickpath.devices.fpga.records import PRICE_MAX as NUMBER_MAX
from tickpath.devices.fpga.records import Kind
from tickpath.devices.fpga.settings import GateSettings
from tickpath.hot.risk import reference
from tickpath.hot.risk.context import RiskInput
from tickpath.hot.risk.rate import NS_PER_S
from tickpath.hot.risk.values import PPM, added_lots, collar_ppm, part_of_equity, reference_twice
from tickpath.lanes.batches import Batches, Device

LATEST_NS: "WeakKeyDictionary[Board, int]" = WeakKeyDictionary()
"""The last time that was set in each board."""
Held = tuple[int, int, int]
"""Position, open buy lots, open sell lots."""


def probe() -> Available:
    """Whether a board, or a simulated one, is there."""
    return board_probe()


class Risk(reference.Risk):
    """Verdicts of the checks, then of the gate; the state is that of the reference."""

    def __init__(
        self,
        config: Config,
        found: Opened | None = None,
        *,
        tell: Callable[[str], None] | None = None,
    ) -> None:
        """`found` is the board, this process's when None; `tell` hears when it is left."""
        super().__init__(config)
        answer = found or opened()
        self._board = answer.board
        asked = None if answer.board is None else partial(self._at_gate, answer.board)
        device = Device(function=asked, reason=answer.reason, name="fpga")
        self.gate = Batches("risk", lambda x: int(Code.OK), device, tell=tell)
        self.differences = 0
        """Orders that passed the checks and not the gate."""
        self._gate_limits: GateSettings | None = None
        self._held: Held | None = None
        self._armed = False
        self._twice = 0
        self._first_ns: int | None = None
        self._start_ns = 0 if answer.board is None else start_time(answer.board)

    def kill(self) -> None:
        """From now on only cancels are allowed, and the gate lets nothing pass."""
        super().kill()
        if self._board is not None and self.gate.device is not None:
            try:
                self._board.kill()
            except BackendError as error:
                self.gate.fall_back(error)

    def rearm(self) -> None:
        """A person allows orders again, at the gate with the next one."""
        super().rearm()
        self._armed = False

    def _verdict(self, x: RiskInput) -> int:
        code = super()._verdict(x)
        if code != Code.OK or not known_to_gate(x):
            return code
        found: int = self.gate(x)
        self.differences += found != Code.OK
        return found

    def _at_gate(self, board: Board, x: RiskInput) -> int:
        """The gate's code of an order, after what it must know of it."""
        limits, held, twice = limits_of(x), held_of(x), reference_twice(x)
        if limits != self._gate_limits:
            board.configure(limits)
            self._gate_limits = limits
        if held != self._held:
            board.set_position(*held)
        if not self._armed:
            board.rearm()
            self._armed = True
        if twice != self._twice:
            board.message(Kind.REFERENCE, 0, twice // 2, twice - twice // 2)
            self._twice = twice
        side, lots = int(x.intent.side), added_lots(x)
        self._held = None
        now_ns = self._time(board, x.now_ns)
        code = board.message(Kind.ORDER, side, lots, x.intent.price_ticks, now_ns=now_ns)
        if code is None:
            raise DeviceLostError("the gate gave no verdict: reset the overlay")
        self._held = with_order(held, side, lots) if code == Code.OK else held
        return code

    def _time(self, board: Board, now_ns: int) -> int | None:
        """The walk's time as the fabric's; None where the fabric has its own."""
        if self._start_ns is None:
            return None
        self._first_ns = now_ns if self._first_ns is None else self._first_ns
        LATEST_NS[board] = self._start_ns + max(0, now_ns - self._first_ns)
        return LATEST_NS[board]


def start_time(board: Board) -> int | None:
    """When a walk begins in the time of a board's fabric: all that earlier ones owe to its order
    rate is paid by then. None where the fabric has its own clock."""
    start_ns = LATEST_NS.get(board, 0) + NS_PER_S
    try:
        board.port.set_time(start_ns)
    except BackendError:
        return None
    LATEST_NS[board] = start_ns
    return start_ns


def known_to_gate(x: RiskInput) -> bool:
    """Whether the gate values such an order: one that adds, has a limit and a mark, of a linear or
    spot instrument, in numbers of 24 bits."""
    plain = x.intent.type != OrderType.MARKET and x.instrument.kind != InstrumentKind.INVERSE
    lots, twice = added_lots(x), reference_twice(x)
    return (
        plain
        and lots > 0
        and 0 < twice < 2 * NUMBER_MAX
        and x.intent.price_ticks <= NUMBER_MAX
        and all(abs(number) + lots <= NUMBER_MAX for number in held_of(x))
    )


def limits_of(x: RiskInput) -> GateSettings:
    """Limits of the order's instrument as the gate takes them.

    Its equity is the least of which it grants the notional that the checks grant, so that both
    round at the same place. A burst of more than a second's tokens is more than it can hold: then
    it counts by the compiled rate alone.
    """
    num, den = x.value_ratio
    ppm = min(x.limits.position_ceiling_ppm, LIMITS["position_ceiling_ppm"])
    granted = part_of_equity(x, ppm) * den // num
    step_ns = -(-NS_PER_S // max(1, x.limits.order_rate_per_s))
    room_ns = max(0, x.limits.order_burst - 1) * step_ns
    if room_ns > ROOM_NS_MAX:
        step_ns, room_ns = STEP_NS_MIN, ROOM_NS_MAX
    return GateSettings(
        lots_max=min(x.instrument.quantity_lots_max, x.limits.order_lots_max, NUMBER_MAX),
        equity=max(1, -(-granted * PPM // ppm)) if ppm else 1,
        position_ppm=ppm,
        collar_ppm=collar_ppm(x),
        rate_step_ns=step_ns,
        rate_room_ns=room_ns,
    )


def held_of(x: RiskInput) -> Held:
    """What the gate must hold before the order."""
    held = x.position
    return (
        held.position_lots,
        held.open_buy_lots + x.pending_buy_lots,
        held.open_sell_lots + x.pending_sell_lots,
    )


def with_order(held: Held, side: int, lots: int) -> Held:
    """What the gate holds after an order that passed."""
    position, buys, sells = held
    return (position, buys + lots, sells) if side == Side.BUY else (position, buys, sells + lots)
