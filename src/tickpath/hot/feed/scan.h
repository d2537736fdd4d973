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
 * conversion"); without SSE4.1 the primitives below are plain loops.
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
#ifndef __cplusplus
static_assert(TP_SCAN_REACH <= TP_FRAME_PADDING_BYTES, "scanning may not leave the padding");
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

/* steps over the literal when it comes next */
TP_SCAN_INLINE int tp_take(const char** p, const char* word, int bytes) {
  if (!TP_SCAN_USUAL(tp_match(*p, word, bytes))) return 0;
  *p += bytes;
  return 1;
}

/* -- primitives ------------------------------------------------------------------------------- */

/* tp_others16, tp_others48: bit k is set when p[k] is no digit
   tp_plain16: bit k is set when p[k] is not printable ASCII or a backslash, a quote, a '@'
   tp_units:   the first `whole` bytes at p (1 to 8) and, behind the point, those up to close (at
               most 8) as an integer of 10^-8; nothing is checked
   tp_integer: the first `count` bytes at p (1 to 16) */
#ifdef TP_SCAN_SSE
TP_SCAN_INLINE uint32_t tp_digits16(const char* p) {
  __m128i v = _mm_sub_epi8(_mm_loadu_si128((const __m128i*)p), _mm_set1_epi8('0'));
  return (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(9)), v));
}

TP_SCAN_INLINE uint32_t tp_others16(const char* p) { return tp_digits16(p) ^ 0xFFFF; }

TP_SCAN_INLINE uint32_t tp_equal16(__m128i v, char c) {
  return (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(v, _mm_set1_epi8(c)));
}

TP_SCAN_INLINE void tp_plain16(const char* p, uint32_t* bad, uint32_t* ends, uint32_t* signs) {
  __m128i v = _mm_loadu_si128((const __m128i*)p);
  __m128i low = _mm_cmplt_epi8(v, _mm_set1_epi8(0x20));  /* signed: 0x80 and above too */
  *bad = (uint32_t)_mm_movemask_epi8(low) | tp_equal16(v, '\\') | tp_equal16(v, 0x7F);
  *ends = tp_equal16(v, '"');
  *signs = tp_equal16(v, '@');
}

TP_SCAN_INLINE uint64_t tp_others48(const char* p) {
  return ~((uint64_t)tp_digits16(p) | (uint64_t)tp_digits16(p + 16) << 16 |
           (uint64_t)tp_digits16(p + 32) << 32);
}

/* sixteen digits as four integers of four, each in 32 bits */
TP_SCAN_INLINE __m128i tp_fours(__m128i digits) {
  const __m128i tens = _mm_set1_epi16(0x010A);
  const __m128i hundreds = _mm_set1_epi32(0x00010064);
  return _mm_madd_epi16(_mm_maddubs_epi16(digits, tens), hundreds);
}

/* four integers of eight digits, from two results of tp_fours */
TP_SCAN_INLINE __m128i tp_eights(__m128i first, __m128i second) {
  return _mm_madd_epi16(_mm_packus_epi32(first, second), _mm_set1_epi32(0x00012710));
}

