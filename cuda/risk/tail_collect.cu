/* The numbers of the bins 0 to `last` of tail.h, in any order.

   out has room for `room` of them, what tail_counts counted; taken, one number, is 0 before.
   Worst case: most numbers are taken, and their threads wait for the one counter. */
#include <tickpath/tail.h>

extern "C" __global__ void __launch_bounds__(128) tail_collect(
    const double* __restrict__ numbers, int32_t count, int32_t last, int32_t room,
    int32_t* __restrict__ taken, double* __restrict__ out)
{
    for (int32_t k = blockIdx.x * blockDim.x + threadIdx.x; k < count;
         k += blockDim.x * gridDim.x) {
        double x = numbers[k];
        if (tp_tail_bin(x) <= last) {
            int32_t place = atomicAdd(taken, 1);
            if (place < room)
                out[place] = x;
        }
    }
}
