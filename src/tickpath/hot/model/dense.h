/* Dense kernels: one layer, out[j] = activation(even[j] + odd[j]) with
 *   even[j] = bias[j] + weight[i][j] * in[i] for i = 0, 2, 4, ...
 *   odd[j] = 0 + weight[i][j] * in[i] for i = 1, 3, 5, ...
 * each summed in this order. Lanes are outputs, never parts of a sum, so every vector width gives
 * the same bits; two sums an output halve the wait for the adder. Built with -ffp-contract=off.
 * `stride` (outputs padded to a multiple of DENSE_LANES) is the row length of weight and bias;
 * both and `out` are 64-byte aligned. The widest kernel the processor has is chosen at load.
 * Worst case: layers narrower than DENSE_LANES pay for all lanes.
 */
#ifndef TICKPATH_DENSE_H
#define TICKPATH_DENSE_H
#include <stdint.h>
#include <string.h>

enum { DENSE_LANES = 8 };

typedef void (*dense_fn)(const double* weight, const double* bias, int32_t stride,
                         const double* in, int32_t inputs, int32_t activation, double* out);

/* softmax is not of one output: the kernels leave it to link.h */
enum { DENSE_IDENTITY = 0, DENSE_RELU = 1, DENSE_TANH = 2, DENSE_SIGMOID = 3, DENSE_SOFTMAX = 4 };

typedef double dense_v2 __attribute__((vector_size(16), may_alias));
typedef double dense_v4 __attribute__((vector_size(32), may_alias));
typedef double dense_v8 __attribute__((vector_size(64), may_alias));
typedef int64_t dense_i2 __attribute__((vector_size(16), may_alias));
typedef int64_t dense_i4 __attribute__((vector_size(32), may_alias));
typedef int64_t dense_i8 __attribute__((vector_size(64), may_alias));

/* mask ? a : b, lane by lane; no branch, NaN compares false and stays */
#define DENSE_PICK(V, I, mask, a, b) ((V)(((mask) & (I)(a)) | (~(mask) & (I)(b))))

/* The rational approximation of reference.py (same numbers, same order): error below 1e-10. */
#define DENSE_TANH_OF(V, I, x)                                                                  \
  do {                                                                                          \
    const V most = (V){0.0} + 12.0, least = (V){0.0} - 12.0;                                    \
    V u, z, num, den;                                                                           \
    x = DENSE_PICK(V, I, x > most, most, x);                                                    \
    x = DENSE_PICK(V, I, x < least, least, x);                                                  \
    u = x * (1.0 / 12.0);                                                                       \
    z = u * u;                                                                                  \
    num = 5.103695842553799 * z + 222.2329578135712;                                            \
    num = num * z + 1250.6370592547382;                                                         \
    num = num * z + 2075.7028262952986;                                                         \
    num = num * z + 1232.568726127207;                                                          \
    num = num * z + 250.20889174149875;                                                         \
    num = num * z + 11.999999999831017;                                                         \
    den = 49.07118921463661 * z + 629.881019145811;                                             \
    den = den * z + 1842.1301301557864;                                                         \
    den = den * z + 1814.7714489726518;                                                         \
    den = den * z + 642.7496289856612;                                                          \
    den = den * z + 68.85074096865435;                                                          \
    den = den * z + 1.0;                                                                        \
    x = u * num / den;                                                                          \
  } while (0)

/* outputs j .. j + count vectors of type V, their 2 * count sums in registers */
#define DENSE_BLOCK(V, count)                                                                   \
  do {                                                                                          \
    V even[count], odd[count];                                                                  \
    const double* w = weight + j;                                                               \
    int32_t i = 0;                                                                              \
    for (int q = 0; q < count; q++) {                                                           \
      even[q] = ((const V*)(bias + j))[q];                                                      \
      odd[q] = (V){0.0};                                                                        \
    }                                                                                           \
    for (; i + 1 < inputs; i += 2) {                                                            \
      for (int q = 0; q < count; q++) even[q] += ((const V*)w)[q] * in[i];                      \
      for (int q = 0; q < count; q++) odd[q] += ((const V*)(w + stride))[q] * in[i + 1];        \
      w += 2 * (int64_t)stride;                                                                 \
    }                                                                                           \
    if (i < inputs) {                                                                           \
      for (int q = 0; q < count; q++) even[q] += ((const V*)w)[q] * in[i];                      \
    }                                                                                           \
    for (int q = 0; q < count; q++) ((V*)(out + j))[q] = even[q] + odd[q];                      \
  } while (0)

/* four vectors at a time, then DENSE_LANES outputs at a time, then the activation */
#define DENSE_BODY(V, I, lanes)                                                                 \
  int32_t j = 0;                                                                                \
  V* o = (V*)out;                                                                               \
  for (; j + 4 * lanes <= stride; j += 4 * lanes) DENSE_BLOCK(V, 4);                            \
  for (; j < stride; j += DENSE_LANES) DENSE_BLOCK(V, (DENSE_LANES / lanes));                   \
  if (activation == DENSE_RELU) {                                                               \
    for (j = 0; j < stride / lanes; j++) o[j] = (V)((I)o[j] & ~(I)(o[j] < 0.0));                \
  } else if (activation == DENSE_TANH) {                                                        \
    for (j = 0; j < stride / lanes; j++) {                                                      \
      V x = o[j];                                                                               \
      DENSE_TANH_OF(V, I, x);                                                                   \
      o[j] = x;                                                                                 \
    }                                                                                           \
  } else if (activation == DENSE_SIGMOID) {                                                     \
    for (j = 0; j < stride / lanes; j++) {                                                      \
      V x = o[j] * 0.5;                                                                         \
      DENSE_TANH_OF(V, I, x);                                                                   \
      o[j] = x * 0.5 + 0.5;                                                                     \
    }                                                                                           \
  }

static void dense_base(const double* weight, const double* bias, int32_t stride,
                       const double* in, int32_t inputs, int32_t activation, double* out) {
  DENSE_BODY(dense_v2, dense_i2, 2)
}

#if defined(__x86_64__) && defined(__GNUC__)
__attribute__((target("avx2"))) static void dense_avx2(
    const double* weight, const double* bias, int32_t stride, const double* in, int32_t inputs,
    int32_t activation, double* out) {
  DENSE_BODY(dense_v4, dense_i4, 4)
}
__attribute__((target("avx512f"))) static void dense_avx512(
    const double* weight, const double* bias, int32_t stride, const double* in, int32_t inputs,
    int32_t activation, double* out) {
  DENSE_BODY(dense_v8, dense_i8, 8)
}

/* wanted: a kernel's name, or NULL for the widest one; NULL when the processor lacks it */
static inline dense_fn dense_choose(const char* wanted, const char** name) {
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && (!wanted || !strcmp(wanted, "avx512f"))) {
    *name = "avx512f";
    return dense_avx512;
  }
  if (__builtin_cpu_supports("avx2") && (!wanted || !strcmp(wanted, "avx2"))) {
    *name = "avx2";
    return dense_avx2;
  }
  *name = "base";
  return !wanted || !strcmp(wanted, "base") ? dense_base : (dense_fn)0;
}
#else
static inline dense_fn dense_choose(const char* wanted, const char** name) {
  *name = "base";
  return !wanted || !strcmp(wanted, "base") ? dense_base : (dense_fn)0;
}
#endif
#endif
