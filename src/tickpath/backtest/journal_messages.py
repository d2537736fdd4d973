"""Messages of orders in a run's journal by names that a venue's own messages have too.

A name says of which order it is, whether an event or the answer to which request, of which kind,
and how many of these came before: so that a message which the run missed leaves the others theirs.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any, NamedTuple

from tickpath.core.backend import Backend
from tickpath.core.config import Config
from tickpath.core.records import ReportKind
from tickpath.engine.stages import order_codec
from tickpath.venues.binance.named import created_ns, request_named

EVENT = "e"
"""What the venue says by itself. Answers: "" to a new order or a replace, c to a cancel, q to a
query; "" for everything of venues whose messages do not say."""


class Key(NamedTuple):
    """`order`: of an answer the one that the request was of, of a failed replace the new one.
    `kind` of its first report."""

    order: int
    by: str
    kind: int
    ordinal: int


Row = tuple[int, int]
"""Order and kind of a report."""


@dataclass(slots=True)
class Heard:
    """A message. `venue_ns`: the venue's time (0: none), `created_ns`: when the order was made, in
    the answer to a query. `code`: the venue's, of a refusal; 0: the session's own, whose line was
    down. `t_ns`: receipt."""

    key: Key
    rows: tuple[Row, ...]
    venue_ns: int
    code: int = 0
    created_ns: int = 0
    t_ns: int = 0

    @property
    def kind(self) -> int:
        return self.key.kind

    @property
    def refused(self) -> bool:
        """A new order that was refused, at a time that is not known, or a request that was not
        sent."""
        unsent = self.kind == ReportKind.CANCEL_REJECT and not self.code and self.key.by == "c"
        return unsent or (self.kind == ReportKind.REJECT and not self.venue_ns)


class Keys:
    """Names messages of orders, in order of receipt."""

    def __init__(self, config: Config) -> None:
        self._codecs: dict[int, Any] = {}
        self._config = config
        self._count: Counter[tuple[int, str, int]] = Counter()
        self._lettered = [lettered(config, name) for name in config.venues]

    def name(self, venue: int, body: bytes) -> Heard | None:
        """None when no order is meant."""
        if venue not in self._codecs:
            self._codecs[venue] = order_codec(self._config, venue, Backend.NATIVE)
        reports = self._codecs[venue].decode(body)[1]
        if not reports:
            return None
        rows = tuple((r.client_order_id or r.orig_client_order_id, int(r.kind)) for r in reports)
        order, by = self.about(venue, rows[0][0], body)
        of = order, by, rows[0][1]
        stamps = [r.t_venue_ns for r in reports if r.t_venue_ns]
        stamp, code = stamps[0] if stamps else 0, reports[0].code
        heard = Heard(Key(*of, self._count[of]), rows, stamp, code)
        self._count[of] += 1
        if by == "q":
            heard.created_ns = created_ns(body)
        return heard

    def about(self, venue: int, order: int, data: bytes) -> tuple[int, str]:
        """The order of a message and what it answers, or of a request and what will answer it."""
        if not self._lettered[venue]:
            return order, ""
        return request_named(data) or (order, EVENT)


def lettered(config: Config, venue: str) -> bool:
    """Whether messages of a venue say what they answer."""
    return venue.startswith("binance-") and not config.sim.direct_orders
