"""Banks scored by the overlay; every other kind of strategy runs as in the reference.

For the mixed engine: experiments, shadowing and proofs on a real or simulated board. A board behind
a bus answers later than the CPU has scored a bank (docs/explanation/fpga.md has the figures), so
the native engine never calls it. A board that fails once is left for good, and the walk goes on
with the same signals.
"""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from tickpath.core.backend import Available
from tickpath.core.config import Config, FeatureSpec
from tickpath.devices.fpga.board import Board
from tickpath.devices.fpga.opened import Opened, opened
from tickpath.devices.fpga.probe import probe as board_probe
from tickpath.hot.strategy import reference
from tickpath.hot.strategy.bank import Bank
from tickpath.hot.strategy.bank_body import BankBody, check_bank
from tickpath.lanes.batches import Batches, Device


def probe() -> Available:
    """Whether a board, or a simulated one, is there."""
    return board_probe()


class BoardBank:
    """A bank on the board, with the face of `Bank` that a strategy needs."""

    def __init__(
        self, bank: Bank, found: Opened, *, tell: Callable[[str], None] | None = None
    ) -> None:
        self.bank, self.table = bank, bank.to_bytes()
        scored = None if found.board is None else partial(self._on_board, found.board)
        self.rows = Batches(
            "strategy",
            self._on_cpu,
            Device(function=scored, reason=found.reason, name="fpga"),
            tell=tell,
        )

    def signals(self, features: Sequence[float]) -> list[int]:
        """-1, 0 or 1 a strategy, to the bit those of `Bank.signals`."""
        row = self.bank.quantise(features)
        found: list[int] = [0] * len(self.bank.weights) if row is None else self.rows(row)
        return found

    def _on_cpu(self, row: Sequence[int]) -> list[int]:
        return self.bank.signals_of(self.bank.scores_of(row))

    def _on_board(self, board: Board, row: Sequence[int]) -> list[int]:
        board.load(self.table)
        signals: list[int] = board.scores(np.asarray([row], np.int32)).signals[0].tolist()
        return signals


class Strategies(reference.Strategies):
    """All strategies of an engine, the banks among them on the board."""

    def __init__(
        self,
        config: Config,
        columns: Sequence[Sequence[FeatureSpec]],
        found: Opened | None = None,
        *,
        tell: Callable[[str], None] | None = None,
    ) -> None:
        """`found` is the board, this process's when None; `tell` hears when it is left."""
        super().__init__(config, columns)
        self.banks: list[BoardBank] = []
        for slot in self._slots:
            if isinstance(slot.body, BankBody):
                bank = BoardBank(check_bank(slot.entry.declaration), found or opened(), tell=tell)
                slot.body.bank = bank
                self.banks.append(bank)
