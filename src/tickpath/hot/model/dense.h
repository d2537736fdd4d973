/* Dense kernels: one layer's sums, out[j] = bias[j] + sum over i of weight[i][j] * in[i], i ascending.
 *
 * Each output has one accumulator and takes its inputs in order, so the result is the same bit for
 * bit on every vector width: lanes are outputs, never parts of a sum. Built with -ffp-contract=off.
 * `stride` (outputs padded to a multiple of DENSE_LANES) is the row length of weight and bias;
 * both are 64-byte aligned. The activation follows on all lanes. The widest kernel the processor has is chosen when a model is loaded.
 * Worst case: layers narrower than DENSE_LANES pay for all lanes.
 */
#ifndef TICKPATH_DENSE_H
#define TICKPATH_DENSE_H
#include <stdint.h>

enum { DENSE_LANES = 8, DENSE_BLOCK = 32 };

typedef void (*dense_fn)(const double* weight, const double* bias, int32_t stride,
                         const double* in, int32_t inputs, int32_t activation, double* out);

enum { DENSE_IDENTITY = 0, DENSE_RELU = 1, DENSE_TANH = 2 };

typedef double dense_vector __attribute__((vector_size(64), aligned(64), may_alias));

/* The rational approximation of reference.py (same numbers, same order): error below 1e-10. */
static inline __attribute__((always_inline)) double dense_tanh(double x) {
  double u, z, num, den;
  x = x > 12.0 ? 12.0 : x;
  x = x < -12.0 ? -12.0 : x;
  u = x * (1.0 / 12.0);
  z = u * u;
  num = 5.103695842553799;
  num = num * z + 222.2329578135712;
  num = num * z + 1250.6370592547382;
  num = num * z + 2075.7028262952986;
  num = num * z + 1232.568726127207;
  num = num * z + 250.20889174149875;
  num = num * z + 11.999999999831017;
  den = 49.07118921463661;
  den = den * z + 629.881019145811;
  den = den * z + 1842.1301301557864;
  den = den * z + 1814.7714489726518;
  den = den * z + 642.7496289856612;
  den = den * z + 68.85074096865435;
  den = den * z + 1.0;
  return u * num / den;
}

/* blocks of 32 outputs keep their sums in registers; the rest goes 8 at a time */
#define DENSE_BODY                                                                              \
  int32_t j = 0;                                                                                \
  for (; j + DENSE_BLOCK <= stride; j += DENSE_BLOCK) {                                         \
    const dense_vector* b = (const dense_vector*)(bias + j);                                    \
    dense_vector s0 = b[0], s1 = b[1], s2 = b[2], s3 = b[3];                                    \
    for (int32_t i = 0; i < inputs; i++) {                                                      \
      const dense_vector* w = (const dense_vector*)(weight + (int64_t)i * stride + j);          \
      const double x = in[i];                                                                   \
      s0 += w[0] * x;                                                                           \
      s1 += w[1] * x;                                                                           \
      s2 += w[2] * x;                                                                           \
      s3 += w[3] * x;                                                                           \
    }                                                                                           \
    dense_vector* o = (dense_vector*)(out + j);                                                 \
    o[0] = s0; o[1] = s1; o[2] = s2; o[3] = s3;                                                 \
  }                                                                                             \
  for (; j < stride; j += DENSE_LANES) {                                                        \
    dense_vector s = *(const dense_vector*)(bias + j);                                          \
    for (int32_t i = 0; i < inputs; i++) {                                                      \
      s += *(const dense_vector*)(weight + (int64_t)i * stride + j) * in[i];                    \
    }                                                                                           \
    *(dense_vector*)(out + j) = s;                                                              \
  }                                                                                             \
  if (activation == DENSE_RELU) {                                                               \
    for (j = 0; j < stride; j++) out[j] = out[j] < 0.0 ? 0.0 : out[j];                          \
  } else if (activation == DENSE_TANH) {                                                        \
    for (j = 0; j < stride; j++) out[j] = dense_tanh(out[j]);                                   \
  }

static void dense_base(const double* weight, const double* bias, int32_t stride,
                       const double* in, int32_t inputs, int32_t activation, double* out) {
  DENSE_BODY
}

#if defined(__x86_64__) && defined(__GNUC__)
__attribute__((target("avx2"))) static void dense_avx2(
    const double* weight, const double* bias, int32_t stride, const double* in, int32_t inputs,
    int32_t activation, double* out) {
  DENSE_BODY
}
__attribute__((target("avx512f"))) static void dense_avx512(
    const double* weight, const double* bias, int32_t stride, const double* in, int32_t inputs,
    int32_t activation, double* out) {
  DENSE_BODY
}

static inline dense_fn dense_choose(const char** name) {
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f")) { *name = "avx512f"; return dense_avx512; }
  if (__builtin_cpu_supports("avx2")) { *name = "avx2"; return dense_avx2; }
  *name = "base";
  return dense_base;
}
#else
static inline dense_fn dense_choose(const char** name) {
  *name = "base";
  return dense_base;
}
#endif
#endif
