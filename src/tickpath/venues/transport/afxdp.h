/* An AF_XDP socket by raw system calls: shared packet memory, its rings, and the receive loop.
 *
 * Frames of TP_XDP_FRAME_BYTES lie in one mapping that the kernel fills; each is given back as soon
 * as its payload was handed on. Source: the kernel's AF_XDP documentation and <linux/if_xdp.h>.
 */
#ifndef TICKPATH_AFXDP_H
#define TICKPATH_AFXDP_H
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <linux/if_xdp.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>
#include "packets.h"

#ifndef AF_XDP
#define AF_XDP 44
#endif
#ifndef SOL_XDP
#define SOL_XDP 283
#endif
#ifndef SO_PREFER_BUSY_POLL
#define SO_PREFER_BUSY_POLL 69
#endif
#ifndef SO_BUSY_POLL_BUDGET
#define SO_BUSY_POLL_BUDGET 70
#endif

enum { TP_XDP_FRAME_BYTES = 2048, TP_XDP_POLL_MS = 10 };

typedef struct tp_xdp_ring {
  uint32_t* producer;
  uint32_t* consumer;
  uint32_t* flags;
  void* entries;
  uint32_t mask, local;                /* local: our own index */
  void* map;
  size_t map_bytes;
} tp_xdp_ring;

typedef struct tp_xdp {
  int fd;
  uint32_t frames;
  char* memory;
  size_t memory_bytes;
  tp_xdp_ring fill, done, rx;
  int64_t received, refused, polls;    /* frames handed on, no datagrams, idle turns */
  int busy;                            /* 1: the kernel polls the driver on our own calls */
  int stop;                            /* another thread wants the receiving one to leave */
} tp_xdp;

static inline int tp_xdp_map_ring(tp_xdp* x, tp_xdp_ring* r, const struct xdp_ring_offset* o,
                                  uint32_t count, size_t entry, off_t at) {
  char* base;
  r->map_bytes = o->desc + (size_t)count * entry;
  r->map = mmap(NULL, r->map_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, x->fd, at);
  if (r->map == MAP_FAILED) { r->map = NULL; return errno; }
  base = (char*)r->map;
  r->producer = (uint32_t*)(base + o->producer);
  r->consumer = (uint32_t*)(base + o->consumer);
  r->flags = (uint32_t*)(base + o->flags);
  r->entries = base + o->desc;
  r->mask = count - 1;
  r->local = 0;
  return 0;
}

static inline void tp_xdp_close(tp_xdp* x) {
  tp_xdp_ring* rings[3] = {&x->fill, &x->done, &x->rx};
  int k;
  for (k = 0; k < 3; k++) {
    if (rings[k]->map != NULL) munmap(rings[k]->map, rings[k]->map_bytes);
    rings[k]->map = NULL;
  }
  if (x->fd >= 0) close(x->fd);
  x->fd = -1;
  if (x->memory != NULL) munmap(x->memory, x->memory_bytes);
  x->memory = NULL;
}

/* put every frame where the kernel may take it */
static inline void tp_xdp_give_all(tp_xdp* x) {
  uint64_t* slots = (uint64_t*)x->fill.entries;
  uint32_t k;
  for (k = 0; k < x->frames; k++) slots[k & x->fill.mask] = (uint64_t)k * TP_XDP_FRAME_BYTES;
  x->fill.local = x->frames;
  __atomic_store_n(x->fill.producer, x->fill.local, __ATOMIC_RELEASE);
}

/* socket, packet memory and rings; 0 or errno, `step` says which call it was */
static inline int tp_xdp_open(tp_xdp* x, uint32_t frames, const char** step) {
  struct xdp_umem_reg region;
  struct xdp_mmap_offsets offsets;
  socklen_t size = sizeof offsets;
  uint32_t one = 1;
  int code;
  x->fd = -1;
  x->frames = frames;
  *step = "socket(AF_XDP)";
  x->fd = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);
  if (x->fd < 0) return errno;
  *step = "mmap(packet memory)";
  /* one frame more, so that the last payload has its padding */
  x->memory_bytes = ((size_t)frames + 1) * TP_XDP_FRAME_BYTES;
  x->memory = (char*)mmap(NULL, x->memory_bytes, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  if (x->memory == MAP_FAILED) { x->memory = NULL; return errno; }
  memset(&region, 0, sizeof region);
  region.addr = (uint64_t)(uintptr_t)x->memory;
  region.len = (uint64_t)frames * TP_XDP_FRAME_BYTES;
  region.chunk_size = TP_XDP_FRAME_BYTES;
  *step = "setsockopt(XDP_UMEM_REG)";
  if (setsockopt(x->fd, SOL_XDP, XDP_UMEM_REG, &region, sizeof region) < 0) return errno;
  *step = "setsockopt(XDP_UMEM_FILL_RING)";
  if (setsockopt(x->fd, SOL_XDP, XDP_UMEM_FILL_RING, &frames, sizeof frames) < 0) return errno;
  *step = "setsockopt(XDP_UMEM_COMPLETION_RING)";
  if (setsockopt(x->fd, SOL_XDP, XDP_UMEM_COMPLETION_RING, &one, sizeof one) < 0) return errno;
  *step = "setsockopt(XDP_RX_RING)";
  if (setsockopt(x->fd, SOL_XDP, XDP_RX_RING, &frames, sizeof frames) < 0) return errno;
  *step = "getsockopt(XDP_MMAP_OFFSETS)";
  if (getsockopt(x->fd, SOL_XDP, XDP_MMAP_OFFSETS, &offsets, &size) < 0) return errno;
  *step = "mmap(rings)";
  code = tp_xdp_map_ring(x, &x->fill, &offsets.fr, frames, 8, XDP_UMEM_PGOFF_FILL_RING);
  if (code == 0)
    code = tp_xdp_map_ring(x, &x->done, &offsets.cr, one, 8, XDP_UMEM_PGOFF_COMPLETION_RING);
  if (code == 0)
    code = tp_xdp_map_ring(x, &x->rx, &offsets.rx, frames, sizeof(struct xdp_desc),
                           XDP_PGOFF_RX_RING);
  if (code == 0) tp_xdp_give_all(x);
  return code;
}

