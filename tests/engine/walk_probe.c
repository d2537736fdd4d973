/* Drives an engine from a thread that Python does not know, while the caller keeps the GIL.
 *
 * Built by test_walk_is_native.py and loaded twice: with LD_PRELOAD it also replaces the allocator,
 * so that every allocation of the walking thread is counted.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct {
  void* engine;
  int32_t (*on_market_frame)(void*, int32_t, const char*, int64_t, int64_t);
  int32_t (*on_order_frame)(void*, int32_t, const char*, int64_t, int64_t);
  int32_t (*on_timer)(void*, int64_t);
  int64_t (*next_timer)(void*);
  const char* (*out)(void*, int64_t*);
} engine_api;

typedef struct {
  engine_api* api;
  const char* blob;
  const int64_t* offsets;
  const int64_t* sizes;
  const int64_t* times;
  int64_t count;
  int64_t allocations;
  int64_t orders;
} job;

static __thread int counting = 0;
static __thread int64_t allocations = 0;

extern void* __libc_malloc(size_t);
extern void* __libc_calloc(size_t, size_t);
extern void* __libc_realloc(void*, size_t);

void* malloc(size_t n) { allocations += counting; return __libc_malloc(n); }
void* calloc(size_t n, size_t m) { allocations += counting; return __libc_calloc(n, m); }
void* realloc(void* p, size_t n) { allocations += counting; return __libc_realloc(p, n); }

static void* walk(void* arg) {
  job* j = arg;
  int64_t bytes;
  allocations = 0;
  counting = 1;
  for (int64_t k = 0; k < j->count; k++) {
    j->api->on_market_frame(j->api->engine, 0, j->blob + j->offsets[k], j->sizes[k], j->times[k]);
    j->api->out(j->api->engine, &bytes);
    j->orders += bytes > 0;
  }
  counting = 0;
  j->allocations = allocations;
  return NULL;
}

/* Self check: 1 when the allocator is really replaced in this process. */
int64_t probe_counts(void) {
  allocations = 0;
  counting = 1;
  void* volatile p = malloc(10);
  counting = 0;
  free(p);
  return allocations;
}

/* 0 done, 1 the walk did not finish in `limit_s` although nothing but the GIL was withheld. */
int probe_walk(engine_api* api, const char* blob, const int64_t* offsets, const int64_t* sizes,
               const int64_t* times, int64_t count, int64_t limit_s, int64_t* result) {
  job* j = __libc_calloc(1, sizeof(job));
  pthread_t thread;
  struct timespec until;
  *j = (job){api, blob, offsets, sizes, times, count, 0, 0};
  if (pthread_create(&thread, NULL, walk, j)) return 2;
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_sec += limit_s;
  if (pthread_timedjoin_np(thread, NULL, &until)) return 1;
  result[0] = j->allocations;
  result[1] = j->orders;
  free(j);
  return 0;
}
