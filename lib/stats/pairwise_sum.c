#include "pairwise_sum.h"

enum { LANES = 8, LEAF = 128 };

/* How many of n > LEAF numbers are the lower half: a multiple of the lanes. */
static size_t half_of(size_t n)
{
    return n / 2 - n / 2 % LANES;
}

#define DEFINE(T, name)                                                        \
    static T name##_leaf(const T *x, size_t n)                                 \
    {                                                                          \
        T lane[LANES], sum = 0;                                                \
        size_t i = 0;                                                          \
        if (n >= LANES) {                                                      \
            for (; i < LANES; i++)                                             \
                lane[i] = x[i];                                                \
            for (; i < n - n % LANES; i += LANES)                              \
                for (size_t k = 0; k < LANES; k++)                             \
                    lane[k] += x[i + k];                                       \
            sum = ((lane[0] + lane[1]) + (lane[2] + lane[3])) +                \
                  ((lane[4] + lane[5]) + (lane[6] + lane[7]));                 \
        }                                                                      \
        for (; i < n; i++)                                                     \
            sum += x[i];                                                       \
        return sum;                                                            \
    }                                                                          \
    static T name##_piece(const T *x, size_t n)                                \
    {                                                                          \
        if (n <= LEAF)                                                         \
            return name##_leaf(x, n);                                          \
        const size_t half = half_of(n);                                        \
        return name##_piece(x, half) + name##_piece(x + half, n - half);       \
    }                                                                          \
    T dsi_pairwise_sum_##name(const T *values, size_t n)                       \
    {                                                                          \
        T sum = 0;                                                             \
        for (size_t i = 0; i < n; i += DSI_PAIRWISE_PIECE) {                   \
            const size_t left = n - i;                                         \
            sum += name##_piece(values + i, left < DSI_PAIRWISE_PIECE          \
                                                ? left                         \
                                                : (size_t)DSI_PAIRWISE_PIECE); \
        }                                                                      \
        return sum;                                                            \
    }

DEFINE(float, f32)
DEFINE(double, f64)

/* --- with zeros left out ------------------------------------------------------------
 */

struct sparse {
    const double *values;
    const uint64_t *at;
    size_t n;
};

/* Of [start, start + n); takes what lies there off the front. A zero changes no sum,
 * but it has its place in the lanes. */
static double sparse_leaf(struct sparse *x, uint64_t start, size_t n)
{
    double lane[LANES] = {0}, sum = 0;
    const size_t n_lanes = n - n % LANES;
    for (; x->n && x->at[0] - start < n_lanes; x->at++, x->values++, x->n--)
        lane[(x->at[0] - start) % LANES] += x->values[0];
    sum = ((lane[0] + lane[1]) + (lane[2] + lane[3])) +
          ((lane[4] + lane[5]) + (lane[6] + lane[7]));
    for (; x->n && x->at[0] - start < n; x->at++, x->values++, x->n--)
        sum += x->values[0];
    return sum;
}

static double sparse_piece(struct sparse *x, uint64_t start, size_t n)
{
    if (x->n == 0 || x->at[0] - start >= n)
        return 0;
    if (n <= LEAF)
        return sparse_leaf(x, start, n);
    const size_t half = half_of(n);
    const double low = sparse_piece(x, start, half);
    return low + sparse_piece(x, start + half, n - half);
}

double dsi_pairwise_sum_sparse(const double *values, const uint64_t *at, size_t n,
                               uint64_t n_all)
{
    struct sparse x = {values, at, n};
    double sum = 0;
    while (x.n) {
        const uint64_t start = x.at[0] - x.at[0] % DSI_PAIRWISE_PIECE;
        const uint64_t left = n_all - start;
        sum += sparse_piece(&x, start,
                            left < DSI_PAIRWISE_PIECE ? (size_t)left
                                                      : (size_t)DSI_PAIRWISE_PIECE);
    }
    return sum;
}
