"""Features of which the overlay computes some columns; the others run as in the reference.

For the mixed engine: it shows that the fabric follows a book as the CPU does. The reference takes
every step too, since averages inside a fabric can be neither read nor set: its row is what a walk
without the board goes on with, and a fabric that differs in one bit is left for good. One fabric
follows one instrument's book with one set of shifts; further ones stay on the CPU.
"""

from collections.abc import Callable, Sequence
from functools import partial
from weakref import ReferenceType, WeakKeyDictionary, ref

from tickpath.core.backend import Available
from tickpath.core.config import FeatureSpec
from tickpath.core.errors import TickpathError
from tickpath.core.records import Bbo, BookTop, Trade
from tickpath.devices.fpga.board import Board
from tickpath.devices.fpga.opened import Opened, opened
from tickpath.devices.fpga.probe import probe as board_probe
from tickpath.devices.fpga.settings import ChainSettings
from tickpath.hot.features import reference
from tickpath.hot.features.sources import Group
from tickpath.lanes.batches import Batches, Device

FOLLOWED: "WeakKeyDictionary[Board, ReferenceType[Features]]" = WeakKeyDictionary()
"""Whose book each board follows."""


def probe() -> Available:
    """Whether a board, or a simulated one, is there."""
    return board_probe()


class Features(reference.Features):
    """Columns of one instrument's feature row."""

    def __init__(
        self,
        specs: Sequence[FeatureSpec],
        found: Opened | None = None,
        *,
        tell: Callable[[str], None] | None = None,
    ) -> None:
        """`found` is the board, this process's when None; `tell` hears when it is left."""
        super().__init__(specs)
        self.on_board: list[tuple[int, int]] = []
        """Columns that the fabric computes: place in the row, number of the fabric's feature."""
        shifts = self._choose()
        answer = found or opened()
        asked, reason = None, answer.reason
        if answer.board is not None and shifts is not None:
            asked, reason = self._follow(answer.board, shifts, reason)
        device = Device(function=asked, reason=reason, name="fpga")
        self.rows = Batches("features", lambda top: None, device, tell=tell if shifts else None)

    def _choose(self) -> tuple[int, ...] | None:
        """Fill `on_board`; the shifts they share, None when no column is of the fabric."""
        shared = None
        for place, part in enumerate(self._parts):
            if not part.spec.fabric or part.group != Group.BOOK:
                continue
            column, *shifts = (int(constant) for constant in part.spec.constants(part.params))
            shared = shared or tuple(shifts)
            if shared == tuple(shifts):
                self.on_board.append((place, column))
        return shared

    def _follow(
        self, board: Board, shifts: tuple[int, ...], reason: str
    ) -> tuple[Callable[[BookTop], list[int] | None] | None, str]:
        """What asks the board from its first book on, or why it is not asked."""
        held = FOLLOWED.get(board)
        if held is not None and held() is not None:
            return None, "the board follows the book of another instrument"
        fast, slow, imbalance = shifts
        try:
            board.configure(
                ChainSettings(on=False, shift_fast=fast, shift_slow=slow, shift_imbalance=imbalance)
            )
            board.features_reset()
        except TickpathError as error:
            return None, str(error)
        FOLLOWED[board] = ref(self)
        return partial(ask, board), reason

    def update(self, kind: int, now_ns: int, top: BookTop, bbo: Bbo, trade: Trade) -> list[float]:
        """Sample the event's columns; the whole row, NaN where not warm."""
        if not self.on_board or self.rows.device is None:
            return super().update(kind, now_ns, top, bbo, trade)
        column = self._columns[self.on_board[0][0]][0]
        before = column.count
        row = super().update(kind, now_ns, top, bbo, trade)
        if column.count != before:
            found = self.rows(top)
            for place, number in self.on_board if found is not None else ():
                if found[number] != row[place]:
                    name = self.specs[place].name
                    self.rows.fall_back(f"{name} was {found[number]}, not {row[place]:.0f}")
                    break
        return row

    def import_state(self, data: bytes) -> None:
        """Take over an exported state, which the fabric cannot. DataError when it does not fit."""
        super().import_state(data)
        if self.on_board:
            self.rows.fall_back("a state was restored, and the fabric's averages cannot be set")


def ask(board: Board, top: BookTop) -> list[int] | None:
    """The fabric's eight features of a book's top, None when it has none."""
    found = board.features(top.bid_ticks, top.bid_lots, top.ask_ticks, top.ask_lots)
    return None if found is None else [int(number) for number in found]
