/* Profits of simulated paths: one thread a path, its deviates in local memory.

   profits is [path], path k of the call is path first + k of the stream. All threads of a warp read
   the same element of the factor together. Worst case: 256 assets, where the deviates of the paths
   in flight, 2 KiB each, are more than the first cache holds. */
#include <tickpath/paths.h>

extern "C" __global__ void __launch_bounds__(128) paths(
    const double* __restrict__ factor, const double* __restrict__ exposures,
    const int32_t* __restrict__ inverse, int32_t asset_count, int64_t seed, int64_t run,
    int32_t first, int32_t path_count, double* __restrict__ profits)
{
    double z[2 * TP_PATH_PAIR_MAX];
    tp_path_stream stream = {(uint64_t)seed, (uint64_t)run};
    for (int32_t p = blockIdx.x * blockDim.x + threadIdx.x; p < path_count;
         p += blockDim.x * gridDim.x) {
        tp_path_draw(&stream, (uint32_t)(first + p), (asset_count + 1) / 2, z);
        profits[p] = tp_path_profit(factor, exposures, inverse, asset_count, z);
    }
}
