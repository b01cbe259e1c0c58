#include "exact_sum.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "wide_int.h"

__extension__ typedef unsigned __int128 uint128;

/* Bits of P_k: those of 2^64 values of the largest size to the k-th, three more for the
 * differences' sums on the way, a sign, and k u below the point.
 *   float32  128 k + 149 k + 68 = 345, 622, 899     -> 6, 10, 15 words
 *   float64 1024 k + 1074 k + 68 = 2166, 4264, 6362 -> 34, 67, 100 words */
static const struct layout {
    int unit; /* u: the smallest value is 2^-u */
    size_t n_words[3];
    size_t n_all;
} layouts[] = {
    [DSI_SUM_FLOAT32] = {149, {6, 10, 15}, DSI_SUM_FLOAT32_WORDS},
    [DSI_SUM_FLOAT64] = {1074, {34, 67, 100}, 201},
};

enum dsi_status dsi_exact_sum_init(struct dsi_exact_sum *sum, enum dsi_sum_range range,
                                   struct dsi_error *err)
{
    const size_t n = layouts[range].n_all;
    *sum = (struct dsi_exact_sum){.range = range};
    sum->words = dsi_alloc_zeroed(n, sizeof *sum->words);
    return sum->words ? DSI_OK : dsi_fail_memory(err, n * sizeof *sum->words);
}

void dsi_exact_sum_free(struct dsi_exact_sum *sum)
{
    free(sum->words);
    *sum = (struct dsi_exact_sum){0};
}

/* A double: (-1)^negative x fraction x 2^exponent. Trailing zeros are in the exponent:
 * a multiple of the unit then has an exponent that is no less than the unit's. */
struct factor {
    bool negative;
    int exponent, n_bits; /* of the fraction */
    uint64_t fraction;
};

static struct factor factor_of(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    uint64_t fraction = bits & ((UINT64_C(1) << 52) - 1);
    int exponent = bits >> 52 & 0x7ff;
    if (exponent)
        fraction |= UINT64_C(1) << 52;
    else
        exponent = 1; /* subnormal */
    if (fraction == 0)
        return (struct factor){0};
    const int zeros = __builtin_ctzll(fraction);
    fraction >>= zeros;
    return (struct factor){bits >> 63, exponent - 1075 + zeros,
                           64 - __builtin_clzll(fraction), fraction};
}

/* A product: words x 2^exponent. The longest, n p^3, has 64 + 3 x 53 bits. */
struct term {
    bool negative;
    int exponent;
    size_t n_words;
    uint64_t words[4];
};

static void multiply(uint64_t words[4], uint64_t factor)
{
    uint64_t carry = 0;
    for (size_t i = 0; i < 4; i++) {
        uint128 product = (uint128)words[i] * factor + carry;
        words[i] = (uint64_t)product;
        carry = (uint64_t)(product >> 64);
    }
}

enum { N_FACTORS = 3 };

/* count x times x the factors, of which those that are NULL are 1. */
static struct term product_of(uint64_t count, unsigned times,
                              const struct factor *const factors[N_FACTORS])
{
    struct term term = {.n_words = 2};
    int n_bits = 2 + (count ? 64 - __builtin_clzll(count) : 0);
    uint64_t fractions[N_FACTORS];
    for (size_t i = 0; i < N_FACTORS; i++) {
        fractions[i] = factors[i] ? factors[i]->fraction : 1;
        n_bits += factors[i] ? factors[i]->n_bits : 1;
        term.exponent += factors[i] ? factors[i]->exponent : 0;
        term.negative ^= factors[i] && factors[i]->negative;
    }
    if (n_bits <= 128) {
        uint128 product = (uint128)count * times;
        for (size_t i = 0; i < N_FACTORS; i++)
            product *= fractions[i];
        term.words[0] = (uint64_t)product;
        term.words[1] = (uint64_t)(product >> 64);
        return term;
    }
    term.n_words = 4;
    term.words[0] = count;
    multiply(term.words, times);
    for (size_t i = 0; i < N_FACTORS; i++)
        multiply(term.words, fractions[i]);
    return term;
}

