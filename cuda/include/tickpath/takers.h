/* One set of a taker strategy along a stream: ema_cross, or a bank behind its votes.

   At most one IOC order is open, so the venue's answer to it is worked out whole when it is sent:
   when it arrives, what of the displayed book it takes, when each report is back. Reports then
   count at their times. Worst case: TP_TAKER_REPORTS_MAX reports an order. */
#ifndef TICKPATH_TAKERS_H
#define TICKPATH_TAKERS_H

#include <tickpath/sweep.h>

#define TP_TAKER_LEVELS_MAX 10
#define TP_TAKER_REPORTS_MAX (TP_TAKER_LEVELS_MAX + 3) /* reply, NEW, fills, EXPIRED */

enum { TP_TAKER_EMA_CROSS = 0, TP_TAKER_BANK = 1 };

typedef struct {            /* parameters of one set */
    tp_sweep_sizes sizes;
    int64_t kind;
    int64_t slip_ppm;
    int64_t tries_max;      /* ema_cross: orders a cross */
    int64_t slow_period;    /* samples until both averages are there */
    int64_t votes_full;     /* bank: votes that want the largest position */
    double fast_alpha;
    double slow_alpha;
    double band;            /* share of the slow average */
} tp_taker_set;

typedef struct {
    int64_t t_ns;
    int64_t price_ticks;
    int64_t lots;           /* 0: no fill */
    int64_t fee_units;
} tp_taker_report;

typedef struct {
    tp_sweep_account account;
    int64_t side;
    int64_t tries;
    int32_t next;           /* report that is due, of `due`; equal: no order is open */
    int32_t due;
    tp_taker_report pending[TP_TAKER_REPORTS_MAX];
    int64_t orders, fills, rejects, refusals, reports;
    int64_t left, left_ns;
    uint64_t fills_hash;
} tp_taker_walk;

typedef struct {            /* the stream, and the rows of one set */
    const tp_sweep_plan* plan;
    const tp_sweep_book* books;
    const tp_sweep_level* levels; /* [book][side][depth] */
    tp_sweep_order* orders;
    tp_sweep_fill* fills;
} tp_taker_view;

HD void tp_taker_start(const tp_sweep_plan* p, tp_taker_walk* w)
{
    tp_sweep_open(p, &w->account);
    w->side = w->tries = 0;
    w->next = w->due = 0;
    w->orders = w->fills = w->rejects = w->refusals = w->reports = 0;
    w->left = w->left_ns = 0;
    w->fills_hash = 0xcbf29ce484222325ULL;
}

HD void tp_taker_leave(tp_taker_walk* w, int64_t why, int64_t t_ns)
{
    if (w->left == TP_SWEEP_DONE) {
        w->left = why;
        w->left_ns = t_ns;
    }
}

/* An average takes a sample; the first one is the average. */
HD double tp_taker_average(double average, double alpha, double x)
{
    return average + alpha * (x - average);
}

/* 1: the fast average is above, -1: below, by more than the band. */
HD int64_t tp_taker_side(double fast, double slow, double share)
{
    double band = slow * share;
    return (int64_t)(fast > slow + band) - (int64_t)(fast < slow - band);
}

/* Reports that are back by a time. */
HD void tp_taker_reports(const tp_sweep_plan* p, tp_taker_walk* w, int64_t t_ns)
{
    while (w->next < w->due && w->pending[w->next].t_ns <= t_ns) {
        const tp_taker_report* r = &w->pending[w->next];
        if (r->lots != 0)
            tp_sweep_count(p, &w->account, r->price_ticks, r->lots, r->fee_units);
        w->next += 1;
        w->reports += 1;
    }
}

HD tp_taker_report* tp_taker_report_add(const tp_sweep_plan* p, tp_taker_walk* w, int64_t t_ns)
{
    tp_taker_report* r = &w->pending[w->due];
    w->due += 1;
    r->t_ns = tp_sweep_arrival(p, &w->account, t_ns, p->response_ns, &w->account.report_ns);
    r->price_ticks = r->lots = r->fee_units = 0;
    return r;
}

