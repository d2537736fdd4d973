/* What the simulated venue writes: replies of the WebSocket API, execution reports of both markets.
 *
 * Key sets and their order are those of the venue's pages. `ap`, `avgPrice`, `cumQuote`, `rp`, `b`
 * and `a` of futures stay 0. Every writer returns the bytes written, at most TP_SIM_TEXT_BYTES.
 */
#ifndef TICKPATH_SIM_TEXT_H
#define TICKPATH_SIM_TEXT_H
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include "records.h"
#include "request.h"

enum { TP_SIM_TEXT_BYTES = 2048, TP_SIM_ORDER_BYTES = 960, TP_SIM_NUMBER_BYTES = 44 };

/* an order as reports and replies show it; quantities in lots, prices in ticks */
typedef struct tp_sim_line {
  const tp_instrument* instrument;
  const char* settle;               /* name of the settle currency */
  const char* kind;                 /* x */
  const char* status;               /* X */
  const char* order_type;           /* o */
  const char* time_in_force;        /* f */
  const char* position_side;        /* ps */
  char id_text[16];                 /* the order's client id */
  tp_sim_slice request;             /* spot cancels: the cancel request's id, else empty */
  int32_t side;
  int32_t maker;
  int32_t reduce_only;
  int32_t money_decimals;
  int64_t order_id;
  int64_t execution_id;
  int64_t price_ticks, quantity_lots, filled_lots;
  int64_t last_ticks, last_lots;
  int64_t quote_units, last_quote_units;
  int64_t trade_id;                 /* -1: no fill */
  int64_t fee_units;
  int64_t t_ms, created_ms;
  int64_t stop_ticks, display_lots; /* of a stop, of an iceberg; else 0 */
  int64_t good_till_ms;             /* 0: good till cancelled */
  int32_t waits;                    /* 1: a stop that no trade has reached */
} tp_sim_line;

typedef char tp_sim_number[TP_SIM_NUMBER_BYTES];

/* count steps of a grid as text with `decimals` digits */
static inline const char* tp_sim_decimal(char* out, int64_t count, const tp_grid* g,
                                         int32_t decimals) {
  unsigned __int128 wide = (unsigned __int128)(uint64_t)count * g->units;
  uint64_t power = 1, high, low;
  for (int32_t k = decimals; k < g->decimals; k++) wide /= 10;
  for (int32_t k = 0; k < decimals; k++) power *= 10;
  high = (uint64_t)(wide / power);
  low = (uint64_t)(wide % power);
  if (decimals == 0) snprintf(out, TP_SIM_NUMBER_BYTES, "%llu", (unsigned long long)high);
  else snprintf(out, TP_SIM_NUMBER_BYTES, "%llu.%0*llu", (unsigned long long)high, (int)decimals,
                (unsigned long long)low);
  return out;
}

/* spot writes every wire decimal, futures those of the step */
static inline const char* tp_sim_price(char* out, const tp_instrument* i, int64_t ticks) {
  return tp_sim_decimal(out, ticks, &i->price,
                        i->kind == TP_SPOT ? i->price.decimals : i->price_decimals);
}

static inline const char* tp_sim_quantity(char* out, const tp_instrument* i, int64_t lots) {
  return tp_sim_decimal(out, lots, &i->quantity,
                        i->kind == TP_SPOT ? i->quantity.decimals : i->quantity_decimals);
}

/* money of the settle currency, with its decimals */
static inline const char* tp_sim_money(char* out, const tp_sim_line* r, int64_t units) {
  const tp_grid cent = {.units = 1, .decimals = r->money_decimals};
  out[0] = '-';
  tp_sim_decimal(out + (units < 0), units < 0 ? -units : units, &cent, r->money_decimals);
  return out;
}

static inline const char* tp_sim_side(const tp_sim_line* r) {
  return r->side == TP_BUY ? "BUY" : "SELL";
}

