/* Whether two arrays agree within tolerances, number by number, as numpy.isclose says.
 *
 * b is the reference: a agrees where |a - b| <= atol + rtol |b|. The bit is that of
 * numpy.isclose in NumPy 1.24 on arrays of at least one dimension; its source,
 * numpy/core/numeric.py, is where the rules are from:
 *
 * - b is taken as result_type(b, 1.0): booleans and integers as float64, floats and
 *   complex as they are. a - b is formed in result_type of a and that, and so an int8
 *   against a float16 in float16, an int16 in float32, an int32 in float64.
 * - atol + rtol |b| is formed in the type of |b| alone, whatever a is, with each
 *   tolerance rounded to it first; a tolerance from 65000 on makes a float16 a float32,
 *   one from 3.4e38 on a float32 a float64. float16 rounds after every operation.
 * - Where either is not finite, a == b decides, and equal_nan when both are NaN.
 * - |complex| is C's hypot. NumPy's own is another on processors with AVX-512F (one ulp
 *   off in a third of all numbers); it is this one everywhere else, and here always.
 * - NumPy multiplies by an array of ones whatever is not finite. That makes a NaN of a
 *   complex number's part wherever the other part is infinite, so that no infinite
 *   complex number is close to itself, and with equal_nan it is close to a NaN.
 * - Two arrays of no dimensions (`scalars`) are compared in float64 or complex128. One
 *   against an array of some takes rules from its value and from whether everything is
 *   finite in NumPy; here it is compared as an array of one value.
 * - bfloat16, which NumPy has not, is as float16 is: rounded after every operation;
 * with float16 it makes float32.
 * - A boolean is whether its byte is not 0.
 *
 * Numbers compare only with numbers; texts, times and opaque bytes do not.
 *
 * Any thread may use a dsi_close that has been made. Results are the same at every
 * level of cpu_level.h and however the arrays are cut. */
#ifndef DSI_CLOSE_H
#define DSI_CLOSE_H

#include "cpu_level.h"
#include "dtype.h"

struct dsi_close_rule {
    double rtol, atol;
    bool equal_nan; /* NaN agrees with NaN */
    /* Instead of the tolerances: numbers agree that are max_ulp units in the last place
     * apart at most, as `ulp` below counts them. */
    bool has_max_ulp;
    uint64_t max_ulp;
};

/* Types that tolerances and differences are computed in, in order. */
enum dsi_close_type {
    DSI_CLOSE_HALF,
    DSI_CLOSE_BFLOAT,
    DSI_CLOSE_FLOAT,
    DSI_CLOSE_DOUBLE
};

/* How values of two types compare: made by dsi_close_init, then only read. */
struct dsi_close {
    struct dsi_dtype a, b;
    struct dsi_close_rule rule;
    enum dsi_cpu_level level;
    bool scalars;
    bool measures;                    /* fills in the extremes and the counts of NaN */
    bool is_complex;                  /* either is */
    bool are_integers;                /* both are integers or booleans */
    enum dsi_close_type type;         /* of a - b, or of a part of it */
    enum dsi_close_type of_b;         /* of |b| */
    enum dsi_close_type product, sum; /* of rtol |b|, and with atol */
    double rtol, atol;                /* rounded to these */
    bool same_agrees;                 /* what is equal and finite agrees */
    const struct dsi_close_kernel *kernel; /* NULL: one by one */
    bool widens;                           /* the kernel wants doubles */
    /* Both are of one integer type of one or two bytes, which need no doubles where
     * they are within these, or beyond. */
    bool is_small;
    struct dsi_close_limits {
        uint16_t least, most; /* allowed at the smallest |b|, and at the largest */
    } limits;
};

/* DSI_ERR_UNSUPPORTED: values of these types do not compare. scalars: both arrays have
 * no dimensions. level: dsi_cpu_level(), or a lower one. */
DSI_CHECKED enum dsi_status
dsi_close_init(struct dsi_close *close, struct dsi_dtype a, struct dsi_dtype b,
               const struct dsi_close_rule *rule, bool measures, bool scalars,
               enum dsi_cpu_level level, struct dsi_error *err);

/* Two values side by side. */
struct dsi_close_one {
    bool agrees;
    bool nan_a, nan_b; /* of a complex number: either part */
    /* |a - b| in the type they are subtracted in: integers so differ as float64 do,
     * which is exact up to 2^53, and uint8 does not wrap. 0 where a == b, also when
     * infinite, and where either is NaN: such count as differing and are no distance.
     */
    double abs;
    /* |a - b| / |b|, divided in float64 where that is the type, else in float32.
     * Infinite where |a - b| is, and where b alone is 0. */
    double rel;
    /* Integers: |a - b| exactly, 2^64 - 1 at most. Else how many floats of the type of
     * a - b lie between them and one more, 0 being one with -0 and infinity following
     * the largest number; of complex numbers that of the part where it is more. 0 where
     * either is NaN. */
    uint64_t ulp;
};

void dsi_close_values(const struct dsi_close *close, const void *a, const void *b,
                      struct dsi_close_one *one);

enum { DSI_CLOSE_NUMBERS_A_BLOCK = 1024 };
#define DSI_CLOSE_NOWHERE UINT64_MAX

/* What comparing came to. Places are the indices of elements; of equal extremes it is
 * the smallest, and DSI_CLOSE_NOWHERE where there is no difference or the extreme is 0.
 * Merging is exact, in any order and grouping. */
struct dsi_closeness {
    uint64_t n, n_diff, first_diff;
    /* 0 and nowhere unless close measures: */
    double max_abs, max_rel;
    uint64_t max_abs_at, max_rel_at;
    uint64_t max_ulp, max_ulp_at;
    uint64_t n_nan_a, n_nan_b;
};

void dsi_closeness_init(struct dsi_closeness *closeness);
void dsi_closeness_merge(struct dsi_closeness *into, const struct dsi_closeness *from);

/* Compares n values of each side, in element order, in the machine's byte order and
 * aligned to nothing, the first being element first_index, and adds to into. A stride
 * is 1, or 0 where one value stands for all. Cannot fail. */
void dsi_close_run(const struct dsi_close *close, const void *a, unsigned stride_a,
                   const void *b, unsigned stride_b, uint64_t first_index, size_t n,
                   struct dsi_closeness *into);

/* What is to see the same values, while they are at hand: with vectors for float32, and
 * where close measures by the tolerances. `look` is given each block of
 * DSI_CLOSE_NUMBERS_A_BLOCK values in turn, from the first on; there may be none, and
 * others after them. It may save a look of dsi_close_run's own: returns true as the
 * survey of close_kernels.h does, and then fills in the same, and max_ulp where it may
 * be more than what is known. Else block is left as it is. */
struct dsi_close_block;
struct dsi_close_rider {
    bool (*look)(struct dsi_close_rider *rider, const struct dsi_close *close,
                 const void *a, const void *b, const struct dsi_close_block *known,
                 struct dsi_close_block *block);
};

/* dsi_close_run where there is a value of each for each of the other. */
void dsi_close_ride(const struct dsi_close *close, const void *a, const void *b,
                    uint64_t first_index, size_t n, struct dsi_close_rider *rider,
                    struct dsi_closeness *into);

#endif
