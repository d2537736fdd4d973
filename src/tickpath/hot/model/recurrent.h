/* LSTM and GRU layers over a window of rows, in float32.
 *
 * Every sum is one chain of fused multiply-adds in the order of its inputs, started at the bias;
 * every product that meets a sum is fused with it. A processor without such an instruction computes
 * the same bits from float64 (rec_fma), many times slower. Weights lie in blocks of units, [block]
 * [input][gate][REC_LANES]; the sums of a block stay in registers for REC_GROUP windows, so that a
 * weight is loaded once for them. Units that fill up the last block have weights of zero and stay
 * zero.
 *
 * A row belongs to the windows that end with it and with each of the steps - 1 rows to come, which
 * all are on their way: slot k holds the units and cells of the window that began with row k of the
 * ring. A score takes the one step that its window still lacks (rec_finish); the other windows take
 * the row when there is time, at the latest before the next row (rec_catch_up).
 * Worst case: two rows at once, steps * units * (units + inputs) * gates between them.
 */
#ifndef TICKPATH_RECURRENT_H
#define TICKPATH_RECURRENT_H
#include <stdint.h>
#include <string.h>

#include "_limits_gen.h"

enum { REC_LANES = 8, REC_GROUP = 3 };
enum { REC_LSTM = 0, REC_GRU = 1, REC_GRU_EARLY = 2 };

typedef struct {
  int32_t cell_kind, gates, inputs, units, blocks, reserved;
  const float* input;        /* [blocks][inputs][gates][REC_LANES] */
  const float* recur;        /* [blocks][units][gates][REC_LANES]; of REC_GRU_EARLY two gates */
  const float* late;         /* REC_GRU_EARLY: the third gate, [blocks][units][REC_LANES] */
  const float* bias;         /* [blocks][gates][REC_LANES] */
  const float* late_bias;    /* REC_GRU: behind the product, [blocks][REC_LANES] */
  const float* hidden_first; /* [blocks][REC_LANES] before the oldest row */
  const float* cell_first;
  float* hidden; /* units of each window, [steps][blocks][REC_LANES] */
  float* cell;
  float* sums;   /* scratch, [steps][blocks][4][REC_LANES] */
  float* reset;  /* scratch, [steps][blocks][REC_LANES] */
} rec_layer;

typedef struct {
  const float* given; /* bias + input * row, [blocks][gates][REC_LANES]; NULL: from units */
  const float* units; /* of the layer before, those of the next window `apart` floats behind */
  int64_t apart;
} rec_values;

struct rec_state;
typedef struct {
  const char* name;
  void (*project)(const rec_layer* s, const float* row, float* out);
  /* the newest row into the windows of these slots */
  void (*step)(const struct rec_state* s, int32_t first, int32_t count);
} rec_kernel;

typedef struct rec_state {
  int32_t width, steps; /* columns of a row, rows of the window */
  int32_t layer_count;
  int32_t next, count;  /* where the next row goes, rows in the ring */
  int32_t behind;       /* 1: only the finished window has taken the newest row */
  const double* mean; /* a layer sees float32((value - mean) * scale) */
  const double* scale;
  float* rows;  /* [steps][width], as a layer sees them */
  float* given; /* [blocks][gates][REC_LANES] of the first layer: bias + input * newest row */
  const rec_kernel* kernel;
  rec_layer layers[TP_MODEL_LAYERS_MAX];
} rec_state;

/* a * b + c rounded once: the product is exact in float64, the sum is rounded to odd there */
static inline float rec_fma(float a, float b, float c) {
#ifdef __FP_FAST_FMAF
  return __builtin_fmaf(a, b, c);
#else
  const double product = (double)a * (double)b, sum = product + (double)c;
  const double part = sum - product;
  const double rest = (product - (sum - part)) + ((double)c - part);
  const int inexact = (rest != 0.0) & (rest - rest == 0.0);
  const int64_t away = 1 - 2 * ((rest > 0.0) != (sum > 0.0));
  int64_t bits;
  double odd;
  memcpy(&bits, &sum, sizeof bits);
  bits += away & -(int64_t)(inexact & (int)~bits & 1);
  memcpy(&odd, &bits, sizeof odd);
  return (float)odd;
#endif
}