/* spot: executionReport inside its subscription's wrapper. A cancel names itself and the order. A
 * stop that waits is not on the book and has no working time. */
static inline int32_t tp_sim_report_spot(char* out, const tp_sim_line* r) {
  tp_sim_number q, p, l, z, last, fee, total, part, stop, shown;
  char working[TP_SIM_NUMBER_BYTES] = "";
  const tp_instrument* i = r->instrument;
  const int cancel = r->request.bytes > 0, fill = r->trade_id >= 0;
  const int open = !strcmp(r->status, "NEW") || !strcmp(r->status, "PARTIALLY_FILLED");
  const long long t = (long long)r->t_ms, created = (long long)r->created_ms;
  if (!r->waits) snprintf(working, sizeof working, "\"W\":%lld,", created);
  return snprintf(out, TP_SIM_TEXT_BYTES,
      "{\"subscriptionId\":0,\"event\":{\"e\":\"executionReport\",\"E\":%lld,\"s\":\"%s\","
      "\"c\":\"%.*s\",\"S\":\"%s\",\"o\":\"%s\",\"f\":\"%s\",\"q\":\"%s\",\"p\":\"%s\","
      "\"P\":\"%s\",\"F\":\"%s\",\"g\":-1,\"C\":\"%.*s\",\"x\":\"%s\","
      "\"X\":\"%s\",\"r\":\"NONE\",\"i\":%lld,\"l\":\"%s\",\"z\":\"%s\",\"L\":\"%s\",\"n\":\"%s\","
      "\"N\":%s%s%s,\"T\":%lld,\"t\":%lld,\"I\":%lld,\"w\":%s,\"m\":%s,\"M\":false,\"O\":%lld,"
      "\"Z\":\"%s\",\"Y\":\"%s\",\"Q\":\"0.00000000\",%s\"V\":\"NONE\"}}",
      t, i->symbol, cancel ? (int)r->request.bytes : 16, cancel ? r->request.text : r->id_text,
      tp_sim_side(r), r->order_type, r->time_in_force, tp_sim_quantity(q, i, r->quantity_lots),
      tp_sim_price(p, i, r->price_ticks), tp_sim_price(stop, i, r->stop_ticks),
      tp_sim_quantity(shown, i, r->display_lots), cancel ? 16 : 0, r->id_text, r->kind, r->status,
      (long long)r->order_id, tp_sim_quantity(l, i, r->last_lots),
      tp_sim_quantity(z, i, r->filled_lots), tp_sim_price(last, i, r->last_ticks),
      fill ? tp_sim_money(fee, r, r->fee_units) : "0", fill ? "\"" : "", fill ? r->settle : "null",
      fill ? "\"" : "", t, (long long)r->trade_id, (long long)r->execution_id,
      open && !r->waits ? "true" : "false", r->maker ? "true" : "false", created,
      tp_sim_money(total, r, r->quote_units), tp_sim_money(part, r, r->last_quote_units), working);
}

