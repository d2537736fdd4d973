"""What an execution algorithm may send now: integers in, integers out, no state.

A schedule is a table of cumulative parts per million, one a slice of the time between start and
end, with a cap on the share of the market's volume and rules for the size and price of a clip.
`schedule.pxd` is the same; `schedule_plan.py` makes schedules, `algorithm.py` follows them.
"""

from dataclasses import dataclass
from enum import IntEnum

from tickpath.core.records import Side

PPM = 1_000_000
NS_MAX = 2**63 - 1


class Pricing(IntEnum):
    """How a clip is priced."""

    REST = 0
    """At the touch of its own side."""
    CROSS = 1
    """At the touch of the other side, for what is there at once."""
    REST_THEN_CROSS = 2
    """At its own touch; what has rested its time crosses."""


@dataclass(frozen=True, slots=True)
class Schedule:
    cumulative_ppm: tuple[int, ...]
    participation_ppm: int
    clip_min_ppm: int
    clip_max_ppm: int
    pricing: int
    rest_ns: int

    @property
    def slices(self) -> int:
        return len(self.cumulative_ppm)


def slice_of(s: Schedule, start_ns: int, end_ns: int, now_ns: int) -> int:
    """Slice of a time, -1 before the start; the last one without an end and after it."""
    if now_ns < start_ns:
        return -1
    if end_ns == 0 or now_ns >= end_ns:
        return s.slices - 1
    return (now_ns - start_ns) * s.slices // (end_ns - start_ns)


def next_slice_ns(s: Schedule, start_ns: int, end_ns: int, now_ns: int) -> int:
    """When the slice after this one begins, 0: there is none."""
    k = slice_of(s, start_ns, end_ns, now_ns)
    if k < 0:
        return start_ns
    if k + 1 >= s.slices:
        return 0
    return start_ns + -(-(k + 1) * (end_ns - start_ns) // s.slices)


def target_lots(
    s: Schedule, quantity_lots: int, start_ns: int, end_ns: int, now_ns: int, market_lots: int
) -> int:
    """Lots that may be done by now: what the slice asks for, within the share of the market."""
    k = slice_of(s, start_ns, end_ns, now_ns)
    if k < 0:
        return 0
    lots = quantity_lots * s.cumulative_ppm[k] // PPM
    if s.participation_ppm:
        lots = min(lots, market_lots * s.participation_ppm // PPM)
    return lots


def whole(lots: int, step_lots: int) -> int:
    """Lots down to a multiple of the step."""
    return lots - lots % step_lots


def clip_lots(
    s: Schedule, quantity_lots: int, rest_lots: int, room_lots: int, step_lots: int, min_lots: int
) -> int:
    """Lots of the next clip, 0: wait. `rest_lots` are all that is left, `room_lots` what may go out
    now. Never more than `room_lots`, a multiple of the step unless it is the whole rest, and no
    rest too small to be sent stays behind it."""
    least = max(step_lots, whole(min_lots + step_lots - 1, step_lots))
    least = max(least, whole(quantity_lots * s.clip_min_ppm // PPM, step_lots))
    most = max(least, whole(quantity_lots * s.clip_max_ppm // PPM, step_lots))
    lots = min(rest_lots, room_lots, most)
    if lots <= 0:
        return 0
    if lots < rest_lots:
        lots = whole(lots, step_lots)
        if rest_lots - lots < least:
            lots = whole(max(0, rest_lots - least), step_lots)
            if lots < least and rest_lots <= room_lots:
                lots = rest_lots
    return lots if lots >= least or lots == rest_lots else 0


def clip_ticks(crosses: bool, side: int, limit_ticks: int, bid_ticks: int, ask_ticks: int) -> int:
    """Price of a clip, 0: none within the parent's limit (0: no limit) or without a book."""
    if bid_ticks <= 0 or ask_ticks <= 0:
        return 0
    buys = side == Side.BUY
    ticks = ask_ticks if buys == crosses else bid_ticks
    worse = limit_ticks and (ticks > limit_ticks if buys else ticks < limit_ticks)
    if not worse:
        return ticks
    return 0 if crosses else limit_ticks


def rests_until_ns(s: Schedule, start_ns: int, end_ns: int, now_ns: int) -> int:
    """When a clip that rests from now on has rested its time: half a slice unless configured."""
    rest_ns = s.rest_ns or max(1, (end_ns - start_ns) // (2 * s.slices))
    return min(now_ns + rest_ns, NS_MAX)
