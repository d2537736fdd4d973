/* General JSON text for decoders: validity, walking, strings, numbers. Plain C, no allocation.
 *
 * In: a frame of any bytes. `tp_text_check` reads nothing outside [text, end) and decides whether
 * the rest may be used at all: the walkers below it rely on a valid text and need no end.
 * The verdicts are those of venues/binance/wire_text.py, bit for bit (fuzzed against it).
 * Worst case: linear in the frame, about 2 ns a byte.
 */
#ifndef TICKPATH_SCAN_TEXT_H
#define TICKPATH_SCAN_TEXT_H
#include <stdint.h>
#include <string.h>
#include "_limits_gen.h"
#include "codes.h"

#ifndef __cplusplus
static_assert(TP_NESTING_MAX <= 63, "open brackets are kept in one 64-bit word");
#endif

/* -- UTF-8 (RFC 3629) ------------------------------------------------------------------------- */

static inline int tp_utf8_tail(const unsigned char* p, int count) {
  for (int k = 0; k < count; k++)
    if ((p[k] & 0xC0) != 0x80) return 0;
  return 1;
}

static inline int tp_utf8_valid(const char* text, const char* end) {
  const unsigned char* p = (const unsigned char*)text;
  const unsigned char* last = (const unsigned char*)end;
  uint64_t word;
  while (p < last) {
    if (last - p >= 8) {
      memcpy(&word, p, 8);
      if ((word & 0x8080808080808080ULL) == 0) { p += 8; continue; }
    }
    unsigned c = *p;
    int more = c < 0x80 ? 0 : c < 0xC2 ? -1 : c < 0xE0 ? 1 : c < 0xF0 ? 2 : c < 0xF5 ? 3 : -1;
    if (more < 0 || last - p <= more || !tp_utf8_tail(p + 1, more)) return 0;
    if (c == 0xE0 && p[1] < 0xA0) return 0;              /* longer than needed */
    if (c == 0xED && p[1] > 0x9F) return 0;              /* surrogate */
    if (c == 0xF0 && p[1] < 0x90) return 0;
    if (c == 0xF4 && p[1] > 0x8F) return 0;              /* above U+10FFFF */
    p += 1 + more;
  }
  return 1;
}

/* -- grammar (RFC 8259) ----------------------------------------------------------------------- */

static inline int tp_is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
static inline int tp_is_digit(char c) { return (unsigned char)(c - '0') < 10; }