/* futures: ORDER_TRADE_UPDATE; the commission stands there only when there is one */
static inline int32_t tp_sim_report_futures(char* out, const tp_sim_line* r) {
  tp_sim_number q, p, l, z, last, fee;
  char commission[TP_SIM_NUMBER_BYTES * 2] = "";
  const tp_instrument* i = r->instrument;
  const int fill = r->trade_id >= 0;
  const long long t = (long long)r->t_ms;
  if (fill)
    snprintf(commission, sizeof commission, "\"N\":\"%.15s\",\"n\":\"%s\",", r->settle,
             tp_sim_money(fee, r, r->fee_units));
  return snprintf(out, TP_SIM_TEXT_BYTES,
      "{\"e\":\"ORDER_TRADE_UPDATE\",\"E\":%lld,\"T\":%lld,\"o\":{\"s\":\"%s\",\"c\":\"%.16s\","
      "\"S\":\"%s\",\"o\":\"%s\",\"f\":\"%s\",\"q\":\"%s\",\"p\":\"%s\",\"ap\":\"0\",\"sp\":\"0\","
      "\"x\":\"%s\",\"X\":\"%s\",\"i\":%lld,\"l\":\"%s\",\"z\":\"%s\",\"L\":\"%s\",%s"
      "\"T\":%lld,\"t\":%lld,\"b\":\"0\",\"a\":\"0\",\"m\":%s,\"R\":%s,"
      "\"wt\":\"CONTRACT_PRICE\",\"ot\":\"%s\",\"ps\":\"%s\",\"cp\":false,\"rp\":\"0\","
      "\"pP\":false,\"si\":0,\"ss\":0,\"V\":\"NONE\",\"pm\":\"NONE\",\"gtd\":%lld}}",
      t, t, i->symbol, r->id_text, tp_sim_side(r), r->order_type, r->time_in_force,
      tp_sim_quantity(q, i, r->quantity_lots), tp_sim_price(p, i, r->price_ticks), r->kind,
      r->status, (long long)r->order_id, tp_sim_quantity(l, i, r->last_lots),
      tp_sim_quantity(z, i, r->filled_lots), tp_sim_price(last, i, r->last_ticks), commission, t,
      (long long)(fill ? r->trade_id : 0), r->maker ? "true" : "false",
      r->reduce_only ? "true" : "false", r->order_type, r->position_side,
      (long long)r->good_till_ms);
}

static inline int32_t tp_sim_report(char* out, const tp_sim_line* r) {
  if (r->instrument->kind == TP_SPOT) return tp_sim_report_spot(out, r);
  return tp_sim_report_futures(out, r);
}

/* a new spot order inside a reply */
static inline const char* tp_sim_order_ack(char* out, const tp_sim_line* r) {
  snprintf(out, TP_SIM_ORDER_BYTES,
      "{\"symbol\":\"%s\",\"orderId\":%lld,\"orderListId\":-1,\"clientOrderId\":\"%.16s\","
      "\"transactTime\":%lld}",
      r->instrument->symbol, (long long)r->order_id, r->id_text, (long long)r->t_ms);
  return out;
}

/* a cancelled spot order inside a reply */
static inline const char* tp_sim_order_gone(char* out, const tp_sim_line* r) {
  tp_sim_number q, p, z, total;
  const tp_instrument* i = r->instrument;
  snprintf(out, TP_SIM_ORDER_BYTES,
      "{\"symbol\":\"%s\",\"origClientOrderId\":\"%.16s\",\"orderId\":%lld,\"orderListId\":-1,"
      "\"clientOrderId\":\"%.*s\",\"transactTime\":%lld,\"price\":\"%s\",\"origQty\":\"%s\","
      "\"executedQty\":\"%s\",\"origQuoteOrderQty\":\"0.000000\",\"cummulativeQuoteQty\":\"%s\","
      "\"status\":\"CANCELED\",\"timeInForce\":\"%s\",\"type\":\"%s\",\"side\":\"%s\","
      "\"selfTradePreventionMode\":\"NONE\"}",
      i->symbol, r->id_text, (long long)r->order_id, (int)r->request.bytes, r->request.text,
      (long long)r->t_ms, tp_sim_price(p, i, r->price_ticks),
      tp_sim_quantity(q, i, r->quantity_lots), tp_sim_quantity(z, i, r->filled_lots),
      tp_sim_money(total, r, r->quote_units), r->time_in_force, r->order_type, tp_sim_side(r));
  return out;
}

