/* Values of every type as numbers, made and compared without keys, for tests. */
#ifndef DSI_NUMBERS_H
#define DSI_NUMBERS_H

#include "value_key.h"

enum { N_VALUE_DTYPES = 13 };
extern const struct dsi_dtype value_dtypes[N_VALUE_DTYPES];

/* The next of a fixed row of random bits. */
uint64_t draw_bits(void);

/* A value as a number: integers or a double, which holds all floats there are. */
struct number {
    bool is_nan, is_float;
    int64_t integer;
    uint64_t natural; /* above INT64_MAX, else 0 */
    double real;
};

struct number number_of(struct dsi_dtype dtype, const void *value);

/* For qsort, of numbers of one type. */
int compare_numbers(const void *a, const void *b);

bool is_number(struct dsi_dtype dtype, uint64_t key, struct number expected);

/* Random bits; a few values; values near each other and zeros of both signs; one; NaN.
 */
enum filling { BITS, FEW, NEAR, CONSTANT, ALL_NAN, N_FILLINGS };
void fill_values(struct dsi_dtype dtype, uint8_t *data, uint64_t n, enum filling how);

#endif
