/* Time stamps for measuring: the processor's counter where it has one, else the system clock.
 *
 * Fences: nothing measured may move out of the pair. At the start lfence; rdtsc; lfence, at the end
 * rdtscp; lfence (Intel, "How to Benchmark Code Execution Times", 2010; lfence serialises on AMD
 * since its dispatch-serialising bit is set by the kernel).
 */
#ifndef TICKPATH_CLOCK_H
#define TICKPATH_CLOCK_H
#include <stdint.h>
#include <time.h>
#if defined(__x86_64__)
#include <x86intrin.h>
#endif

static inline int64_t tp_monotonic_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

#if defined(__x86_64__)
enum { TP_STAMP_COUNTS_CYCLES = 1 };
static inline uint64_t tp_stamp_begin(void) {
  _mm_lfence();
  const uint64_t t = __rdtsc();
  _mm_lfence();
  return t;
}
static inline uint64_t tp_stamp_end(void) {
  unsigned int core;
  const uint64_t t = __rdtscp(&core);
  _mm_lfence();
  return t;
}
#else
enum { TP_STAMP_COUNTS_CYCLES = 0 };
static inline uint64_t tp_stamp_begin(void) { return (uint64_t)tp_monotonic_ns(); }
static inline uint64_t tp_stamp_end(void) { return (uint64_t)tp_monotonic_ns(); }
#endif
#endif
