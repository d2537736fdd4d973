"""Stage risk: intents -> verdicts, a whole batch at once.

In: the batch of one input and everything sampled at its entry (positions, books, equity, time).
Out: a code for every intent, 0 allowed. Owns the kill state and the order tokens. CANCEL of a known
instrument is always allowed. Nothing configures a check away, and no value may be looser than the
compiled one. Budget: 100 ns for all checks of an order, aim 40.

A check is a stem in checks/: `<stem>.py` says what it refuses, where its limit comes from and its
boundaries as data (spec.py), `<stem>.pxd` is the same in C, checks/ORDER says when it runs.
values holds what several checks compute, context what a check may read.
"""

from collections.abc import Sequence
from typing import Protocol

from tickpath.core.records import Intent
from tickpath.hot.risk.context import RiskContext


class RiskStage(Protocol):
    """What every backend offers."""

    def validate(self, intents: Sequence[Intent], context: RiskContext) -> list[int]:
        """A code for every intent, 0 allowed."""

    def validate_moved(self, allowed: Intent, moved: Intent, context: RiskContext) -> int:
        """The code of an allowed SUBMIT that route moved to another instrument."""

    def validate_children(
        self, allowed: Sequence[Intent], children: Sequence[Intent], context: RiskContext
    ) -> list[int]:
        """Codes of the children that route made of allowed SUBMITs."""

    def kill(self) -> None:
        """From now on only cancels are allowed."""

    def rearm(self) -> None:
        """A person allows orders again."""

    @property
    def killed(self) -> bool:
        """Whether the kill switch is set."""

    def export_state(self) -> bytes:
        """Canonical bytes, see state.py."""

    def import_state(self, data: bytes) -> None:
        """Continue from bytes that any backend exported."""