/* 0 or errno; flags: XDP_COPY or XDP_ZEROCOPY, XDP_USE_NEED_WAKEUP */
static inline int tp_xdp_bind(tp_xdp* x, uint32_t interface, uint32_t queue, uint16_t flags) {
  struct sockaddr_xdp a;
  memset(&a, 0, sizeof a);
  a.sxdp_family = AF_XDP;
  a.sxdp_flags = flags;
  a.sxdp_ifindex = interface;
  a.sxdp_queue_id = queue;
  return bind(x->fd, (struct sockaddr*)&a, sizeof a) < 0 ? errno : 0;
}

/* 0 or errno: the kernel polls the driver on our calls, for up to `microseconds` each */
static inline int tp_xdp_busy_poll(tp_xdp* x, int microseconds) {
  int one = 1, budget = TP_PACKET_BATCH;
  if (setsockopt(x->fd, SOL_SOCKET, SO_PREFER_BUSY_POLL, &one, sizeof one) < 0) return errno;
  if (setsockopt(x->fd, SOL_SOCKET, SO_BUSY_POLL, &microseconds, sizeof microseconds) < 0)
    return errno;
  if (setsockopt(x->fd, SOL_SOCKET, SO_BUSY_POLL_BUDGET, &budget, sizeof budget) < 0)
    return errno;
  x->busy = 1;
  return 0;
}

/* offset of the UDP payload of an Ethernet frame, its length in `size`; -1: no whole datagram */
static inline int32_t tp_udp_payload(const unsigned char* p, uint32_t bytes, uint32_t* size) {
  uint32_t at = 14, head, length;
  if (bytes < 42) return -1;
  if (p[12] == 0x81 && p[13] == 0) at = 18;
  if (bytes < at + 28 || p[at - 2] != 8 || p[at - 1] != 0) return -1;
  head = (uint32_t)(p[at] & 15) * 4;
  if (p[at] >> 4 != 4 || head < 20 || p[at + 9] != 17) return -1;
  if (bytes < at + head + 8) return -1;
  at += head;
  length = (uint32_t)p[at + 4] << 8 | p[at + 5];
  if (length < 8 || bytes < at + length) return -1;
  *size = length - 8;
  return (int32_t)(at + 8);
}

/* hand on what is there, at most a batch; the number of frames taken */
static inline uint32_t tp_xdp_take(tp_xdp* x, const tp_packet_sink* sink, uint32_t most) {
  const struct xdp_desc* slots = (const struct xdp_desc*)x->rx.entries;
  uint64_t* back = (uint64_t*)x->fill.entries;
  uint32_t k, there = __atomic_load_n(x->rx.producer, __ATOMIC_ACQUIRE) - x->rx.local;
  int64_t t_ns;
  if (there == 0) return 0;
  if (there > most) there = most;
  t_ns = tp_realtime_ns();
  for (k = 0; k < there; k++) {
    const struct xdp_desc* d = &slots[(x->rx.local + k) & x->rx.mask];
    const char* frame = x->memory + d->addr;
    uint32_t size;
    int32_t at = tp_udp_payload((const unsigned char*)frame, d->len, &size);
    if (at >= 0) {
      sink->take(sink->context, frame + at, size, t_ns);
      x->received++;
    } else {
      x->refused++;
    }
    back[(x->fill.local + k) & x->fill.mask] = d->addr & ~(uint64_t)(TP_XDP_FRAME_BYTES - 1);
  }
  x->rx.local += there;
  x->fill.local += there;
  __atomic_store_n(x->rx.consumer, x->rx.local, __ATOMIC_RELEASE);
  __atomic_store_n(x->fill.producer, x->fill.local, __ATOMIC_RELEASE);
  return there;
}

/* nothing there: let the kernel work, and unless we spin sleep until a frame or the next look */
static inline void tp_xdp_idle(tp_xdp* x, int spin) {
  struct pollfd p;
  x->polls++;
  if (!spin) {
    p.fd = x->fd;
    p.events = POLLIN;
    p.revents = 0;
    poll(&p, 1, TP_XDP_POLL_MS);
  } else if (x->busy || (__atomic_load_n(x->fill.flags, __ATOMIC_RELAXED) & XDP_RING_NEED_WAKEUP)) {
    recvfrom(x->fd, NULL, 0, MSG_DONTWAIT, NULL, NULL);
  }
}

/* receive until `most` frames, the monotonic deadline or `stop`; the number of frames */
static inline int64_t tp_xdp_run(tp_xdp* x, const tp_packet_sink* sink, int64_t most,
                                 int64_t deadline_ns, int spin) {
  int64_t total = 0;
  while (total < most && !__atomic_load_n(&x->stop, __ATOMIC_RELAXED)) {
    int64_t want = most - total;
    uint32_t n = tp_xdp_take(x, sink, want < TP_PACKET_BATCH ? (uint32_t)want : TP_PACKET_BATCH);
    total += n;
    if (n == 0) {
      if (tp_monotonic_ns() >= deadline_ns) break;
      tp_xdp_idle(x, spin);
    }
  }
  return total;
}
#endif
