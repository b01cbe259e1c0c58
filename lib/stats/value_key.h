/* Values as integers in the same order: what extremes and order statistics are kept as.
 *
 * A key has dsi_key_bits bits. Of two values the smaller has the smaller key; 0 and -0
 * have one key, that of 0; every NaN has the largest key there is, DSI_KEY_NAN's low
 * bits, which no other float has. Signed integers have their sign bit turned, floats
 * the usual order of their bits. Any thread. */
#ifndef DSI_VALUE_KEY_H
#define DSI_VALUE_KEY_H

#include "dtype.h"

#include <stdbool.h>

/* 8, 16, 32 or 64 for BOOL, INT, UINT, FLOAT, BFLOAT; 0 for what has no order here. */
unsigned dsi_key_bits(struct dsi_dtype dtype);

uint64_t dsi_key_of(struct dsi_dtype dtype, const void *value);
uint64_t dsi_key_of_zero(struct dsi_dtype dtype); /* of -0, too */
bool dsi_key_is_nan(struct dsi_dtype dtype, uint64_t key);

/* The bits of the value of that type which is equal to number, rounded to nearest where
 * the type is a float; false when no value of an integer type is. */
bool dsi_key_bits_of_double(struct dsi_dtype dtype, double number, uint64_t *bits);

/* A number as exact as its type has it. */
enum dsi_number_kind { DSI_NUMBER_INT, DSI_NUMBER_UINT, DSI_NUMBER_FLOAT };

struct dsi_number {
    enum dsi_number_kind kind; /* INT for all integers that fit */
    union {
        int64_t integer;
        uint64_t natural;
        double real;
    } as;
};

/* The value of a key; every float type's is a double of the same value. */
struct dsi_number dsi_key_number(struct dsi_dtype dtype, uint64_t key);
double dsi_key_double(struct dsi_dtype dtype, uint64_t key); /* rounded to nearest */

/* NumPy's linear interpolation between neighbours a <= b in order, 0 <= t < 1, in
 * double: a + (b - a) t, and b - (b - a) (1 - t) from t = 0.5 on, with integers
 * subtracted exactly. a where both are the same, also when they are infinite; and where
 * b - a is beyond float64, of which NumPy makes an infinity, a (1 - t) + b t. */
double dsi_key_lerp(struct dsi_dtype dtype, uint64_t a, uint64_t b, double t);

/* Where numpy.percentile(x, percent, method="linear") looks among n > 0 sorted values:
 * between ranks *rank and *rank + 1 (or *rank alone when that is the last), at the
 * returned t. */
double dsi_percentile_rank(double percent, uint64_t n, uint64_t *rank);

#endif
