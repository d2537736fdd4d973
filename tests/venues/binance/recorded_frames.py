"""The recordings of Binance as a live line and the REST host give them: frames and snapshots."""

import gzip
from collections.abc import Iterator

from support import RECORDINGS, require

PATHS = {
    "binance-spot": "/api/v3/depth",
    "binance-usdm": "/fapi/v1/depth",
    "binance-coinm": "/dapi/v1/depth",
}
"""Where a book is asked for."""


def frames(*names: str) -> Iterator[bytes]:
    """Every frame, and the snapshot where it was recorded."""
    for name in names:
        with gzip.open(require(RECORDINGS / f"{name}.gz")) as found:
            for line in found:
                yield line.rstrip().split(b" ", 1)[1]


def raw(frame: bytes) -> bytes:
    """A frame without the name of its stream: as a line of raw streams brings it."""
    return frame[frame.index(b'"data":') + 7 : -1] if frame.startswith(b'{"stream"') else frame


def is_snapshot(frame: bytes) -> bool:
    return frame.startswith(b'{"lastUpdateId"')
