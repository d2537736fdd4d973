/* Registers and result ring of a mapped AXI DMA in simple mode (PG021), without an interrupt.
 *
 * In: a mapped register window, mapped memory that fabric and processor see coherently, and the
 * address by which the fabric reaches that memory. Memory: one place for the row, then `slots`
 * places for results. The receiving channel is armed ahead, so a row costs three register writes
 * (address in two words, and the length: the doorbell) and a poll of memory. A slot is marked
 * before it is armed; the mark is a word that no score is, so the last word of the slot says when
 * all came. Worst case: `polls_max` looks at memory, then UIO_LOST.
 */
#ifndef TICKPATH_UIO_MAP_H
#define TICKPATH_UIO_MAP_H
#include <stdint.h>
#include <string.h>

enum { UIO_DONE = 0, UIO_LOST = 1, UIO_REFUSED = 2 };
enum {
  DMA_SEND = 0x00,
  DMA_RECEIVE = 0x30,
  DMA_CONTROL = 0x00,
  DMA_STATUS = 0x04,
  DMA_ADDRESS = 0x18,
  DMA_ADDRESS_HIGH = 0x1C,
  DMA_LENGTH = 0x28,
  DMA_RUN = 0x1,
  DMA_RESET = 0x4,
  DMA_HALTED = 0x1,
  DMA_IDLE = 0x2,
  DMA_ERRORS = 0x770,
};
enum { UIO_LOOKS = 1 << 18 }; /* looks at memory between two at the DMA's status */
#define UIO_MARK 0xFFFFFFFFFFFFFFFFULL

typedef struct {
  volatile uint32_t *dma;      /* registers */
  volatile uint8_t *memory;    /* rows at 0, results from `results_at` on */
  uint64_t physical;           /* where the fabric sees `memory` */
  uint32_t results_at;
  uint32_t slot_bytes;         /* room of a slot, a multiple of 64 */
  uint32_t result_bytes;       /* what comes into it */
  uint32_t slots;
  uint32_t slot;               /* the one that is armed */
  uint32_t armed;
  uint32_t polls_max;
} tp_uio;

static inline uint32_t uio_read(const volatile uint32_t *base, uint32_t offset) {
  uint32_t word = base[offset / 4];
  __atomic_thread_fence(__ATOMIC_ACQUIRE);
  return word;
}

static inline void uio_write(volatile uint32_t *base, uint32_t offset, uint32_t word) {
  __atomic_thread_fence(__ATOMIC_SEQ_CST); /* memory first, then the register that tells of it */
  base[offset / 4] = word;
}

static inline volatile uint64_t *uio_last(const tp_uio *u) {
  return (volatile uint64_t *)(u->memory + u->results_at + (uint64_t)u->slot * u->slot_bytes +
                               u->result_bytes - 8);
}

/* Address and length of a transfer; the length starts it. */
static inline void uio_go(tp_uio *u, uint32_t channel, uint64_t address, uint32_t bytes) {
  uio_write(u->dma, channel + DMA_ADDRESS, (uint32_t)address);
  uio_write(u->dma, channel + DMA_ADDRESS_HIGH, (uint32_t)(address >> 32));
  uio_write(u->dma, channel + DMA_LENGTH, bytes);
}

/* Waits until a channel is idle or never was used. */
static inline int uio_idle(tp_uio *u, uint32_t channel) {
  for (uint32_t k = 0; k < u->polls_max; k++) {
    uint32_t status = uio_read(u->dma, channel + DMA_STATUS);
    if (status & (DMA_ERRORS | DMA_HALTED)) return UIO_REFUSED;
    if (status & DMA_IDLE) return UIO_DONE;
  }
  return UIO_LOST;
}

/* Marks the next slot and arms the receiving channel for it. */
static inline int uio_arm(tp_uio *u) {
  u->slot = u->slot + 1 == u->slots ? 0 : u->slot + 1;
  *uio_last(u) = UIO_MARK;
  uio_go(u, DMA_RECEIVE, u->physical + u->results_at + (uint64_t)u->slot * u->slot_bytes,
         u->result_bytes);
  u->armed = 1;
  return UIO_DONE;
}

/* Starts both channels anew and arms the first slot. */
static inline int uio_start(tp_uio *u) {
  uio_write(u->dma, DMA_SEND + DMA_CONTROL, DMA_RESET);
  for (uint32_t k = 0;; k++) {
    if (!(uio_read(u->dma, DMA_SEND + DMA_CONTROL) & DMA_RESET)) break;
    if (k == u->polls_max) return UIO_LOST;
  }
  uio_write(u->dma, DMA_SEND + DMA_CONTROL, DMA_RUN);
  uio_write(u->dma, DMA_RECEIVE + DMA_CONTROL, DMA_RUN);
  u->slot = u->slots - 1;
  return uio_arm(u);
}

/* One row: its beats in, its results out. `out` holds `result_bytes`. */
static inline int uio_row(tp_uio *u, const void *row, uint32_t bytes, void *out) {
  if (!u->armed) return UIO_REFUSED;
  memcpy((void *)u->memory, row, bytes);
  uio_go(u, DMA_SEND, u->physical, bytes);
  volatile uint64_t *last = uio_last(u);
  uint32_t k = 0;
  while (*last == UIO_MARK) {
    if (++k % UIO_LOOKS == 0) {
      uint32_t status = uio_read(u->dma, DMA_SEND + DMA_STATUS) |
                        uio_read(u->dma, DMA_RECEIVE + DMA_STATUS);
      if (status & (DMA_ERRORS | DMA_HALTED)) return UIO_REFUSED;
    }
    if (k == u->polls_max) return UIO_LOST;
  }
  __atomic_thread_fence(__ATOMIC_ACQUIRE);
  memcpy(out, (const void *)(u->memory + u->results_at + (uint64_t)u->slot * u->slot_bytes),
         u->result_bytes);
  u->armed = 0;
  int code = uio_idle(u, DMA_SEND);
  if (code == UIO_DONE) code = uio_idle(u, DMA_RECEIVE);
  return code == UIO_DONE ? uio_arm(u) : code;
}
#endif
