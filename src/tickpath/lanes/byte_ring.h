/* A ring of records of any length between one writing and one reading thread, by bytes.
 *
 * A record is { u64 tag, u32 note, u32 bytes, payload } without alignment. Full: push refuses.
 * `armed` lets the reader sleep: it arms, looks once more, and the writer that finds it armed wakes
 * it.
 */
#ifndef TICKPATH_BYTE_RING_H
#define TICKPATH_BYTE_RING_H
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "atomics.h"

typedef struct tp_byte_ring_head {
  uint64_t tag;                       /* the writer's, as the note */
  uint32_t note;
  uint32_t bytes;
} tp_byte_ring_head;

enum { TP_BYTE_RING_HEAD_BYTES = 16 };
static_assert(sizeof(tp_byte_ring_head) == TP_BYTE_RING_HEAD_BYTES, "a record's head");

typedef struct tp_byte_ring {
  uint8_t* data;
  uint64_t bytes;                     /* power of two */
  uint64_t constant_line[6];
  uint64_t head;                      /* writer: bytes written so far */
  uint64_t tail_seen;                 /* writer's copy of tail */
  uint64_t writer_line[6];
  uint64_t tail;                      /* reader: bytes read so far */
  uint64_t reader_line[7];
  uint32_t armed;                     /* both */
  uint32_t armed_line[15];
} tp_byte_ring;

static inline int tp_byte_ring_init(tp_byte_ring* ring, uint64_t bytes) {
  memset(ring, 0, sizeof *ring);
  ring->data = (uint8_t*)malloc(bytes);
  ring->bytes = bytes;
  return ring->data != NULL;
}

static inline void tp_byte_ring_put(tp_byte_ring* ring, uint64_t at, const void* from, uint64_t n) {
  const uint64_t place = at & (ring->bytes - 1);
  const uint64_t first = n < ring->bytes - place ? n : ring->bytes - place;
  memcpy(ring->data + place, from, first);
  if (n > first) memcpy(ring->data, (const uint8_t*)from + first, n - first);
}

static inline void tp_byte_ring_get(const tp_byte_ring* ring, uint64_t at, void* to, uint64_t n) {
  const uint64_t place = at & (ring->bytes - 1);
  const uint64_t first = n < ring->bytes - place ? n : ring->bytes - place;
  memcpy(to, ring->data + place, first);
  if (n > first) memcpy((uint8_t*)to + first, ring->data, n - first);
}

/* 0 when there is no room now */
static inline int tp_byte_ring_push(tp_byte_ring* ring, uint64_t tag, uint32_t note,
                                    const void* data, uint32_t bytes) {
  const uint64_t need = (uint64_t)bytes + TP_BYTE_RING_HEAD_BYTES;
  const tp_byte_ring_head head = {tag, note, bytes};
  if (ring->head - ring->tail_seen + need > ring->bytes) {
    ring->tail_seen = tp_load_acquire(&ring->tail);
    if (ring->head - ring->tail_seen + need > ring->bytes) return 0;
  }
  tp_byte_ring_put(ring, ring->head, &head, sizeof head);
  tp_byte_ring_put(ring, ring->head + sizeof head, data, bytes);
  tp_store_release(&ring->head, ring->head + need);
  return 1;
}

static inline int tp_byte_ring_waits(const tp_byte_ring* ring) {
  return tp_load_acquire(&ring->head) != ring->tail;
}

/* the head of the oldest record; 0 when there is none */
static inline int tp_byte_ring_front(const tp_byte_ring* ring, tp_byte_ring_head* head) {
  if (!tp_byte_ring_waits(ring)) return 0;
  tp_byte_ring_get(ring, ring->tail, head, sizeof *head);
  return 1;
}

/* copy the payload of the front's `bytes` bytes and give its room back */
static inline void tp_byte_ring_take(tp_byte_ring* ring, void* to, uint32_t bytes) {
  tp_byte_ring_get(ring, ring->tail + TP_BYTE_RING_HEAD_BYTES, to, bytes);
  tp_store_release(&ring->tail, ring->tail + TP_BYTE_RING_HEAD_BYTES + bytes);
}

/* reader: about to sleep. Look at the ring once more afterwards */
static inline void tp_byte_ring_arm(tp_byte_ring* ring) {
  __atomic_store_n(&ring->armed, 1, __ATOMIC_SEQ_CST);
}

/* writer, after a push: whether the reader has to be woken */
static inline int tp_byte_ring_disarm(tp_byte_ring* ring) {
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
  if (!__atomic_load_n(&ring->armed, __ATOMIC_RELAXED)) return 0;
  return __atomic_exchange_n(&ring->armed, 0, __ATOMIC_SEQ_CST) == 1;
}
#endif
