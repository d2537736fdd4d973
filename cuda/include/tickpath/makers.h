/* One set of imbalance_maker along a stream: quotes, their queues at the venue, what comes back.

   The loop of venues/sim/loop.pyx in small: moves of the market at the venue (maker_venue.h), our
   requests there, reports and events at the engine, the earliest first. At equal times a move, a
   request, a report, an event. Formulas of strategies/imbalance_maker and hot/execute (machine,
   apply, send). Worst case: a wish of both sides at every event. */
#ifndef TICKPATH_MAKERS_H
#define TICKPATH_MAKERS_H

#include <tickpath/maker_venue.h>

HD int64_t tp_maker_find(const tp_maker_walk* w, int64_t id)
{
    for (int64_t k = 0; k < w->row_count; ++k)
        if (w->rows[k].id == id)
            return k;
    return -1;
}

HD void tp_maker_record(
    const tp_maker_view* v, tp_maker_walk* w, const tp_sweep_event* e, const tp_maker_row* r,
    int64_t kind, int64_t replaced)
{
    tp_sweep_order* row = &v->orders[w->sent];
    int64_t leaves = r->lots - r->filled;
    int64_t at = tp_sweep_arrival(
        v->plan, &w->account, e->t_ns, v->plan->order_ns, &w->account.request_ns);
    tp_maker_mail* mail = tp_maker_push(w, &w->requests, e->t_ns);
    mail->t_ns = at;
    mail->kind = kind;
    mail->id = r->id;
    mail->other = replaced;
    mail->side = r->side;
    mail->price_ticks = r->price_ticks;
    mail->lots = leaves;
    if (w->sent < v->plan->order_rows) {
        row->seq = e->seq + w->seen;
        row->t_ns = e->t_ns;
        row->price_ticks = r->price_ticks;
        row->lots = r->side == 0 ? leaves : -leaves;
        row->order = r->id;
        row->replaced = replaced;
        row->kind = kind;
    } else if (v->plan->order_rows > 0) {
        tp_maker_leave(w, TP_SWEEP_LEFT_ROOM, e->t_ns);
    }
    w->sent += 1;
}

/* What an allowed wish sends. */
HD void tp_maker_send(
    const tp_maker_view* v, tp_maker_walk* w, const tp_sweep_event* e, int64_t side,
    const tp_maker_wish* wish, int64_t lots)
{
    tp_maker_row* row;
    int64_t old = 0;
    if (wish->kind == TP_SWEEP_CANCEL) {
        row = &w->rows[wish->row];
        tp_maker_record(v, w, e, row, TP_SWEEP_CANCEL, 0);
        row->state = TP_MAKER_CANCELLING;
        return;
    }
    if (w->row_count >= TP_MAKER_ROWS) {
        tp_maker_leave(w, TP_SWEEP_LEFT_ORDERS, e->t_ns);
        return;
    }
    w->ids += 1;
    if (wish->kind == TP_SWEEP_REPLACE) {
        old = w->rows[wish->row].id;
        w->rows[wish->row].state = TP_MAKER_REPLACING;
        w->rows[wish->row].replaced_by = w->ids;
    }
    row = &w->rows[w->row_count];
    w->row_count += 1;
    row->id = w->ids;
    row->side = side;
    row->state = TP_MAKER_NEW;
    row->price_ticks = wish->price_ticks;
    row->lots = lots;
    row->filled = row->replaced_by = 0;
    row->replaces = old;
    tp_maker_record(v, w, e, row, wish->kind, old);
}

/* One side: price 0 means no quote. An order in flight is waited for. */
HD tp_maker_wish tp_maker_side(
    const tp_maker_walk* w, int64_t side, int64_t price_ticks, int64_t threshold)
{
    tp_maker_wish wish = {0, price_ticks, -1};
    for (int64_t k = 0; k < w->row_count; ++k) {
        if (w->rows[k].side != side)
            continue;
        if (w->rows[k].state != TP_MAKER_LIVE) {
            wish.kind = 0;
            return wish;
        }
        wish.row = wish.row < 0 ? k : wish.row;
    }
    if (wish.row < 0) {
        wish.kind = price_ticks > 0 ? TP_SWEEP_SUBMIT : 0;
    } else if (price_ticks == 0) {
        wish.kind = TP_SWEEP_CANCEL;
    } else {
        int64_t away = w->rows[wish.row].price_ticks - price_ticks;
        wish.kind = away >= threshold || -away >= threshold ? TP_SWEEP_REPLACE : 0;
    }
    return wish;
}

