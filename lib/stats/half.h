/* The 2-byte floating point types as doubles, exactly. */
#ifndef DSI_HALF_H
#define DSI_HALF_H

#include <math.h>
#include <stdint.h>
#include <string.h>

/* IEEE 754 binary16: 1 sign, 5 exponent, 10 fraction bits. */
static inline double dsi_half_to_double(uint16_t half)
{
    int exponent = half >> 10 & 31, fraction = half & 0x3ff;
    double size;
    if (exponent == 31)
        size = fraction ? (double)NAN : (double)INFINITY;
    else if (exponent == 0)
        size = ldexp(fraction, -24);
    else
        size = ldexp(fraction + 0x400, exponent - 25);
    return half & 0x8000 ? -size : size;
}

/* The upper half of a binary32. */
static inline double dsi_bfloat_to_double(uint16_t bfloat)
{
    uint32_t bits = (uint32_t)bfloat << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return (double)value;
}

#endif
