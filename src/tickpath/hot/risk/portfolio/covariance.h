/* The row kernel of the covariance: row[j] = decay * row[j] + gain * returns[j].
 * Every element by itself and without contraction (-ffp-contract=off), so every vector width gives
 * the same bits. `count` is a multiple of COVARIANCE_LANES; both arrays are 64-byte aligned. The
 * widest kernel the processor has is chosen at load. Worst case: a row that is in no cache.
 */
#ifndef TICKPATH_COVARIANCE_H
#define TICKPATH_COVARIANCE_H
#include <stdint.h>
#include <string.h>

enum { COVARIANCE_LANES = 8 };

typedef void (*covariance_fn)(double* row, const double* returns, int32_t count, double decay,
                              double gain);

typedef double covariance_v2 __attribute__((vector_size(16), may_alias));
typedef double covariance_v4 __attribute__((vector_size(32), may_alias));
typedef double covariance_v8 __attribute__((vector_size(64), may_alias));

#define COVARIANCE_BODY(V, lanes)                                                               \
  V* c = (V*)row;                                                                               \
  const V* r = (const V*)returns;                                                               \
  for (int32_t j = 0; j < count / lanes; j++) c[j] = decay * c[j] + gain * r[j];

static void covariance_base(double* row, const double* returns, int32_t count, double decay,
                            double gain) {
  COVARIANCE_BODY(covariance_v2, 2)
}

#if defined(__x86_64__) && defined(__GNUC__)
__attribute__((target("avx2"))) static void covariance_avx2(
    double* row, const double* returns, int32_t count, double decay, double gain) {
  COVARIANCE_BODY(covariance_v4, 4)
}
__attribute__((target("avx512f"))) static void covariance_avx512(
    double* row, const double* returns, int32_t count, double decay, double gain) {
  COVARIANCE_BODY(covariance_v8, 8)
}

/* wanted: a kernel's name, or NULL for the widest one; NULL when the processor lacks it */
static inline covariance_fn covariance_choose(const char* wanted, const char** name) {
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && (!wanted || !strcmp(wanted, "avx512f"))) {
    *name = "avx512f";
    return covariance_avx512;
  }
  if (__builtin_cpu_supports("avx2") && (!wanted || !strcmp(wanted, "avx2"))) {
    *name = "avx2";
    return covariance_avx2;
  }
  *name = "base";
  return !wanted || !strcmp(wanted, "base") ? covariance_base : (covariance_fn)0;
}
#else
static inline covariance_fn covariance_choose(const char* wanted, const char** name) {
  *name = "base";
  return !wanted || !strcmp(wanted, "base") ? covariance_base : (covariance_fn)0;
}
#endif
#endif
