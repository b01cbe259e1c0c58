#include "compare_report.h"

#include "value_key.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_SIZE = 512, MORE_COLUMNS = 6 };

/* --- one value -------------------------------------------------------------------- */

static struct dsi_value complex_value(struct dsi_dtype dtype, const uint8_t *bytes,
                                      char text[TEXT_SIZE])
{
    const struct dsi_dtype part = {.kind = DSI_FLOAT, .size = dtype.size / 2};
    char numbers[2][DSI_NUMBER_SIZE];
    for (size_t i = 0; i < 2; i++)
        dsi_format_double(dsi_key_double(part, dsi_key_of(part, bytes + i * part.size)),
                          numbers[i]);
    const char *sign = numbers[1][0] == '-' ? "" : "+";
    snprintf(text, TEXT_SIZE, "%s%s%sj", numbers[0], sign, numbers[1]);
    return dsi_text(text);
}

/* text is room for what has to be spelt out. */
static struct dsi_value value_of(struct dsi_dtype dtype, const uint8_t *bytes,
                                 char text[TEXT_SIZE])
{
    if (dtype.kind == DSI_COMPLEX)
        return complex_value(dtype, bytes, text);
    if (dtype.kind == DSI_BYTES &&
        dtype.size <= sizeof((struct dsi_compared_values *)0)->a)
        return dsi_text_n((const char *)bytes,
                          strnlen((const char *)bytes, dtype.size));
    if (dsi_key_bits(dtype) == 0)
        return dsi_null();
    const uint64_t key = dsi_key_of(dtype, bytes);
    if (dsi_key_is_nan(dtype, key))
        return dsi_float((double)NAN);
    const struct dsi_number number = dsi_key_number(dtype, key);
    return number.kind == DSI_NUMBER_INT    ? dsi_int(number.as.integer)
           : number.kind == DSI_NUMBER_UINT ? dsi_uint(number.as.natural)
                                            : dsi_float(number.as.real);
}

/* --- places ----------------------------------------------------------------------- */

/* The indices of element i, "3,0,5"; of an array of no dimensions "". */
static void write_place(const struct dsi_compared *compared, uint64_t i,
                        char text[TEXT_SIZE])
{
    uint64_t indices[DSI_MAX_DIMS];
    size_t n = 0;
    for (int d = compared->n_dims - 1; d >= 0; d--) {
        indices[d] = i % compared->shape[d];
        i /= compared->shape[d];
    }
    text[0] = '\0';
    for (int d = 0; d < compared->n_dims && n < TEXT_SIZE; d++)
        n += (size_t)snprintf(text + n, TEXT_SIZE - n, d ? ",%llu" : "%llu",
                              (unsigned long long)indices[d]);
}

/* Where the largest difference is, unless it is the first one. */
static struct dsi_value detail_of(const struct dsi_compared *compared,
                                  char text[TEXT_SIZE])
{
    const struct dsi_closeness *c = &compared->closeness;
    char place[TEXT_SIZE], number[DSI_NUMBER_SIZE];
    if (compared->detail || compared->status != DSI_COMPARED_DIFFERS ||
        c->max_abs_at == DSI_CLOSE_NOWHERE || c->max_abs_at == c->first_diff)
        return dsi_text(compared->detail);
    write_place(compared, c->max_abs_at, place);
    dsi_format_double_short(c->max_abs, number);
    snprintf(text, TEXT_SIZE, "%s apart at %.400s", number, place);
    return dsi_text(text);
}

/* --- the report ------------------------------------------------------------------- */

static bool has_numbers(const struct dsi_compared *compared)
{
    return compared->closeness.n > 0 || (compared->status == DSI_COMPARED_SAME);
}

static struct dsi_value known(double number)
{
    return isnan(number) ? dsi_null() : dsi_float(number);
}

