"""RFC 3339 times, see stamps.py."""

from libc.stdint cimport int32_t, int64_t

cdef extern from *:
    """
    static const unsigned char tp_month_days[12] = {
        31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    """
    const unsigned char* tp_month_days

cdef enum:
    TIME_BYTES_MIN = 20               # without a fraction
    TIME_BYTES_MAX = 30               # with nine digits
    TIME_YEAR_MIN = 1970
    TIME_YEAR_MAX = 2261


cdef inline int64_t time_digits(const char* p, int32_t count) noexcept nogil:
    """`count` digits, -1 when there is another character."""
    cdef int64_t value = 0
    cdef int32_t k
    for k in range(count):
        if not c"0" <= p[k] <= c"9":
            return -1
        value = value * 10 + (p[k] - c"0")
    return value


cdef inline bint leap_year(int64_t year) noexcept nogil:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


cdef inline int64_t days_of(int64_t year, int64_t month, int64_t day) noexcept nogil:
    """Days since 1970-01-01 (H. Hinnant); years from 1970 on."""
    cdef int64_t era, of_era, of_year
    if month <= 2:
        year -= 1
    era = year // 400
    of_era = year - era * 400
    of_year = (153 * (month + (9 if month <= 2 else -3)) + 2) // 5 + day - 1
    return era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468


cdef inline int64_t time_fraction(const char* p, int32_t bytes) noexcept nogil:
    """What stands behind the seconds, "Z" or a point, one to nine digits and "Z", in ns; or -1."""
    cdef int64_t value = 0
    cdef int32_t k
    if p[bytes - 1] != c"Z":
        return -1
    if bytes == 1:
        return 0
    if p[0] != c"." or bytes == 2:
        return -1
    value = time_digits(p + 1, bytes - 2)
    if value < 0:
        return -1
    for k in range(11 - bytes):
        value *= 10
    return value


cdef inline int64_t time_ns(const char* p, int32_t bytes) noexcept nogil:
    """Nanoseconds since 1970, -1 for anything but a time."""
    cdef int64_t year, month, day, hour, minute, second, fraction
    if bytes < TIME_BYTES_MIN or bytes > TIME_BYTES_MAX:
        return -1
    if p[4] != c"-" or p[7] != c"-" or p[10] != c"T" or p[13] != c":" or p[16] != c":":
        return -1
    year = time_digits(p, 4)
    month = time_digits(p + 5, 2)
    day = time_digits(p + 8, 2)
    hour = time_digits(p + 11, 2)
    minute = time_digits(p + 14, 2)
    second = time_digits(p + 17, 2)
    fraction = time_fraction(p + 19, bytes - 19)
    if (year | month | day | hour | minute | second | fraction) < 0:
        return -1
    if year < TIME_YEAR_MIN or year > TIME_YEAR_MAX or month < 1 or month > 12:
        return -1
    if day < 1 or day > tp_month_days[month - 1] + (month == 2 and leap_year(year)):
        return -1
    if hour > 23 or minute > 59 or second > 59:
        return -1
    return (((days_of(year, month, day) * 24 + hour) * 60 + minute) * 60 + second) * <int64_t>(
        1000000000) + fraction
