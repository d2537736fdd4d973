/* How many numbers each bin of tail.h has; counts, [bin], is 0 before.

   Worst case: all numbers in one bin, where every thread waits for the one counter. */
#include <tickpath/tail.h>

extern "C" __global__ void __launch_bounds__(128) tail_counts(
    const double* __restrict__ numbers, int32_t count, int32_t* __restrict__ counts)
{
    for (int32_t k = blockIdx.x * blockDim.x + threadIdx.x; k < count;
         k += blockDim.x * gridDim.x)
        atomicAdd(&counts[tp_tail_bin(numbers[k])], 1);
}
