"""Rate limits: a token bucket kept as the time at which it would be full again.

A bucket of `burst` tokens that refills `rate` a second (the generic cell rate algorithm, ITU-T
I.371): taking a token moves `full_ns` on by one step, and a token is there while `full_ns` is at
most `room_ns` ahead of now. No multiplication, no division on the path. A step that is no whole
number of nanoseconds is rounded up: never faster than configured.
"""

from libc.stdint cimport int64_t
from tickpath.core.hint cimport tp_likely, tp_unlikely
from tickpath.core.records cimport int128

cdef enum:
    NS_PER_S = 1000000000

cdef struct Bucket:
    int64_t full_ns                 # when all that was taken will have come back
    int64_t step_ns                 # one token
    int64_t room_ns                 # (burst - 1) steps, -1: nothing passes


cdef inline void bucket_set(
    Bucket* b, int64_t rate_per_s, int64_t burst, int64_t now_ns
) noexcept nogil:
    """New limits; tokens that are out stay out."""
    cdef int64_t debt_ns = b.full_ns - now_ns
    cdef int64_t step_ns = 0
    cdef int128 kept
    if rate_per_s > 0:
        step_ns = (NS_PER_S + rate_per_s - 1) // rate_per_s
    if debt_ns > 0 and b.step_ns > 0 and step_ns > 0:
        kept = (<int128>debt_ns * step_ns + b.step_ns - 1) // b.step_ns
        b.full_ns = now_ns + <int64_t>kept
    b.step_ns = step_ns
    b.room_ns = (burst - 1) * step_ns if step_ns > 0 and burst > 0 else -1


cdef inline int64_t bucket_room(const Bucket* b, int64_t now_ns) noexcept nogil:
    """From 0 on a token is there; below, how long it is missing (with nothing to wait for, -1)."""
    if tp_likely(b.full_ns <= now_ns or b.room_ns < 0):
        return b.room_ns
    return b.room_ns - (b.full_ns - now_ns)


cdef inline void bucket_spend(Bucket* b, int64_t now_ns) noexcept nogil:
    """One token that is there: `bucket_room` said so."""
    b.full_ns = (b.full_ns if b.full_ns > now_ns else now_ns) + b.step_ns


cdef inline void bucket_take(Bucket* b, int64_t now_ns) noexcept nogil:
    """One token, whether it is there or not: what is owed stays within one burst and a step."""
    cdef int64_t most = now_ns + b.room_ns + b.step_ns
    if tp_unlikely(b.room_ns < 0):
        return
    bucket_spend(b, now_ns)
    b.full_ns = b.full_ns if b.full_ns < most else most


cdef inline void bucket_give(Bucket* b) noexcept nogil:
    """A token comes back unused."""
    b.full_ns -= b.step_ns


cdef inline int64_t bucket_tokens(const Bucket* b, int64_t now_ns) noexcept nogil:
    """Whole tokens that are there."""
    cdef int64_t room_ns = bucket_room(b, now_ns)
    return room_ns // b.step_ns + 1 if room_ns >= 0 and b.step_ns > 0 else 0
