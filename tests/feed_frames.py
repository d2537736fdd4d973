"""Frames for tests of the feed and their decoder: a small JSON form that holds one event."""

import json

from tickpath.core.codes import Code
from tickpath.core.records import EventKind, Level, MarketEvent, Trade


class FrameDecoder:
    """Reads what `depth`, `snapshot`, `bbo` and `trade` wrote; `bad(code)` is refused so."""

    def decode(self, data: bytes) -> tuple[int, MarketEvent | None]:
        """(0, event), or (code, an event that names the instrument, or None)."""
        fields = json.loads(data)
        code = fields.pop("code", Code.OK)
        if fields.pop("nobody", False):
            return code, None
        for side in ("bids", "asks"):
            fields[side] = [Level(*pair) for pair in fields.get(side, [])]
        fields["trades"] = [Trade(*t) for t in fields.get("trades", [])]
        return code, MarketEvent(source=0, t_recv_ns=0, **fields)


def frame(kind: int, instrument: int = 0, **fields: object) -> bytes:
    """One frame."""
    return json.dumps({"kind": int(kind), "instrument": instrument, **fields}).encode()


def depth(first_id: int, last_id: int, instrument: int = 0, **fields: object) -> bytes:
    """A spot depth frame with ids [U, u] and one level that names u."""
    fields.setdefault("bids", [(100, last_id)])
    return frame(EventKind.DEPTH, instrument, first_id=first_id, last_id=last_id, **fields)


def chained(prev_id: int, last_id: int, instrument: int = 0, **fields: object) -> bytes:
    """A futures depth frame that follows `prev_id`; U leaves a hole, as real ones do."""
    return depth(prev_id + 3, last_id, instrument, prev_id=prev_id, chained=1, **fields)


def snapshot(last_id: int, instrument: int = 0, **fields: object) -> bytes:
    """A snapshot of two levels."""
    sides = {"bids": [(99, 5)], "asks": [(101, 6)]}
    return frame(EventKind.SNAPSHOT, instrument, last_id=last_id, **sides, **fields)


def bbo(last_id: int, instrument: int = 0) -> bytes:
    """A best bid and offer."""
    sides = {"bids": [(99, 5)], "asks": [(101, 6)]}
    return frame(EventKind.BBO, instrument, last_id=last_id, **sides)


def trade(trade_id: int, instrument: int = 0) -> bytes:
    """One trade."""
    return frame(EventKind.TRADE, instrument, trades=[(trade_id, 100, 3, 1)])


def bad(code: int, instrument: int | None = 0) -> bytes:
    """A frame that the decoder refuses; None: it cannot tell whose it is."""
    if instrument is None:
        return json.dumps({"code": int(code), "nobody": True}).encode()
    return frame(EventKind.NONE, instrument, code=int(code))
