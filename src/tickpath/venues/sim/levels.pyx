"""The books a simulated venue has while it lives a recording, without any order of ours.

For whoever asks many times what an order would meet there: a sweep of parameter sets. Only books
that a frame changed are kept. Worst case: SIM_DEPTH_MAX levels a side walked a frame, about 2 us.
"""

import numpy as np

from libc.stdint cimport int32_t, int64_t
from tickpath.core.records cimport TP_BOOK_OK, tp_level
from tickpath.hot.book.native cimport book_depth
from tickpath.venues.sim.market cimport venue_market, venue_restart
from tickpath.venues.sim.matcher cimport SIM_DEPTH_MAX
from tickpath.venues.sim.native cimport SimVenue
from tickpath.venues.sim.venue cimport SimInstrument, VenueState

from tickpath.venues.sim.timing import FeedClock

BOOK = np.dtype(
    [("t_ns", "<i8"), ("good", "<i4"), ("count", "<i4", 2), ("reserved", "<i4")]
)
"""A book from a time on: whether it takes orders, levels of bids and asks, SIM_DEPTH_MAX at most.
"""
LEVEL = np.dtype([("price_ticks", "<i8"), ("quantity_lots", "<i8")])


cdef void copy_side(
    SimInstrument* i, int32_t side, int64_t depth, int32_t* count, int64_t* out
) noexcept nogil:
    """How many levels there are, and the best `depth` of them."""
    cdef tp_level[SIM_DEPTH_MAX] levels
    cdef int32_t n = book_depth(i.book, side, SIM_DEPTH_MAX, levels)
    cdef int64_t k
    count[0] = n
    for k in range(n if n < depth else depth):
        out[2 * k] = levels[k].price_ticks
        out[2 * k + 1] = levels[k].quantity_lots


def levels_of(SimVenue venue, recording, int64_t depth, int64_t frames):
    """(BOOK [book], LEVEL [book][side][depth]) of the first `frames` frames, best levels first.

    `venue` is a fresh one of a single instrument and is used up. Raises what FeedClock raises.
    """
    cdef VenueState* v = venue.state
    lived = FeedClock(venue.config.sim).lived(recording)
    cdef const unsigned char[::1] blob = recording.blob
    cdef const int64_t[::1] offsets = recording.offsets
    cdef const int64_t[::1] sizes = recording.sizes
    cdef const int64_t[::1] times = lived.t_ns
    cdef const int64_t[::1] order = lived.order
    cdef int64_t n = min(frames, len(recording))
    cdef int64_t k, at, found = 0
    begins = np.zeros(len(recording) + 1, np.uint8)
    begins[list(recording.starts)] = 1
    cdef const unsigned char[::1] start = begins
    books = np.zeros(n, BOOK)
    levels = np.zeros((n, 2, depth, 2), np.int64)
    cdef int32_t[:, ::1] flags = books.view(np.int32).reshape(n, -1)
    cdef int64_t[:, :, :, ::1] rows = levels
    with nogil:
        for k in range(n):
            at = order[k]
            if start[at]:
                venue_restart(v, 0)
            venue_market(v, 0, <const char*>&blob[offsets[at]], sizes[at], times[k])
            if v.marked == 0:
                continue
            v.marked = 0
            (<int64_t*>&flags[found, 0])[0] = times[k]
            flags[found, 2] = v.instruments[0].book.status == TP_BOOK_OK
            copy_side(&v.instruments[0], 0, depth, &flags[found, 3], &rows[found, 0, 0, 0])
            copy_side(&v.instruments[0], 1, depth, &flags[found, 4], &rows[found, 1, 0, 0])
            found += 1
    return books[:found].copy(), np.ascontiguousarray(levels[:found]).view(LEVEL)[..., 0]