HD void tp_taker_fill(
    const tp_taker_view* v, tp_taker_walk* w, int64_t ticks, int64_t lots, int64_t t_ns)
{
    const tp_sweep_plan* p = v->plan;
    int64_t size = lots < 0 ? -lots : lots;
    int64_t fee = tp_sweep_fee(p, ticks, size, p->taker_fee_ppm);
    tp_taker_report* r = tp_taker_report_add(p, w, t_ns);
    r->price_ticks = ticks;
    r->lots = lots;
    r->fee_units = fee;
    w->fills_hash = tp_sweep_mix(tp_sweep_mix(w->fills_hash, t_ns), w->orders);
    w->fills_hash = tp_sweep_mix(tp_sweep_mix(w->fills_hash, ticks), lots);
    w->fills_hash = tp_sweep_mix(w->fills_hash, fee);
    if (w->fills < p->fill_rows) {
        tp_sweep_fill* row = &v->fills[w->fills];
        row->t_ns = t_ns;
        row->order = w->orders;
        row->price_ticks = ticks;
        row->lots = lots;
        row->fee_units = fee;
    } else if (p->fill_rows > 0) {
        tp_taker_leave(w, TP_SWEEP_LEFT_ROOM, t_ns);
    }
    w->fills += 1;
}

/* An IOC order at the venue: what it takes of the displayed book, and the reports of it. */
HD void tp_taker_match(
    const tp_taker_view* v, tp_taker_walk* w, int buys, int64_t limit, int64_t lots, int64_t t_ns)
{
    const tp_sweep_plan* p = v->plan;
    int64_t at = tp_sweep_book_at(p, v->books, t_ns < p->last_ns ? t_ns : p->last_ns);
    const tp_sweep_level* level;
    int64_t count, shown;
    w->next = w->due = 0;
    tp_taker_report_add(p, w, t_ns);
    if (at < 0 || !v->books[at].good) {
        w->refusals += 1;
        return;
    }
    tp_taker_report_add(p, w, t_ns);
    count = v->books[at].count[buys ? 1 : 0];
    shown = count < p->depth ? count : p->depth;
    level = &v->levels[(2 * at + (buys ? 1 : 0)) * p->depth];
    for (int64_t k = 0; k < shown && lots > 0; ++k) {
        int64_t ticks = level[k].price_ticks;
        int64_t taken = level[k].quantity_lots < lots ? level[k].quantity_lots : lots;
        if (buys ? ticks > limit : ticks < limit) {
            count = shown;
            break;
        }
        tp_taker_fill(v, w, ticks, buys ? taken : -taken, t_ns);
        lots -= taken;
    }
    if (lots == 0)
        return;
    if (count > shown)
        tp_taker_leave(w, TP_SWEEP_LEFT_DEPTH, t_ns);
    tp_taker_report_add(p, w, t_ns);
}

/* An order for `lots` at a limit: risk, then the way to the venue. */
HD void tp_taker_send(
    const tp_taker_view* v, tp_taker_walk* w, const tp_sweep_event* e, int buys, int64_t limit,
    int64_t lots)
{
    const tp_sweep_plan* p = v->plan;
    tp_sweep_intent i = {buys, 1, limit, lots, 0, 0, 0, 0};
    if (!tp_sweep_allowed(p, &w->account, &i, e)) {
        w->rejects += 1;
        return;
    }
    tp_sweep_take(p, &w->account, 0, e->t_ns);
    if (w->orders < p->order_rows) {
        tp_sweep_order* row = &v->orders[w->orders];
        row->seq = e->seq + w->reports;
        row->t_ns = e->t_ns;
        row->price_ticks = limit;
        row->lots = buys ? lots : -lots;
        row->order = w->orders + 1;
        row->replaced = 0;
        row->kind = TP_SWEEP_SUBMIT;
    } else if (p->order_rows > 0) {
        tp_taker_leave(w, TP_SWEEP_LEFT_ROOM, e->t_ns);
    }
    w->orders += 1;
    tp_taker_match(
        v, w, buys, limit, lots,
        tp_sweep_arrival(p, &w->account, e->t_ns, p->order_ns, &w->account.request_ns));
}

