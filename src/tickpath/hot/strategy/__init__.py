"""Strategy: the view of an instrument and its feature row in, intents out.

In: one event with the instrument's view, the union feature row, own open orders. Out: intents, in
order of strategy; timers are kept here. State: one `Strategies` per engine, owned by the engine,
changed only by `evaluate`, `pop_timer` and `resume`. Budget: 30 ns for the first strategy of an
instrument, 20 ns for each further one, plus its own body.

A market event reaches a strategy when the book's status is OK and the warm-up is over; a change of
the status reaches it as STATUS first; its order reports and timers always arrive. More intents or
timers than fit: the intents of the whole input are dropped and the strategy pauses. A body that
raises loses its own intents of the input and pauses. `declare.py` is what a user writes,
`discover.py` finds it, `configure.py` checks it, `state.py` has the exported layout, `layout.py`
the abi for numpy.
"""

from collections.abc import Sequence
from typing import Protocol

from tickpath.core.config import Config, FeatureSpec
from tickpath.core.records import Intent, OpenOrder, View


class Strategies(Protocol):
    """What every backend of this stage offers. Built as `Strategies(config, columns)`."""

    def __init__(self, config: Config, columns: Sequence[Sequence[FeatureSpec]]) -> None: ...

    @staticmethod
    def required_features(config: Config) -> list[list[FeatureSpec]]:
        """The columns each instrument's strategies need, each once."""

    def evaluate(
        self,
        view: View,
        row: Sequence[float],
        own: Sequence[Sequence[OpenOrder]],
        only: int = -1,
    ) -> tuple[int, list[Intent]]:
        """One event to the strategies that want it (`only` >= 0: that one): code and intents."""

    def next_timer(self) -> int:
        """When a timer is due, 2**63 - 1 when never."""

    def pop_timer(self, now_ns: int) -> tuple[int, int, int] | None:
        """(strategy, instrument, tag) of the next due timer, taken away."""

    def paused(self, strategy: int) -> bool:
        """Whether it is paused."""

    def reason(self, strategy: int) -> tuple[int, str]:
        """The code that paused it and the exception's text, if there was one."""

    def resume(self, strategy: int) -> None:
        """Let it run again, with the state it had."""

    def export_state(self) -> bytes:
        """The layout of state.py."""

    def import_state(self, data: bytes) -> None:
        """Take over an exported state of the same configuration."""
