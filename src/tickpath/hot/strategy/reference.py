"""Reference strategy stage: who sees an input, what they may read, what they asked for."""

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from tickpath.core.backend import Available
from tickpath.core.codes import Code
from tickpath.core.config import Config, FeatureSpec
from tickpath.core.limits import LIMITS
from tickpath.core.records import (
    BookStatus,
    EventKind,
    Intent,
    IntentKind,
    OpenOrder,
    View,
    fields_of,
)
from tickpath.hot.strategy import state as canonical
from tickpath.hot.strategy.bodies import Body, record_of, reference_body
from tickpath.hot.strategy.configure import (
    GOLDEN,
    INT64_MAX,
    MASK,
    Configured,
    column_map,
    configure,
    union_of,
)
from tickpath.hot.strategy.intents import INTENTS_MAX, Intents

TIMERS_MAX = LIMITS["timers_max"]
INTENT = struct.Struct("<8i2qQ4q2i")
"""Ranges of an intent's fields: a number that does not fit raises, as it does natively."""

ALWAYS = (EventKind.ORDER, EventKind.TIMER)
"""Events that arrive whatever the book's status: a strategy must hear of its fills and timers."""


def probe() -> Available:
    """Plain Python: always there."""
    return Available(ok=True, reason="plain Python")


@dataclass(slots=True)
class Slot:
    """One strategy: what it is, and what of it changes."""

    entry: Configured
    body: Body
    columns: dict[int, list[int]]
    generator: int
    memory: Any
    events_seen: int = 0
    paused: int = Code.OK
    error: str = ""
    kinds: frozenset[EventKind] = field(default_factory=frozenset)

    @property
    def block(self) -> Any:
        """The state block as a record that writes through, None when there is none."""
        return None if self.memory is None else self.memory[0]

    def random(self) -> int:
        """Next word of splitmix64 (Steele, Lea and Flood, OOPSLA 2014)."""
        self.generator = (self.generator + GOLDEN) & MASK
        z = self.generator
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)


