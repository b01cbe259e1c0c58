#include "numbers.h"

#include <string.h>

#include "half.h"

const struct dsi_dtype value_dtypes[N_VALUE_DTYPES] = {
    {.kind = DSI_BOOL, .size = 1},  {.kind = DSI_INT, .size = 1},
    {.kind = DSI_INT, .size = 2},   {.kind = DSI_INT, .size = 4},
    {.kind = DSI_INT, .size = 8},   {.kind = DSI_UINT, .size = 1},
    {.kind = DSI_UINT, .size = 2},  {.kind = DSI_UINT, .size = 4},
    {.kind = DSI_UINT, .size = 8},  {.kind = DSI_FLOAT, .size = 2},
    {.kind = DSI_FLOAT, .size = 4}, {.kind = DSI_FLOAT, .size = 8},
    {.kind = DSI_BFLOAT, .size = 2}};

static uint64_t state = 1;

uint64_t draw_bits(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

struct number number_of(struct dsi_dtype dtype, const void *value)
{
    struct number number = {.is_float =
                                dtype.kind == DSI_FLOAT || dtype.kind == DSI_BFLOAT};
    uint64_t bits = 0;
    memcpy(&bits, value, dtype.size); /* little-endian, as this machine is */
    if (dtype.kind == DSI_BFLOAT || (dtype.kind == DSI_FLOAT && dtype.size == 4)) {
        uint32_t word = (uint32_t)(dtype.size == 2 ? bits << 16 : bits);
        float real;
        memcpy(&real, &word, sizeof real);
        number.real = (double)real;
    } else if (dtype.kind == DSI_FLOAT && dtype.size == 2) {
        number.real = dsi_half_to_double((uint16_t)bits);
    } else if (dtype.kind == DSI_FLOAT) {
        memcpy(&number.real, &bits, sizeof number.real);
    } else if (dtype.kind == DSI_INT) {
        const unsigned above = 64 - dtype.size * 8;
        number.integer = (int64_t)(bits << above) >> above;
    } else if (dtype.kind == DSI_BOOL) {
        number.integer = bits != 0;
    } else if (bits > INT64_MAX) {
        number.integer = INT64_MAX;
        number.natural = bits;
    } else {
        number.integer = (int64_t)bits;
    }
    number.is_nan = number.is_float && number.real != number.real;
    return number;
}

int compare_numbers(const void *a, const void *b)
{
    const struct number *x = a, *y = b;
    if (x->is_float)
        return (x->real > y->real) - (x->real < y->real);
    if (x->integer != y->integer)
        return x->integer < y->integer ? -1 : 1;
    return (x->natural > y->natural) - (x->natural < y->natural);
}

bool is_number(struct dsi_dtype dtype, uint64_t key, struct number expected)
{
    const struct dsi_number got = dsi_key_number(dtype, key);
    if (expected.is_float)
        return got.kind == DSI_NUMBER_FLOAT && got.as.real == expected.real;
    if (expected.natural)
        return got.kind == DSI_NUMBER_UINT && got.as.natural == expected.natural;
    return got.kind == DSI_NUMBER_INT && got.as.integer == expected.integer;
}

void fill_values(struct dsi_dtype dtype, uint8_t *data, uint64_t n, enum filling how)
{
    uint64_t few[7];
    for (int i = 0; i < 7; i++)
        few[i] = draw_bits();
    for (uint64_t i = 0; i < n; i++) {
        const uint64_t number = draw_bits();
        uint64_t bits = how == BITS   ? number
                        : how == FEW  ? few[number % 7]
                        : how == NEAR ? few[0] + number % 1000 * 3
                                      : few[0];
        if (how == NEAR && number % 16 == 0) /* 0, -0 */
            bits = (number >> 32 & 1) << (dtype.size * 8 - 1);
        if (how == ALL_NAN)
            bits = UINT64_MAX;
        memcpy(data + i * dtype.size, &bits, dtype.size);
    }
}
