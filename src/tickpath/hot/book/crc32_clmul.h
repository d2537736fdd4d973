/* CRC32 by carry-less multiplication: 64 bytes a step, then 16, then one reduction.
 *
 * In: the register, at least TP_CRC_CLMUL_MIN bytes, a multiple of 16. Out: the register. After
 * V. Gopal and others, "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ Instruction"
 * (Intel, 2009), whose constants for this polynomial stand below: x^n mod P, reflected.
 * Not in the baseline of x86-64-v2: asked for at run time. Elsewhere the tables do it.
 */
#ifndef TICKPATH_CRC32_CLMUL_H
#define TICKPATH_CRC32_CLMUL_H
#include <stdint.h>

#define TP_CRC_CLMUL_MIN 64

#if defined(__x86_64__) && !defined(TICKPATH_PORTABLE)
#include <immintrin.h>

static inline int tp_crc_clmul_there(void) { return __builtin_cpu_supports("pclmul"); }

#define TP_CLMUL __attribute__((target("pclmul,sse4.1")))

/* x moved past the distance of the constants k, and what lies there */
TP_CLMUL static inline __m128i tp_crc_fold(__m128i x, __m128i k, __m128i there) {
  __m128i low = _mm_clmulepi64_si128(x, k, 0x00);
  __m128i high = _mm_clmulepi64_si128(x, k, 0x11);
  return _mm_xor_si128(_mm_xor_si128(low, high), there);
}

TP_CLMUL static inline __m128i tp_crc_load(const char* p) {
  return _mm_loadu_si128((const __m128i*)p);
}

TP_CLMUL __attribute__((noinline)) static uint32_t tp_crc_clmul(
    uint32_t crc, const char* data, int64_t size) {
  const __m128i by64 = _mm_set_epi64x(0x01c6e41596, 0x0154442bd4);  /* x^480, x^544 */
  const __m128i by16 = _mm_set_epi64x(0x00ccaa009e, 0x01751997d0);  /* x^96, x^160 */
  const __m128i by8 = _mm_set_epi64x(0, 0x0163cd6124);              /* x^64 */
  const __m128i reduce = _mm_set_epi64x(0x01f7011641, 0x01db710641); /* quotient, P */
  const __m128i low32 = _mm_set_epi32(0, -1, 0, -1);
  __m128i a = _mm_xor_si128(tp_crc_load(data), _mm_cvtsi32_si128((int)crc));
  __m128i b = tp_crc_load(data + 16), c = tp_crc_load(data + 32), d = tp_crc_load(data + 48);
  __m128i x;
  for (data += 64, size -= 64; size >= 64; data += 64, size -= 64) {
    a = tp_crc_fold(a, by64, tp_crc_load(data));
    b = tp_crc_fold(b, by64, tp_crc_load(data + 16));
    c = tp_crc_fold(c, by64, tp_crc_load(data + 32));
    d = tp_crc_fold(d, by64, tp_crc_load(data + 48));
  }
  a = tp_crc_fold(tp_crc_fold(tp_crc_fold(a, by16, b), by16, c), by16, d);
  for (; size >= 16; data += 16, size -= 16) a = tp_crc_fold(a, by16, tp_crc_load(data));
  a = _mm_xor_si128(_mm_srli_si128(a, 8), _mm_clmulepi64_si128(a, by16, 0x10));
  x = _mm_clmulepi64_si128(_mm_and_si128(a, low32), by8, 0x00);
  a = _mm_xor_si128(_mm_srli_si128(a, 4), x);
  x = _mm_and_si128(_mm_clmulepi64_si128(_mm_and_si128(a, low32), reduce, 0x10), low32);
  a = _mm_xor_si128(a, _mm_clmulepi64_si128(x, reduce, 0x00));
  return (uint32_t)_mm_extract_epi32(a, 1);
}
#else
static inline int tp_crc_clmul_there(void) { return 0; }
static inline uint32_t tp_crc_clmul(uint32_t crc, const char* data, int64_t size) { return crc; }
#endif
#endif
