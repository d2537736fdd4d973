/* Normal random numbers by their place in a stream: no state, the same numbers on both sides.

   Philox4x32-10 (Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3, SC 2011)
   makes 128 bits of a counter and a key; 52 of each half become a probability (k + 1/2) / 2^52,
   which Wichura's AS 241 (Applied Statistics 37, 1988, PPND16) turns into a normal deviate. Its
   logarithm is a series, so IEEE + - * / and sqrt only. Relative error below 2e-15; none is beyond
   8.3. */
#ifndef TICKPATH_NORMAL_H
#define TICKPATH_NORMAL_H

#include <tickpath/hd.h>

typedef struct {
    uint32_t word[4];
} tp_philox;

#define TP_PHILOX_ROUNDS 10
#define TP_PHILOX_KEY0 0x9E3779B9u
#define TP_PHILOX_KEY1 0xBB67AE85u

/* One round; round k takes its keys plus k times TP_PHILOX_KEY0 and TP_PHILOX_KEY1. */
HD void tp_philox_round(
    uint32_t* w0, uint32_t* w1, uint32_t* w2, uint32_t* w3, uint32_t key0, uint32_t key1)
{
    uint64_t a = (uint64_t)0xD2511F53u * *w0;
    uint64_t b = (uint64_t)0xCD9E8D57u * *w2;
    *w0 = (uint32_t)(b >> 32) ^ *w1 ^ key0;
    *w1 = (uint32_t)b;
    *w2 = (uint32_t)(a >> 32) ^ *w3 ^ key1;
    *w3 = (uint32_t)a;
}

HD tp_philox tp_philox_of(tp_philox counter, uint32_t key0, uint32_t key1)
{
    uint32_t* w = counter.word;
    for (uint32_t k = 0; k < TP_PHILOX_ROUNDS; ++k)
        tp_philox_round(
            &w[0], &w[1], &w[2], &w[3], key0 + k * TP_PHILOX_KEY0, key1 + k * TP_PHILOX_KEY1);
    return counter;
}

/* A probability less one half, from 64 random bits: (k + 1/2) / 2^52 - 1/2, each step exact. */
HD double tp_centred(uint32_t low, uint32_t high)
{
    uint64_t bits = (uint64_t)high << 20 | low >> 12;
    return hd_double_of(bits | 0x3FF0000000000000ull) - 1.5 + 0x1p-53;
}

/* Natural logarithm of a normal number below 2^1000: exponent and a series of the mantissa in
   [sqrt(1/2), sqrt(2)), log m = 2 (s + s^3/3 + s^5/5 + ...) with s = (m - 1) / (m + 1). */
HD double tp_log(double x)
{
    uint64_t bits = hd_bits_of(x);
    int32_t exponent = (int32_t)(bits >> 52) - 1023;
    double m = hd_double_of((bits & 0x000FFFFFFFFFFFFFull) | 0x3FF0000000000000ull);
    double s, z, sum, e;
    int above = m > 1.4142135623730951;
    m = above ? m * 0.5 : m;
    exponent += above;
    s = (m - 1.0) / (m + 1.0);
    z = s * s;
    sum = 1.0 / 23.0;
    sum = sum * z + 1.0 / 21.0;
    sum = sum * z + 1.0 / 19.0;
    sum = sum * z + 1.0 / 17.0;
    sum = sum * z + 1.0 / 15.0;
    sum = sum * z + 1.0 / 13.0;
    sum = sum * z + 1.0 / 11.0;
    sum = sum * z + 1.0 / 9.0;
    sum = sum * z + 1.0 / 7.0;
    sum = sum * z + 1.0 / 5.0;
    sum = sum * z + 1.0 / 3.0;
    e = (double)exponent;
    /* ln 2 in two parts: the product with the first, of 33 bits, is exact */
    return e * 0x1.62e42feep-1 + (2.0 * s + (2.0 * s * (z * sum) + e * 0x1.a39ef35793c76p-33));
}

