/* Decimal digits of integers. Plain C, no allocation.
 *
 * Every function writes at `out` and returns the byte behind what counts; up to 8 bytes behind that
 * may be overwritten, so the caller keeps that much room.
 */
#ifndef TICKPATH_DIGITS_H
#define TICKPATH_DIGITS_H
#include <stdint.h>
#include <string.h>

/* value below 10^8 as 8 decimal digits, the first in the lowest byte: halves, then pairs, then
   digits are split off side by side (P. Khuong, "How to print integers really fast") */
static inline uint64_t tp_eight_digits(uint32_t value) {
  const uint64_t low = 0x000F000F000F000FULL;
  uint64_t high4 = value / 10000;
  uint64_t fours = high4 | (uint64_t)(value - high4 * 10000) << 32;
  uint64_t hundreds = ((fours * 10486) >> 20) & 0x0000007F0000007FULL;
  uint64_t pairs = hundreds | (fours - 100 * hundreds) << 16;
  uint64_t tens = ((pairs * 103) >> 10) & low;
  return (tens | (pairs - 10 * tens) << 8) + 0x3030303030303030ULL;
}

/* exactly `count` (0 to 20) digits of value, with leading zeros; 8 bytes are stored at a time */
static inline char* tp_put_digits(char* out, uint64_t value, int count) {
  uint64_t text;
  if (count > 8) {
    uint64_t high = value / 100000000;
    out = tp_put_digits(out, high, count - 8);
    value -= high * 100000000;
    count = 8;
  }
  text = tp_eight_digits((uint32_t)value) >> ((8 - count) * 8 & 63);
  if (count > 0) memcpy(out, &text, 8);
  return out + count;
}

static const uint64_t tp_powers[20] = {
    0, 10ULL, 100ULL, 1000ULL, 10000ULL, 100000ULL, 1000000ULL, 10000000ULL, 100000000ULL,
    1000000000ULL, 10000000000ULL, 100000000000ULL, 1000000000000ULL, 10000000000000ULL,
    100000000000000ULL, 1000000000000000ULL, 10000000000000000ULL, 100000000000000000ULL,
    1000000000000000000ULL, 10000000000000000000ULL};

/* bits * log10(2), then one comparison */
static inline int tp_digit_count(uint64_t value) {
  int guess = ((64 - __builtin_clzll(value | 1)) * 1233) >> 12;
  return guess + (value >= tp_powers[guess]);
}

static inline char* tp_put_integer(char* out, uint64_t value) {
  return tp_put_digits(out, value, tp_digit_count(value));
}

/* units of 10^-decimals; `scale` is 10^decimals */
static inline char* tp_put_decimal(char* out, uint64_t units, uint64_t scale, int decimals) {
  if (decimals == 0) return tp_put_integer(out, units);
  uint64_t whole = units / scale;
  out = tp_put_integer(out, whole);
  *out++ = '.';
  return tp_put_digits(out, units - whole * scale, decimals);
}
#endif
