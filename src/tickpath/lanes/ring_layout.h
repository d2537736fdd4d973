/* A ring in memory: four 64-byte lines, then the slots. Little endian, no pointers: any process may
 * map it. Line by line: constants; what the producer writes; what the consumer writes; spare.
 * A slot is { u64 stamp, u64 bytes, payload } rounded up to 64 bytes.
 */
#ifndef TICKPATH_RING_LAYOUT_H
#define TICKPATH_RING_LAYOUT_H
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#define TP_RING_MAGIC ((uint64_t)0x31474E524B434954)  /* "TICKRNG1" */
enum { TP_RING_HEADER_BYTES = 256, TP_RING_SLOT_HEAD_BYTES = 16, TP_RING_LINE_BYTES = 64 };

typedef struct tp_ring {
  uint64_t magic;
  uint64_t slot_count;                /* power of two */
  uint64_t slot_bytes;                /* stride: head and payload, multiple of 64 */
  uint64_t record_bytes;              /* longest payload */
  uint64_t lossy;
  uint64_t constant_line[3];
  uint64_t head;                      /* producer: records written so far */
  uint64_t dropped;                   /* producer: records that did not fit */
  uint64_t producer_line[6];
  uint64_t tail;                      /* consumer: records read so far; unused when lossy */
  uint64_t consumer_line[7];
  uint64_t spare_line[8];
} tp_ring;

typedef struct tp_ring_slot {
  uint64_t stamp;                     /* lossy: 2 * position + 1 while written, + 2 when whole */
  uint64_t bytes;
} tp_ring_slot;

static_assert(sizeof(tp_ring) == TP_RING_HEADER_BYTES, "layout");
static_assert(offsetof(tp_ring, head) == 64 && offsetof(tp_ring, tail) == 128, "layout");
static_assert(sizeof(tp_ring_slot) == TP_RING_SLOT_HEAD_BYTES, "layout");
#endif