/* AS 241 for a probability 1/2 + q with |q| <= 0.425. */
HD double tp_normal_centre(double q)
{
    double r = 0.180625 - q * q;
    double above = 2.5090809287301226727e+3, below = 5.2264952788528545610e+3;
    above = above * r + 3.3430575583588128105e+4;
    above = above * r + 6.7265770927008700853e+4;
    above = above * r + 4.5921953931549871457e+4;
    above = above * r + 1.3731693765509461125e+4;
    above = above * r + 1.9715909503065514427e+3;
    above = above * r + 1.3314166789178437745e+2;
    above = above * r + 3.3871328727963666080e+0;
    below = below * r + 2.8729085735721942674e+4;
    below = below * r + 3.9307895800092710610e+4;
    below = below * r + 2.1213794301586595867e+4;
    below = below * r + 5.3941960214247511077e+3;
    below = below * r + 6.8718700749205790830e+2;
    below = below * r + 4.2313330701600911252e+1;
    below = below * r + 1.0;
    return q * above / below;
}

/* AS 241 in r = sqrt(-log(p)) of a small probability p, for r <= 5. */
HD double tp_normal_edge(double r)
{
    r -= 1.6;
    double above = 7.74545014278341407640e-4;
    above = above * r + 2.27238449892691845833e-2;
    above = above * r + 2.41780725177450611770e-1;
    above = above * r + 1.27045825245236838258e+0;
    above = above * r + 3.64784832476320460504e+0;
    above = above * r + 5.76949722146069140550e+0;
    above = above * r + 4.63033784615654529590e+0;
    above = above * r + 1.42343711074968357734e+0;
    double below = 1.05075007164441684324e-9;
    below = below * r + 5.47593808499534494600e-4;
    below = below * r + 1.51986665636164571966e-2;
    below = below * r + 1.48103976427480074590e-1;
    below = below * r + 6.89767334985100004550e-1;
    below = below * r + 1.67638483018380384940e+0;
    below = below * r + 2.05319162663775882187e+0;
    below = below * r + 1.0;
    return above / below;
}

/* The same for r > 5. */
HD double tp_normal_far(double r)
{
    r -= 5.0;
    double above = 2.01033439929228813265e-7;
    above = above * r + 2.71155556874348757815e-5;
    above = above * r + 1.24266094738807843860e-3;
    above = above * r + 2.65321895265761230930e-2;
    above = above * r + 2.96560571828504891230e-1;
    above = above * r + 1.78482653991729133580e+0;
    above = above * r + 5.46378491116411436990e+0;
    above = above * r + 6.65790464350110377720e+0;
    double below = 2.04426310338993978564e-15;
    below = below * r + 1.42151175831644588870e-7;
    below = below * r + 1.84631831751005468180e-5;
    below = below * r + 7.86869131145613259100e-4;
    below = below * r + 1.48753612908506148525e-2;
    below = below * r + 1.36929880922735805310e-1;
    below = below * r + 5.99832206555887937690e-1;
    below = below * r + 1.0;
    return above / below;
}

/* sqrt(-log(p)) of the smaller of the probabilities 1/2 + q and 1/2 - q. */
HD double tp_normal_root(double q)
{
    return hd_sqrt(-tp_log(0.5 - (q < 0.0 ? -q : q)));
}

HD int tp_normal_is_centre(double q)
{
    return q >= -0.425 && q <= 0.425;
}

/* The deviate of a probability 1/2 + q, 0 < 1/2 + q < 1. */
HD double tp_normal_of(double q)
{
    double r, found;
    if (tp_normal_is_centre(q))
        return tp_normal_centre(q);
    r = tp_normal_root(q);
    found = r <= 5.0 ? tp_normal_edge(r) : tp_normal_far(r);
    return q < 0.0 ? -found : found;
}

#endif
