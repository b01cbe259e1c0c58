#include "value_key.h"

#include "half.h"

#include <math.h>
#include <string.h>

unsigned dsi_key_bits(struct dsi_dtype dtype)
{
    switch (dtype.kind) {
    case DSI_BOOL:
    case DSI_INT:
    case DSI_UINT:
    case DSI_FLOAT:
    case DSI_BFLOAT:
        return dtype.size * 8;
    case DSI_COMPLEX:
    case DSI_BYTES:
    case DSI_UNICODE:
    case DSI_DATETIME:
    case DSI_TIMEDELTA:
    case DSI_STRING:
    case DSI_VOID:
        break;
    }
    return 0;
}

static bool is_float(struct dsi_dtype dtype)
{
    return dtype.kind == DSI_FLOAT || dtype.kind == DSI_BFLOAT;
}

static uint64_t sign_bit(struct dsi_dtype dtype)
{
    return UINT64_C(1) << (dtype.size * 8 - 1);
}

static uint64_t all_bits(struct dsi_dtype dtype)
{
    return sign_bit(dtype) | (sign_bit(dtype) - 1);
}

static uint64_t load_bits(struct dsi_dtype dtype, const void *value)
{
    uint64_t bits = 0;
    uint8_t one;
    uint16_t two;
    uint32_t four;
    switch (dtype.size) {
    case 1:
        memcpy(&one, value, 1);
        return dtype.kind == DSI_BOOL ? one != 0 : one;
    case 2:
        memcpy(&two, value, 2);
        return two;
    case 4:
        memcpy(&four, value, 4);
        return four;
    default:
        memcpy(&bits, value, 8);
        return bits;
    }
}

/* Infinity's bits without a sign: NaNs are above. */
static uint64_t infinity(struct dsi_dtype dtype)
{
    return dtype.kind == DSI_BFLOAT ? 0x7f80
           : dtype.size == 2        ? 0x7c00
           : dtype.size == 4        ? 0x7f800000
                                    : UINT64_C(0x7ff0000000000000);
}

uint64_t dsi_key_of(struct dsi_dtype dtype, const void *value)
{
    const uint64_t bits = load_bits(dtype, value), sign = sign_bit(dtype);
    if (dtype.kind == DSI_INT)
        return bits ^ sign;
    if (!is_float(dtype))
        return bits;
    const uint64_t size = bits & ~sign;
    if (size > infinity(dtype))
        return all_bits(dtype);
    if (size == 0)
        return sign;
    return bits & sign ? ~bits & all_bits(dtype) : bits | sign;
}

uint64_t dsi_key_of_zero(struct dsi_dtype dtype)
{
    static const uint64_t zero;
    return dsi_key_of(dtype, &zero);
}

bool dsi_key_is_nan(struct dsi_dtype dtype, uint64_t key)
{
    return is_float(dtype) && key == all_bits(dtype);
}

static double float_of(struct dsi_dtype dtype, uint64_t key)
{
    const uint64_t sign = sign_bit(dtype);
    const uint64_t bits = key & sign ? key ^ sign : ~key & all_bits(dtype);
    if (dtype.kind == DSI_BFLOAT || dtype.size == 4) {
        uint32_t four = (uint32_t)(dtype.size == 2 ? bits << 16 : bits);
        float value;
        memcpy(&value, &four, sizeof value);
        return (double)value;
    }
    if (dtype.size == 2)
        return dsi_half_to_double((uint16_t)bits);
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* The nearest of the 2-byte floats, ties to even, by halving the range of the positive
 * ones. What is nearer to where the next would be than to the largest is infinite. */
static uint64_t half_bits(struct dsi_dtype dtype, double number)
{
    const uint64_t sign = sign_bit(dtype);
    const double size = fabs(number),
                 beyond = ldexp(1, dtype.kind == DSI_BFLOAT ? 128 : 16);
    uint64_t low = 0, high = infinity(dtype);
    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;
        if (float_of(dtype, middle | sign) <= size)
            low = middle;
        else
            high = middle;
    }
    const double above =
        high == infinity(dtype) ? beyond : float_of(dtype, high | sign);
    const double to_low = size - float_of(dtype, low | sign), to_high = above - size;
    const bool is_low = to_low < to_high || (to_low == to_high && low % 2 == 0);
    return (is_low ? low : high) | (signbit(number) ? sign : 0);
}

static bool integer_bits(struct dsi_dtype dtype, double number, uint64_t *bits)
{
    const int n_bits = (int)dtype.size * 8;
    const bool is_signed = dtype.kind == DSI_INT;
    const double end = ldexp(1, dtype.kind == DSI_BOOL ? 1 : n_bits - is_signed);
    if (number != floor(number) || number >= end || number < (is_signed ? -end : 0))
        return false;
    *bits = number < 0 ? (uint64_t)(int64_t)number & all_bits(dtype) : (uint64_t)number;
    return true;
}

bool dsi_key_bits_of_double(struct dsi_dtype dtype, double number, uint64_t *bits)
{
    if (!is_float(dtype))
        return integer_bits(dtype, number, bits);
    *bits = 0;
    if (dtype.size == 2) {
        *bits = half_bits(dtype, number);
    } else if (dtype.size == 4) {
        float single = (float)number;
        uint32_t four;
        memcpy(&four, &single, sizeof four);
        *bits = four;
    } else {
        memcpy(bits, &number, sizeof number);
    }
    return true;
}

struct dsi_number dsi_key_number(struct dsi_dtype dtype, uint64_t key)
{
    struct dsi_number number = {.kind = DSI_NUMBER_INT};
    if (is_float(dtype)) {
        number.kind = DSI_NUMBER_FLOAT;
        number.as.real = float_of(dtype, key);
    } else if (dtype.kind == DSI_INT) {
        /* Turned around zero: the key of the smallest is 0. */
        uint64_t half = sign_bit(dtype);
        number.as.integer =
            key >= half ? (int64_t)(key - half) : -(int64_t)(half - key - 1) - 1;
    } else if (key > INT64_MAX) {
        number.kind = DSI_NUMBER_UINT;
        number.as.natural = key;
    } else {
        number.as.integer = (int64_t)key;
    }
    return number;
}

double dsi_key_double(struct dsi_dtype dtype, uint64_t key)
{
    struct dsi_number number = dsi_key_number(dtype, key);
    return number.kind == DSI_NUMBER_FLOAT  ? number.as.real
           : number.kind == DSI_NUMBER_UINT ? (double)number.as.natural
                                            : (double)number.as.integer;
}

double dsi_key_lerp(struct dsi_dtype dtype, uint64_t a, uint64_t b, double t)
{
    const double low = dsi_key_double(dtype, a), high = dsi_key_double(dtype, b);
    if (a == b)
        return low;
    /* Keys of integers are as far from each other as the integers. */
    const double step = is_float(dtype) ? high - low : (double)(b - a);
    if (isinf(step) && isfinite(low) && isfinite(high))
        return low * (1 - t) + high * t;
    return t >= 0.5 ? high - step * (1 - t) : low + step * t;
}

double dsi_percentile_rank(double percent, uint64_t n, uint64_t *rank)
{
    const double at = (double)(n - 1) * (percent / 100);
    double whole = floor(at);
    if (whole >= (double)(n - 1)) { /* (double)(n - 1) may be above n - 1 */
        *rank = n - 1;
        return 0;
    }
    *rank = (uint64_t)whole;
    return at - whole;
}
