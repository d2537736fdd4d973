"""Where the recorder leaves what it saw: the sink of the thread that runs its engine."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from tickpath.core.config import FeatureSpec


@dataclass(slots=True)
class Sink:
    """`features` are the columns wanted. `books` are (time, seq, bid ticks, bid lots, ask ticks,
    ask lots, last trade's ticks), `sides` lots of their bids and asks, `rows` their features;
    `marks` are (place among the books, time, seq, mid2) of samples, `lost` (place, time, seq) of
    books that went bad."""

    features: Sequence[FeatureSpec] = ()
    books: list[tuple[int, ...]] = field(default_factory=list)
    sides: list[tuple[list[int], list[int]]] = field(default_factory=list)
    rows: list[list[float]] = field(default_factory=list)
    marks: list[tuple[int, int, int, int]] = field(default_factory=list)
    lost: list[tuple[int, int, int]] = field(default_factory=list)


class Current(threading.local):
    """The sink in use, one a thread."""

    sink: Sink = Sink()


CURRENT = Current()


@contextmanager
def recording_into(sink: Sink) -> Iterator[Sink]:
    """Engines that this thread makes and runs meanwhile record into the sink."""
    before, CURRENT.sink = CURRENT.sink, sink
    try:
        yield sink
    finally:
        CURRENT.sink = before