/* a spot order as a query shows it */
static inline const char* tp_sim_order_spot(char* out, const tp_sim_line* r) {
  tp_sim_number q, p, z, total, stop, shown;
  const tp_instrument* i = r->instrument;
  const long long created = (long long)r->created_ms;
  snprintf(out, TP_SIM_ORDER_BYTES,
      "{\"symbol\":\"%s\",\"orderId\":%lld,\"orderListId\":-1,\"clientOrderId\":\"%.16s\","
      "\"price\":\"%s\",\"origQty\":\"%s\",\"executedQty\":\"%s\","
      "\"cummulativeQuoteQty\":\"%s\",\"status\":\"%s\",\"timeInForce\":\"%s\",\"type\":\"%s\","
      "\"side\":\"%s\",\"stopPrice\":\"%s\",\"icebergQty\":\"%s\","
      "\"time\":%lld,\"updateTime\":%lld,\"isWorking\":%s,\"workingTime\":%lld,"
      "\"origQuoteOrderQty\":\"0.00000000\",\"selfTradePreventionMode\":\"NONE\"}",
      i->symbol, (long long)r->order_id, r->id_text, tp_sim_price(p, i, r->price_ticks),
      tp_sim_quantity(q, i, r->quantity_lots), tp_sim_quantity(z, i, r->filled_lots),
      tp_sim_money(total, r, r->quote_units), r->status, r->time_in_force, r->order_type,
      tp_sim_side(r), tp_sim_price(stop, i, r->stop_ticks),
      tp_sim_quantity(shown, i, r->display_lots), created, (long long)r->t_ms,
      r->waits ? "false" : "true", r->waits ? -1LL : created);
  return out;
}

/* futures show the same fields for a new and a cancelled order; one asked after has its time */
static inline const char* tp_sim_order_futures(char* out, const tp_sim_line* r, int asked) {
  tp_sim_number q, p, z;
  char time[TP_SIM_NUMBER_BYTES] = "";
  const tp_instrument* i = r->instrument;
  tp_sim_quantity(z, i, r->filled_lots);
  if (asked) snprintf(time, sizeof time, "\"time\":%lld,", (long long)r->created_ms);
  snprintf(out, TP_SIM_ORDER_BYTES,
      "{\"orderId\":%lld,\"symbol\":\"%s\",\"status\":\"%s\",\"clientOrderId\":\"%.16s\","
      "\"price\":\"%s\",\"avgPrice\":\"0\",\"origQty\":\"%s\",\"executedQty\":\"%s\","
      "\"cumQty\":\"%s\",\"cumQuote\":\"0\",\"timeInForce\":\"%s\",\"type\":\"%s\","
      "\"reduceOnly\":%s,\"closePosition\":false,\"side\":\"%s\",\"positionSide\":\"%s\","
      "\"stopPrice\":\"0\",\"workingType\":\"CONTRACT_PRICE\",\"priceProtect\":false,"
      "\"origType\":\"%s\",\"priceMatch\":\"NONE\",\"selfTradePreventionMode\":\"NONE\","
      "\"goodTillDate\":%lld,%s\"updateTime\":%lld}",
      (long long)r->order_id, i->symbol, r->status, r->id_text,
      tp_sim_price(p, i, r->price_ticks), tp_sim_quantity(q, i, r->quantity_lots), z, z,
      r->time_in_force, r->order_type, r->reduce_only ? "true" : "false", tp_sim_side(r),
      r->position_side, r->order_type, (long long)r->good_till_ms, time, (long long)r->t_ms);
  return out;
}

static inline int32_t tp_sim_reply_ok(char* out, tp_sim_slice id, const char* result) {
  return snprintf(out, TP_SIM_TEXT_BYTES, "{\"id\":%.*s,\"status\":200,\"result\":%s}",
                  (int)id.bytes, id.text, result);
}

static inline int32_t tp_sim_reply_placed(char* out, tp_sim_slice id, const tp_sim_line* r) {
  char order[TP_SIM_ORDER_BYTES];
  const int spot = r->instrument->kind == TP_SPOT;
  return tp_sim_reply_ok(
      out, id, spot ? tp_sim_order_ack(order, r) : tp_sim_order_futures(order, r, 0));
}

