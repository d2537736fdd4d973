/* What nvcc, NVRTC and a C or C++ compiler of the host must agree on before they read a formula.

   HD marks a function of both sides. IEEE + - * / and sqrt only, never contracted to a fused
   multiply-add (-fmad=false, -ffp-contract=off): then both sides give the same bits. */
#ifndef TICKPATH_HD_H
#define TICKPATH_HD_H

#if defined(__CUDACC_RTC__)
typedef signed char int8_t;
typedef int int32_t;
typedef unsigned int uint32_t;
typedef long long int64_t;
typedef unsigned long long uint64_t;
#else
#include <stdint.h>
#endif

#if defined(__CUDACC__)
#define HD static __host__ __device__ __forceinline__
#else
#define HD static inline __attribute__((always_inline))
#endif

HD double hd_sqrt(double x)
{
#if defined(__CUDA_ARCH__)
    return __dsqrt_rn(x);
#else
    return __builtin_sqrt(x);
#endif
}

/* The upper 64 bits of a product. */
HD uint64_t hd_mul_high(uint64_t a, uint64_t b)
{
#if defined(__CUDA_ARCH__)
    return __umul64hi(a, b);
#else
    return (uint64_t)(((unsigned __int128)a * b) >> 64);
#endif
}

/* The quiet NaN of NumPy, 0x7ff8000000000000. */
HD double hd_nan(void)
{
#if defined(__CUDA_ARCH__)
    return __longlong_as_double(0x7ff8000000000000LL);
#else
    return __builtin_nan("");
#endif
}

/* The float64 of 64 bits, and the bits of a float64. */
HD double hd_double_of(uint64_t bits)
{
#if defined(__CUDA_ARCH__)
    return __longlong_as_double((int64_t)bits);
#else
    double x;
    __builtin_memcpy(&x, &bits, sizeof x);
    return x;
#endif
}

HD uint64_t hd_bits_of(double x)
{
#if defined(__CUDA_ARCH__)
    return (uint64_t)__double_as_longlong(x);
#else
    uint64_t bits;
    __builtin_memcpy(&bits, &x, sizeof bits);
    return bits;
#endif
}

#endif
