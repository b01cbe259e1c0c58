#include "sum_layout.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

__extension__ typedef unsigned __int128 uint128;
__extension__ typedef __int128 int128;

const struct dsi_sum_layout dsi_sum_layouts[] = {
    [DSI_SUM_FLOAT32] = {149, {6, 10, 15}, DSI_SUM_FLOAT32_WORDS},
    [DSI_SUM_FLOAT64] = {1074, {34, 67, 100}, 201},
};

enum dsi_status dsi_exact_sum_init(struct dsi_exact_sum *sum, enum dsi_sum_range range,
                                   struct dsi_error *err)
{
    const size_t n = dsi_sum_layouts[range].n_all;
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

/* What one call adds to a power sum, in digits of 32 bits, the lowest first, each with
 * room for a sign and for carries: its terms need not wait for each other's carries,
 * nor guess whose signs will make the sum's change. */
enum { DIGIT_BITS = 32, MAX_DIGITS = 2 * 100, MOST_OF_A_TERM = 2 * 4 + 1 };

struct digits {
    size_t n_words; /* of the power sum */
    int unit;
    size_t low, high; /* those that may not be 0 */
    int64_t digits[MAX_DIGITS + MOST_OF_A_TERM];
};

static void start_digits(struct digits *digits, enum dsi_sum_range range, size_t power)
{
    digits->n_words = dsi_sum_layouts[range].n_words[power - 1];
    digits->unit = (int)power * dsi_sum_layouts[range].unit;
    digits->low = 2 * digits->n_words;
    digits->high = 0;
    memset(digits->digits, 0,
           (2 * digits->n_words + MOST_OF_A_TERM) * sizeof *digits->digits);
}

/* += n words x 2^exponent, or their negative. */
static inline void collect(struct digits *digits, int exponent, bool is_negative,
                           const uint64_t *words, size_t n)
{
    const int shift = exponent + digits->unit;
    const size_t start = (size_t)shift / DIGIT_BITS, end = start + 2 * n;
    assert(shift >= 0 && start < 2 * digits->n_words);
    if (shift < 0 || start >= 2 * digits->n_words)
        return;
    const int64_t sign = -(int64_t)is_negative;
    int64_t *to = digits->digits + start;
    for (size_t i = 0; i < n; i++, to += 2) {
        const uint128 word = (uint128)words[i] << shift % DIGIT_BITS;
        to[0] += ((int64_t)(uint32_t)word ^ sign) - sign;
        to[1] += ((int64_t)(uint32_t)(word >> DIGIT_BITS) ^ sign) - sign;
        to[2] += ((int64_t)(word >> 2 * DIGIT_BITS) ^ sign) - sign;
    }
    digits->low = start < digits->low ? start : digits->low;
    digits->high = end > digits->high ? end : digits->high;
}

/* words, which are two's complement, += digits. */
static void add_digits(uint64_t *words, const struct digits *digits)
{
    int64_t carry = 0;
    for (size_t i = digits->low / 2; i < digits->n_words; i++) {
        if (2 * i > digits->high && carry == 0)
            break;
        const int64_t *digit = digits->digits + 2 * i;
        const int128 sum = (int128)words[i] + carry + digit[0] +
                           (int128)digit[1] * ((int64_t)1 << DIGIT_BITS);
        words[i] = (uint64_t)sum;
        carry = (int64_t)(sum >> 64);
    }
}

/* += count x times x a b c, of which b and c may be left out. */
static inline void add_product(struct digits *digits, uint64_t count, unsigned times,
                               const struct factor *a, const struct factor *b,
                               const struct factor *c)
{
    if (count == 0 || a->fraction == 0 || (b && b->fraction == 0) ||
        (c && c->fraction == 0))
        return;
    const struct term term =
        product_of(count, times, (const struct factor *[N_FACTORS]){a, b, c});
    collect(digits, term.exponent, term.negative, term.words, term.n_words);
}

/* What a cell has to multiply. */
struct cell_factors {
    uint64_t n;
    struct factor p, d1, d1_low, d2, d3;
};

static void add_long(struct dsi_exact_sum *sum, const struct cell_factors *cell)
{
    const struct factor *p = &cell->p, *high = &cell->d1, *low = &cell->d1_low;
    const uint64_t n = cell->n;
    uint64_t *words = sum->words;
    struct digits digits;
    start_digits(&digits, sum->range, 1);
    add_product(&digits, n, 1, p, NULL, NULL);
    add_product(&digits, 1, 1, high, NULL, NULL);
    add_product(&digits, 1, 1, low, NULL, NULL);
    add_digits(words, &digits);
    words += digits.n_words;
    start_digits(&digits, sum->range, 2);
    add_product(&digits, n, 1, p, p, NULL);
    add_product(&digits, 1, 2, p, high, NULL);
    add_product(&digits, 1, 2, p, low, NULL);
    add_product(&digits, 1, 1, &cell->d2, NULL, NULL);
    add_digits(words, &digits);
    words += digits.n_words;
    start_digits(&digits, sum->range, 3);
    add_product(&digits, n, 1, p, p, p);
    add_product(&digits, 1, 3, p, p, high);
    add_product(&digits, 1, 3, p, p, low);
    add_product(&digits, 1, 3, p, &cell->d2, NULL);
    add_product(&digits, 1, 1, &cell->d3, NULL, NULL);
    add_digits(words, &digits);
}

/* Of two factors that fit one together. */
static struct factor times(struct factor a, struct factor b)
{
    return (struct factor){a.negative != b.negative, a.exponent + b.exponent,
                           a.n_bits + b.n_bits, a.fraction * b.fraction};
}

static inline void add_pair(struct digits *digits, struct factor a, struct factor b)
{
    const uint128 product = (uint128)a.fraction * b.fraction;
    const uint64_t words[] = {(uint64_t)product, (uint64_t)(product >> 64)};
    if (product)
        collect(digits, a.exponent + b.exponent, a.negative != b.negative, words, 2);
}

/* A pivot of few bits, as float32 and most integers have it: all products are of two
 * words. */
enum { SHORT_BITS = 31 };

static void add_short(struct dsi_exact_sum *sum, const struct cell_factors *cell)
{
    const struct factor one = {.n_bits = 1, .fraction = 1}, p = cell->p;
    const struct factor three = {.n_bits = 2, .fraction = 3};
    const struct factor n = {.n_bits = 32, .fraction = cell->n};
    const struct factor np = times(n, p), pp = times(p, p);
    struct factor two_p = p;
    two_p.exponent++;
    uint64_t *words = sum->words;
    struct digits digits;
    start_digits(&digits, sum->range, 1);
    add_pair(&digits, np, one);
    add_pair(&digits, cell->d1, one);
    add_pair(&digits, cell->d1_low, one);
    add_digits(words, &digits);
    words += digits.n_words;
    start_digits(&digits, sum->range, 2);
    add_pair(&digits, np, p);
    add_pair(&digits, two_p, cell->d1);
    add_pair(&digits, two_p, cell->d1_low);
    add_pair(&digits, cell->d2, one);
    add_digits(words, &digits);
    words += digits.n_words;
    start_digits(&digits, sum->range, 3);
    add_pair(&digits, np, pp);
    add_pair(&digits, times(three, pp), cell->d1);
    add_pair(&digits, times(three, pp), cell->d1_low);
    add_pair(&digits, times(three, p), cell->d2);
    add_pair(&digits, cell->d3, one);
    add_digits(words, &digits);
}

void dsi_exact_sum_add(struct dsi_exact_sum *sum, const struct dsi_cell *cell)
{
    assert(isfinite(cell->pivot) && isfinite(cell->d1) && isfinite(cell->d1_low) &&
           isfinite(cell->d2) && isfinite(cell->d3));
    const struct cell_factors factors = {
        cell->n,
        factor_of(cell->pivot),
        factor_of(cell->d1),
        factor_of(cell->d1_low),
        factor_of(cell->d2),
        factor_of(cell->d3),
    };
    if (factors.p.n_bits <= SHORT_BITS && cell->n <= UINT32_MAX)
        add_short(sum, &factors);
    else
        add_long(sum, &factors);
    sum->n += cell->n;
}

void dsi_exact_sum_add_value(struct dsi_exact_sum *sum, double value, double rest,
                             uint64_t n)
{
    assert(isfinite(value) && isfinite(rest));
    const struct factor whole = factor_of(value), part = factor_of(rest);
    const struct factor *v = &whole, *r = &part;
    uint64_t *words = sum->words;
    struct digits digits;
    start_digits(&digits, sum->range, 1);
    add_product(&digits, n, 1, v, NULL, NULL);
    add_product(&digits, n, 1, r, NULL, NULL);
    add_digits(words, &digits);
    words += digits.n_words;
    start_digits(&digits, sum->range, 2);
    add_product(&digits, n, 1, v, v, NULL);
    add_product(&digits, n, 2, v, r, NULL);
    add_product(&digits, n, 1, r, r, NULL);
    add_digits(words, &digits);
    words += digits.n_words;
    start_digits(&digits, sum->range, 3);
    add_product(&digits, n, 1, v, v, v);
    add_product(&digits, n, 3, v, v, r);
    add_product(&digits, n, 3, v, r, r);
    add_product(&digits, n, 1, r, r, r);
    add_digits(words, &digits);
    sum->n += n;
}

size_t dsi_exact_sum_words(enum dsi_sum_range range)
{
    return dsi_sum_layouts[range].n_all;
}

void dsi_exact_sum_merge(struct dsi_exact_sum *into, const struct dsi_exact_sum *from)
{
    assert(into->range == from->range);
    const struct dsi_sum_layout *layout = &dsi_sum_layouts[into->range];
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
    for (size_t i = 0; i < dsi_sum_layouts[sum->range].n_all; i++)
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
    for (size_t i = 0; i < dsi_sum_layouts[sum->range].n_all; i++)
        DSI_TRY(dsi_bytes_read_u64(in, &sum->words[i], err));
    return DSI_OK;
}
