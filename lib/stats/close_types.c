/* Which types two sides are compared in, as NumPy promotes them, and with what. */
#include "close.h"

#include "close_kernels.h"
#include "close_small.h"
#include "half_round.h"

static bool is_integer(struct dsi_dtype dtype)
{
    return dtype.kind <= DSI_UINT;
}

/* Of a float, or of the parts of a complex. */
static enum dsi_close_type float_type(struct dsi_dtype dtype)
{
    if (dtype.kind == DSI_BFLOAT)
        return DSI_CLOSE_BFLOAT;
    const uint32_t size = dtype.kind == DSI_COMPLEX ? dtype.size / 2 : dtype.size;
    return size == 2 ? DSI_CLOSE_HALF : size == 4 ? DSI_CLOSE_FLOAT : DSI_CLOSE_DOUBLE;
}

/* result_type of two; either of the shortest holds what the other does not. */
static enum dsi_close_type wider(enum dsi_close_type x, enum dsi_close_type y)
{
    if (x <= DSI_CLOSE_BFLOAT && y <= DSI_CLOSE_BFLOAT && x != y)
        return DSI_CLOSE_FLOAT;
    return x > y ? x : y;
}

/* The shortest float type that NumPy makes room for the integers of dtype in, given
 * the other side's. */
static enum dsi_close_type with_integer(struct dsi_dtype dtype,
                                        enum dsi_close_type other)
{
    if (dtype.size == 1)
        return other;
    return dtype.size == 2 ? wider(DSI_CLOSE_FLOAT, other) : DSI_CLOSE_DOUBLE;
}

/* The type of |b| and a number without one together: NumPy asks how large it is. */
static enum dsi_close_type with_number(enum dsi_close_type type, double number)
{
    const double size = fabs(number);
    if (!isfinite(number) || size < 65000)
        return type;
    return wider(type, size < 3.4e38 ? DSI_CLOSE_FLOAT : DSI_CLOSE_DOUBLE);
}

static double rounded_to(enum dsi_close_type type, double number)
{
    switch (type) {
    case DSI_CLOSE_HALF:
        return (double)dsi_round_to_half(dsi_round_to_odd(number));
    case DSI_CLOSE_BFLOAT:
        return (double)dsi_round_to_bfloat(dsi_round_to_odd(number));
    case DSI_CLOSE_FLOAT:
        return (double)(float)number;
    default:
        return number;
    }
}

static void choose_types(struct dsi_close *close, bool scalars)
{
    const struct dsi_close_rule *rule = &close->rule;
    close->is_complex = close->a.kind == DSI_COMPLEX || close->b.kind == DSI_COMPLEX;
    close->are_integers = is_integer(close->a) && is_integer(close->b);
    close->of_b =
        is_integer(close->b) || scalars ? DSI_CLOSE_DOUBLE : float_type(close->b);
    close->type = is_integer(close->a) ? with_integer(close->a, close->of_b)
                                       : wider(float_type(close->a), close->of_b);
    /* There is no complex number of two bytes a part. */
    if (close->is_complex)
        close->type = wider(close->type, DSI_CLOSE_FLOAT);
    close->product = with_number(close->of_b, rule->rtol);
    close->sum = with_number(close->product, rule->atol);
    close->rtol = rounded_to(close->product, rule->rtol);
    close->atol = rounded_to(close->sum, rule->atol);
}

/* A kernel computes everything in one type, which both sides are of or, in double, are
 * turned into. */
static void choose_kernel(struct dsi_close *close, enum dsi_cpu_level level)
{
    const enum dsi_close_type type = close->type;
    if (close->is_complex || close->sum != type || close->product != type ||
        close->of_b != type || level == DSI_CPU_PORTABLE)
        return;
    close->widens = type == DSI_CLOSE_DOUBLE &&
                    !(close->a.kind == DSI_FLOAT && close->a.size == 8 &&
                      close->b.kind == DSI_FLOAT && close->b.size == 8);
    if (type != DSI_CLOSE_DOUBLE && !dsi_close_is_one_type(close))
        return;
    close->is_small =
        dsi_close_is_one_type(close) && close->are_integers &&
        close->a.kind != DSI_BOOL && close->a.size <= 2 &&
        dsi_close_limits_of(close->a, close->rtol, close->atol, &close->limits);
    close->kernel = level == DSI_CPU_AVX512 ? dsi_close_kernel_avx512(type)
                                            : dsi_close_kernel_avx2(type);
}

enum dsi_status dsi_close_init(struct dsi_close *close, struct dsi_dtype a,
                               struct dsi_dtype b, const struct dsi_close_rule *rule,
                               bool measures, bool scalars, enum dsi_cpu_level level,
                               struct dsi_error *err)
{
    *close = (struct dsi_close){.a = a,
                                .b = b,
                                .rule = *rule,
                                .level = level,
                                .scalars = scalars,
                                .measures = measures};
    if (!dsi_dtype_is_number(a) || !dsi_dtype_is_number(b)) {
        char name[DSI_DTYPE_NAME_SIZE];
        return dsi_fail(err, DSI_ERR_UNSUPPORTED,
                        "values of type %s are no numbers to compare",
                        dsi_dtype_name(dsi_dtype_is_number(a) ? b : a, name));
    }
    choose_types(close, scalars);
    close->same_agrees = isfinite(close->rtol) && close->rtol >= 0 && close->atol >= 0;
    choose_kernel(close, level);
    return DSI_OK;
}
