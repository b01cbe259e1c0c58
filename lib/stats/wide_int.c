#include "wide_int.h"

#include <assert.h>
#include <math.h>
#include <string.h>

__extension__ typedef unsigned __int128 uint128;

static void trim(struct dsi_wide *value)
{
    while (value->n && value->words[value->n - 1] == 0)
        value->n--;
    if (value->n == 0)
        value->negative = false;
}

void dsi_wide_of_words(struct dsi_wide *out, const uint64_t *words, size_t n)
{
    assert(n > 0 && n <= DSI_WIDE_WORDS);
    out->negative = words[n - 1] >> 63;
    out->n = n;
    uint64_t carry = out->negative;
    for (size_t i = 0; i < n; i++) {
        uint64_t word = out->negative ? ~words[i] : words[i];
        carry = __builtin_add_overflow(word, carry, &out->words[i]);
    }
    trim(out);
}

void dsi_wide_multiply(struct dsi_wide *out, const struct dsi_wide *a,
                       const struct dsi_wide *b)
{
    assert(a->n + b->n <= DSI_WIDE_WORDS);
    out->negative = a->negative != b->negative;
    out->n = a->n + b->n;
    memset(out->words, 0, out->n * sizeof *out->words);
    for (size_t i = 0; i < a->n; i++) {
        uint64_t carry = 0;
        for (size_t j = 0; j < b->n; j++) {
            uint128 sum =
                (uint128)a->words[i] * b->words[j] + out->words[i + j] + carry;
            out->words[i + j] = (uint64_t)sum;
            carry = (uint64_t)(sum >> 64);
        }
        out->words[i + b->n] = carry;
    }
    trim(out);
}

static void append(struct dsi_wide *value, uint64_t word)
{
    if (word == 0)
        return;
    assert(value->n < DSI_WIDE_WORDS);
    value->words[value->n++] = word;
}

void dsi_wide_scale(struct dsi_wide *value, uint64_t factor)
{
    uint64_t carry = 0;
    for (size_t i = 0; i < value->n; i++) {
        uint128 product = (uint128)value->words[i] * factor + carry;
        value->words[i] = (uint64_t)product;
        carry = (uint64_t)(product >> 64);
    }
    append(value, carry);
    trim(value);
}

static int compare_sizes(const struct dsi_wide *a, const struct dsi_wide *b)
{
    if (a->n != b->n)
        return a->n < b->n ? -1 : 1;
    for (size_t i = a->n; i-- > 0;)
        if (a->words[i] != b->words[i])
            return a->words[i] < b->words[i] ? -1 : 1;
    return 0;
}

static uint64_t word_of(const struct dsi_wide *value, size_t i)
{
    return i < value->n ? value->words[i] : 0;
}

static void add_sizes(struct dsi_wide *to, const struct dsi_wide *value)
{
    size_t n = to->n > value->n ? to->n : value->n;
    uint64_t carry = 0;
    for (size_t i = 0; i < n; i++) {
        uint128 sum = (uint128)word_of(to, i) + word_of(value, i) + carry;
        to->words[i] = (uint64_t)sum;
        carry = (uint64_t)(sum >> 64);
    }
    to->n = n;
    append(to, carry);
}

/* out = |larger| - |smaller|; out may be either. */
static void subtract_sizes(struct dsi_wide *out, const struct dsi_wide *larger,
                           const struct dsi_wide *smaller)
{
    size_t n = larger->n;
    uint64_t borrow = 0;
    for (size_t i = 0; i < n; i++) {
        uint128 difference = (uint128)word_of(larger, i) - word_of(smaller, i) - borrow;
        out->words[i] = (uint64_t)difference;
        borrow = difference >> 64 != 0;
    }
    out->n = n;
}

static void add_signed(struct dsi_wide *to, const struct dsi_wide *value, bool negative)
{
    if (to->negative == negative) {
        add_sizes(to, value);
    } else if (compare_sizes(to, value) >= 0) {
        subtract_sizes(to, to, value);
    } else {
        subtract_sizes(to, value, to);
        to->negative = negative;
    }
    trim(to);
}

void dsi_wide_add(struct dsi_wide *to, const struct dsi_wide *value)
{
    add_signed(to, value, value->negative);
}

void dsi_wide_subtract(struct dsi_wide *from, const struct dsi_wide *value)
{
    add_signed(from, value, !value->negative);
}

bool dsi_wide_divide(struct dsi_wide *value, uint64_t divisor)
{
    assert(divisor > 0);
    uint64_t rest = 0;
    for (size_t i = value->n; i-- > 0;) {
        uint128 part = (uint128)rest << 64 | value->words[i];
        value->words[i] = (uint64_t)(part / divisor);
        rest = (uint64_t)(part % divisor);
    }
    trim(value);
    return rest != 0;
}

void dsi_wide_shift_words(struct dsi_wide *value, size_t n)
{
    if (value->n == 0)
        return;
    assert(value->n + n <= DSI_WIDE_WORDS);
    memmove(value->words + n, value->words, value->n * sizeof *value->words);
    memset(value->words, 0, n * sizeof *value->words);
    value->n += n;
}

/* The highest 64 bits, the first of them set, and whether any bit below is. */
static uint64_t top_bits(const struct dsi_wide *value, int *exponent, bool *more)
{
    size_t n = value->n;
    int shift = __builtin_clzll(value->words[n - 1]);
    uint64_t top = value->words[n - 1] << shift;
    uint64_t next = n > 1 ? value->words[n - 2] : 0;
    if (shift) {
        top |= next >> (64 - shift);
        next <<= shift;
    }
    *more |= next != 0;
    for (size_t i = 0; i + 2 < n; i++)
        *more |= value->words[i] != 0;
    *exponent = (int)(64 * n) - 64 - shift;
    return top;
}

/* top, with more below it, to its first n_bits; 0 <= n_bits <= 53. */
static double round_bits(uint64_t top, bool more, int n_bits)
{
    int n_below = 64 - n_bits;
    uint64_t kept = n_bits ? top >> n_below : 0;
    uint64_t below = n_bits ? top << n_bits : top;
    const uint64_t half = UINT64_C(1) << 63;
    bool up = below > half || (below == half && (more || (kept & 1)));
    return ldexp((double)(kept + up), n_below);
}

double dsi_wide_to_double(const struct dsi_wide *value, int exponent, bool more)
{
    if (value->n == 0)
        return 0;
    int shift;
    uint64_t top = top_bits(value, &shift, &more);
    exponent += shift;
    /* A double's last bit is 2^-1074 or more: subnormals keep fewer bits. */
    int n_bits = exponent + 64 + 1074;
    n_bits = n_bits > 53 ? 53 : n_bits;
    if (n_bits < 0)
        return value->negative ? -0.0 : 0.0;
    double size = ldexp(round_bits(top, more, n_bits), exponent);
    return value->negative ? -size : size;
}

double dsi_wide_fraction(const struct dsi_wide *value, int *exponent)
{
    *exponent = 0;
    if (value->n == 0)
        return 0;
    bool more = false;
    uint64_t top = top_bits(value, exponent, &more);
    *exponent += 63;
    double size = ldexp(round_bits(top, more, 53), -63);
    return value->negative ? -size : size;
}
