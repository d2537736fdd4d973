/* Frames of the generated market: combined-stream text in the venue's format, digit by digit.
 *
 * Every writer appends at `out` and returns the byte behind; the caller reserves
 * TP_CROWD_HEAD_BYTES and TP_CROWD_LEVEL_BYTES a level.
 */
#ifndef TICKPATH_CROWD_H
#define TICKPATH_CROWD_H
#include <stdint.h>
#include <string.h>

enum { TP_CROWD_HEAD_BYTES = 768, TP_CROWD_LEVEL_BYTES = 64 };

typedef struct tp_crowd_text {
  char symbol[32];
  char stream[32];                  /* the symbol in lower case */
  int64_t price_scale;              /* a tick in the last digit written */
  int64_t quantity_scale;
  int32_t price_decimals;
  int32_t quantity_decimals;
  int32_t futures;
  int32_t reserved;
} tp_crowd_text;

static inline char* tp_crowd_put(char* out, const char* text) {
  size_t n = strlen(text);
  memcpy(out, text, n);
  return out + n;
}

/* value * 10^-decimals with all its decimals */
static inline char* tp_crowd_number(char* out, uint64_t value, int32_t decimals) {
  char digits[32];
  int32_t n = 0, places = 0;
  do {
    if (decimals > 0 && places == decimals) digits[n++] = '.';
    digits[n++] = (char)('0' + value % 10);
    value /= 10;
    places++;
  } while (value > 0 || places <= decimals);
  while (n > 0) *out++ = digits[--n];
  return out;
}

static inline char* tp_crowd_price(char* out, const tp_crowd_text* c, int64_t ticks) {
  return tp_crowd_number(out, (uint64_t)(ticks * c->price_scale), c->price_decimals);
}

static inline char* tp_crowd_quantity(char* out, const tp_crowd_text* c, int64_t steps) {
  return tp_crowd_number(out, (uint64_t)(steps * c->quantity_scale), c->quantity_decimals);
}

static inline char* tp_crowd_level(char* out, const tp_crowd_text* c, int64_t ticks,
                                   int64_t steps) {
  out = tp_crowd_price(tp_crowd_put(out, "[\""), c, ticks);
  out = tp_crowd_quantity(tp_crowd_put(out, "\",\""), c, steps);
  return tp_crowd_put(out, "\"],");
}

/* the end of a list of levels: its last comma goes */
static inline char* tp_crowd_close(char* out, const char* text) {
  return tp_crowd_put(out[-1] == ',' ? out - 1 : out, text);
}

static inline char* tp_crowd_field(char* out, const char* name, int64_t value) {
  return tp_crowd_number(tp_crowd_put(out, name), (uint64_t)value, 0);
}

static inline char* tp_crowd_stream(char* out, const tp_crowd_text* c, const char* name) {
  out = tp_crowd_put(tp_crowd_put(out, "{\"stream\":\""), c->stream);
  return tp_crowd_put(tp_crowd_put(tp_crowd_put(out, "@"), name), "\",\"data\":{");
}

static inline char* tp_crowd_symbol(char* out, const tp_crowd_text* c) {
  return tp_crowd_put(tp_crowd_put(tp_crowd_put(out, ",\"s\":\""), c->symbol), "\"");
}

static inline char* tp_crowd_depth_head(char* out, const tp_crowd_text* c, int64_t t_ms,
                                        int64_t first_id, int64_t last_id, int64_t prev_id) {
  out = tp_crowd_stream(out, c, "depth@100ms");
  out = tp_crowd_field(out, "\"e\":\"depthUpdate\",\"E\":", t_ms);
  if (c->futures) out = tp_crowd_field(out, ",\"T\":", t_ms);
  out = tp_crowd_field(tp_crowd_symbol(out, c), ",\"U\":", first_id);
  out = tp_crowd_field(out, ",\"u\":", last_id);
  if (c->futures) out = tp_crowd_field(out, ",\"pu\":", prev_id);
  return tp_crowd_put(out, ",\"b\":[");
}

static inline char* tp_crowd_snapshot_head(char* out, const tp_crowd_text* c, int64_t t_ms,
                                           int64_t last_id) {
  out = tp_crowd_field(out, "{\"lastUpdateId\":", last_id);
  if (c->futures) out = tp_crowd_field(tp_crowd_field(out, ",\"E\":", t_ms), ",\"T\":", t_ms);
  return tp_crowd_put(out, ",\"bids\":[");
}

static inline char* tp_crowd_ticker(char* out, const tp_crowd_text* c, int64_t t_ms, int64_t id,
                                    int64_t bid, int64_t bid_steps, int64_t ask,
                                    int64_t ask_steps) {
  out = tp_crowd_stream(out, c, "bookTicker");
  if (c->futures) out = tp_crowd_put(out, "\"e\":\"bookTicker\",");
  out = tp_crowd_symbol(tp_crowd_field(out, "\"u\":", id), c);
  out = tp_crowd_price(tp_crowd_put(out, ",\"b\":\""), c, bid);
  out = tp_crowd_quantity(tp_crowd_put(out, "\",\"B\":\""), c, bid_steps);
  out = tp_crowd_price(tp_crowd_put(out, "\",\"a\":\""), c, ask);
  out = tp_crowd_quantity(tp_crowd_put(out, "\",\"A\":\""), c, ask_steps);
  if (c->futures)
    out = tp_crowd_field(tp_crowd_field(out, "\",\"T\":", t_ms), ",\"E\":", t_ms);
  else
    out = tp_crowd_put(out, "\"");
  return tp_crowd_put(out, "}}");
}

static inline char* tp_crowd_trade(char* out, const tp_crowd_text* c, int64_t t_ms, int64_t id,
                                   int64_t ticks, int64_t steps, int32_t buyer_is_maker) {
  const char* maker = buyer_is_maker ? "true" : "false";
  out = tp_crowd_field(tp_crowd_stream(out, c, "trade"), "\"e\":\"trade\",\"E\":", t_ms);
  if (c->futures) out = tp_crowd_field(out, ",\"T\":", t_ms);
  out = tp_crowd_field(tp_crowd_symbol(out, c), ",\"t\":", id);
  out = tp_crowd_price(tp_crowd_put(out, ",\"p\":\""), c, ticks);
  out = tp_crowd_quantity(tp_crowd_put(out, "\",\"q\":\""), c, steps);
  if (c->futures) out = tp_crowd_put(out, "\",\"X\":\"MARKET\"");
  else out = tp_crowd_field(out, "\",\"T\":", t_ms);
  out = tp_crowd_put(tp_crowd_put(out, ",\"m\":"), maker);
  return tp_crowd_put(out, c->futures ? "}}" : ",\"M\":true}}");
}
#endif