/* One order toward a target, none being open: hot/strategy/target.pxd. Whether one was sent. */
HD int tp_taker_toward(
    const tp_taker_view* v, tp_taker_walk* w, const tp_taker_set* s, const tp_sweep_event* e,
    int64_t target)
{
    int64_t missing = target - w->account.position_lots;
    int64_t best = missing > 0 ? e->ask_ticks : e->bid_ticks;
    int64_t lots, slip, limit;
    if (best <= 0)
        return 0;
    lots = tp_sweep_order_lots(v->plan, &s->sizes, best);
    if (missing < lots && -missing < lots)
        return 0;
    slip = tp_sweep_part(best, s->slip_ppm);
    limit = missing > 0 ? best + slip : best - slip;
    tp_taker_send(v, w, e, missing > 0, limit > 1 ? limit : 1, lots);
    return 1;
}

/* Whether a set has anything to do on a book event, beside keeping its averages. */
HD int tp_taker_wakes(const tp_taker_walk* w, const tp_taker_set* s, int64_t side)
{
    return s->kind == TP_TAKER_BANK || w->tries > 0 || (side != 0 && side != w->side);
}

HD void tp_taker_book(
    const tp_taker_view* v, tp_taker_walk* w, const tp_taker_set* s, const tp_sweep_event* e,
    int64_t side)
{
    const tp_sweep_plan* p = v->plan;
    int64_t votes = e->votes < 0 ? -(int64_t)e->votes : e->votes;
    int64_t lots, target;
    int bank = s->kind == TP_TAKER_BANK;
    if (w->left != TP_SWEEP_DONE)
        return;
    tp_taker_reports(p, w, e->t_ns);
    if (!bank && side != 0 && side != w->side) {
        w->tries = w->side != 0 ? s->tries_max : 0;
        w->side = side;
    }
    if (w->next < w->due || (!bank && w->tries == 0))
        return;
    lots = tp_sweep_position_lots(
        p, &s->sizes, bank ? (e->bid_ticks + e->ask_ticks) / 2 : e->ask_ticks);
    votes = votes < s->votes_full ? votes : s->votes_full;
    target = bank ? votes * lots / s->votes_full : lots;
    target = (bank ? e->votes > 0 : w->side > 0) ? target : -target;
    w->tries -= tp_taker_toward(v, w, s, e, target) & !bank;
}

/* What is no book event; the equity of a sample. */
HD int64_t tp_taker_other(
    const tp_taker_view* v, tp_taker_walk* w, const tp_taker_set* s, const tp_sweep_event* e)
{
    if (w->left != TP_SWEEP_DONE)
        return 0;
    tp_taker_reports(v->plan, w, e->t_ns);
    if (e->kind == TP_SWEEP_LOST && w->next < w->due)
        tp_taker_leave(w, TP_SWEEP_LEFT_LOST, e->t_ns);
    if (e->kind == TP_SWEEP_ODD && (s->kind == TP_TAKER_BANK || w->tries > 0))
        tp_taker_leave(w, TP_SWEEP_LEFT_ODD, e->t_ns);
    if (e->kind == TP_SWEEP_SAMPLE && e->mid2 == 0 && w->account.position_lots != 0)
        tp_taker_leave(w, TP_SWEEP_LEFT_MARK, e->t_ns);
    return tp_sweep_equity(v->plan, &w->account, e->mid2);
}

/* After the last frame: what is under way arrives. */
HD void tp_taker_end(const tp_taker_view* v, tp_taker_walk* w, tp_sweep_result* out)
{
    const tp_sweep_plan* p = v->plan;
    tp_taker_reports(p, w, TP_SWEEP_WORD_MAX);
    if (p->last_mid2 == 0 && w->account.position_lots != 0)
        tp_taker_leave(w, TP_SWEEP_LEFT_MARK, p->last_ns);
    out->left = w->left;
    out->left_ns = w->left_ns;
    out->orders = w->orders;
    out->fills = w->fills;
    out->rejects = w->rejects;
    out->refusals = w->refusals;
    out->reports = w->reports;
    tp_sweep_close(p, &w->account, out);
    out->fills_hash = w->fills_hash;
}

#endif
