"""Where on the shared axis two runs showed their strategies the same position and orders.

State is compared at the end of a beat: behind the last input before the next matched frame. Between
two changes it stays as it is, so only beats with a change are looked at.
"""

from bisect import bisect_right
from collections.abc import Sequence

from tickpath.backtest.explain.matching import Axis
from tickpath.backtest.explain.tables import Shown

NOWHERE = -1
"""Before the first beat the runs are equal, whatever they began with."""


class Equality:
    """Equal or not, by beat, for one instrument."""

    def __init__(
        self, axis: Axis, shown: tuple[Sequence[tuple[int, Shown]], Sequence[tuple[int, Shown]]]
    ) -> None:
        by_beat: tuple[dict[int, Shown], dict[int, Shown]] = ({}, {})
        for run, rows in enumerate(shown):
            for n, state in rows:
                by_beat[run][axis.beat(run, n)] = state
        self._beats: list[int] = [NOWHERE]
        self._equal: list[bool] = [True]
        now: list[Shown | None] = [None, None]
        for beat in sorted({*by_beat[0], *by_beat[1]}):
            for run in (0, 1):
                now[run] = by_beat[run].get(beat, now[run])
            equal = now[0] == now[1]
            if equal != self._equal[-1]:
                self._beats.append(beat)
                self._equal.append(equal)

    def last_equal(self, beat: int) -> int:
        """The last beat up to this one at whose end both runs showed the same."""
        k = bisect_right(self._beats, max(beat, NOWHERE)) - 1
        return beat if self._equal[k] else self._beats[k] - 1