static inline int32_t tp_sim_reply_cancelled(char* out, tp_sim_slice id, const tp_sim_line* r) {
  char order[TP_SIM_ORDER_BYTES];
  const int spot = r->instrument->kind == TP_SPOT;
  return tp_sim_reply_ok(
      out, id, spot ? tp_sim_order_gone(order, r) : tp_sim_order_futures(order, r, 0));
}

static inline int32_t tp_sim_reply_standing(char* out, tp_sim_slice id, const tp_sim_line* r) {
  char order[TP_SIM_ORDER_BYTES];
  const int spot = r->instrument->kind == TP_SPOT;
  return tp_sim_reply_ok(
      out, id, spot ? tp_sim_order_spot(order, r) : tp_sim_order_futures(order, r, 1));
}

static inline int32_t tp_sim_reply_error(char* out, tp_sim_slice id, int32_t code,
                                         const char* message) {
  return snprintf(out, TP_SIM_TEXT_BYTES,
      "{\"id\":%.*s,\"status\":400,\"error\":{\"code\":%d,\"msg\":\"%s\"}}", (int)id.bytes,
      id.text, (int)code, message);
}

/* a limit was reached: with the venue's time and when to try again */
static inline int32_t tp_sim_reply_limited(char* out, tp_sim_slice id, int32_t code,
                                           const char* message, int64_t now_ms,
                                           int64_t until_ms) {
  return snprintf(out, TP_SIM_TEXT_BYTES,
      "{\"id\":%.*s,\"status\":429,\"error\":{\"code\":%d,\"msg\":\"%s\","
      "\"data\":{\"serverTime\":%lld,\"retryAfter\":%lld}}}",
      (int)id.bytes, id.text, (int)code, message, (long long)now_ms, (long long)until_ms);
}

static inline int32_t tp_sim_replace_ok(char* out, tp_sim_slice id, const tp_sim_line* old,
                                        const tp_sim_line* placed) {
  char gone[TP_SIM_ORDER_BYTES], ack[TP_SIM_ORDER_BYTES];
  return snprintf(out, TP_SIM_TEXT_BYTES,
      "{\"id\":%.*s,\"status\":200,\"result\":{\"cancelResult\":\"SUCCESS\","
      "\"newOrderResult\":\"SUCCESS\",\"cancelResponse\":%s,\"newOrderResponse\":%s}}",
      (int)id.bytes, id.text, tp_sim_order_gone(gone, old), tp_sim_order_ack(ack, placed));
}

/* STOP_ON_FAILURE and the cancel failed: the new order is not tried */
static inline int32_t tp_sim_replace_stopped(char* out, tp_sim_slice id) {
  return snprintf(out, TP_SIM_TEXT_BYTES,
      "{\"id\":%.*s,\"status\":400,\"error\":{\"code\":-2022,\"msg\":\"Order cancel-replace "
      "failed.\",\"data\":{\"cancelResult\":\"FAILURE\",\"newOrderResult\":\"NOT_ATTEMPTED\","
      "\"cancelResponse\":{\"code\":-2011,\"msg\":\"Unknown order sent.\"},"
      "\"newOrderResponse\":null}}}",
      (int)id.bytes, id.text);
}

/* the cancel succeeded, the new order failed */
static inline int32_t tp_sim_replace_half(char* out, tp_sim_slice id, const tp_sim_line* old,
                                          int32_t code, const char* message) {
  char gone[TP_SIM_ORDER_BYTES];
  return snprintf(out, TP_SIM_TEXT_BYTES,
      "{\"id\":%.*s,\"status\":409,\"error\":{\"code\":-2021,\"msg\":\"Order cancel-replace "
      "partially failed.\",\"data\":{\"cancelResult\":\"SUCCESS\",\"newOrderResult\":\"FAILURE\","
      "\"cancelResponse\":%s,\"newOrderResponse\":{\"code\":%d,\"msg\":\"%s\"}}}}",
      (int)id.bytes, id.text, tp_sim_order_gone(gone, old), (int)code, message);
}
#endif
