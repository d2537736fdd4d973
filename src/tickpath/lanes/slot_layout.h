/* A slot in memory: constants, then a sequence with its stamp and value. Little endian, no
 * pointers. */
#ifndef TICKPATH_SLOT_LAYOUT_H
#define TICKPATH_SLOT_LAYOUT_H
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#define TP_SLOT_MAGIC ((uint64_t)0x31544C534B434954)  /* "TICKSLT1" */
enum { TP_SLOT_HEADER_BYTES = 128 };

/* what the value was made from; the reader judges its age by seq and by ns */
typedef struct tp_slot_stamp {
  uint64_t seq;                       /* of the input it was computed from */
  int64_t t_ns;                       /* t_recv of that input */
  uint64_t model_hash;
  uint64_t config_epoch;
} tp_slot_stamp;

typedef struct tp_slot {
  uint64_t magic;
  uint64_t value_bytes;
  uint64_t constant_line[6];
  uint64_t sequence;                  /* 0 never written, odd while written, even when whole */
  tp_slot_stamp stamp;
  uint64_t reserved[3];
} tp_slot;                            /* the value follows, 8-byte aligned */

static_assert(sizeof(tp_slot) == TP_SLOT_HEADER_BYTES, "layout");
static_assert(offsetof(tp_slot, sequence) == 64, "layout");
static_assert(sizeof(tp_slot_stamp) == 32, "layout");
#endif
