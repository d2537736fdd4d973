/* The venue of a walk of imbalance_maker: queues, fills, requests; see makers.h.

   Formulas of venues/sim (matcher, queue, requests). Worst case: an order at a price that every
   book changes. */
#ifndef TICKPATH_MAKER_VENUE_H
#define TICKPATH_MAKER_VENUE_H

#include <tickpath/maker_state.h>

HD tp_maker_mail* tp_maker_report(
    const tp_sweep_plan* p, tp_maker_walk* w, int64_t t_ns, int64_t kind, int64_t id)
{
    int64_t at = tp_sweep_arrival(p, &w->account, t_ns, p->response_ns, &w->account.report_ns);
    tp_maker_mail* mail = tp_maker_push(w, &w->reports, t_ns);
    mail->t_ns = at;
    mail->kind = kind;
    mail->id = id;
    mail->other = mail->more = 0;
    return mail;
}

/* Best price of a side of the venue's book, 0: none. */
HD int64_t tp_maker_best(const tp_maker_view* v, const tp_maker_walk* w, int side)
{
    if (w->book < 0 || v->books[w->book].count[side] == 0)
        return 0;
    return v->levels[(2 * w->book + side) * v->plan->depth].price_ticks;
}

HD int tp_maker_crosses(
    const tp_maker_view* v, const tp_maker_walk* w, int64_t side, int64_t price_ticks)
{
    int64_t other = tp_maker_best(v, w, side == 0);
    return other > 0 && (side == 0 ? price_ticks >= other : price_ticks <= other);
}

/* What the order's price shows in the book the venue has; changes are read on from the last one. */
HD void tp_maker_look(const tp_maker_view* v, const tp_maker_walk* w, tp_maker_order* o)
{
    while (o->change < o->end && v->changes[o->change].book <= w->book) {
        o->now = v->changes[o->change].lots;
        o->change += 1;
    }
}

/* Join the queue, behind all that is displayed at the price. */
HD void tp_maker_join(const tp_maker_view* v, const tp_maker_walk* w, tp_maker_order* o)
{
    const tp_sweep_plan* p = v->plan;
    int64_t low = o->side == 0 ? 0 : p->price_count[0];
    int64_t high = low + p->price_count[o->side];
    int64_t end = high;
    o->now = o->change = o->end = 0;
    while (low < high) {
        int64_t middle = (low + high) >> 1;
        if (v->prices[middle].price_ticks < o->price_ticks)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < end && v->prices[low].price_ticks == o->price_ticks) {
        int64_t first = v->prices[low].first;
        o->end = v->prices[low + 1].first;
        high = o->end;
        low = first;
        while (low < high) {
            int64_t middle = (low + high) >> 1;
            if (v->changes[middle].book <= w->book)
                low = middle + 1;
            else
                high = middle;
        }
        o->change = low;
        o->now = low > first ? v->changes[low - 1].lots : 0;
    }
    o->shown = o->ahead = o->now;
    o->traded = 0;
}

/* Lots of a decrease that leave from ahead of us. */
HD int64_t tp_maker_advance(
    const tp_sweep_plan* p, int64_t ahead, int64_t shown, int64_t decrease)
{
    int64_t behind = shown - ahead;
    int64_t front = 1, back = 1, whole = 1;
    int rest;
    if (p->queue == TP_MAKER_PESSIMISTIC || ahead <= 0)
        return 0;
    if (behind <= 0)
        return decrease;
    while (ahead > TP_MAKER_SCALE || behind > TP_MAKER_SCALE) {
        ahead >>= 1;
        behind >>= 1;
    }
    for (int64_t k = 0; k < p->queue_power; ++k) {
        front *= ahead;
        back *= behind;
        whole *= ahead + behind;
    }
    if (p->queue == TP_MAKER_POWER)
        whole = front + back;
    else if (p->queue == TP_MAKER_POWER2)
        front = whole - back;
    return whole == 0 ? 0 : tp_sweep_mul_div(decrease, front, whole, &rest);
}

/* A book passed: explain the change at our price, advance the queue. */
HD void tp_maker_depth(const tp_maker_view* v, const tp_maker_walk* w, tp_maker_order* o)
{
    int64_t shown = o->shown - o->traded;
    int64_t decrease;
    tp_maker_look(v, w, o);
    shown = shown < 0 ? 0 : shown;
    decrease = shown - o->now;
    if (decrease > 0)
        o->ahead -= tp_maker_advance(v->plan, o->ahead, shown, decrease);
    o->ahead = o->ahead > o->now ? o->now : o->ahead;
    o->ahead = o->ahead < 0 ? 0 : o->ahead;
    o->shown = o->now;
    o->traded = 0;
}

/* Quantity of ours that a trade fills; our earlier orders left `left` of it. */
HD int64_t tp_maker_trade_of(
    const tp_sweep_plan* p, tp_maker_order* o, const tp_maker_move* m, int64_t left)
{
    int64_t past;
    if (m->kind == o->side || m->lots <= 0)
        return 0;
    if (o->price_ticks != m->price_ticks)
        return (o->price_ticks > m->price_ticks) == (o->side == 0) ? o->leaves : 0;
    o->traded += m->lots;
    past = left - o->ahead;
    o->ahead = past < 0 ? o->ahead - left : 0;
    if (past <= 0)
        return 0;
    return past < o->leaves && !p->whole_fills ? past : o->leaves;
}

