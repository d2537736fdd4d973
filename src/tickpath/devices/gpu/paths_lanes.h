/* Profits of many paths on one core: PATH_LANES paths side by side, so that the compiler can use
 * the vectors of the processor; each lane does what tp_path_profit does, in its order, so the same
 * bits. The widest form that the processor has is chosen at the first call.
 * Worst case: 256 assets, whose packed factor of 512 KiB is read once for PATH_LANES paths.
 */
#ifndef TICKPATH_PATHS_LANES_H
#define TICKPATH_PATHS_LANES_H
#include <tickpath/paths.h>

enum { PATH_LANES = 8 };

typedef double (*path_row)[PATH_LANES];

/* The deviates of one pair for all lanes, those of the edges left out: q keeps their place. */
HD void path_lanes_centre(
    const tp_path_stream* s, uint32_t first, uint32_t pair, path_row z, path_row q)
{
    uint32_t w0[PATH_LANES], w1[PATH_LANES], w2[PATH_LANES], w3[PATH_LANES];
    for (int k = 0; k < PATH_LANES; ++k) {
        w0[k] = first + (uint32_t)k;
        w1[k] = pair;
        w2[k] = (uint32_t)s->run;
        w3[k] = (uint32_t)(s->run >> 32);
    }
    for (uint32_t n = 0; n < TP_PHILOX_ROUNDS; ++n) {
        uint32_t key0 = (uint32_t)s->seed + n * TP_PHILOX_KEY0;
        uint32_t key1 = (uint32_t)(s->seed >> 32) + n * TP_PHILOX_KEY1;
        for (int k = 0; k < PATH_LANES; ++k)
            tp_philox_round(&w0[k], &w1[k], &w2[k], &w3[k], key0, key1);
    }
    for (int k = 0; k < PATH_LANES; ++k) {
        q[0][k] = tp_centred(w0[k], w1[k]);
        q[1][k] = tp_centred(w2[k], w3[k]);
    }
    for (int k = 0; k < PATH_LANES; ++k) {
        z[0][k] = tp_normal_centre(q[0][k]);
        z[1][k] = tp_normal_centre(q[1][k]);
    }
}

/* Deviates of the edges, 15 % of all: PATH_LANES of them at a time. */
HD void path_lanes_edges(const int32_t* places, int32_t count, double* z, const double* q)
{
    double own[PATH_LANES], r[PATH_LANES], found[PATH_LANES];
    for (int32_t at = 0; at < count; at += PATH_LANES) {
        int many = count - at < PATH_LANES ? count - at : PATH_LANES;
        for (int k = 0; k < PATH_LANES; ++k)
            own[k] = k < many ? q[places[at + k]] : 0.45;
        for (int k = 0; k < PATH_LANES; ++k) {
            r[k] = tp_normal_root(own[k]);
            found[k] = tp_normal_edge(r[k]);
        }
        for (int k = 0; k < many; ++k) {
            double one = r[k] > 5.0 ? tp_normal_far(r[k]) : found[k];
            z[places[at + k]] = own[k] < 0.0 ? -one : one;
        }
    }
}

/* The deviates of all lanes, [2 * pairs][lane]. */
HD void path_lanes_draw(const tp_path_stream* s, uint32_t first, int32_t pairs, path_row z)
{
    double q[2 * TP_PATH_PAIR_MAX * PATH_LANES];
    int32_t places[2 * TP_PATH_PAIR_MAX * PATH_LANES], count = 0;
    for (int32_t pair = 0; pair < pairs; ++pair)
        path_lanes_centre(s, first, (uint32_t)pair, z + 2 * pair, (path_row)q + 2 * pair);
    for (int32_t k = 0; k < 2 * pairs * PATH_LANES; ++k) {
        places[count] = k;
        count += !tp_normal_is_centre(q[k]);
    }
    path_lanes_edges(places, count, (double*)z, q);
}

