/* Text of the simulated venue: reads request fields, writes replies and execution reports.
 *
 * Requests are zero-terminated and bounded; a field that is missing or malformed is reported, never
 * guessed. Writers return the bytes written, at most TP_SIM_TEXT_BYTES.
 */
#ifndef TICKPATH_SIM_TEXT_H
#define TICKPATH_SIM_TEXT_H
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include "records.h"

enum { TP_SIM_TEXT_BYTES = 1024 };

typedef struct tp_sim_slice { const char* text; int32_t bytes; } tp_sim_slice;

/* what a report says of an order; quantities in the instrument's lots, prices in ticks */
typedef struct tp_sim_line {
  const tp_instrument* instrument;
  const char* settle;               /* name of the settle currency */
  const char* kind;                 /* x */
  const char* status;               /* X */
  const char* reason;               /* r */
  const char* order_type;           /* o */
  const char* time_in_force;        /* f */
  tp_sim_slice client_id;           /* c */
  tp_sim_slice orig_id;             /* C, spot cancels */
  int32_t side;
  int32_t maker;
  int64_t order_id;
  int64_t price_ticks, quantity_lots, filled_lots;
  int64_t last_ticks, last_lots;
  int64_t trade_id;                 /* -1: no fill */
  int64_t fee_units;
  int64_t t_ms;
} tp_sim_line;

/* value of "key": a string's inside or a bare token; 0 when absent */
static inline int tp_sim_field(const char* text, const char* key, tp_sim_slice* out) {
  char pattern[64];
  int n = snprintf(pattern, sizeof pattern, "\"%s\":", key);
  const char* at = strstr(text, pattern);
  if (!at) return 0;
  at += n;
  if (*at == '"') {
    const char* end = strchr(++at, '"');
    if (!end) return 0;
    out->text = at;
    out->bytes = (int32_t)(end - at);
    return 1;
  }
  out->text = at;
  out->bytes = (int32_t)strcspn(at, ",}");
  return out->bytes > 0;
}

static inline int tp_sim_is(tp_sim_slice s, const char* word) {
  return s.bytes == (int32_t)strlen(word) && memcmp(s.text, word, (size_t)s.bytes) == 0;
}

/* decimal text -> integer of 10^-decimals; 0 when it is not one or does not fit */
static inline int tp_sim_units(tp_sim_slice s, int32_t decimals, uint64_t* out) {
  uint64_t value = 0;
  int32_t fraction = -1;
  if (s.bytes < 1 || s.bytes > 40) return 0;
  for (int32_t k = 0; k < s.bytes; k++) {
    char c = s.text[k];
    if (c == '.' && fraction < 0) { fraction = 0; continue; }
    if (c < '0' || c > '9' || (fraction >= 0 && fraction >= decimals)) return 0;
    if (__builtin_mul_overflow(value, (uint64_t)10, &value)) return 0;
    if (__builtin_add_overflow(value, (uint64_t)(c - '0'), &value)) return 0;
    if (fraction >= 0) fraction++;
  }
  for (int32_t k = fraction < 0 ? 0 : fraction; k < decimals; k++)
    if (__builtin_mul_overflow(value, (uint64_t)10, &value)) return 0;
  *out = value;
  return 1;
}

/* count * grid step as decimal text with `decimals` digits */
static inline const char* tp_sim_decimal(char* out, size_t room, int64_t count, const tp_grid* g,
                                         int32_t decimals) {
  uint64_t value = (uint64_t)count * g->units, power = 1;
  for (int32_t k = decimals; k < g->decimals; k++) value /= 10;
  for (int32_t k = 0; k < decimals; k++) power *= 10;
  if (decimals <= 0 || decimals > 18) snprintf(out, room, "%llu", (unsigned long long)value);
  else snprintf(out, room, "%llu.%0*llu", (unsigned long long)(value / power), (int)decimals,
                (unsigned long long)(value % power));
  return out;
}

static inline const char* tp_sim_money(char* out, size_t room, int64_t units) {
  const char* sign = units < 0 ? "-" : "";
  unsigned long long v = units < 0 ? 0ULL - (unsigned long long)units : (unsigned long long)units;
  snprintf(out, room, "%s%llu.%08llu", sign, v / 100000000ULL, v % 100000000ULL);
  return out;
}

