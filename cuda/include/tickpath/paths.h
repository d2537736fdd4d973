/* Profit of a portfolio on simulated paths: normal returns through a Cholesky factor.

   Normal deviate k of a path is half k & 1 of block (path, k / 2, run) of the stream of a seed: a
   path's numbers depend on nothing else, so paths may be shared out in any way. The return of asset
   i is the sum of factor[i][j] z[j] over j = 0, 1, ... i in this order, not below TP_RETURN_MIN; a
   linear exposure w earns w r of it, an inverse one w (r / (1 + r)), added in the order of assets.

   The factor is packed by tiles of rows, [tile][column][row of the tile], so that one deviate meets
   the rows of a tile together; elements above the diagonal are 0 and add nothing to a sum that
   began with +0. Worst case: 256 assets, 32 000 products a path. */
#ifndef TICKPATH_PATHS_H
#define TICKPATH_PATHS_H

#include <tickpath/normal.h>

#define TP_RETURN_MIN (-0.999999) /* a price does not fall below nothing */
#define TP_PATH_TILE 4
#define TP_PATH_PAIR_MAX 128      /* half of portfolio_assets_max */

typedef struct {
    uint64_t seed;
    uint64_t run; /* which of the streams of a seed */
} tp_path_stream;

/* The random bits behind deviates 2 * pair and 2 * pair + 1 of a path. */
HD tp_philox tp_path_bits(const tp_path_stream* s, uint32_t path, uint32_t pair)
{
    tp_philox counter = {{path, pair, (uint32_t)s->run, (uint32_t)(s->run >> 32)}};
    return tp_philox_of(counter, (uint32_t)s->seed, (uint32_t)(s->seed >> 32));
}

HD double tp_path_earned(double change, double exposure, int inverse)
{
    double r = change > TP_RETURN_MIN ? change : TP_RETURN_MIN;
    return inverse ? exposure * (r / (1.0 + r)) : exposure * r;
}

/* Deviates of a path into z[0 .. 2 * pairs). */
HD void tp_path_draw(const tp_path_stream* s, uint32_t path, int32_t pairs, double* z)
{
    for (int32_t k = 0; k < pairs; ++k) {
        tp_philox bits = tp_path_bits(s, path, (uint32_t)k);
        z[2 * k] = tp_normal_of(tp_centred(bits.word[0], bits.word[1]));
        z[2 * k + 1] = tp_normal_of(tp_centred(bits.word[2], bits.word[3]));
    }
}

/* Profit of a path of `assets`, exposures and inverse padded to whole tiles by 0. */
HD double tp_path_profit(
    const double* factor, const double* exposures, const int32_t* inverse, int32_t assets,
    const double* z)
{
    double profit = 0.0;
    for (int32_t row = 0; row < assets; row += TP_PATH_TILE) {
        int32_t end = row + TP_PATH_TILE < assets ? row + TP_PATH_TILE : assets;
        double a = 0.0, b = 0.0, c = 0.0, d = 0.0;
        for (int32_t j = 0; j < end; ++j) {
            const double* f = factor + ((int64_t)(row / TP_PATH_TILE) * assets + j) * TP_PATH_TILE;
            a += f[0] * z[j];
            b += f[1] * z[j];
            c += f[2] * z[j];
            d += f[3] * z[j];
        }
        profit += tp_path_earned(a, exposures[row], inverse[row]);
        profit += tp_path_earned(b, exposures[row + 1], inverse[row + 1]);
        profit += tp_path_earned(c, exposures[row + 2], inverse[row + 2]);
        profit += tp_path_earned(d, exposures[row + 3], inverse[row + 3]);
    }
    return profit;
}

#endif
