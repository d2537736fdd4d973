"""Frames for tests of the feed and their decoder: a small JSON form of one or several events."""

import json
from typing import Any

from tickpath.core.codes import Code
from tickpath.core.records import Chain, EventKind, Level, MarketEvent, Trade


class FrameDecoder:
    """Reads what `depth`, `snapshot`, `bbo` and `trade` wrote; `bad(code)` is refused so."""

    def __init__(self) -> None:
        self.sequence = -1
        self._rest: list[dict[str, Any]] = []

    def decode(self, data: bytes) -> tuple[int, MarketEvent | None]:
        """(0, event), or (code, an event that names the instrument, or None)."""
        fields = json.loads(data)
        self.sequence = fields.pop("sequence", -1)
        self._rest = fields.pop("more", [])
        return self._event(fields)

    def decode_next(self) -> tuple[int, MarketEvent | None] | None:
        """The next event of the frame decoded last, None when there is no more."""
        return self._event(self._rest.pop(0)) if self._rest else None

    def _event(self, fields: dict[str, Any]) -> tuple[int, MarketEvent | None]:
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


def bad(code: int, instrument: int | None = 0, **fields: object) -> bytes:
    """A frame that the decoder refuses; None: it cannot tell whose it is."""
    if instrument is None and not fields:
        return json.dumps({"code": int(code), "nobody": True}).encode()
    whose = -1 if instrument is None else instrument
    return frame(EventKind.NONE, whose, code=int(code), **fields)


def plain(kind: int, instrument: int = 0, **fields: object) -> bytes:
    """A depth event or snapshot without ids."""
    fields.setdefault("bids", [(99, 5)])
    return frame(kind, instrument, chained=int(Chain.NONE), **fields)


def joined(*frames: bytes, **fields: object) -> bytes:
    """One frame of several events; `fields` go to the frame, such as `sequence`."""
    first, *rest = map(json.loads, frames)
    return json.dumps(first | fields | {"more": rest}).encode()