/* Risk and the way out of both sides' wishes, as one batch. */
HD void tp_maker_act(
    const tp_maker_view* v, tp_maker_walk* w, const tp_sweep_event* e, tp_maker_wish* wishes,
    int64_t lots)
{
    tp_sweep_intent i;
    i.open_orders = w->row_count;
    i.open_buy_lots = i.open_sell_lots = 0;
    for (int64_t k = 0; k < w->row_count; ++k) {
        int64_t leaves = w->rows[k].lots - w->rows[k].filled;
        i.open_buy_lots += w->rows[k].side == 0 ? leaves : 0;
        i.open_sell_lots += w->rows[k].side == 0 ? 0 : leaves;
    }
    for (int side = 0; side < 2; ++side) {
        tp_maker_wish* wish = &wishes[side];
        if (wish->kind == 0)
            continue;
        if (wish->kind == TP_SWEEP_CANCEL) {
            tp_sweep_take(v->plan, &w->account, 2, e->t_ns);
            continue;
        }
        i.buys = side == 0;
        i.adds_order = wish->kind == TP_SWEEP_SUBMIT;
        i.price_ticks = wish->price_ticks;
        i.lots = lots;
        i.given_lots = 0;
        if (wish->kind == TP_SWEEP_REPLACE) {
            int64_t leaves = w->rows[wish->row].lots - w->rows[wish->row].filled;
            i.given_lots = leaves < lots ? leaves : lots;
        }
        if (!tp_sweep_allowed(v->plan, &w->account, &i, e)) {
            w->rejects += 1;
            wish->kind = 0;
            continue;
        }
        tp_sweep_take(v->plan, &w->account, 0, e->t_ns);
        i.open_orders += i.adds_order;
        i.open_buy_lots += side == 0 ? lots - i.given_lots : 0;
    }
    for (int side = 0; side < 2; ++side)
        if (wishes[side].kind != 0)
            tp_maker_send(v, w, e, side, &wishes[side], lots);
}

/* Twice the price that the quotes stand around. */
HD int64_t tp_maker_centre2(
    const tp_maker_set* s, const tp_sweep_event* e, const tp_maker_quote* q, int64_t most,
    int64_t held)
{
    int64_t bids = q->bids[s->imbalance_levels - 1];
    int64_t asks = q->asks[s->imbalance_levels - 1];
    int64_t found = q->micro2;
    if (bids + asks > 0)
        found += tp_sweep_mul_floor(
            e->mid2 * s->shift_ppm, bids - asks, TP_SWEEP_PPM * (bids + asks));
    if (most > 0) {
        held = held < -most ? -most : (held > most ? most : held);
        found -= tp_sweep_mul_floor(e->mid2 * s->lean_ppm, held, TP_SWEEP_PPM * most);
    }
    return found;
}

/* Bring both sides to where they should be. `e` is the book event the engine has, at the time and
   with the newest trade of now. */
