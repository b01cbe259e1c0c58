#include "compare_report.h"

#include "compared_value.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_SIZE = 512, MORE_COLUMNS = 8 };

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

/* Of values that differ where no distance does. */
static const char *which_is_nan(const struct dsi_closeness *c)
{
    return c->n_nan_a && c->n_nan_b ? "NaN in A and in B, at other places"
           : c->n_nan_a             ? "NaN in A alone"
           : c->n_nan_b             ? "NaN in B alone"
                                    : NULL;
}

/* How far apart values are that differ, and where. */
static struct dsi_value detail_of(const struct dsi_compared *compared,
                                  char text[TEXT_SIZE])
{
    const struct dsi_closeness *c = &compared->closeness;
    const bool is_known = c->max_abs_at != DSI_CLOSE_NOWHERE;
    char place[TEXT_SIZE], number[DSI_NUMBER_SIZE];
    if (compared->detail || compared->status != DSI_COMPARED_DIFFERS ||
        !compared->are_numbers)
        return dsi_text(compared->detail);
    if (!is_known && c->max_ulp_at == DSI_CLOSE_NOWHERE)
        return dsi_text(which_is_nan(c));
    write_place(compared, is_known ? c->max_abs_at : c->max_ulp_at, place);
    if (is_known)
        dsi_format_double_short(c->max_abs, number);
    else /* integers that no double tells apart */
        snprintf(number, sizeof number, "%llu", (unsigned long long)c->max_ulp);
    snprintf(text, TEXT_SIZE, "%s apart%s%.400s", number, *place ? " at " : "", place);
    return dsi_text(text);
}

/* --- findings ----------------------------------------------------------------------
 */

static enum dsi_status find_one(const struct dsi_compared *compared, const char *name,
                                size_t rank, struct dsi_report *report,
                                struct dsi_error *err)
{
    const struct dsi_top_item item = dsi_top_k_at(&compared->farthest, rank);
    struct dsi_bytes where = {0};
    uint64_t row_items = 1;
    char place[TEXT_SIZE];
    write_place(compared, item.payload, place);
    for (int d = 1; d < compared->n_dims; d++)
        row_items *= compared->shape[d];
    enum dsi_status status = dsi_bytes_append(&where, name, strlen(name), err);
    if (status == DSI_OK && compared->n_dims) {
        status = dsi_bytes_append(&where, "[", 1, err);
        if (status == DSI_OK)
            status = dsi_bytes_append(&where, place, strlen(place), err);
        if (status == DSI_OK)
            status = dsi_bytes_append(&where, "]", 1, err);
    }
    if (status == DSI_OK)
        status = dsi_bytes_append(&where, "", 1, err);
    const struct dsi_finding finding = {
        .rule = "differs",
        .severity = DSI_NOTE,
        .source = name,
        .index = compared->n_dims ? item.payload / row_items : UINT64_MAX,
        .where = (const char *)where.data,
        .detail = item.text,
        .rank = (uint32_t)rank + 1,
    };
    if (status == DSI_OK)
        status = dsi_report_finding(report, &finding, err);
    dsi_bytes_free(&where);
    return status;
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
        differs ? dsi_compared_value(compared->a, compared->first.a, texts[0])
                : dsi_null(),
        differs ? dsi_compared_value(compared->b, compared->first.b, texts[1])
                : dsi_null(),
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
        row[n++] = dsi_text(compared->abs_histogram);
        row[n++] = dsi_text(compared->ulp_histogram);
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
        const char *name = dsi_pair_name(&pairs->pairs[i]);
        counts[compared[i].status]++;
        for (size_t k = 0; k < compared[i].farthest.n; k++)
            DSI_TRY(find_one(&compared[i], name, k, report, err));
        DSI_TRY(add_row(&compared[i], name, options, report, err));
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
