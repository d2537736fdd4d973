/* Loopback stopwatch and the floor under every client: benchmarks/wire/bench_wire.py builds it.
 *
 *   wire server ROUNDS ws|raw PAUSE_NS YIELD     prints its port, later one line of JSON
 *   wire client PORT YIELD                       raw TCP, spins on a non-blocking socket
 *
 * The server sends a tick of 200 bytes, takes the time until the whole order of 150 bytes is there,
 * pauses for PAUSE_NS to 2 * PAUSE_NS (a client that works after its send would otherwise never
 * wait, and look fast), and so on. YIELD 1 gives the core away while waiting: for one core.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { TICK_BYTES = 200, ORDER_BYTES = 150, BUFFER_BYTES = 1 << 16, WARM_UP = 500 };

typedef struct peer {
  int fd;
  int websocket;
  int yields;
  size_t have;
  uint8_t data[BUFFER_BYTES];
} peer;

static void fail(const char* what) {
  perror(what);
  exit(1);
}

static uint64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void breathe(const peer* p) {
  if (p->yields) sched_yield();
  else __asm__ __volatile__("" ::: "memory");
}

static int send_whole(const peer* p, const void* data, size_t bytes) {
  const uint8_t* at = data;
  while (bytes > 0) {
    const ssize_t n = send(p->fd, at, bytes, MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN && errno != EINTR) return 0;
    if (n > 0) {
      at += n;
      bytes -= (size_t)n;
    } else {
      breathe(p);
    }
  }
  return 1;
}

/* more bytes behind those that are there; 0 at the end */
static int receive(peer* p) {
  for (;;) {
    const ssize_t n = recv(p->fd, p->data + p->have, sizeof p->data - p->have, 0);
    if (n > 0) {
      p->have += (size_t)n;
      return 1;
    }
    if (n == 0 || (errno != EAGAIN && errno != EINTR)) return 0;
    breathe(p);
  }
}

static void drop(peer* p, size_t bytes) {
  memmove(p->data, p->data + bytes, p->have - bytes);
  p->have -= bytes;
}

/* bytes of the first whole frame and its opcode, 0 when it is not whole */
static size_t frame_bytes(const peer* p, int* opcode) {
  size_t head = 6, size;
  if (!p->websocket) {
    *opcode = 1;
    return p->have >= ORDER_BYTES ? ORDER_BYTES : 0;
  }
  if (p->have < 4) return 0;
  size = p->data[1] & 127;
  if (size == 126) {
    size = (size_t)p->data[2] << 8 | p->data[3];
    head = 8;
  }
  *opcode = p->data[0] & 15;
  return p->have >= head + size ? head + size : 0;
}

/* 1 when a whole order is there, 0 when the client has gone */
static int take_order(peer* p) {
  for (;;) {
    int opcode = 0;
    const size_t size = frame_bytes(p, &opcode);
    if (size == 0) {
      if (!receive(p)) return 0;
      continue;
    }
    drop(p, size);
    if (opcode == 1 || opcode == 2) return 1;
    if (opcode == 8) return 0;
  }
}

static void upgrade(peer* p) {
  static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  char text[128], answer[512];
  uint8_t digest[32], base64[64];
  while (!memmem(p->data, p->have, "\r\n\r\n", 4))
    if (!receive(p)) fail("upgrade");
  p->data[p->have < sizeof p->data ? p->have : sizeof p->data - 1] = 0;
  const char* key = strcasestr((char*)p->data, "sec-websocket-key:");
  if (key == NULL || sscanf(key + 18, " %60s", text) != 1) fail("key");
  strcat(text, guid);
  EVP_Digest(text, strlen(text), digest, NULL, EVP_sha1(), NULL);
  EVP_EncodeBlock(base64, digest, 20);
  snprintf(answer, sizeof answer,
           "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Accept: %s\r\n\r\n", (char*)base64);
  p->have = 0;
  if (!send_whole(p, answer, strlen(answer))) fail("upgrade");
}

static int compare(const void* a, const void* b) {
  const uint64_t x = *(const uint64_t*)a, y = *(const uint64_t*)b;
  return x < y ? -1 : x > y;
}

static void report(uint64_t* taken, size_t count) {
  qsort(taken, count, sizeof *taken, compare);
  printf("{\"n\":%zu,\"p50_ns\":%llu,\"p99_ns\":%llu,\"p99_9_ns\":%llu,\"max_ns\":%llu}\n", count,
         (unsigned long long)taken[count / 2], (unsigned long long)taken[count * 99 / 100],
         (unsigned long long)taken[count * 999 / 1000], (unsigned long long)taken[count - 1]);
}

static int serve(size_t rounds, int websocket, uint64_t pause_ns, int yields) {
  static peer p;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  const int one = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
  uint8_t tick[TICK_BYTES + 4] = {0x81, 126, 0, TICK_BYTES};
  uint64_t* taken = malloc(rounds * sizeof *taken);
  uint64_t random = 88172645463325252u;
  if (bind(listener, (void*)&address, size) || listen(listener, 1) ||
      getsockname(listener, (void*)&address, &size))
    fail("listen");
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
  p = (peer){.fd = accept(listener, NULL, NULL), .websocket = websocket, .yields = yields};
  if (p.fd < 0 || taken == NULL) fail("accept");
  setsockopt(p.fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  fcntl(p.fd, F_SETFL, O_NONBLOCK);
  if (websocket) upgrade(&p);
  memset(tick + 4, 't', TICK_BYTES);
  if (!take_order(&p)) fail("hello");
  for (size_t k = 0; k < rounds + WARM_UP; k++) {
    random ^= random << 13;
    random ^= random >> 7;
    random ^= random << 17;
    const uint64_t until = now_ns() + pause_ns + (pause_ns ? random % pause_ns : 0);
    while (now_ns() < until) breathe(&p);
    const uint64_t start = now_ns();
    if (!send_whole(&p, websocket ? tick : tick + 4, TICK_BYTES + (websocket ? 4 : 0))) return 1;
    if (!take_order(&p)) return 1;
    if (k >= WARM_UP) taken[k - WARM_UP] = now_ns() - start;
  }
  report(taken, rounds);
  return 0;
}

static int spin(int port, int yields) {
  static peer p;
  const int one = 1;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  uint8_t order[ORDER_BYTES];
  memset(order, 'o', sizeof order);
  p = (peer){.fd = socket(AF_INET, SOCK_STREAM, 0), .yields = yields};
  if (connect(p.fd, (void*)&address, sizeof address)) fail("connect");
  setsockopt(p.fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  fcntl(p.fd, F_SETFL, O_NONBLOCK);
  if (!send_whole(&p, order, sizeof order)) return 1;
  while (receive(&p))
    while (p.have >= TICK_BYTES) {
      drop(&p, TICK_BYTES);
      if (!send_whole(&p, order, sizeof order)) return 0;
    }
  return 0;
}

int main(int count, char** words) {
  if (count == 6 && !strcmp(words[1], "server"))
    return serve((size_t)atol(words[2]), !strcmp(words[3], "ws"), (uint64_t)atoll(words[4]),
                 atoi(words[5]));
  if (count == 4 && !strcmp(words[1], "client")) return spin(atoi(words[2]), atoi(words[3]));
  fprintf(stderr, "usage: wire server ROUNDS ws|raw PAUSE_NS YIELD | wire client PORT YIELD\n");
  return 2;
}
