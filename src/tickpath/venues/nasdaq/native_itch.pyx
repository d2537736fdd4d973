"""Python handle of the native message decoder: takes bytes, gives records. No logic."""

from libc.stdint cimport int32_t, int64_t, uint8_t
from tickpath.core.codes cimport TP_OK
from tickpath.venues.nasdaq.itch cimport (
    be16,
    be32,
    be64,
    itch_check,
    itch_check_text,
    itch_locate,
    itch_time_ns,
    tp_itch_field,
    tp_itch_fields,
)

from tickpath.core.backend import Available
from tickpath.venues.nasdaq.itch import LAYOUTS, Message


def probe():
    """Available once this module was compiled and could be imported."""
    return Available(ok=True, reason="compiled")


cdef object _value(const char* p, const tp_itch_field* f):
    cdef const char* at = p + f.offset
    if f.text:
        return at[:f.bytes].decode("ascii").rstrip(" ")
    if f.bytes == 8:
        return be64(at)
    return be32(at)


def decode(bytes data):
    """(0, message), or (code, None); the same answers as `itch.decode`."""
    cdef const char* p = data
    cdef const tp_itch_field* f
    cdef int32_t code = itch_check(p, len(data))
    if code == TP_OK:
        code = itch_check_text(p)
    if code != TP_OK:
        return code, None
    fields = {}
    f = tp_itch_fields[<uint8_t>p[0]]
    for name, _, _ in LAYOUTS[<uint8_t>p[0]]:
        fields[name] = _value(p, f)
        f += 1
    return code, Message(chr(<uint8_t>p[0]), itch_locate(p), be16(p + 3), itch_time_ns(p), fields)
