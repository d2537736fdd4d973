"""The fixed-point strategy bank, native: the twin of bank.py, same table, same bits.

Integers only behind `bank_quantise`. Worst case: 64 x 32 products and a hidden layer of 32 x 32.
"""

from libc.stdint cimport int8_t, int32_t, int64_t
from tickpath.core.records cimport TP_BANK_STRATEGIES_MAX, TP_FEATURES_MAX

cdef struct BankTable:
    int32_t strategy_count
    int32_t input_count
    int32_t hidden_count              # 0: no hidden layer
    int32_t shift
    double offset[TP_FEATURES_MAX]
    double scale[TP_FEATURES_MAX]
    int32_t hidden_weights[TP_FEATURES_MAX * TP_FEATURES_MAX]
    int64_t hidden_bias[TP_FEATURES_MAX]
    int32_t weights[TP_BANK_STRATEGIES_MAX * TP_FEATURES_MAX]
    int64_t bias[TP_BANK_STRATEGIES_MAX]
    int64_t sell[TP_BANK_STRATEGIES_MAX]
    int64_t buy[TP_BANK_STRATEGIES_MAX]


cdef inline bint bank_quantise(
    const BankTable* t, const double* features, int32_t* q
) noexcept nogil:
    """0 when a feature is not a number. Rounds half to even by adding 1.5 * 2^52."""
    cdef double x
    cdef int32_t k
    for k in range(t.input_count):
        x = (features[k] - t.offset[k]) * t.scale[k]
        if x != x:
            return 0
        if x >= 2147483647.0:
            q[k] = 2147483647
        elif x <= -2147483648.0:
            q[k] = -2147483647 - 1
        else:
            q[k] = <int32_t>((x + 6755399441055744.0) - 6755399441055744.0)
    return 1


cdef inline int64_t bank_dot(
    const int32_t* weights, const int32_t* row, int32_t width, int64_t bias
) noexcept nogil:
    cdef int64_t sum = bias
    cdef int32_t k
    for k in range(width):
        sum += <int64_t>weights[k] * <int64_t>row[k]
    return sum


cdef inline bint bank_scores(
    const BankTable* t, const double* features, int64_t* scores
) noexcept nogil:
    """One score a strategy; 0 and zero scores when a feature is not a number."""
    cdef int32_t[TP_FEATURES_MAX] q
    cdef int32_t[TP_FEATURES_MAX] h
    cdef int32_t* row = q
    cdef int32_t width = t.input_count
    cdef int64_t half = (<int64_t>1 << t.shift) >> 1
    cdef int64_t sum
    cdef int32_t k
    if not bank_quantise(t, features, q):
        for k in range(t.strategy_count):
            scores[k] = 0
        return 0
    if t.hidden_count > 0:
        for k in range(t.hidden_count):
            sum = bank_dot(&t.hidden_weights[k * width], q, width, t.hidden_bias[k])
            sum = (sum + half) >> t.shift
            h[k] = 0 if sum < 0 else (2147483647 if sum > 2147483647 else <int32_t>sum)
        row = h
        width = t.hidden_count
    for k in range(t.strategy_count):
        scores[k] = bank_dot(&t.weights[k * width], row, width, t.bias[k])
    return 1


cdef inline int32_t bank_signals(
    const BankTable* t, const double* features, int8_t* signals
) noexcept nogil:
    """-1, 0 or 1 a strategy; returns their sum."""
    cdef int64_t[TP_BANK_STRATEGIES_MAX] scores
    cdef bint valid = bank_scores(t, features, scores)
    cdef int32_t votes = 0
    cdef int32_t k
    for k in range(t.strategy_count):
        signals[k] = 0
        if valid:
            signals[k] = <int8_t>((scores[k] >= t.buy[k]) - (scores[k] <= t.sell[k]))
        votes += signals[k]
    return votes