HD void tp_maker_fill(
    const tp_maker_view* v, tp_maker_walk* w, tp_maker_order* o, int64_t lots, int64_t t_ns)
{
    const tp_sweep_plan* p = v->plan;
    int64_t fee = tp_sweep_fee(p, o->price_ticks, lots, p->maker_fee_ppm);
    int64_t given = o->side == 0 ? lots : -lots;
    tp_maker_mail* mail = tp_maker_report(p, w, t_ns, TP_MAKER_FILL, o->id);
    mail->price_ticks = o->price_ticks;
    mail->lots = given;
    mail->more = fee;
    o->leaves -= lots;
    w->fills_hash = tp_sweep_mix(tp_sweep_mix(w->fills_hash, t_ns), o->id);
    w->fills_hash = tp_sweep_mix(tp_sweep_mix(w->fills_hash, o->price_ticks), given);
    w->fills_hash = tp_sweep_mix(w->fills_hash, fee);
    if (w->fills < p->fill_rows) {
        tp_sweep_fill* row = &v->fills[w->fills];
        row->t_ns = t_ns;
        row->order = o->id;
        row->price_ticks = o->price_ticks;
        row->lots = given;
        row->fee_units = fee;
    } else if (p->fill_rows > 0) {
        tp_maker_leave(w, TP_SWEEP_LEFT_ROOM, t_ns);
    }
    w->fills += 1;
}

HD void tp_maker_drop(tp_maker_walk* w, int64_t place)
{
    for (int64_t k = place; k + 1 < w->order_count; ++k)
        w->orders[k] = w->orders[k + 1];
    w->order_count -= 1;
}

/* The market moves at the venue. */
HD void tp_maker_moves(const tp_maker_view* v, tp_maker_walk* w, const tp_maker_move* m)
{
    int64_t left = m->lots;
    w->book += m->kind == TP_MAKER_BOOK;
    if (w->order_count == 0 || (m->kind == TP_MAKER_BOOK && !v->books[w->book].good))
        return;
    for (int64_t k = 0; k < w->order_count; ++k) {
        tp_maker_order* o = &w->orders[k];
        int64_t lots;
        if (m->kind == TP_MAKER_BOOK) {
            tp_maker_depth(v, w, o);
            lots = tp_maker_crosses(v, w, o->side, o->price_ticks) ? o->leaves : 0;
        } else {
            lots = tp_maker_trade_of(v->plan, o, m, left);
            left -= o->price_ticks == m->price_ticks ? lots : 0;
        }
        if (lots > 0)
            tp_maker_fill(v, w, o, lots, m->t_ns);
    }
    for (int64_t k = w->order_count - 1; k >= 0; --k)
        if (w->orders[k].leaves == 0)
            tp_maker_drop(w, k);
}

/* A request arrives: a cancel, a new quote, or both. */
HD void tp_maker_request(const tp_maker_view* v, tp_maker_walk* w, const tp_maker_mail* q)
{
    const tp_sweep_plan* p = v->plan;
    int64_t old = q->kind == TP_SWEEP_CANCEL ? q->id : q->other;
    int64_t place = -1;
    tp_maker_order* o;
    tp_maker_mail* mail;
    for (int64_t k = 0; k < w->order_count; ++k)
        place = old != 0 && w->orders[k].id == old ? k : place;
    if (old != 0 && place < 0) {
        w->refusals += 1;
        mail = tp_maker_report(p, w, q->t_ns, TP_MAKER_FAILED, old);
        mail->other = q->kind == TP_SWEEP_REPLACE ? q->id : 0;
        mail->more = TP_MAKER_REFUSED;
        return;
    }
    if (old != 0)
        tp_maker_drop(w, place);
    if (q->kind == TP_SWEEP_CANCEL) {
        tp_maker_report(p, w, q->t_ns, TP_MAKER_GONE, old);
        tp_maker_report(p, w, q->t_ns, TP_MAKER_GONE, old);
        return;
    }
    if (w->book < 0 || !v->books[w->book].good || tp_maker_crosses(v, w, q->side, q->price_ticks)) {
        w->refusals += 1;
        mail = tp_maker_report(
            p, w, q->t_ns, old != 0 ? TP_MAKER_GONE : TP_MAKER_REFUSED, old != 0 ? old : q->id);
        mail->other = old != 0 ? q->id : 0;
        mail->more = TP_MAKER_REFUSED;
        if (old != 0)
            tp_maker_report(p, w, q->t_ns, TP_MAKER_GONE, old);
        return;
    }
    mail = tp_maker_report(
        p, w, q->t_ns, old != 0 ? TP_MAKER_GONE : TP_MAKER_ACK, old != 0 ? old : q->id);
    mail->other = old != 0 ? q->id : 0;
    mail->more = TP_MAKER_ACK;
    if (old != 0)
        tp_maker_report(p, w, q->t_ns, TP_MAKER_GONE, old);
    tp_maker_report(p, w, q->t_ns, TP_MAKER_ACK, q->id);
    if (w->order_count >= TP_MAKER_ORDERS) {
        tp_maker_leave(w, TP_SWEEP_LEFT_ORDERS, q->t_ns);
        return;
    }
    o = &w->orders[w->order_count];
    w->order_count += 1;
    o->id = q->id;
    o->side = q->side;
    o->price_ticks = q->price_ticks;
    o->leaves = q->lots;
    tp_maker_join(v, w, o);
}

#endif