/* words (n of them, two's complement, units of 2^-unit) += term. */
static void add_term(uint64_t *words, size_t n, int unit, const struct term *term)
{
    const int shift = term->exponent + unit;
    assert(shift >= 0);
    if (shift < 0)
        return;
    const size_t start = (size_t)shift / 64;
    const int bits = shift % 64;
    uint64_t below = 0, carry = 0;
    for (size_t i = start; i < n; i++) {
        const uint64_t word = i - start < term->n_words ? term->words[i - start] : 0;
        const uint64_t part = bits ? word << bits | below >> (64 - bits) : word;
        below = word;
        if (i - start > term->n_words && carry == 0)
            break;
        const uint128 sum = term->negative ? (uint128)words[i] - part - carry
                                           : (uint128)words[i] + part + carry;
        words[i] = (uint64_t)sum;
        carry = sum >> 64 != 0;
    }
}

/* P_power += count x times x a b c, of which b and c may be left out. */
static inline void add_product(struct dsi_exact_sum *sum, size_t power, uint64_t count,
                               unsigned times, const struct factor *a,
                               const struct factor *b, const struct factor *c)
{
    const struct layout *layout = layouts + sum->range;
    uint64_t *words = sum->words;
    if (count == 0 || a->fraction == 0 || (b && b->fraction == 0) ||
        (c && c->fraction == 0))
        return;
    for (size_t k = 1; k < power; k++)
        words += layout->n_words[k - 1];
    const struct term term =
        product_of(count, times, (const struct factor *[N_FACTORS]){a, b, c});
    add_term(words, layout->n_words[power - 1], (int)power * layout->unit, &term);
}

void dsi_exact_sum_add(struct dsi_exact_sum *sum, const struct dsi_cell *cell)
{
    assert(isfinite(cell->pivot) && isfinite(cell->d1) && isfinite(cell->d1_low) &&
           isfinite(cell->d2) && isfinite(cell->d3));
    const struct factor pivot = factor_of(cell->pivot), *p = &pivot;
    const struct factor firsts[] = {factor_of(cell->d1), factor_of(cell->d1_low)};
    const struct factor d2 = factor_of(cell->d2), d3 = factor_of(cell->d3);
    const uint64_t n = cell->n;
    add_product(sum, 1, n, 1, p, NULL, NULL);
    add_product(sum, 2, n, 1, p, p, NULL);
    add_product(sum, 3, n, 1, p, p, p);
    for (size_t i = 0; i < sizeof firsts / sizeof *firsts; i++) {
        add_product(sum, 1, 1, 1, &firsts[i], NULL, NULL);
        add_product(sum, 2, 1, 2, p, &firsts[i], NULL);
        add_product(sum, 3, 1, 3, p, p, &firsts[i]);
    }
    add_product(sum, 2, 1, 1, &d2, NULL, NULL);
    add_product(sum, 3, 1, 3, p, &d2, NULL);
    add_product(sum, 3, 1, 1, &d3, NULL, NULL);
    sum->n += n;
}

void dsi_exact_sum_add_value(struct dsi_exact_sum *sum, double value, double rest,
                             uint64_t n)
{
    assert(isfinite(value) && isfinite(rest));
    const struct factor whole = factor_of(value), part = factor_of(rest);
    const struct factor *v = &whole, *r = &part;
    add_product(sum, 1, n, 1, v, NULL, NULL);
    add_product(sum, 1, n, 1, r, NULL, NULL);
    add_product(sum, 2, n, 1, v, v, NULL);
    add_product(sum, 2, n, 2, v, r, NULL);
    add_product(sum, 2, n, 1, r, r, NULL);
    add_product(sum, 3, n, 1, v, v, v);
    add_product(sum, 3, n, 3, v, v, r);
    add_product(sum, 3, n, 3, v, r, r);
    add_product(sum, 3, n, 1, r, r, r);
    sum->n += n;
}

size_t dsi_exact_sum_words(enum dsi_sum_range range)
{
    return layouts[range].n_all;
}

void dsi_exact_sum_merge(struct dsi_exact_sum *into, const struct dsi_exact_sum *from)
{
    assert(into->range == from->range);
    const struct layout *layout = layouts + into->range;
    size_t at = 0;
    for (size_t k = 0; k < 3; k++) {
        uint64_t carry = 0;
        for (size_t i = 0; i < layout->n_words[k]; i++, at++) {
            uint128 sum = (uint128)into->words[at] + from->words[at] + carry;
            into->words[at] = (uint64_t)sum;
            carry = (uint64_t)(sum >> 64);
        }
    }
    into->n += from->n;
}

