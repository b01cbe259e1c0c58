/* Integers of up to 6,912 bits, sign and magnitude: just what exact_sum needs to
 * finish. Values, no allocation, no threads. Results that would not fit are a
 * programming error.
 */
#ifndef DSI_WIDE_INT_H
#define DSI_WIDE_INT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DSI_WIDE_WORDS = 108 };

struct dsi_wide {
    bool negative;
    size_t n; /* words in use; the highest is not 0 */
    uint64_t words[DSI_WIDE_WORDS];
};

/* From n words of two's complement, the lowest first. */
void dsi_wide_of_words(struct dsi_wide *out, const uint64_t *words, size_t n);

/* out is none of the arguments. */
void dsi_wide_multiply(struct dsi_wide *out, const struct dsi_wide *a,
                       const struct dsi_wide *b);
void dsi_wide_scale(struct dsi_wide *value, uint64_t factor);
void dsi_wide_subtract(struct dsi_wide *from, const struct dsi_wide *value);
void dsi_wide_add(struct dsi_wide *to, const struct dsi_wide *value);

/* Divides by divisor > 0, towards zero; true when there was a remainder. */
bool dsi_wide_divide(struct dsi_wide *value, uint64_t divisor);
void dsi_wide_shift_words(struct dsi_wide *value, size_t n); /* times 2^(64 n) */

/* value x 2^exponent to the nearest double, ties to even; more says that the exact
 * value is a little larger in size. */
double dsi_wide_to_double(const struct dsi_wide *value, int exponent, bool more);

/* value = result x 2^*exponent with 1 <= |result| <= 2 rounded to nearest; 0 for 0. */
double dsi_wide_fraction(const struct dsi_wide *value, int *exponent);

#endif