static inline int tp_hex(char c) {
  if (tp_is_digit(c)) return c - '0';
  unsigned char lower = (unsigned char)(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* *p is behind the opening quote; on TP_OK behind the closing one */
static inline int32_t tp_check_string(const char** p, const char* end) {
  const char* at = *p;
  for (; at < end; at++) {
    unsigned char c = (unsigned char)*at;
    if (c == '"') { *p = at + 1; return TP_OK; }
    if (c < 0x20) return TP_FEED_SYNTAX;
    if (c != '\\') continue;
    if (++at == end) return TP_FEED_TRUNCATED;
    if (*at == 'u') {
      for (int k = 0; k < 4; k++) {
        if (++at == end) return TP_FEED_TRUNCATED;
        if (tp_hex(*at) < 0) return TP_FEED_SYNTAX;
      }
    } else if (*at == 0 || strchr("\"\\/bfnrt", *at) == NULL) {
      return TP_FEED_SYNTAX;
    }
  }
  return TP_FEED_TRUNCATED;
}

static inline int32_t tp_check_digits(const char** p, const char* end) {
  if (*p == end) return TP_FEED_TRUNCATED;
  if (!tp_is_digit(**p)) return TP_FEED_SYNTAX;
  while (*p < end && tp_is_digit(**p)) ++*p;
  return TP_OK;
}

/* *p is at '-' or a digit */
static inline int32_t tp_check_number(const char** p, const char* end) {
  int32_t code;
  if (**p == '-') ++*p;
  if (*p < end && **p == '0') ++*p;
  else if ((code = tp_check_digits(p, end)) != TP_OK) return code;
  if (*p < end && **p == '.') {
    ++*p;
    if ((code = tp_check_digits(p, end)) != TP_OK) return code;
  }
  if (*p < end && (**p | 0x20) == 'e') {
    ++*p;
    if (*p < end && (**p == '+' || **p == '-')) ++*p;
    if ((code = tp_check_digits(p, end)) != TP_OK) return code;
  }
  return TP_OK;
}

static inline int32_t tp_check_literal(const char** p, const char* end) {
  const char* word = **p == 't' ? "true" : **p == 'f' ? "false" : **p == 'n' ? "null" : NULL;
  if (word == NULL) return TP_FEED_SYNTAX;
  for (; *word; word++, ++*p) {
    if (*p == end) return TP_FEED_TRUNCATED;
    if (**p != *word) return TP_FEED_SYNTAX;
  }
  return TP_OK;
}

enum tp_wanted {
  TP_WANT_VALUE, TP_WANT_FIRST_VALUE, TP_WANT_KEY, TP_WANT_FIRST_KEY, TP_WANT_COLON, TP_WANT_MORE
};

/* encoding of the whole frame, then the first fault from the left; one value, then only space */
static inline int32_t tp_text_check(const char* text, const char* end) {
  const char* p = text;
  uint64_t objects = 0;                                  /* bit d: level d is an object */
  int depth = 0;
  int wanted = TP_WANT_VALUE;
  int32_t code;
  if (!tp_utf8_valid(text, end)) return TP_FEED_ENCODING;
  for (;;) {
    while (p < end && tp_is_space(*p)) p++;
    if (p == end) return TP_FEED_TRUNCATED;
    char c = *p;
    if (wanted == TP_WANT_COLON) {
      if (c != ':') return TP_FEED_SYNTAX;
      p++;
      wanted = TP_WANT_VALUE;
      continue;
    }
    if ((c == '}' || c == ']') && wanted != TP_WANT_VALUE && wanted != TP_WANT_KEY) {
      if (((objects >> depth) & 1) != (c == '}')) return TP_FEED_SYNTAX;
      p++;
      wanted = TP_WANT_MORE;
      if (--depth == 0) break;
      continue;
    }
    if (wanted == TP_WANT_MORE) {
      if (c != ',') return TP_FEED_SYNTAX;
      p++;
      wanted = (objects >> depth) & 1 ? TP_WANT_KEY : TP_WANT_VALUE;
      continue;
    }
    if (wanted == TP_WANT_KEY || wanted == TP_WANT_FIRST_KEY) {
      if (c != '"') return TP_FEED_SYNTAX;
      p++;
      if ((code = tp_check_string(&p, end)) != TP_OK) return code;
      wanted = TP_WANT_COLON;
      continue;
    }
    if (c == '{' || c == '[') {
      if (depth == TP_NESTING_MAX) return TP_FEED_NESTING;
      depth++;
      objects = (objects & ~(1ULL << depth)) | ((uint64_t)(c == '{') << depth);
      p++;
      wanted = c == '{' ? TP_WANT_FIRST_KEY : TP_WANT_FIRST_VALUE;
      continue;
    }
    if (c == '"') { p++; code = tp_check_string(&p, end); }
    else if (c == '-' || tp_is_digit(c)) code = tp_check_number(&p, end);
    else code = tp_check_literal(&p, end);
    if (code != TP_OK) return code;
    if (depth == 0) break;
    wanted = TP_WANT_MORE;
  }
  while (p < end && tp_is_space(*p)) p++;
  return p == end ? TP_OK : TP_FEED_SYNTAX;
}

/* -- walking a valid text --------------------------------------------------------------------- */

static inline const char* tp_space_skip(const char* p) {
  while (tp_is_space(*p)) p++;
  return p;
}

/* p at the opening quote; behind the closing one */
static inline const char* tp_string_skip(const char* p) {
  for (p++; *p != '"'; p++)
    if (*p == '\\') p++;
  return p + 1;
}

/* p at the first byte of a value; behind its last */
static inline const char* tp_value_skip(const char* p) {
  int depth = 0;
  do {
    char c = *p;
    if (c == '"') { p = tp_string_skip(p); continue; }
    if (c == '{' || c == '[') depth++;
    else if (c == '}' || c == ']') depth--;
    else if (depth == 0) {
      while (*p != ',' && *p != '}' && *p != ']' && !tp_is_space(*p)) p++;
      return p;
    }
    p++;
  } while (depth > 0);
  return p;
}

/* the decoded bytes of a string, or the characters of a bare number, one by one */
typedef struct tp_cursor {
  const char* p;
  int32_t quoted;
  int32_t waiting;                                       /* bytes of `bytes` not given yet */
  unsigned char bytes[4];                                /* of an escape, last first */
} tp_cursor;

static inline void tp_cursor_init(tp_cursor* c, const char* value) {
  c->quoted = *value == '"';
  c->p = value + c->quoted;
  c->waiting = 0;
  memset(c->bytes, 0, sizeof c->bytes);
}

static inline uint32_t tp_hex4(const char* p) {
  return (uint32_t)(tp_hex(p[0]) << 12 | tp_hex(p[1]) << 8 | tp_hex(p[2]) << 4 | tp_hex(p[3]));
}

/* the code point of \uXXXX at p ('\\'); a pair of surrogates is one. Moves *at behind it. */
static inline uint32_t tp_escape_point(const char* p, const char** at) {
  uint32_t point = tp_hex4(p + 2);
  *at = p + 6;
  if (point >= 0xD800 && point < 0xDC00 && p[6] == '\\' && p[7] == 'u') {
    uint32_t low = tp_hex4(p + 8);
    if (low >= 0xDC00 && low < 0xE000) {
      *at = p + 12;
      point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
    }
  }
  return point;
}

static inline int tp_cursor_escape(tp_cursor* c) {
  static const char plain[] = "\"\\/bfnrt";
  static const char means[] = "\"\\/\b\f\n\r\t";
  if (c->p[1] != 'u') {
    char found = means[strchr(plain, c->p[1]) - plain];
    c->p += 2;
    return (unsigned char)found;
  }
  uint32_t point = tp_escape_point(c->p, &c->p);
  if (point < 0x80) return (int)point;
  int n = 0;
  unsigned lead = point < 0x800 ? 0xC0 : point < 0x10000 ? 0xE0 : 0xF0;
  int tails = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
  for (; n < tails; n++, point >>= 6) c->bytes[n] = (unsigned char)(0x80 | (point & 0x3F));
  c->waiting = n;
  return (int)(lead | point);
}

/* the next byte, -1 behind the last. A lone surrogate gives bytes that no UTF-8 text contains. */
static inline int tp_cursor_next(tp_cursor* c) {
  if (c->waiting > 0) return c->bytes[--c->waiting];
  char b = *c->p;
  if (c->quoted) {
    if (b == '"') return -1;
    if (b == '\\') return tp_cursor_escape(c);
  } else if (!tp_is_digit(b) && b != '.' && b != '-' && b != '+' && (b | 0x20) != 'e') {
    return -1;
  }
  c->p++;
  return (unsigned char)b;
}

/* whether the string at p (its opening quote) reads `word` */
static inline int tp_string_is(const char* p, const char* word) {
  tp_cursor c;
  tp_cursor_init(&c, p);
  for (; *word; word++)
    if (tp_cursor_next(&c) != (unsigned char)*word) return 0;
  return tp_cursor_next(&c) < 0;
}

/* decoded bytes into out (`room` of them); the count, or room + 1 when there are more */
static inline int32_t tp_string_copy(const char* p, char* out, int32_t room) {
  tp_cursor c;
  int32_t n = 0;
  int b;
  tp_cursor_init(&c, p);
  while ((b = tp_cursor_next(&c)) >= 0) {
    if (n == room) return room + 1;
    out[n++] = (char)b;
  }
  return n;
}

/* -- numbers ---------------------------------------------------------------------------------- */

#define TP_UNITS_MAX 0x7FFFFFFFFFFFFFFFULL
#define TP_EXPONENT_MAX 1000000000000LL                  /* far beyond any frame's digits */

typedef struct tp_decimal {
  uint64_t significant;                                  /* digits without zeros at either end */
  int64_t zeros;                                         /* zeros behind them so far */
  int32_t too_long;                                      /* significant does not fit */
} tp_decimal;

static inline void tp_decimal_digit(tp_decimal* d, int digit) {
  if (digit == 0) { d->zeros++; return; }
  if (d->significant != 0) {
    for (int64_t k = d->zeros + 1; k > 0 && !d->too_long; k--)
      d->too_long = __builtin_mul_overflow(d->significant, 10ULL, &d->significant);
  }
  if (!d->too_long)
    d->too_long = __builtin_add_overflow(d->significant, (uint64_t)digit, &d->significant);
  d->zeros = 0;
}

static inline int32_t tp_exponent_read(tp_cursor* c, int64_t* exponent) {
  int b = tp_cursor_next(c);
  int negative = b == '-';
  int64_t value = 0;
  if (b == '-' || b == '+') b = tp_cursor_next(c);
  if (b < '0' || b > '9') return TP_FEED_WRONG_TYPE;
  for (; b >= '0' && b <= '9'; b = tp_cursor_next(c))
    if (value < TP_EXPONENT_MAX) value = value * 10 + (b - '0');
  *exponent = negative ? -value : value;
  return b < 0 ? TP_OK : TP_FEED_WRONG_TYPE;
}

/* number or numeric string at `value` as an integer of 10^-decimals (units_of in wire_text.py) */
static inline int32_t tp_number_units(const char* value, int32_t decimals, int64_t* units) {
  tp_cursor c;
  tp_decimal d = {0, 0, 0};
  int64_t fraction = 0;
  int64_t exponent = 0;
  int b, minus, digits = 0;
  if (*value != '"' && *value != '-' && !tp_is_digit(*value)) return TP_FEED_WRONG_TYPE;
  tp_cursor_init(&c, value);
  b = tp_cursor_next(&c);
  minus = b == '-';
  if (minus) b = tp_cursor_next(&c);
  int zero_first = b == '0';
  for (; b >= '0' && b <= '9'; b = tp_cursor_next(&c)) {
    if (zero_first && digits > 0) return TP_FEED_WRONG_TYPE;
    digits = 1;
    tp_decimal_digit(&d, b - '0');
  }
  if (!digits) return TP_FEED_WRONG_TYPE;
  if (b == '.') {
    b = tp_cursor_next(&c);
    for (; b >= '0' && b <= '9'; b = tp_cursor_next(&c)) {
      tp_decimal_digit(&d, b - '0');
      fraction++;
    }
    if (fraction == 0) return TP_FEED_WRONG_TYPE;
  }
  if (b == 'e' || b == 'E') {
    if (tp_exponent_read(&c, &exponent) != TP_OK) return TP_FEED_WRONG_TYPE;
  } else if (b >= 0) {
    return TP_FEED_WRONG_TYPE;
  }
  if (minus) return TP_FEED_RANGE;
  *units = 0;
  if (d.significant == 0 && !d.too_long) return TP_OK;
  int64_t power = exponent - fraction + d.zeros + decimals;
  if (d.too_long || power < 0 || power > 18) return TP_FEED_DIGITS;
  for (; power > 0; power--)
    if (__builtin_mul_overflow(d.significant, 10ULL, &d.significant)) return TP_FEED_DIGITS;
  if (d.significant > TP_UNITS_MAX) return TP_FEED_DIGITS;
  *units = (int64_t)d.significant;
  return TP_OK;
}
#endif