HD void tp_maker_quote_both(
    const tp_maker_view* v, tp_maker_walk* w, const tp_maker_set* s, const tp_sweep_event* e)
{
    int64_t lots = tp_sweep_order_lots(v->plan, &s->sizes, e->ask_ticks);
    int64_t most = tp_sweep_position_lots(v->plan, &s->sizes, e->ask_ticks);
    int64_t held = w->account.position_lots;
    int64_t centre2 = tp_maker_centre2(s, e, &v->quotes[w->event], most, held);
    int64_t half = e->mid2 * s->half_spread_ppm / (2 * TP_SWEEP_PPM);
    int64_t threshold = e->mid2 * s->replace_ppm / (2 * TP_SWEEP_PPM);
    int64_t bid, ask;
    tp_maker_wish wishes[2];
    half = half > 1 ? half : 1;
    threshold = threshold > 1 ? threshold : 1;
    bid = (centre2 >> 1) - half;
    bid = bid < e->ask_ticks - 1 ? bid : e->ask_ticks - 1;
    ask = -(-centre2 >> 1) + half;
    ask = ask > e->bid_ticks + 1 ? ask : e->bid_ticks + 1;
    if (bid < 0 || held + lots > most)
        bid = 0;
    if (held - lots < -most)
        ask = 0;
    wishes[0] = tp_maker_side(w, 0, bid, threshold);
    wishes[1] = tp_maker_side(w, 1, ask, threshold);
    tp_maker_act(v, w, e, wishes, lots);
}

