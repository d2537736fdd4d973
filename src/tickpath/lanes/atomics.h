/* Loads, stores and fences of the C11 memory model on plain integers.
 *
 * The compiler's builtins are used rather than _Atomic types, so that one struct can be declared
 * for Cython, lie in shared memory and be read by other tools. All are lock free at these sizes.
 */
#ifndef TICKPATH_ATOMICS_H
#define TICKPATH_ATOMICS_H
#include <assert.h>
#include <stdint.h>
#include <string.h>

static_assert(__atomic_always_lock_free(sizeof(uint64_t), 0), "64-bit atomics must be lock free");

static inline uint64_t tp_load_relaxed(const uint64_t* p) {
  return __atomic_load_n(p, __ATOMIC_RELAXED);
}
static inline uint64_t tp_load_acquire(const uint64_t* p) {
  return __atomic_load_n(p, __ATOMIC_ACQUIRE);
}
static inline void tp_store_relaxed(uint64_t* p, uint64_t value) {
  __atomic_store_n(p, value, __ATOMIC_RELAXED);
}
static inline void tp_store_release(uint64_t* p, uint64_t value) {
  __atomic_store_n(p, value, __ATOMIC_RELEASE);
}
static inline void tp_store_release_u32(uint32_t* p, uint32_t value) {
  __atomic_store_n(p, value, __ATOMIC_RELEASE);
}
static inline void tp_fence_acquire(void) { __atomic_thread_fence(__ATOMIC_ACQUIRE); }
static inline void tp_fence_release(void) { __atomic_thread_fence(__ATOMIC_RELEASE); }

/* Copies whose words may be overwritten while they are read: the caller checks a sequence
   afterwards. `shared` is 8-byte aligned; its last word is written whole and zero padded. */
static inline void tp_words_store(uint64_t* shared, const void* from, int64_t bytes) {
  const char* p = (const char*)from;
  uint64_t word;
  for (; bytes >= 8; p += 8, bytes -= 8, shared++) {
    memcpy(&word, p, 8);
    tp_store_relaxed(shared, word);
  }
  if (bytes > 0) {
    word = 0;
    memcpy(&word, p, (size_t)bytes);
    tp_store_relaxed(shared, word);
  }
}
static inline void tp_words_load(void* to, const uint64_t* shared, int64_t bytes) {
  char* p = (char*)to;
  uint64_t word;
  for (; bytes >= 8; p += 8, bytes -= 8, shared++) {
    word = tp_load_relaxed(shared);
    memcpy(p, &word, 8);
  }
  if (bytes > 0) {
    word = tp_load_relaxed(shared);
    memcpy(p, &word, (size_t)bytes);
  }
}

/* for the body of a spin loop */
static inline void tp_pause(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ __volatile__("yield");
#endif
}
#endif
