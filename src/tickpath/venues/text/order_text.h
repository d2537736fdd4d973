/* Writing order text: fixed segments, hexadecimal ids; decimals of digits.h. Plain C, no
 * allocation.
 *
 * Every function writes at `out` and returns the byte behind what counts; up to TP_SEGMENT_BYTES
 * behind that may be overwritten, so the caller keeps that much room.
 */
#ifndef TICKPATH_ORDER_TEXT_H
#define TICKPATH_ORDER_TEXT_H
#include <stdint.h>
#include <string.h>
#include "digits.h"

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
#endif
