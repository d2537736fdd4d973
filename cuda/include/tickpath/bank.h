/* The fixed-point strategy bank: the formulas of hot/strategy/bank.py for one row of features.

   The compiled limits come from outside: TP_BANK_INPUTS (features_max of limits.toml) and
   TP_BANK_STRATEGIES (bank_strategies_max). Integers only behind the quantiser, no sum can
   overflow. Worst case: 64 x 32 products and a hidden layer of 32 x 32. */
#ifndef TICKPATH_BANK_H
#define TICKPATH_BANK_H

#include <tickpath/hd.h>

#if !defined(TP_BANK_INPUTS) || !defined(TP_BANK_STRATEGIES)
#error "define TP_BANK_INPUTS and TP_BANK_STRATEGIES from limits.toml"
#endif

typedef struct {
    int32_t strategy_count;
    int32_t input_count;
    int32_t hidden_count; /* 0: no hidden layer */
    int32_t shift;
    double offset[TP_BANK_INPUTS];
    double scale[TP_BANK_INPUTS];
    int32_t hidden_weights[TP_BANK_INPUTS * TP_BANK_INPUTS];
    int64_t hidden_bias[TP_BANK_INPUTS];
    int32_t weights[TP_BANK_STRATEGIES * TP_BANK_INPUTS];
    int64_t bias[TP_BANK_STRATEGIES];
    int64_t sell[TP_BANK_STRATEGIES];
    int64_t buy[TP_BANK_STRATEGIES];
} tp_bank;

/* Feature to int32, half to even by 1.5 * 2^52; 0 when it is not a number. */
HD int tp_bank_quantise(double feature, double offset, double scale, int32_t* q)
{
    double x = (feature - offset) * scale;
    if (x != x)
        return 0;
    if (x >= 2147483647.0)
        *q = 2147483647;
    else if (x <= -2147483648.0)
        *q = -2147483647 - 1;
    else
        *q = (int32_t)((x + 6755399441055744.0) - 6755399441055744.0);
    return 1;
}

HD int64_t tp_bank_dot(const int32_t* weights, const int32_t* row, int32_t width, int64_t bias)
{
    int64_t sum = bias;
    for (int32_t k = 0; k < width; ++k)
        sum += (int64_t)weights[k] * (int64_t)row[k];
    return sum;
}

HD int32_t tp_bank_unit(const tp_bank* t, const int32_t* q, int32_t unit)
{
    int64_t half = ((int64_t)1 << t->shift) >> 1;
    int64_t sum = tp_bank_dot(
        &t->hidden_weights[unit * t->input_count], q, t->input_count, t->hidden_bias[unit]);
    sum = (sum + half) >> t->shift;
    return sum < 0 ? 0 : (sum > 2147483647 ? 2147483647 : (int32_t)sum);
}

/* One row: feature k at features[k * stride], score and signal k at [k * stride] of their arrays.
   Scores and signals are 0 when a feature is not a number. Returns the sum of the signals. */
HD int32_t tp_bank_row(
    const tp_bank* t, const double* features, int64_t stride, int64_t* scores, int8_t* signals)
{
    int32_t q[TP_BANK_INPUTS];
    int32_t h[TP_BANK_INPUTS];
    const int32_t* row = q;
    int32_t width = t->input_count;
    int32_t votes = 0;
    int valid = 1;
    for (int32_t k = 0; k < t->input_count; ++k)
        valid &= tp_bank_quantise(features[k * stride], t->offset[k], t->scale[k], &q[k]);
    if (valid && t->hidden_count > 0) {
        for (int32_t k = 0; k < t->hidden_count; ++k)
            h[k] = tp_bank_unit(t, q, k);
        row = h;
        width = t->hidden_count;
    }
    for (int32_t k = 0; k < t->strategy_count; ++k) {
        int64_t score = valid ? tp_bank_dot(&t->weights[k * width], row, width, t->bias[k]) : 0;
        int32_t signal = valid ? (score >= t->buy[k]) - (score <= t->sell[k]) : 0;
        scores[k * stride] = score;
        signals[k * stride] = (int8_t)signal;
        votes += signal;
    }
    return votes;
}

#endif
