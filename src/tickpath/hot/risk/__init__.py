"""Stage risk: intents -> verdicts, a whole batch at once.

In: the batch of one input and everything sampled at its entry (positions, books, equity, time).
Out: a code for every intent, 0 allowed. Owns the kill state and the order tokens. CANCEL is always
allowed. Nothing configures a check away, and no value may be looser than the compiled one.
Budget: 100 ns for all checks of an order.
"""

from collections.abc import Sequence
from typing import Protocol

from tickpath.core.records import Intent
from tickpath.hot.risk.context import RiskContext


class RiskStage(Protocol):
    """What every backend offers."""

    def validate(self, intents: Sequence[Intent], context: RiskContext) -> list[int]: ...

    def kill(self) -> None: ...

    def rearm(self) -> None: ...

    @property
    def killed(self) -> bool: ...

    def export_state(self) -> bytes: ...

    def import_state(self, data: bytes) -> None: ...
