/* What a venue's checksum of a book is taken of: digits of the best levels, one behind the other.
 *
 * In: levels of both sides, best first, and what a tick and a lot are in units of the last digit
 * that the venue writes. Out: CRC32 of, asks first, price and quantity of each level as integers:
 * the venue's text without its point and leading zeros. A product beyond 64 bits wraps: then the
 * text is not the venue's, and the checksum tells.
 *
 * A message changes one or two levels of twenty, so what was written of a level is kept by its
 * price, and the checksum of the levels seen last. Worst case: 20 new levels of 39 digits.
 */
#ifndef TICKPATH_CHECKSUM_H
#define TICKPATH_CHECKSUM_H
#include <stdint.h>
#include <string.h>
#include "crc32.h"
#include "digits.h"
#include "records.h"

#define TP_CHECKSUM_LEVELS 10
#define TP_CHECKSUM_ROWS 64                              /* a side, a power of two */
#define TP_CHECKSUM_ROW_BYTES 48                         /* 40 digits, and what is stored behind */
#define TP_CHECKSUM_TEXT_BYTES (2 * TP_CHECKSUM_LEVELS * 40 + TP_CHECKSUM_ROW_BYTES)

typedef struct tp_checksum_row {
  int64_t price_ticks;                                   /* 0: free */
  int64_t quantity_lots;
  int64_t bytes;
  char text[TP_CHECKSUM_ROW_BYTES];
} tp_checksum_row;

typedef struct tp_checksum_memo {                        /* zeros: nothing seen */
  uint64_t price_units;
  uint64_t quantity_units;
  int32_t counts[2];                                     /* asks, bids */
  uint32_t checksum;                                     /* of the levels below */
  int32_t reserved;
  tp_level levels[2][TP_CHECKSUM_LEVELS];
  tp_checksum_row rows[2][TP_CHECKSUM_ROWS];
} tp_checksum_memo;

static inline char* tp_checksum_level(
    const tp_checksum_memo* m, tp_checksum_row* rows, const tp_level* level, char* out) {
  int64_t place = level->price_ticks + (level->price_ticks >> 6);
  tp_checksum_row* row = &rows[place & (TP_CHECKSUM_ROWS - 1)];
  if (row->price_ticks != level->price_ticks || row->quantity_lots != level->quantity_lots) {
    char* end = tp_put_integer(row->text, (uint64_t)level->price_ticks * m->price_units);
    end = tp_put_integer(end, (uint64_t)level->quantity_lots * m->quantity_units);
    row->price_ticks = level->price_ticks;
    row->quantity_lots = level->quantity_lots;
    row->bytes = end - row->text;
  }
  memcpy(out, row->text, TP_CHECKSUM_ROW_BYTES);
  return out + row->bytes;
}

/* takes over the levels of a side; whether they are others than before */
static inline int tp_checksum_take(
    tp_checksum_memo* m, int side, const tp_level* levels, int32_t count) {
  size_t bytes = (size_t)count * sizeof(tp_level);
  if (m->counts[side] == count && memcmp(m->levels[side], levels, bytes) == 0) return 0;
  m->counts[side] = count;
  memcpy(m->levels[side], levels, bytes);
  return 1;
}

__attribute__((noinline)) static uint32_t tp_checksum_ten(
    tp_checksum_memo* m, const tp_level* bids, int32_t bid_count, const tp_level* asks,
    int32_t ask_count) {
  char text[TP_CHECKSUM_TEXT_BYTES];
  char* end = text;
  int others = tp_checksum_take(m, 0, asks, ask_count);
  others |= tp_checksum_take(m, 1, bids, bid_count);
  if (!others) return m->checksum;
  for (int side = 0; side < 2; side++)
    for (int32_t k = 0; k < m->counts[side]; k++)
      end = tp_checksum_level(m, m->rows[side], &m->levels[side][k], end);
  m->checksum = tp_crc32(text, end - text);
  return m->checksum;
}
#endif
