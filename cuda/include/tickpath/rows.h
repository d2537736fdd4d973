/* One feature row of a symbol and a window: the steps of hot/features/indicators (sma, variance,
   std, zscore, ema, microprice, bbo_imbalance) in the same order of operations, so the same bits.

   A series is walked once. The ring of the native step is replaced by looking back in the series:
   the caller hands in the sample that leaves. Worst case: one step a sample, no loop inside. */
#ifndef TICKPATH_ROWS_H
#define TICKPATH_ROWS_H

#include <tickpath/hd.h>

#define TP_ROW_SAMPLE_MAX 0x1p200 /* as TP_INDICATOR_INPUT_MAX: beyond it a sample is skipped */
#define TP_ROW_NOISE 0x1p-44      /* as TP_WINDOW_NOISE */

typedef struct {
    double mean;
    double variance;
    double std;
    double zscore;
    double ema;
    double microprice;
    double imbalance;
} tp_row;

typedef struct {
    double alpha;
    int64_t period;
} tp_row_window;

typedef struct {
    double total, total_fresh;              /* sum of the window, sum since the last renewal */
    double anchor, anchor_next;
    double sum, squares;                    /* of distances from the anchor */
    double sum_fresh, squares_fresh;        /* of distances from the next anchor */
    double average;
    int64_t count;
    int64_t position;                       /* samples since the last renewal */
    int64_t oldest;                         /* where in the series the window begins */
} tp_row_walk;

HD int tp_row_usable(double x)
{
    return x >= -TP_ROW_SAMPLE_MAX && x <= TP_ROW_SAMPLE_MAX;
}

HD void tp_row_start(tp_row_walk* w)
{
    w->total = w->total_fresh = w->anchor = w->anchor_next = 0.0;
    w->sum = w->squares = w->sum_fresh = w->squares_fresh = w->average = 0.0;
    w->count = w->position = w->oldest = 0;
}

/* `leaving` is the oldest sample of a full window; it is not read while the window fills. */
HD void tp_row_push(tp_row_walk* w, const tp_row_window* p, double x, double leaving)
{
    int full = w->count >= p->period;
    double out = full ? leaving - w->anchor : 0.0;
    double in;
    if (w->count == 0) {
        w->anchor = w->anchor_next = x;
        w->average = x;
    } else {
        w->average += p->alpha * (x - w->average);
    }
    w->total += x - (full ? leaving : 0.0);
    w->total_fresh += x;
    in = x - w->anchor;
    w->sum += in - out;
    w->squares += in * in - out * out;
    in = x - w->anchor_next;
    w->sum_fresh += in;
    w->squares_fresh += in * in;
    w->count += 1;
    w->position += 1;
    if (w->position == p->period) {
        w->position = 0;
        w->total = w->total_fresh;
        w->total_fresh = 0.0;
        w->anchor = w->anchor_next;
        w->anchor_next = x;
        w->sum = w->sum_fresh;
        w->squares = w->squares_fresh;
        w->sum_fresh = 0.0;
        w->squares_fresh = 0.0;
    }
}

/* Take the sample at `place` of a series whose samples lie `stride` apart; skip an unusable one. */
HD void tp_row_take(
    tp_row_walk* w, const tp_row_window* p, const double* series, int64_t stride, int64_t place)
{
    double x = series[place * stride];
    double leaving = 0.0;
    if (!tp_row_usable(x))
        return;
    if (w->count >= p->period) {
        do {
            leaving = series[w->oldest * stride];
            w->oldest += 1;
        } while (!tp_row_usable(leaving));
    }
    tp_row_push(w, p, x, leaving);
}

/* Columns of the window: NaN while it is not full, or when the newest sample is unusable. */
HD void tp_row_window_columns(const tp_row_walk* w, const tp_row_window* p, double x, tp_row* out)
{
    double n = (double)p->period;
    double larger, smaller, radicand, spread;
    if (w->count < p->period || !tp_row_usable(x)) {
        out->mean = out->variance = out->std = out->zscore = out->ema = hd_nan();
        return;
    }
    larger = n * w->squares;
    smaller = w->sum * w->sum;
    radicand = larger - smaller > TP_ROW_NOISE * larger ? larger - smaller : 0.0;
    spread = hd_sqrt(radicand);
    out->mean = w->total / n;
    out->variance = radicand * (1.0 / (n * n));
    out->std = spread * (1.0 / n);
    out->zscore = spread > 0.0 ? (n * (x - w->anchor) - w->sum) / spread : 0.0;
    out->ema = w->average;
}

/* Columns of the newest quote: NaN when one of its numbers is unusable. */
HD void tp_row_quote_columns(
    double bid, double bid_quantity, double ask, double ask_quantity, tp_row* out)
{
    double total = bid_quantity + ask_quantity;
    if (!(tp_row_usable(bid) && tp_row_usable(bid_quantity) && tp_row_usable(ask)
          && tp_row_usable(ask_quantity))) {
        out->microprice = out->imbalance = hd_nan();
        return;
    }
    out->microprice =
        bid + (total > 0.0 ? (ask - bid) * bid_quantity / total : 0.5 * (ask - bid));
    out->imbalance = total > 0.0 ? (bid_quantity - ask_quantity) / total : 0.0;
}

#endif
