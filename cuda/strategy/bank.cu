/* The strategy bank over many rows: one thread a row, the table in shared memory.

   features is [input][row], scores and signals are [strategy][row], votes is [row]: neighbouring
   threads touch neighbouring numbers. Worst case: 64 strategies behind a hidden layer, a row's
   quantised inputs then live in local memory. */
#include <tickpath/bank.h>

#define TABLE_WORDS ((int32_t)(sizeof(tp_bank) / sizeof(int64_t)))

extern "C" __global__ void __launch_bounds__(128) bank(
    const tp_bank* __restrict__ table, const double* __restrict__ features, int32_t row_count,
    int64_t* __restrict__ scores, int8_t* __restrict__ signals, int32_t* __restrict__ votes)
{
    __shared__ int64_t words[TABLE_WORDS];
    const int64_t* source = (const int64_t*)table;
    for (int32_t k = threadIdx.x; k < TABLE_WORDS; k += blockDim.x)
        words[k] = source[k];
    __syncthreads();
    for (int32_t r = blockIdx.x * blockDim.x + threadIdx.x; r < row_count;
         r += blockDim.x * gridDim.x)
        votes[r] = tp_bank_row(
            (const tp_bank*)words, features + r, row_count, scores + r, signals + r);
}