static enum dsi_status add_row(const struct dsi_compared *compared, const char *name,
                               const struct dsi_compare_options *options,
                               struct dsi_report *report, struct dsi_error *err)
{
    const struct dsi_closeness *c = &compared->closeness;
    const bool counted = has_numbers(compared), differs = counted && c->n_diff > 0;
    const bool measured = counted && compared->are_numbers;
    char place[TEXT_SIZE] = "", texts[3][TEXT_SIZE];
    if (differs)
        write_place(compared, c->first_diff, place);
    struct dsi_value row[DSI_COMPARE_COLUMNS + MORE_COLUMNS] = {
        dsi_text(name),
        dsi_text(dsi_compared_names[compared->status]),
        counted ? dsi_uint(c->n) : dsi_null(),
        counted ? dsi_uint(c->n_diff) : dsi_null(),
        counted ? dsi_float(c->n ? (double)c->n_diff / (double)c->n : 0) : dsi_null(),
        measured ? dsi_float(c->max_abs) : dsi_null(),
        measured ? dsi_float(c->max_rel) : dsi_null(),
        measured ? dsi_uint(c->max_ulp) : dsi_null(),
        differs ? dsi_text(place) : dsi_null(),
        differs ? value_of(compared->a, compared->first.a, texts[0]) : dsi_null(),
        differs ? value_of(compared->b, compared->first.b, texts[1]) : dsi_null(),
        detail_of(compared, texts[2]),
    };
    size_t n = DSI_COMPARE_COLUMNS;
    if (options->tolerances) {
        row[n++] = measured ? dsi_float(compared->needed.rtol) : dsi_null();
        row[n++] = measured ? dsi_float(compared->needed.atol) : dsi_null();
    }
    if (options->metrics) {
        const struct dsi_metrics *m = &compared->metrics;
        row[n++] = measured ? known(m->cosine) : dsi_null();
        row[n++] = measured ? known(m->rmse) : dsi_null();
        row[n++] = measured ? known(m->psnr) : dsi_null();
        row[n++] = measured ? known(m->relative) : dsi_null();
    }
    return dsi_report_row(report, row, err);
}

static bool is_comparable(enum dsi_compared_status status)
{
    return status == DSI_COMPARED_SAME || status == DSI_COMPARED_DIFFERS;
}

static enum dsi_status summarise(const uint64_t counts[DSI_N_COMPARED],
                                 uint64_t n_ignored, struct dsi_report *report,
                                 struct dsi_error *err)
{
    uint64_t n_comparable = 0;
    for (int s = 0; s < DSI_N_COMPARED; s++)
        if (is_comparable((enum dsi_compared_status)s))
            n_comparable += counts[s];
    const uint64_t n_not = counts[DSI_COMPARED_SHAPE] + counts[DSI_COMPARED_DTYPE];
    const struct {
        const char *key;
        uint64_t n;
    } lines[] = {
        {"compared", n_comparable + n_not},
        {"same", counts[DSI_COMPARED_SAME]},
        {"differ", counts[DSI_COMPARED_DIFFERS]},
        {"not_comparable", n_not},
        {"only_a", counts[DSI_COMPARED_ONLY_A]},
        {"only_b", counts[DSI_COMPARED_ONLY_B]},
        {"error", counts[DSI_COMPARED_ERROR]},
        {"ignored", n_ignored},
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        DSI_TRY(dsi_report_summary(report, lines[i].key, dsi_uint(lines[i].n), err));
    return DSI_OK;
}

enum dsi_status dsi_compare_report(const struct dsi_compared *compared,
                                   const struct dsi_pairs *pairs,
                                   const struct dsi_compare_options *options,
                                   struct dsi_report *report, struct dsi_error *err)
{
    uint64_t counts[DSI_N_COMPARED] = {0};
    for (size_t i = 0; i < pairs->n; i++) {
        counts[compared[i].status]++;
        DSI_TRY(add_row(&compared[i], dsi_pair_name(&pairs->pairs[i]), options, report,
                        err));
    }
    return summarise(counts, pairs->n_ignored, report, err);
}

int dsi_compare_verdict(const struct dsi_compared *compared, size_t n)
{
    int verdict = 0;
    for (size_t i = 0; i < n; i++) {
        if (compared[i].status == DSI_COMPARED_ERROR)
            return 2;
        if (compared[i].status != DSI_COMPARED_SAME)
            verdict = 1;
    }
    return verdict;
}