HD void path_lanes_tile(const double* factor, int32_t end, path_row z, path_row sums)
{
    double a[PATH_LANES] = {0}, b[PATH_LANES] = {0}, c[PATH_LANES] = {0}, d[PATH_LANES] = {0};
    for (int32_t j = 0; j < end; ++j) {
        const double* f = factor + (int64_t)j * TP_PATH_TILE;
        for (int k = 0; k < PATH_LANES; ++k) {
            a[k] += f[0] * z[j][k];
            b[k] += f[1] * z[j][k];
            c[k] += f[2] * z[j][k];
            d[k] += f[3] * z[j][k];
        }
    }
    for (int k = 0; k < PATH_LANES; ++k) {
        sums[0][k] = a[k];
        sums[1][k] = b[k];
        sums[2][k] = c[k];
        sums[3][k] = d[k];
    }
}

/* Paths first .. first + PATH_LANES. */
HD void path_lanes_profit(
    const double* factor, const double* exposures, const int32_t* inverse, int32_t assets,
    const tp_path_stream* s, uint32_t first, double* profits)
{
    double z[2 * TP_PATH_PAIR_MAX][PATH_LANES], sums[TP_PATH_TILE][PATH_LANES];
    double total[PATH_LANES] = {0};
    path_lanes_draw(s, first, (assets + 1) / 2, z);
    for (int32_t row = 0; row < assets; row += TP_PATH_TILE) {
        int32_t end = row + TP_PATH_TILE < assets ? row + TP_PATH_TILE : assets;
        path_lanes_tile(factor + (int64_t)row * assets, end, z, sums);
        for (int i = 0; i < TP_PATH_TILE; ++i)
            for (int k = 0; k < PATH_LANES; ++k)
                total[k] += tp_path_earned(sums[i][k], exposures[row + i], inverse[row + i]);
    }
    for (int k = 0; k < PATH_LANES; ++k)
        profits[k] = total[k];
}

#define PATHS_ARGUMENTS                                                                           \
    const double *factor, const double *exposures, const int32_t *inverse, int32_t assets,        \
        const tp_path_stream *s, uint32_t first, int32_t count, double *profits

typedef void (*paths_fn)(PATHS_ARGUMENTS);

HD void paths_all(PATHS_ARGUMENTS)
{
    int32_t p = 0;
    double last[PATH_LANES];
    for (; p + PATH_LANES <= count; p += PATH_LANES)
        path_lanes_profit(
            factor, exposures, inverse, assets, s, first + (uint32_t)p, profits + p);
    if (p < count) {
        path_lanes_profit(factor, exposures, inverse, assets, s, first + (uint32_t)p, last);
        for (int k = 0; p + k < count; ++k)
            profits[p + k] = last[k];
    }
}

#define PATHS_BODY \
    { paths_all(factor, exposures, inverse, assets, s, first, count, profits); }

static void paths_base(PATHS_ARGUMENTS) PATHS_BODY

#if defined(__x86_64__) && defined(__GNUC__)
__attribute__((target("avx2"))) static void paths_avx2(PATHS_ARGUMENTS) PATHS_BODY
__attribute__((target("avx512f,avx512dq,avx512vl"))) static void paths_avx512(PATHS_ARGUMENTS)
PATHS_BODY

/* wanted: a form's name, or NULL for the widest; NULL when the processor lacks it */
static inline paths_fn paths_choose(const char* wanted)
{
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq")
        && __builtin_cpu_supports("avx512vl") && (!wanted || !strcmp(wanted, "avx512")))
        return paths_avx512;
    if (__builtin_cpu_supports("avx2") && (!wanted || !strcmp(wanted, "avx2")))
        return paths_avx2;
    return !wanted || !strcmp(wanted, "base") ? paths_base : (paths_fn)0;
}
#else
static inline paths_fn paths_choose(const char* wanted)
{
    return !wanted || !strcmp(wanted, "base") ? paths_base : (paths_fn)0;
}
#endif
#endif
