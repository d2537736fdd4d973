/* What a venue's checksum of a book is taken of: digits of the best levels, one behind the other.
 *
 * In: levels of both sides, best first, and what a tick and a lot are in units of the last digit
 * that the venue writes. Out: CRC32 of, asks first, price and quantity of each level as integers:
 * the venue's text without its point and leading zeros. A product beyond 64 bits wraps: then the
 * text is not the venue's, and the checksum tells. Worst case: 20 levels of 39 digits.
 */
#ifndef TICKPATH_CHECKSUM_H
#define TICKPATH_CHECKSUM_H
#include <stdint.h>
#include "crc32.h"
#include "digits.h"
#include "records.h"

#define TP_CHECKSUM_LEVELS 10
#define TP_CHECKSUM_TEXT_BYTES (2 * TP_CHECKSUM_LEVELS * 2 * 20 + 8)

static inline char* tp_checksum_side(
    char* out, const tp_level* levels, int32_t count, uint64_t price_units,
    uint64_t quantity_units) {
  for (int32_t k = 0; k < count; k++) {
    out = tp_put_integer(out, (uint64_t)levels[k].price_ticks * price_units);
    out = tp_put_integer(out, (uint64_t)levels[k].quantity_lots * quantity_units);
  }
  return out;
}

__attribute__((noinline)) static uint32_t tp_checksum_ten(
    const tp_level* bids, int32_t bid_count, const tp_level* asks, int32_t ask_count,
    uint64_t price_units, uint64_t quantity_units) {
  char text[TP_CHECKSUM_TEXT_BYTES];
  char* end = tp_checksum_side(text, asks, ask_count, price_units, quantity_units);
  end = tp_checksum_side(end, bids, bid_count, price_units, quantity_units);
  return tp_crc32(text, end - text);
}
#endif
