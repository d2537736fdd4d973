/* Fast scanning of the usual compact text: literals, unsigned integers, decimals, price levels.
 *
 * In: a frame with TP_FRAME_PADDING_BYTES zero bytes behind it. Every function reads at most
 * TP_SCAN_REACH bytes from where it stands and stands inside the frame or at its end: the zeros
 * match nothing, so nothing walks past them. Every function accepts only ASCII bytes it has
 * compared, and declines (0 or NULL) everything it is not sure of: the caller then takes the
 * general scanner, which must agree with what was accepted here.
 * Worst case: a declined frame is scanned twice.
 *
 * Digits are summed in pairs, fours and eights by multiply-add (W. Mula, "SIMD-ized decimal
 * conversion"); without SSE4.1 the three primitives below are plain loops.
 */
#ifndef TICKPATH_SCAN_H
#define TICKPATH_SCAN_H
#include <stdint.h>
#include <string.h>
#include "_limits_gen.h"
#include "records.h"
#if defined(__SSE4_1__) && !defined(TICKPATH_PORTABLE)
#include <smmintrin.h>
#define TP_SCAN_SSE 1
#endif

#define TP_SCAN_INLINE static inline __attribute__((always_inline))
#define TP_SCAN_USUAL(x) __builtin_expect(!!(x), 1)

#define TP_SCAN_REACH 64
#define TP_LEVEL_TEXT_MAX 48
#ifndef __cplusplus
static_assert(TP_SCAN_REACH <= TP_FRAME_PADDING_BYTES, "scanning may not leave the padding");
static_assert(TP_LEVEL_TEXT_MAX + 16 <= TP_SCAN_REACH, "a decimal is loaded 16 bytes at a time");
#endif

/* -- literals --------------------------------------------------------------------------------- */

TP_SCAN_INLINE uint64_t tp_load8(const char* p) { uint64_t v; memcpy(&v, p, 8); return v; }
TP_SCAN_INLINE uint32_t tp_load4(const char* p) { uint32_t v; memcpy(&v, p, 4); return v; }
TP_SCAN_INLINE uint16_t tp_load2(const char* p) { uint16_t v; memcpy(&v, p, 2); return v; }

/* whether `bytes` (a constant, 1 to 32) at p are those of the literal */
TP_SCAN_INLINE int tp_match(const char* p, const char* word, int bytes) {
  if (bytes >= 8) {
    uint64_t differ = tp_load8(p) ^ tp_load8(word);
    if (bytes > 16) differ |= tp_load8(p + 8) ^ tp_load8(word + 8);
    if (bytes > 24) differ |= tp_load8(p + 16) ^ tp_load8(word + 16);
    differ |= tp_load8(p + bytes - 8) ^ tp_load8(word + bytes - 8);
    return differ == 0;
  }
  if (bytes >= 4)
    return ((tp_load4(p) ^ tp_load4(word)) | (tp_load4(p + bytes - 4) ^ tp_load4(word + bytes - 4)))
           == 0;
  if (bytes >= 2) return tp_load2(p) == tp_load2(word) && p[bytes - 1] == word[bytes - 1];
  return p[0] == word[0];
}

/* -- the three primitives --------------------------------------------------------------------- */

/* tp_quotes48: bit k is set when p[k] is a quote, k < 48
   tp_others16: bit k is set when p[k] is no digit, k < 16
   tp_digits:   the first `whole` bytes at p (1 to 8) and the bytes from whole + 1 to close (at
                most 8 of them, filled up with zeros behind) as integers; nothing is checked */
#ifdef TP_SCAN_SSE
TP_SCAN_INLINE uint32_t tp_equal16(const char* p, char c) {
  __m128i v = _mm_loadu_si128((const __m128i*)p);
  return (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(v, _mm_set1_epi8(c)));
}

TP_SCAN_INLINE uint64_t tp_quotes48(const char* p) {
  return (uint64_t)tp_equal16(p, '"') | (uint64_t)tp_equal16(p + 16, '"') << 16 |
         (uint64_t)tp_equal16(p + 32, '"') << 32;
}

TP_SCAN_INLINE uint32_t tp_others16(const char* p) {
  __m128i v = _mm_sub_epi8(_mm_loadu_si128((const __m128i*)p), _mm_set1_epi8('0'));
  __m128i digit = _mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(9)), v);
  return (uint32_t)_mm_movemask_epi8(digit) ^ 0xFFFF;
}

