/* Writing order text: fixed segments, hexadecimal ids, decimals. Sixteen digits at once with SSSE3,
 * else those of digits.h. Plain C, no allocation.
 *
 * Every function writes at `out` and returns the byte behind what counts; up to TP_SEGMENT_BYTES
 * behind that may be overwritten, so the caller keeps that much room.
 */
#ifndef TICKPATH_ORDER_TEXT_H
#define TICKPATH_ORDER_TEXT_H
#include <stdint.h>
#include <string.h>
#if defined(__SSSE3__) && !defined(TICKPATH_PORTABLE)
#include <tmmintrin.h>
#define TP_ORDER_TEXT_SSE 1
#endif
#include "digits.h"
#include "hint.h"

#define TP_SEGMENT_BYTES 124
#define TP_SEGMENT_SHORT 64

typedef struct tp_segment {
  int32_t bytes;
  char text[TP_SEGMENT_BYTES];
} tp_segment;

/* a fixed number of bytes is copied: vector moves instead of a call */
static inline char* tp_put_segment(char* out, const tp_segment* s) {
  memcpy(out, s->text, TP_SEGMENT_SHORT);
  if (s->bytes > TP_SEGMENT_SHORT)
    memcpy(out + TP_SEGMENT_SHORT, s->text + TP_SEGMENT_SHORT, TP_SEGMENT_BYTES - TP_SEGMENT_SHORT);
  return out + s->bytes;
}

#ifdef TP_ORDER_TEXT_SSE
/* 16 hexadecimal digits, most significant first: nibbles side by side, then letters by a shuffle */
static inline char* tp_put_id(char* out, uint64_t id) {
  const __m128i letters = _mm_setr_epi8('0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b',
                                        'c', 'd', 'e', 'f');
  __m128i bytes = _mm_cvtsi64_si128((int64_t)__builtin_bswap64(id));
  __m128i both = _mm_unpacklo_epi8(_mm_srli_epi16(bytes, 4), bytes);
  __m128i digits = _mm_and_si128(both, _mm_set1_epi8(15));
  _mm_storeu_si128((__m128i*)out, _mm_shuffle_epi8(letters, digits));
  return out + 16;
}

/* value below 10^16 as 16 numbers below 10, the first in the lowest byte: tp_eight_digits twice,
   side by side. Some products are sums of two: gcc makes five steps of a plain one. */
static inline __m128i tp_sixteen_digits(uint64_t value) {
  uint64_t high8 = value / 100000000;
  __m128i eights = _mm_unpacklo_epi64(_mm_cvtsi64_si128((int64_t)high8),
                                      _mm_cvtsi64_si128((int64_t)(value - high8 * 100000000)));
  __m128i high4 = _mm_srli_epi64(_mm_mul_epu32(eights, _mm_set1_epi64x(3518437209)), 45);
  __m128i low4 = _mm_sub_epi64(eights, _mm_mul_epu32(high4, _mm_set1_epi64x(10000)));
  __m128i fours = _mm_or_si128(high4, _mm_slli_epi64(low4, 32));
  __m128i hundreds = _mm_srli_epi16(_mm_mulhi_epu16(fours, _mm_set1_epi16(5243)), 3);
  __m128i ones = _mm_sub_epi32(fours, _mm_madd_epi16(hundreds, _mm_set1_epi32(100)));
  __m128i pairs = _mm_or_si128(hundreds, _mm_slli_epi32(ones, 16));
  __m128i tens = _mm_mulhi_epu16(pairs, _mm_set1_epi16(6554));
  __m128i units = _mm_sub_epi16(pairs, _mm_maddubs_epi16(tens, _mm_set1_epi16(10)));
  return _mm_or_si128(tens, _mm_slli_epi16(units, 8));
}

/* the bytes of `text` from `from` (0 to 16) on, then zeros */
static inline __m128i tp_text_from(__m128i text, int from) {
  static const char places[32] = {
      0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
      -1, -1, -1, -1, -1, -1};
  return _mm_shuffle_epi8(text, _mm_loadu_si128((const __m128i*)(places + from)));
}

#define TP_SIXTEEN_DIGITS 10000000000000000ULL

/* tp_put_decimal without a division; 16 bytes are stored at a time */
static inline char* tp_put_amount(char* out, uint64_t units, uint64_t scale, int decimals) {
  if (tp_unlikely(units >= TP_SIXTEEN_DIGITS || decimals > 15))
    return tp_put_decimal(out, units, scale, decimals);
  __m128i digits = tp_sixteen_digits(units);
  __m128i text = _mm_add_epi8(digits, _mm_set1_epi8('0'));
  int zeros = _mm_movemask_epi8(_mm_cmpeq_epi8(digits, _mm_setzero_si128()));
  int last = 15 - decimals;                              /* of the digits before the point */
  int whole = 1 + last - __builtin_ctz(~zeros | 1 << last);
  _mm_storeu_si128((__m128i*)out, tp_text_from(text, last + 1 - whole));
  out += whole;
  if (decimals == 0) return out;
  *out++ = '.';
  _mm_storeu_si128((__m128i*)out, tp_text_from(text, last + 1));
  return out + decimals;
}
#else
/* 8 hexadecimal digits, most significant first: nibbles are spread, then made letters at once */
static inline void tp_put_hex8(char* out, uint32_t value) {
  uint64_t x = value;
  x = (x << 16 | x) & 0x0000FFFF0000FFFFULL;
  x = (x << 8 | x) & 0x00FF00FF00FF00FFULL;
  x = (x << 4 | x) & 0x0F0F0F0F0F0F0F0FULL;
  uint64_t letters = ((x + 0x0606060606060606ULL) >> 4) & 0x0101010101010101ULL;
  x = __builtin_bswap64(x + 0x3030303030303030ULL + letters * 39);
  memcpy(out, &x, 8);
}

static inline char* tp_put_id(char* out, uint64_t id) {
  tp_put_hex8(out, (uint32_t)(id >> 32));
  tp_put_hex8(out + 8, (uint32_t)id);
  return out + 16;
}

static inline char* tp_put_amount(char* out, uint64_t units, uint64_t scale, int decimals) {
  return tp_put_decimal(out, units, scale, decimals);
}
#endif

static inline char* tp_put_count(char* out, uint64_t value) {
  return tp_put_amount(out, value, 1, 0);
}
#endif