static inline int32_t tp_sim_report(char* out, const tp_sim_line* r) {
  char q[48], p[48], l[48], z[48], last[48], fee[48];
  const tp_instrument* i = r->instrument;
  const int32_t qd = i->quantity_decimals, pd = i->price_decimals;
  const long long t = (long long)r->t_ms;
  const char* side = r->side == TP_BUY ? "BUY" : "SELL";
  tp_sim_decimal(q, sizeof q, r->quantity_lots, &i->quantity, qd);
  tp_sim_decimal(p, sizeof p, r->price_ticks, &i->price, pd);
  tp_sim_decimal(l, sizeof l, r->last_lots, &i->quantity, qd);
  tp_sim_decimal(z, sizeof z, r->filled_lots, &i->quantity, qd);
  tp_sim_decimal(last, sizeof last, r->last_ticks, &i->price, pd);
  tp_sim_money(fee, sizeof fee, r->fee_units);
  if (i->kind == TP_SPOT)
    return snprintf(out, TP_SIM_TEXT_BYTES,
        "{\"subscriptionId\":0,\"event\":{\"e\":\"executionReport\",\"E\":%lld,\"s\":\"%s\","
        "\"c\":\"%.*s\",\"S\":\"%s\",\"o\":\"%s\",\"f\":\"%s\",\"q\":\"%s\",\"p\":\"%s\","
        "\"P\":\"0.00000000\",\"F\":\"0.00000000\",\"g\":-1,\"C\":\"%.*s\",\"x\":\"%s\","
        "\"X\":\"%s\",\"r\":\"%s\",\"i\":%lld,\"l\":\"%s\",\"z\":\"%s\",\"L\":\"%s\",\"n\":\"%s\","
        "\"N\":%s%s%s,\"T\":%lld,\"t\":%lld,\"w\":%s,\"m\":%s,\"O\":%lld,\"Z\":\"0.00000000\","
        "\"Y\":\"0.00000000\",\"Q\":\"0.00000000\",\"V\":\"NONE\"}}",
        t, i->symbol, (int)r->client_id.bytes, r->client_id.text, side, r->order_type,
        r->time_in_force, q, p, (int)r->orig_id.bytes, r->orig_id.text, r->kind, r->status,
        r->reason, (long long)r->order_id, l, z, last, fee, r->trade_id < 0 ? "" : "\"",
        r->trade_id < 0 ? "null" : r->settle, r->trade_id < 0 ? "" : "\"", t,
        (long long)r->trade_id, r->maker ? "true" : "false", r->maker ? "true" : "false", t);
  return snprintf(out, TP_SIM_TEXT_BYTES,
      "{\"e\":\"ORDER_TRADE_UPDATE\",\"E\":%lld,\"T\":%lld,\"o\":{\"s\":\"%s\",\"c\":\"%.*s\","
      "\"S\":\"%s\",\"o\":\"%s\",\"f\":\"%s\",\"q\":\"%s\",\"p\":\"%s\",\"ap\":\"0\",\"sp\":\"0\","
      "\"x\":\"%s\",\"X\":\"%s\",\"i\":%lld,\"l\":\"%s\",\"z\":\"%s\",\"L\":\"%s\",\"N\":\"%s\","
      "\"n\":\"%s\",\"T\":%lld,\"t\":%lld,\"m\":%s,\"R\":false,\"ot\":\"%s\",\"ps\":\"BOTH\","
      "\"cp\":false,\"rp\":\"0\"}}",
      t, t, i->symbol, (int)r->client_id.bytes, r->client_id.text, side, r->order_type,
      r->time_in_force, q, p, r->kind, r->status, (long long)r->order_id, l, z, last, r->settle,
      fee, t, (long long)(r->trade_id < 0 ? 0 : r->trade_id), r->maker ? "true" : "false",
      r->order_type);
}

static inline int32_t tp_sim_reply_ok(char* out, tp_sim_slice id, const char* symbol,
                                      int64_t order_id, tp_sim_slice client_id, int64_t t_ms) {
  return snprintf(out, TP_SIM_TEXT_BYTES,
      "{\"id\":\"%.*s\",\"status\":200,\"result\":{\"symbol\":\"%s\",\"orderId\":%lld,"
      "\"clientOrderId\":\"%.*s\",\"transactTime\":%lld}}",
      (int)id.bytes, id.text, symbol, (long long)order_id, (int)client_id.bytes, client_id.text,
      (long long)t_ms);
}

static inline int32_t tp_sim_reply_error(char* out, tp_sim_slice id, int32_t code,
                                         const char* message) {
  return snprintf(out, TP_SIM_TEXT_BYTES,
      "{\"id\":\"%.*s\",\"status\":400,\"error\":{\"code\":%d,\"msg\":\"%s\"}}", (int)id.bytes,
      id.text, (int)code, message);
}

/* cancelReplace with STOP_ON_FAILURE whose cancel failed */
static inline int32_t tp_sim_replace_stopped(char* out, tp_sim_slice id) {
  return snprintf(out, TP_SIM_TEXT_BYTES,
      "{\"id\":\"%.*s\",\"status\":400,\"error\":{\"code\":-2022,\"msg\":\"Order cancel-replace "
      "failed.\",\"data\":{\"cancelResult\":\"FAILURE\",\"newOrderResult\":\"NOT_ATTEMPTED\","
      "\"cancelResponse\":{\"code\":-2011,\"msg\":\"Unknown order sent.\"},"
      "\"newOrderResponse\":null}}}",
      (int)id.bytes, id.text);
}

/* cancelReplace whose cancel succeeded and whose new order failed */
static inline int32_t tp_sim_replace_half(char* out, tp_sim_slice id, const char* symbol,
                                          tp_sim_slice orig, int64_t order_id, int32_t code,
                                          const char* message) {
  return snprintf(out, TP_SIM_TEXT_BYTES,
      "{\"id\":\"%.*s\",\"status\":409,\"error\":{\"code\":-2021,\"msg\":\"Order cancel-replace "
      "partially failed.\",\"data\":{\"cancelResult\":\"SUCCESS\",\"newOrderResult\":\"FAILURE\","
      "\"cancelResponse\":{\"symbol\":\"%s\",\"origClientOrderId\":\"%.*s\",\"orderId\":%lld,"
      "\"status\":\"CANCELED\"},\"newOrderResponse\":{\"code\":%d,\"msg\":\"%s\"}}}}",
      (int)id.bytes, id.text, symbol, (int)orig.bytes, orig.text, (long long)order_id, (int)code,
      message);
}
#endif