/* sixteen digits as two integers of eight */
TP_SCAN_INLINE uint64_t tp_eights(__m128i digits) {
  const __m128i tens = _mm_set1_epi16(0x010A);
  const __m128i hundreds = _mm_set1_epi32(0x00010064);
  const __m128i thousands = _mm_set1_epi32(0x00012710);
  __m128i fours = _mm_madd_epi16(_mm_maddubs_epi16(digits, tens), hundreds);
  fours = _mm_packus_epi32(fours, fours);
  return (uint64_t)_mm_cvtsi128_si64(_mm_madd_epi16(fours, thousands));
}

static const unsigned char tp_scan_keep[32] = {
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255};
static const signed char tp_scan_right[32] = {
    -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
#define TP_R(n) (n) - 8 < 0 ? -1 : (n) - 8
#define TP_L(n) (n) > 15 ? -1 : (n)
#define TP_ROW(w)                                                                         \
  {TP_R(w), TP_R(w + 1), TP_R(w + 2), TP_R(w + 3), TP_R(w + 4), TP_R(w + 5), TP_R(w + 6), \
   TP_R(w + 7), TP_L(w + 1), TP_L(w + 2), TP_L(w + 3), TP_L(w + 4), TP_L(w + 5),          \
   TP_L(w + 6), TP_L(w + 7), TP_L(w + 8)}
static const signed char tp_scan_point[9][16] = {
    TP_ROW(0), TP_ROW(1), TP_ROW(2), TP_ROW(3), TP_ROW(4), TP_ROW(5), TP_ROW(6), TP_ROW(7),
    TP_ROW(8)};
#undef TP_ROW
#undef TP_L
#undef TP_R

TP_SCAN_INLINE void tp_digits(
    const char* p, uint32_t whole, uint32_t close, uint32_t* integer, uint32_t* fraction) {
  __m128i v = _mm_sub_epi8(_mm_loadu_si128((const __m128i*)p), _mm_set1_epi8('0'));
  v = _mm_and_si128(v, _mm_loadu_si128((const __m128i*)(tp_scan_keep + 16 - close)));
  v = _mm_shuffle_epi8(v, _mm_loadu_si128((const __m128i*)tp_scan_point[whole]));
  uint64_t eights = tp_eights(v);
  *integer = (uint32_t)eights;
  *fraction = (uint32_t)(eights >> 32);
}

/* the first `count` (1 to 16) digits at p */
TP_SCAN_INLINE uint64_t tp_integer(const char* p, uint32_t count) {
  __m128i v = _mm_sub_epi8(_mm_loadu_si128((const __m128i*)p), _mm_set1_epi8('0'));
  v = _mm_shuffle_epi8(v, _mm_loadu_si128((const __m128i*)(tp_scan_right + count)));
  uint64_t eights = tp_eights(v);
  return (uint64_t)(uint32_t)eights * 100000000U + (eights >> 32);
}
#else
TP_SCAN_INLINE uint32_t tp_equal16(const char* p, char c) {
  uint32_t mask = 0;
  for (int k = 0; k < 16; k++) mask |= (uint32_t)(p[k] == c) << k;
  return mask;
}

TP_SCAN_INLINE uint64_t tp_quotes48(const char* p) {
  uint64_t mask = 0;
  for (int k = 0; k < 48; k++) mask |= (uint64_t)(p[k] == '"') << k;
  return mask;
}

TP_SCAN_INLINE uint32_t tp_others16(const char* p) {
  uint32_t mask = 0;
  for (int k = 0; k < 16; k++) mask |= (uint32_t)((unsigned char)(p[k] - '0') > 9) << k;
  return mask;
}

TP_SCAN_INLINE void tp_digits(
    const char* p, uint32_t whole, uint32_t close, uint32_t* integer, uint32_t* fraction) {
  *integer = *fraction = 0;
  for (uint32_t k = 0; k < whole; k++) *integer = *integer * 10 + (uint32_t)(p[k] - '0');
  for (uint32_t k = whole + 1; k < whole + 9; k++)
    *fraction = *fraction * 10 + (k < close ? (uint32_t)(p[k] - '0') : 0);
}

TP_SCAN_INLINE uint64_t tp_integer(const char* p, uint32_t count) {
  uint64_t value = 0;
  for (uint32_t k = 0; k < count; k++) value = value * 10 + (uint64_t)(p[k] - '0');
  return value;
}
#endif

/* -- numbers ---------------------------------------------------------------------------------- */

/* one to fifteen or exactly sixteen digits without a leading zero; *p is left behind them */
TP_SCAN_INLINE int tp_scan_uint(const char** p, int64_t* out) {
  const char* at = *p;
  uint32_t count = (uint32_t)__builtin_ctz(tp_others16(at) | 0x10000);
  if (at[0] == '0' || count == 0) return 0;
  if (count == 16 && (unsigned char)(at[16] - '0') < 10) return 0;
  *out = (int64_t)tp_integer(at, count);
  *p = at + count;
  return 1;
}

/* the decimal in p[0] to p[close - 1], close at most 16, on a grid of eight decimals */
TP_SCAN_INLINE int tp_scan_decimal(
    const char* p, uint32_t close, const tp_grid* grid, int64_t* count) {
  uint32_t others = tp_others16(p) & ((1U << close) - 1);
  uint32_t whole = others ? (uint32_t)__builtin_ctz(others) : close;
  uint32_t tail = close - whole;                         /* the point and what follows, or nothing */
  uint32_t integer, fraction;
  if (others != 0 && (p[whole] != '.' || (others & (others - 1)) != 0 || tail < 2 || tail > 9))
    return 0;
  if (whole - 1 > 7 || (p[0] == '0' && whole > 1)) return 0;
  tp_digits(p, whole, close, &integer, &fraction);
  uint64_t value = (uint64_t)integer * 100000000U + fraction;
  uint64_t steps = value * grid->inverse;
  steps = steps >> (grid->shift & 63) | steps << ((64 - grid->shift) & 63);
  *count = (int64_t)steps;
  return steps <= grid->limit;                           /* value < 10^16: so is the quotient */
}

/* a decimal that ends at a quote within 16 bytes; *p is left at the quote */
TP_SCAN_INLINE int tp_scan_quoted(const char** p, const tp_grid* grid, int64_t* count) {
  uint32_t quotes = tp_equal16(*p, '"');
  if (quotes == 0) return 0;
  uint32_t close = (uint32_t)__builtin_ctz(quotes);
  if (close == 0 || !tp_scan_decimal(*p, close, grid, count)) return 0;
  *p += close;
  return 1;
}

/* -- strings ---------------------------------------------------------------------------------- */

/* p inside a string: its closing quote when all before it is printable ASCII without a backslash,
   else NULL; *sign is the first '@' before it, or the quote */
TP_SCAN_INLINE const char* tp_scan_string(const char* p, const char** sign) {
  const char* found = NULL;
  for (;; p++) {
    unsigned char c = (unsigned char)*p;
    if (c == '"') break;
    if (c < 0x20 || c > 0x7E || c == '\\') return NULL;
    if (c == '@' && found == NULL) found = p;
  }
  *sign = found != NULL ? found : p;
  return p;
}

/* -- levels ----------------------------------------------------------------------------------- */

/* p behind the '[' of a list of ["price","quantity"]; behind its ']' or NULL. Prices of zero and
   lists longer than count_max are declined. */
TP_SCAN_INLINE const char* tp_scan_levels(
    const char* p, const tp_grid* price, const tp_grid* quantity, tp_level* out, int32_t count_max,
    int32_t* count) {
  const uint64_t far = 1ULL << TP_LEVEL_TEXT_MAX;
  int32_t n = 0;
  if (*p == ']') {
    *count = 0;
    return p + 1;
  }
  for (;;) {
    uint64_t quotes = tp_quotes48(p);
    uint64_t inner = quotes & ~3ULL;
    uint32_t first = (uint32_t)__builtin_ctzll(inner | far);
    uint64_t rest = inner >> first;                      /* 101 in its low bits, then the last */
    uint32_t last = first + (uint32_t)__builtin_ctzll((rest & ~7ULL) | far);
    if (n == count_max || tp_load2(p) != tp_load2("[\"") || (rest & 7) != 5) return NULL;
    if (last >= TP_LEVEL_TEXT_MAX || p[first + 1] != ',' || p[last + 1] != ']') return NULL;
    if (first < 3 || first > 18 || last < first + 4 || last > first + 19) return NULL;
    if (!tp_scan_decimal(p + 2, first - 2, price, &out[n].price_ticks)) return NULL;
    if (!tp_scan_decimal(p + first + 3, last - first - 3, quantity, &out[n].quantity_lots))
      return NULL;
    if (out[n].price_ticks == 0) return NULL;
    n++;
    p += last + 2;
    if (*p == ']') break;
    if (*p != ',') return NULL;
    p++;
  }
  *count = n;
  return p + 1;
}
#endif