/* subtracted with saturation: '0' keeps a digit's value, 255 leaves nothing */
static const unsigned char tp_scan_keep[32] = {
    48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48,
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

/* eight digits before the point and eight behind it, as four integers */
TP_SCAN_INLINE __m128i tp_spread(const char* p, uint32_t whole, uint32_t close) {
  __m128i v = _mm_loadu_si128((const __m128i*)p);
  v = _mm_subs_epu8(v, _mm_loadu_si128((const __m128i*)(tp_scan_keep + 16 - close)));
  return tp_fours(_mm_shuffle_epi8(v, _mm_loadu_si128((const __m128i*)tp_scan_point[whole])));
}

/* integer * 10^8 + fraction, in both halves */
TP_SCAN_INLINE __m128i tp_joined(__m128i eights) {
  __m128i integers = _mm_mul_epu32(eights, _mm_set1_epi64x(100000000));
  return _mm_add_epi64(integers, _mm_srli_epi64(eights, 32));
}

TP_SCAN_INLINE uint64_t tp_units(const char* p, uint32_t whole, uint32_t close) {
  __m128i fours = tp_spread(p, whole, close);
  return (uint64_t)_mm_cvtsi128_si64(tp_joined(tp_eights(fours, fours)));
}

TP_SCAN_INLINE void tp_units_pair(
    const char* p, uint32_t p_whole, uint32_t p_close, const char* q, uint32_t q_whole,
    uint32_t q_close, uint64_t* p_units, uint64_t* q_units) {
  __m128i joined =
      tp_joined(tp_eights(tp_spread(p, p_whole, p_close), tp_spread(q, q_whole, q_close)));
  *p_units = (uint64_t)_mm_cvtsi128_si64(joined);
  *q_units = (uint64_t)_mm_extract_epi64(joined, 1);
}

TP_SCAN_INLINE uint64_t tp_integer(const char* p, uint32_t count) {
  __m128i v = _mm_sub_epi8(_mm_loadu_si128((const __m128i*)p), _mm_set1_epi8('0'));
  v = tp_fours(_mm_shuffle_epi8(v, _mm_loadu_si128((const __m128i*)(tp_scan_right + count))));
  return (uint64_t)_mm_cvtsi128_si64(tp_joined(tp_eights(v, v)));
}
#else
TP_SCAN_INLINE uint64_t tp_others(const char* p, int count) {
  uint64_t mask = 0;
  for (int k = 0; k < count; k++) mask |= (uint64_t)((unsigned char)(p[k] - '0') > 9) << k;
  return mask;
}

TP_SCAN_INLINE uint32_t tp_others16(const char* p) { return (uint32_t)tp_others(p, 16); }

TP_SCAN_INLINE void tp_plain16(const char* p, uint32_t* bad, uint32_t* ends, uint32_t* signs) {
  *bad = *ends = *signs = 0;
  for (int k = 0; k < 16; k++) {
    unsigned char c = (unsigned char)p[k];
    *bad |= (uint32_t)(c < 0x20 || c > 0x7E || c == '\\') << k;
    *ends |= (uint32_t)(c == '"') << k;
    *signs |= (uint32_t)(c == '@') << k;
  }
}

TP_SCAN_INLINE uint64_t tp_others48(const char* p) {
  return tp_others(p, 48) | ~((1ULL << 48) - 1);
}

TP_SCAN_INLINE uint64_t tp_integer(const char* p, uint32_t count) {
  uint64_t value = 0;
  for (uint32_t k = 0; k < count; k++) value = value * 10 + (uint64_t)(p[k] - '0');
  return value;
}

TP_SCAN_INLINE uint64_t tp_units(const char* p, uint32_t whole, uint32_t close) {
  uint64_t value = tp_integer(p, whole);
  for (uint32_t k = whole + 1; k < whole + 9; k++)
    value = value * 10 + (k < close ? (uint64_t)(p[k] - '0') : 0);
  return value;
}

TP_SCAN_INLINE void tp_units_pair(
    const char* p, uint32_t p_whole, uint32_t p_close, const char* q, uint32_t q_whole,
    uint32_t q_close, uint64_t* p_units, uint64_t* q_units) {
  *p_units = tp_units(p, p_whole, p_close);
  *q_units = tp_units(q, q_whole, q_close);
}
#endif

/* -- numbers ---------------------------------------------------------------------------------- */

/* one to sixteen digits without a leading zero; *p is left behind them */
TP_SCAN_INLINE int tp_scan_uint(const char** p, int64_t* out) {
  const char* at = *p;
  uint32_t count = (uint32_t)__builtin_ctz(tp_others16(at) | 0x10000);
  if (at[0] == '0' || count == 0) return 0;
  if (count == 16 && (unsigned char)(at[16] - '0') < 10) return 0;
  *out = (int64_t)tp_integer(at, count);
  *p = at + count;
  return 1;
}

/* Where a decimal at p ends: `others` are its bytes that are no digits. One to eight digits without
   a leading zero too many, then nothing or a point and one to eight digits. The byte at *close is
   no digit; the caller compares it. */
TP_SCAN_INLINE int tp_scan_shape(
    const char* p, uint64_t others, uint32_t* whole, uint32_t* close) {
  uint32_t point = (uint32_t)__builtin_ctzll(others);
  uint32_t stop = point;
  if (TP_SCAN_USUAL(p[point] == '.')) {
    stop = (uint32_t)__builtin_ctzll(others & (others - 1));
    if (stop - point - 2 > 7) return 0;
  }
  if (point - 1 > 7 || stop > 16 || (p[0] == '0' && point > 1)) return 0;
  *whole = point;
  *close = stop;
  return 1;
}

/* units of 10^-8, below 10^16, in whole steps of the grid (fixed.pxd: grid_divide) */
TP_SCAN_INLINE int tp_scan_steps(uint64_t units, const tp_grid* grid, int64_t* count) {
  uint64_t steps = units * grid->inverse;
  steps = steps >> (grid->shift & 63) | steps << ((64 - grid->shift) & 63);
  *count = (int64_t)steps;
  return steps <= grid->limit;
}

/* a decimal and the quote behind it; *p is left at the quote */
TP_SCAN_INLINE int tp_scan_quoted(const char** p, const tp_grid* grid, int64_t* count) {
  uint32_t whole, close;
  if (!tp_scan_shape(*p, tp_others16(*p) | ~0xFFFFULL, &whole, &close) || close > 15) return 0;
  if ((*p)[close] != '"' || !tp_scan_steps(tp_units(*p, whole, close), grid, count)) return 0;
  *p += close;
  return 1;
}

/* -- strings ---------------------------------------------------------------------------------- */

/* p inside a string: its closing quote when all before it is printable ASCII without a backslash,
   else NULL; *sign is the first '@' before it, or the quote */
TP_SCAN_INLINE const char* tp_scan_string(const char* p, const char** sign) {
  uint32_t bad, ends, signs;
  const char* found = NULL;
  for (;; p += 16) {
    tp_plain16(p, &bad, &ends, &signs);
    uint32_t before = (ends & (0U - ends)) - 1;          /* all bits when there is no quote */
    if ((bad & before) != 0) return NULL;
    if (found == NULL && (signs & before) != 0) found = p + __builtin_ctz(signs);
    if (ends != 0) break;
  }
  p += __builtin_ctz(ends);
  *sign = found != NULL ? found : p;
  return p;
}

/* -- levels ----------------------------------------------------------------------------------- */

/* the same number, apart from the comparison that found it equal: the processor goes on with the
   next level while it still compares this one (10.2 ns a level without it, 8.4 ns with it) */
TP_SCAN_INLINE uint32_t tp_scan_apart(uint32_t value) {
  __asm__ volatile("" : "+r"(value));
  return value;
}

/* p behind the '[' of a list of ["price","quantity"]; behind its ']' or NULL. Prices of zero and
   lists longer than count_max are declined. `usual` is the length of the level read last: a guess
   for the next, nothing depends on it but the time. */
TP_SCAN_INLINE const char* tp_scan_levels(
    const char* p, const tp_grid* price, const tp_grid* quantity, tp_level* out, int32_t count_max,
    int32_t* count, uint32_t* usual) {
  uint32_t p_whole, p_close, q_whole, q_close;
  uint64_t p_units, q_units, after;
  uint32_t step, guess = *usual;
  int32_t n = 0;
  if (*p == ']') {
    *count = 0;
    return p + 1;
  }
  if (tp_load2(p) != tp_load2("[\"")) return NULL;
  for (;;) {
    p += 2;                                              /* at the price */
    uint64_t others = tp_others48(p);
    if (n == count_max || !tp_scan_shape(p, others, &p_whole, &p_close)) return NULL;
    if ((tp_load4(p + p_close) ^ tp_load4("\",\"")) << 8 != 0) return NULL;
    const char* q = p + p_close + 3;
    if (!tp_scan_shape(q, others >> (p_close + 3), &q_whole, &q_close)) return NULL;
    tp_units_pair(p, p_whole, p_close, q, q_whole, q_close, &p_units, &q_units);
    if (!tp_scan_steps(p_units, price, &out[n].price_ticks) || p_units == 0) return NULL;
    if (!tp_scan_steps(q_units, quantity, &out[n].quantity_lots)) return NULL;
    n++;
    after = tp_load8(q + q_close);
    step = p_close + q_close + 6;                        /* usually to the next level */
    p += TP_SCAN_USUAL(step == guess) ? tp_scan_apart(guess) : (guess = step);
    if (TP_SCAN_USUAL((after ^ tp_load8("\"],[\"\0\0")) << 24 == 0)) continue;
    if ((after ^ tp_load8("\"]]\0\0\0\0")) << 40 == 0) break;
    return NULL;
  }
  *count = n;
  *usual = guess;
  return p;
}
#endif