class Strategies:
    """All strategies of an engine."""

    def __init__(self, config: Config, columns: Sequence[Sequence[FeatureSpec]]) -> None:
        self.config = config
        self.configured = configure(config)
        self._slots = [self._slot(entry, columns) for entry in self.configured]
        self._statuses: list[int] = [BookStatus.EMPTY] * len(config.instruments)
        self._timers: list[canonical.Timer] = []

    @staticmethod
    def required_features(config: Config) -> list[list[FeatureSpec]]:
        """The columns each instrument's strategies need, each once."""
        return union_of(config, configure(config))

    @staticmethod
    def _slot(entry: Configured, columns: Sequence[Sequence[FeatureSpec]]) -> Slot:
        dtype = entry.declaration.state
        return Slot(
            entry=entry,
            body=reference_body(entry),
            columns={i: column_map(entry, columns[i]) for i in entry.instruments},
            generator=entry.seed,
            memory=record_of(dtype) if dtype.itemsize else None,
            kinds=entry.declaration.event_kinds,
        )

    # -- the walk -------------------------------------------------------------------------------

    def evaluate(
        self,
        view: View,
        row: Sequence[float],
        own: Sequence[Sequence[OpenOrder]],
        only: int = -1,
    ) -> tuple[int, list[Intent]]:
        """One event to the strategies that want it: the first code that is not OK, and intents."""
        out = Intents(view)
        codes = []
        if view.top.status != self._statuses[view.instrument]:
            self._statuses[view.instrument] = view.top.status
            codes += self._deliver(EventKind.STATUS, view, row, own, -1, out)
        usable = view.top.status == BookStatus.OK and view.event != EventKind.STATUS
        if usable or view.event in ALWAYS:
            codes += self._deliver(EventKind(view.event), view, row, own, only, out)
        code, items = self._take_timers(view, out.items)
        return int(next((c for c in [*codes, code] if c != Code.OK), Code.OK)), items

    def _deliver(
        self,
        event: EventKind,
        view: View,
        row: Sequence[float],
        own: Sequence[Sequence[OpenOrder]],
        only: int,
        out: Intents,
    ) -> list[Code]:
        """The codes of all strategies that were meant."""
        codes = []
        for k, slot in enumerate(self._slots):
            meant = only in (-1, k) and view.instrument in slot.entry.instruments
            if not meant or event not in slot.kinds:
                continue
            if slot.paused:
                codes += [Code.STRATEGY_PAUSED] if only == k else []
                continue
            if event not in (*ALWAYS, EventKind.STATUS):
                slot.events_seen += 1
                if slot.events_seen <= slot.entry.declaration.warm_up:
                    continue
            codes.append(self._call(slot, self._view(slot, event, view, row, own), out))
            if out.dropped:
                out.items.clear()
        return codes

    def _view(
        self,
        slot: Slot,
        event: EventKind,
        view: View,
        row: Sequence[float],
        own: Sequence[Sequence[OpenOrder]],
    ) -> View:
        """The view with the strategy's own part filled in."""
        params = slot.entry.params[view.instrument]
        k = slot.entry.index
        return replace(
            view,
            strategy=k,
            event=event,
            orders=list(own[k]) if k < len(own) else [],
            features=[row[c] if c < len(row) else math.nan for c in slot.columns[view.instrument]],
            params_i=list(params.ints.values()),
            params_f=list(params.floats.values()),
            random=slot.random(),
        )

    def _call(self, slot: Slot, view: View, out: Intents) -> Code:
        """One body: OK, or the code that paused the strategy."""
        start = len(out.items)
        out.view, out.overflow = view, False
        try:
            slot.body(view, slot.block, out)
            for intent in out.items[start:]:
                INTENT.pack(*fields_of(intent))
        except Exception as error:
            slot.error = f"{type(error).__name__}: {error}"
            slot.paused = Code.STRATEGY_RAISED
            del out.items[start:]
            return Code.STRATEGY_RAISED
        if out.overflow or len(out.items) > INTENTS_MAX:
            slot.paused = Code.STRATEGY_OVERFLOW
            out.dropped = True
            return Code.STRATEGY_OVERFLOW
        for intent in out.items[start:]:
            intent.strategy = slot.entry.index
        return Code.OK

    # -- timers ---------------------------------------------------------------------------------

    def _take_timers(self, view: View, items: list[Intent]) -> tuple[Code, list[Intent]]:
        """SET_TIMER intents become timers; all or none of the input."""
        before = list(self._timers)
        for intent in items:
            if intent.kind != IntentKind.SET_TIMER:
                continue
            at_ns = max(intent.at_ns, view.now_ns + 1)
            if not self._set_timer(at_ns, intent.strategy, view.instrument, intent.tag):
                self._timers = before
                self._slots[intent.strategy].paused = Code.STRATEGY_TIMERS
                return Code.STRATEGY_TIMERS, []
        return Code.OK, [i for i in items if i.kind != IntentKind.SET_TIMER]

    def _set_timer(self, at_ns: int, strategy: int, instrument: int, tag: int) -> bool:
        """Soonest first, at equal times in order of insertion; the same name moves."""
        name = (strategy, instrument, tag)
        self._timers = [t for t in self._timers if t[1:] != name]
        if at_ns == INT64_MAX:
            return True
        if len(self._timers) == TIMERS_MAX:
            return False
        self._timers.append((at_ns, *name))
        self._timers.sort(key=lambda t: t[0])
        return True

    def _awake(self) -> list[canonical.Timer]:
        return [t for t in self._timers if not self._slots[t[1]].paused]

    def next_timer(self) -> int:
        """When a timer is due, 2**63 - 1 when never. Timers of a paused strategy wait."""
        return next((t[0] for t in self._awake()), INT64_MAX)

    def pop_timer(self, now_ns: int) -> tuple[int, int, int] | None:
        """(strategy, instrument, tag) of the next due timer, taken away."""
        for timer in self._awake()[:1]:
            if timer[0] <= now_ns:
                self._timers.remove(timer)
                return timer[1:]
        return None

    # -- supervision ----------------------------------------------------------------------------

    def paused(self, strategy: int) -> bool:
        """Whether it is paused; `reason` says why."""
        return self._slots[strategy].paused != Code.OK

    def reason(self, strategy: int) -> tuple[int, str]:
        """The code that paused it and the exception's text, if there was one."""
        return int(self._slots[strategy].paused), self._slots[strategy].error

    def resume(self, strategy: int) -> None:
        """Let it run again, with the state it had."""
        self._slots[strategy].paused = Code.OK
        self._slots[strategy].error = ""

    # -- state ----------------------------------------------------------------------------------

    def export_state(self) -> bytes:
        """The layout of state.py."""
        strategies = [
            canonical.StrategyState(
                int(s.paused),
                s.events_seen,
                s.generator,
                b"" if s.memory is None else s.memory.tobytes(),
            )
            for s in self._slots
        ]
        return canonical.pack(self._statuses, strategies, self._timers)

    def import_state(self, data: bytes) -> None:
        """Take over an exported state. VerificationError, nothing changed, when it does not fit."""
        sizes = [s.entry.declaration.state.itemsize for s in self._slots]
        statuses, strategies, timers = canonical.unpack(data, len(self._statuses), sizes)
        self._statuses, self._timers = list(statuses), list(timers)
        for slot, found in zip(self._slots, strategies, strict=True):
            slot.paused, slot.events_seen = found.paused, found.events_seen
            slot.generator = found.generator
            if slot.memory is not None:
                slot.memory[0] = np.frombuffer(found.block, slot.entry.declaration.state)[0]
