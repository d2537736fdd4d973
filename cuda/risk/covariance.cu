/* Exponentially weighted covariance over a block of returns: one thread a column of four rows.

   returns is [time][asset], NaN where an asset has no sample; rows and out are [asset][asset];
   before is the interval of an asset's last sample in front of the block, whose own intervals are
   start, start + 1, ... Worst case: few assets, where one thread's walk over time is all. */
#include <tickpath/ewma.h>

extern "C" __global__ void __launch_bounds__(128, 4) covariance(
    const double* __restrict__ returns, const double* __restrict__ rows,
    const int64_t* __restrict__ sampled, double decay, int64_t start, int32_t time_count,
    int32_t asset_count, double* __restrict__ out)
{
    int64_t n = asset_count;
    for (int32_t top = blockIdx.y * TP_EWMA_TILE; top < asset_count;
         top += gridDim.y * TP_EWMA_TILE) {
        for (int32_t j = blockIdx.x * blockDim.x + threadIdx.x; j < asset_count;
             j += blockDim.x * gridDim.x) {
            double c[TP_EWMA_TILE];
            int64_t before[TP_EWMA_TILE];
            int32_t row[TP_EWMA_TILE];
#pragma unroll
            for (int k = 0; k < TP_EWMA_TILE; ++k) {
                row[k] = top + k < asset_count ? top + k : asset_count - 1;
                c[k] = rows[row[k] * n + j];
                before[k] = sampled[row[k]];
            }
            for (int32_t t = 0; t < time_count; ++t) {
                double change = returns[t * n + j];
#pragma unroll
                for (int k = 0; k < TP_EWMA_TILE; ++k) {
                    double own = returns[t * n + row[k]];
                    if (own == own) {
                        double other = tp_ewma_other(change, row[k], j);
                        c[k] = tp_ewma_element(c[k], decay, own, other, before[k], start + t);
                        before[k] = start + t;
                    }
                }
            }
#pragma unroll
            for (int k = 0; k < TP_EWMA_TILE; ++k)
                if (top + k < asset_count)
                    out[(top + k) * n + j] = c[k];
        }
    }
}
