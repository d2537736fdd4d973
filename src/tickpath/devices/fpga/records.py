"""What the words of the streams hold.

score    [63:0] score int64, [95:64] row, [103:96] strategy, [111:104] votes so far int8,
         [113:112] signal, [114] saturated, [115] last strategy of the row
message  [7:0] kind, [15:8] side, [63:32] lots, [95:64] price ticks, [127:96] tag;
         of a reference: lots is the bid, price the ask, both in ticks
verdict  [15:0] code of core/codes.py, [63:32] tag
"""

from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tickpath.core.errors import ConfigError, VerificationError
from tickpath.devices.fpga.port import HOST_TAG_MAX, LANES, Rows, Words

LOTS_MAX = PRICE_MAX = 2**24 - 1
"""What the fabric holds; a wider number is refused here and there, never cut."""


class Kind(IntEnum):
    """Of a message to the gate."""

    ORDER = 0
    FILL = 1
    DONE = 2
    REFERENCE = 3


class Message(NamedTuple):
    """To the gate. `side` 0 buys, 1 sells. Of a reference, `lots` and `price_ticks` are bid and ask
    in ticks."""

    kind: Kind
    side: int
    lots: int
    price_ticks: int
    tag: int = 0


class Verdict(NamedTuple):
    """Of an order: code 0 lets it pass."""

    code: int
    tag: int


class Scores(NamedTuple):
    """Of n rows and K strategies: scores int64 [n, K], signals int8 [n, K], votes int32 [n], and
    which rows were clipped, bool [n]."""

    scores: npt.NDArray[np.int64]
    signals: npt.NDArray[np.int8]
    votes: npt.NDArray[np.int32]
    saturated: npt.NDArray[np.bool_]


def pack_rows(rows: Rows) -> Rows:
    """int32 [n, M] as beats [n * ceil(M / 8), 8]."""
    count, width = rows.shape
    beats = -(-width // LANES)
    padded = np.zeros((count, beats * LANES), np.int32)
    padded[:, :width] = rows
    return padded.reshape(-1, LANES)


def unpack_scores(words: Words, strategies: int) -> Scores:
    """VerificationError when the words are not those of whole rows in order."""
    score = words[:, 0].view(np.int64).reshape(-1, strategies)
    more = words[:, 1].reshape(-1, strategies)
    place = (more >> np.uint64(32)) & np.uint64(0xFF)
    last = ((more >> np.uint64(51)) & np.uint64(1)).astype(bool)
    wanted = np.arange(strategies)
    if (place != wanted).any() or (last != (wanted == strategies - 1)).any():
        raise VerificationError("scores are out of order: reset the overlay")
    two = ((more >> np.uint64(48)) & np.uint64(3)).astype(np.int8)
    votes = ((more[:, -1] >> np.uint64(40)) & np.uint64(0xFF)).astype(np.uint8).view(np.int8)
    clipped = ((more >> np.uint64(50)) & np.uint64(1)).astype(bool)
    return Scores(
        scores=score,
        signals=np.where(two == 3, -1, two).astype(np.int8),
        votes=votes.astype(np.int32),
        saturated=np.asarray(clipped.any(axis=1)),
    )


def pack_messages(messages: Sequence[Message]) -> Words:
    """Words [n, 2]. ConfigError, naming the message, for what no order can be."""
    out = np.zeros((len(messages), 2), np.uint64)
    for k, message in enumerate(messages):
        kind, side, lots, price, tag = message
        fits = 0 <= lots < 2**32 and 0 <= price < 2**32 and side in (0, 1)
        if not fits or not 0 <= tag <= HOST_TAG_MAX or kind not in tuple(Kind):
            raise ConfigError(f"message {k}: {message} does not fit the gate's words")
        out[k, 0] = int(kind) | side << 8 | lots << 32
        out[k, 1] = price | tag << 32
    return out


def unpack_verdicts(words: Words) -> list[Verdict]:
    """In their order."""
    return [Verdict(int(word) & 0xFFFF, int(word) >> 32) for word in words]
