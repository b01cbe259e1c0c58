/* Numbers rounded to the 2-byte floating point types, to nearest, ties to even. */
#ifndef DSI_HALF_ROUND_H
#define DSI_HALF_ROUND_H

#include <math.h>
#include <stdint.h>
#include <string.h>

static inline uint32_t dsi_float_bits(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static inline float dsi_bits_float(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* The bits up to n_gone rounded away; what overflows becomes the next power of two. */
static inline uint32_t dsi_round_bits(uint32_t bits, unsigned n_gone)
{
    const uint32_t below = (UINT32_C(1) << n_gone) - 1;
    return (bits + (below >> 1) + (bits >> n_gone & 1)) & ~below;
}

/* The float16 nearest to value, as a float. */
static inline float dsi_round_to_half(float value)
{
    const uint32_t bits = dsi_float_bits(value), size = bits & 0x7fffffff;
    float rounded;
    if (size >= 0x7f800000)
        return value;
    if (size >= 0x477ff000) /* 65520, half way to 2^16 */
        rounded = INFINITY;
    else if (size < 0x38800000) /* 2^-14: below, steps are those of 0.5 as a float */
        rounded = dsi_bits_float(size) + 0.5f - 0.5f;
    else
        rounded = dsi_bits_float(dsi_round_bits(size, 13));
    return dsi_bits_float(dsi_float_bits(rounded) | (bits & 0x80000000));
}

/* The bfloat16 nearest to value, as a float. */
static inline float dsi_round_to_bfloat(float value)
{
    return isnan(value) ? value
                        : dsi_bits_float(dsi_round_bits(dsi_float_bits(value), 16));
}

/* The float of an odd last bit next to a number no float is: rounding it on to fewer
 * bits rounds the number itself. */
static inline float dsi_round_to_odd(double value)
{
    float near = (float)value;
    if (isnan(value) || (double)near == value)
        return near;
    if (isinf(near) || fabs((double)near) > fabs(value))
        near = dsi_bits_float(dsi_float_bits(near) - 1);
    return dsi_bits_float(dsi_float_bits(near) | 1);
}

/* The bits of a float that is one of float16. */
static inline uint16_t dsi_half_bits(float half)
{
    const uint32_t bits = dsi_float_bits(half), size = bits & 0x7fffffff;
    uint32_t of = size > 0x7f800000    ? 0x7e00
                  : size == 0x7f800000 ? 0x7c00
                  : size < 0x38800000  ? (uint32_t)(dsi_bits_float(size) * 0x1p24f)
                                       : (size >> 13) - (112u << 10);
    return (uint16_t)(of | (bits >> 16 & 0x8000));
}

/* A float16 as a float, without a call. */
static inline float dsi_half_to_float(uint16_t half)
{
    const uint32_t exponent = half >> 10 & 31, fraction = half & 0x3ff;
    const uint32_t sign = (uint32_t)(half & 0x8000) << 16;
    uint32_t bits;
    if (exponent == 0)
        bits = dsi_float_bits((float)fraction * 0x1p-24f);
    else
        bits = (exponent == 31 ? 0x7f800000u : (exponent + 112) << 23) | fraction << 13;
    return dsi_bits_float(bits | sign);
}

#endif