#define REC_INLINE __attribute__((always_inline)) static inline
#define REC(name) rec_##name##_base
#define REC_TARGET
#define REC_V float
#define REC_VECS REC_LANES
#define REC_ALL(x) (x)
#define REC_FMA(a, b, c) rec_fma(a, b, c)
#define REC_MIN(a, b) ((a) < (b) ? (a) : (b))
#define REC_MAX(a, b) ((a) > (b) ? (a) : (b))
#include "recurrent_cells.h"   /* takes its macros away again */
static const rec_kernel rec_base = {"base", rec_project_base, rec_step_base};

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#define REC(name) rec_##name##_fma
#define REC_TARGET __attribute__((target("avx2,fma")))
#define REC_V __m256
#define REC_VECS 1
#define REC_ALL(x) _mm256_set1_ps(x)
#define REC_FMA(a, b, c) _mm256_fmadd_ps(a, b, c)
#define REC_MIN(a, b) _mm256_min_ps(a, b)
#define REC_MAX(a, b) _mm256_max_ps(a, b)
#include "recurrent_cells.h"
static const rec_kernel rec_fused = {"fma", rec_project_fma, rec_step_fma};
#endif

/* wanted: a kernel's name, or NULL for the best one; NULL when the processor lacks it */
static inline const rec_kernel* rec_choose(const char* wanted) {
#if defined(__x86_64__) && defined(__GNUC__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
      (!wanted || !strcmp(wanted, "fma"))) {
    return &rec_fused;
  }
#endif
  return !wanted || !strcmp(wanted, "base") ? &rec_base : (const rec_kernel*)0;
}

/* the windows that go on after the newest row take it; the oldest, if full, is done */
static inline void rec_catch_up(rec_state* s) {
  const int32_t count = s->count < s->steps ? s->count : s->steps - 1, first = s->next - count;
  if (!s->behind) return;
  if (first < 0) s->kernel->step(s, first + s->steps, -first);
  s->kernel->step(s, first < 0 ? 0 : first, first < 0 ? s->next : count);
  s->behind = 0;
}

/* the row in the slot `next` joins, and the window that begins with it */
static inline void rec_join(rec_state* s) {
  const int32_t slot = s->next;
  s->kernel->project(&s->layers[0], s->rows + (int64_t)slot * s->width, s->given);
  for (int32_t k = 0; k < s->layer_count; k++) {
    const rec_layer* layer = &s->layers[k];
    const int64_t size = (int64_t)layer->blocks * REC_LANES;
    memcpy(layer->hidden + slot * size, layer->hidden_first, sizeof(float) * (size_t)size);
    memcpy(layer->cell + slot * size, layer->cell_first, sizeof(float) * (size_t)size);
  }
  s->next = slot + 1 == s->steps ? 0 : slot + 1;
  s->count += s->count < s->steps;
  s->behind = 1;
}

/* the last layer's units behind the full window: one step, of the oldest slot */
static inline const float* rec_finish(const rec_state* s) {
  const rec_layer* last = &s->layers[s->layer_count - 1];
  s->kernel->step(s, s->next, 1);
  return last->hidden + (int64_t)s->next * last->blocks * REC_LANES;
}

/* a row as a layer sees it, of an exported state */
static inline void rec_keep(rec_state* s, const float* row) {
  rec_catch_up(s);
  memcpy(s->rows + (int64_t)s->next * s->width, row, sizeof(float) * (size_t)s->width);
  rec_join(s);
}

/* a new row; 0, and the window is empty, when a value is no finite float32 */
static inline int rec_push(rec_state* s, const double* row) {
  float* kept = s->rows + (int64_t)s->next * s->width;
  int bad = 0;
  rec_catch_up(s);
  for (int32_t k = 0; k < s->width; k++) {
    kept[k] = (float)((row[k] - s->mean[k]) * s->scale[k]);
    bad |= !(kept[k] - kept[k] == 0.0f);
  }
  if (bad) {
    s->count = 0; /* and no window is on its way */
    return 0;
  }
  rec_join(s);
  return 1;
}
#endif