/* Entries of a rising array of times that are before a time, `stride` words apart. */
HD int64_t tp_maker_before(const int64_t* times, int64_t stride, int64_t count, int64_t t_ns)
{
    int64_t low = 0, high = count;
    while (low < high) {
        int64_t middle = (low + high) >> 1;
        if (times[middle * stride] < t_ns)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The book event that the engine has, at another time: with the newest trade by then. */
HD void tp_maker_again(
    const tp_maker_view* v, const tp_maker_walk* w, int64_t t_ns, tp_sweep_event* e)
{
    int64_t trades = tp_maker_before(&v->trades->t_ns, 2, v->plan->trade_count, t_ns);
    *e = v->events[w->event];
    e->t_ns = t_ns;
    e->seq = tp_maker_before(v->frames, 1, v->plan->frame_count, t_ns);
    e->last_ticks = trades > 0 ? v->trades[trades - 1].price_ticks : 0;
}

HD void tp_maker_end_row(tp_maker_walk* w, int64_t place)
{
    int64_t next = tp_maker_find(w, w->rows[place].replaced_by);
    if (w->rows[place].replaced_by != 0 && next >= 0)
        w->rows[next].replaces = 0;
    for (int64_t k = place; k + 1 < w->row_count; ++k)
        w->rows[k] = w->rows[k + 1];
    w->row_count -= 1;
}

/* One half of a report meets its order. Whether a fill was counted. */
HD int tp_maker_apply(
    const tp_maker_view* v, tp_maker_walk* w, int64_t kind, int64_t id, const tp_maker_mail* mail)
{
    int64_t place = tp_maker_find(w, id);
    tp_maker_row* row = &w->rows[place < 0 ? 0 : place];
    int ends = kind == TP_MAKER_GONE || kind == TP_MAKER_REFUSED;
    if (place < 0) {
        if (kind == TP_MAKER_FILL)
            tp_maker_leave(w, TP_SWEEP_LEFT_ORDERS, mail->t_ns);
        return 0;
    }
    if (kind == TP_MAKER_FAILED
        || (kind == TP_MAKER_REFUSED && (row->state != TP_MAKER_NEW || row->replaces != 0))) {
        tp_maker_leave(w, TP_SWEEP_LEFT_ORDERS, mail->t_ns);
        return 0;
    }
    if (kind == TP_MAKER_FILL) {
        tp_sweep_count(v->plan, &w->account, mail->price_ticks, mail->lots, mail->more);
        row->filled += mail->lots < 0 ? -mail->lots : mail->lots;
        ends = row->filled >= row->lots;
    }
    if (ends)
        tp_maker_end_row(w, place);
    else
        row->state = row->state == TP_MAKER_NEW ? TP_MAKER_LIVE : row->state;
    return kind == TP_MAKER_FILL;
}

/* The oldest report reaches the engine. Whether it was a fill. */
HD int tp_maker_come(const tp_maker_view* v, tp_maker_walk* w)
{
    tp_maker_mail mail = w->reports.items[w->reports.tail & (TP_MAKER_MAIL - 1)];
    int filled = 0;
    w->reports.tail += 1;
    w->seen += 1;
    for (int half = 0; half < 1 + (mail.other != 0); ++half)
        filled |= tp_maker_apply(
            v, w, half == 0 ? mail.kind : mail.more, half == 0 ? mail.id : mail.other, &mail);
    return filled;
}

/* What is due up to a time, the earliest first, until a fill has reached the engine: then when
   that was, else -1. */
HD int64_t tp_maker_until(const tp_maker_view* v, tp_maker_walk* w, int64_t* move, int64_t t_ns)
{
    const tp_sweep_plan* p = v->plan;
    while (w->left == TP_SWEEP_DONE) {
        int64_t lived = *move < p->move_count ? v->moves[*move].t_ns : TP_SWEEP_WORD_MAX;
        int64_t request = tp_maker_due(&w->requests);
        int64_t report = tp_maker_due(&w->reports);
        int64_t venue = lived < request ? lived : request;
        int64_t first = venue < report ? venue : report;
        if (first > t_ns || first == TP_SWEEP_WORD_MAX)
            break;
        if (venue > report) {
            if (tp_maker_come(v, w) && w->event >= 0)
                return report;
        } else if (lived <= request) {
            tp_maker_moves(v, w, &v->moves[*move]);
            *move += 1;
        } else {
            tp_maker_mail q = w->requests.items[w->requests.tail & (TP_MAKER_MAIL - 1)];
            w->requests.tail += 1;
            tp_maker_request(v, w, &q);
        }
    }
    return -1;
}

/* An event at the engine that is no good book; the equity of a sample. */
HD int64_t tp_maker_other(const tp_maker_view* v, tp_maker_walk* w, const tp_sweep_event* e)
{
    if (w->left != TP_SWEEP_DONE)
        return 0;
    if (e->kind == TP_SWEEP_ODD) {
        tp_maker_leave(w, TP_SWEEP_LEFT_ODD, e->t_ns);
    } else if (e->kind == TP_SWEEP_LOST) {
        w->event = -1;
        if (w->row_count > 0)
            tp_maker_leave(w, TP_SWEEP_LEFT_LOST, e->t_ns);
    } else if (e->mid2 == 0 && w->account.position_lots != 0) {
        tp_maker_leave(w, TP_SWEEP_LEFT_MARK, e->t_ns);
    }
    return tp_sweep_equity(v->plan, &w->account, e->mid2);
}

/* The whole stream. */
HD void tp_maker_run(
    const tp_maker_view* v, const tp_maker_set* s, tp_maker_walk* w, int64_t* equity,
    int64_t stride, tp_sweep_result* out)
{
    const tp_sweep_plan* p = v->plan;
    int64_t move = 0, taken = 0, t = 0;
    tp_maker_start(p, w);
    for (;;) {
        int64_t until = t < p->event_count ? v->events[t].t_ns : TP_SWEEP_WORD_MAX;
        int64_t again = tp_maker_until(v, w, &move, until);
        tp_sweep_event e;
        if (again >= 0) {
            tp_maker_again(v, w, again, &e);
        } else if (t == p->event_count) {
            break;
        } else {
            e = v->events[t];
            t += 1;
            if (e.kind != TP_SWEEP_BOOK) {
                int64_t units = tp_maker_other(v, w, &e);
                if (e.kind == TP_SWEEP_SAMPLE)
                    equity[taken++ * stride] = units;
                continue;
            }
            w->event = t - 1;
        }
        if (w->left == TP_SWEEP_DONE)
            tp_maker_quote_both(v, w, s, &e);
    }
    if (p->last_mid2 == 0 && w->account.position_lots != 0)
        tp_maker_leave(w, TP_SWEEP_LEFT_MARK, p->last_ns);
    out->left = w->left;
    out->left_ns = w->left_ns;
    out->orders = w->sent;
    out->fills = w->fills;
    out->rejects = w->rejects;
    out->refusals = w->refusals;
    out->reports = w->seen;
    tp_sweep_close(p, &w->account, out);
    out->fills_hash = w->fills_hash;
}

#endif