enum dsi_status dsi_exact_sum_save(const struct dsi_exact_sum *sum,
                                   struct dsi_bytes *out, struct dsi_error *err)
{
    DSI_TRY(dsi_bytes_append_u64(out, (uint64_t)sum->range, err));
    DSI_TRY(dsi_bytes_append_u64(out, sum->n, err));
    for (size_t i = 0; i < layouts[sum->range].n_all; i++)
        DSI_TRY(dsi_bytes_append_u64(out, sum->words[i], err));
    return DSI_OK;
}

enum dsi_status dsi_exact_sum_load(struct dsi_exact_sum *sum,
                                   struct dsi_bytes_reader *in, struct dsi_error *err)
{
    uint64_t range;
    DSI_TRY(dsi_bytes_read_u64(in, &range, err));
    if (range != (uint64_t)sum->range)
        return dsi_fail(err, DSI_ERR_MALFORMED, "a sum of another type's values");
    DSI_TRY(dsi_bytes_read_u64(in, &sum->n, err));
    for (size_t i = 0; i < layouts[sum->range].n_all; i++)
        DSI_TRY(dsi_bytes_read_u64(in, &sum->words[i], err));
    return DSI_OK;
}

/* Two words more keep 64 bits of the quotient, however small the sum. */
static double mean_of(const struct dsi_wide *p1, uint64_t n, int unit)
{
    struct dsi_wide quotient = *p1;
    dsi_wide_shift_words(&quotient, 2);
    bool more = dsi_wide_divide(&quotient, n);
    return dsi_wide_to_double(&quotient, -128 - unit, more);
}

/* n P2 - P1^2, in units of 2^-2u. */
static void second(struct dsi_wide *k2, const struct dsi_wide p[3], uint64_t n)
{
    struct dsi_wide square;
    dsi_wide_multiply(&square, &p[0], &p[0]);
    *k2 = p[1];
    dsi_wide_scale(k2, n);
    dsi_wide_subtract(k2, &square);
}

/* n (n P3 - 3 P1 P2) + 2 P1^3, in units of 2^-3u. */
static void third(struct dsi_wide *k3, const struct dsi_wide p[3], uint64_t n)
{
    struct dsi_wide square, product;
    *k3 = p[2];
    dsi_wide_scale(k3, n);
    dsi_wide_multiply(&product, &p[0], &p[1]);
    dsi_wide_scale(&product, 3);
    dsi_wide_subtract(k3, &product);
    dsi_wide_scale(k3, n);
    dsi_wide_multiply(&square, &p[0], &p[0]);
    dsi_wide_multiply(&product, &square, &p[0]);
    dsi_wide_scale(&product, 2);
    dsi_wide_add(k3, &product);
}

struct dsi_moments dsi_exact_sum_finish(const struct dsi_exact_sum *sum)
{
    const double none = (double)NAN;
    struct dsi_moments m = {.n = sum->n, .mean = none, .std = none, .skew = none};
    if (sum->n == 0)
        return m;
    const struct layout *layout = layouts + sum->range;
    struct dsi_wide p[3], k2, k3;
    const uint64_t *words = sum->words;
    for (size_t k = 0; k < 3; words += layout->n_words[k], k++)
        dsi_wide_of_words(&p[k], words, layout->n_words[k]);
    m.mean = mean_of(&p[0], sum->n, layout->unit);
    m.std = 0;
    second(&k2, p, sum->n);
    if (k2.n == 0 || k2.negative) /* below 0 only by the cells' rounding */
        return m;
    third(&k3, p, sum->n);
    int e2, e3;
    double f2 = dsi_wide_fraction(&k2, &e2), f3 = dsi_wide_fraction(&k3, &e3);
    if (e2 % 2) {
        f2 *= 2;
        e2--;
    }
    m.std = ldexp(sqrt(f2) / (double)sum->n, e2 / 2 - layout->unit);
    m.skew = ldexp(f3 / (f2 * sqrt(f2)), e3 - e2 / 2 * 3);
    return m;
}
