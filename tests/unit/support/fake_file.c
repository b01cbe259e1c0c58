#include "fake_file.h"

#include "scan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* After the four headers above, as cmocka asks. */
#include <cmocka.h>

static enum dsi_status read_fake(struct dsi_file *file, size_t array, uint64_t first,
                                 uint64_t n, struct dsi_rows *rows,
                                 struct dsi_error *err)
{
    const struct fake_array *from = &((const struct fake_array *)file->state)[array];
    size_t row_bytes = dsi_array_row_bytes(&from->array);
    if (from->array.is_constant) { /* reading more would go on for ever */
        assert_int_equal(first, 0);
        assert_int_equal(n, 1);
    }
    DSI_TRY(dsi_bytes_append(&rows->values,
                             (const char *)from->data + first * row_bytes,
                             n * row_bytes, err));
    rows->n_rows = n;
    return DSI_OK;
}

static const char *const no_suffixes[] = {NULL};
static const struct dsi_format fake_format = {
    .name = "fake", .suffixes = no_suffixes, .read = read_fake};

struct dsi_array fake_shape(const char *name, enum dsi_kind kind, uint32_t size,
                            int n_dims, const uint64_t *shape)
{
    struct dsi_array array = {
        .name = (char *)name, .dtype = {.kind = kind, .size = size}, .n_dims = n_dims};
    for (int i = 0; i < n_dims; i++)
        array.shape[i] = shape[i];
    return array;
}

struct fake_array fake_labels(const char *name, const int64_t *data, uint64_t n)
{
    return (struct fake_array){fake_shape(name, DSI_INT, 8, 1, &n), data};
}

void fake_open(struct fake *fake, struct fake_array *arrays, size_t n, unsigned need,
               const char *selector, const char *split)
{
    static const struct dsi_column none[] = {{"-", false}};
    char input[200];
    snprintf(input, sizeof input, "FILE%s%s", selector ? ":" : "",
             selector ? selector : "");
    *fake = (struct fake){.arrays = arrays,
                          .report = dsi_report_new("fake", none, 1),
                          .dataset.options = {.need = need, .split = split}};
    assert_non_null(fake->report);
    fake->file = (struct dsi_open_file){
        .name = dsi_text_copy(input, strlen(input)),
        .file = {.format = &fake_format,
                 .options.limits = dsi_limits_default,
                 .arrays = dsi_alloc_zeroed(n, sizeof(struct dsi_array)),
                 .n_arrays = n,
                 .state = arrays}};
    assert_non_null(fake->file.name);
    assert_non_null(fake->file.file.arrays);
    for (size_t i = 0; i < n; i++)
        fake->file.file.arrays[i] = arrays[i].array;
    const struct dsi_opening opening = {&fake->dataset, fake->report, fake->file.name};
    fake->status = dsi_layout_arrays_open(&opening, &fake->file, selector, NULL, NULL,
                                          &fake->error);
}

void fake_close(struct fake *fake)
{
    dsi_dataset_close(&fake->dataset);
    dsi_report_free(fake->report);
    free(fake->file.file.arrays);
    free(fake->file.name);
}

static void print_value(const struct dsi_value *value, char *text, size_t size)
{
    if (value->type == DSI_VALUE_TEXT)
        snprintf(text, size, "%.*s", (int)value->as.text.n, value->as.text.bytes);
    else if (value->type == DSI_VALUE_UINT)
        snprintf(text, size, "%llu", (unsigned long long)value->as.natural);
    else
        snprintf(text, size, "-");
}

static void print_row(const struct dsi_value *row, char *text, size_t size)
{
    char class[64], index[64], count[64], split[64];
    print_value(&row[0], class, sizeof class);
    print_value(&row[1], index, sizeof index);
    print_value(&row[2], count, sizeof count);
    print_value(&row[9], split, sizeof split);
    snprintf(text, size, "%s %s %s %s\n", class, index, count, split);
}

const char *fake_balance(struct fake *fake, const struct dsi_balance_parameters *p)
{
    extern const struct dsi_check dsi_check_balance;
    static const struct dsi_column columns[] = {
        {"class", true},  {"index", false},  {"count", false}, {"share", false},
        {"ratio", false}, {"weight", false}, {"over", false},  {"under", false},
        {"mixed", false}, {"split", true}};
    static char text[4096];
    struct dsi_check_run run = {.check = &dsi_check_balance, .parameters = p};
    const struct dsi_scan_options one = {.n_threads = 1};
    struct dsi_report *report = dsi_report_new("fake", columns, 10);
    struct dsi_error err = {0};
    assert_non_null(report);
    if (dsi_check_run_init(&run, &fake->dataset, &err) != DSI_OK ||
        dsi_scan(&fake->dataset, &run, 1, &one, &err) != DSI_OK ||
        run.check->finish(run.state, report, &err) != DSI_OK)
        fail_msg("%s", err.message);
    text[0] = '\0';
    for (size_t i = 0; i < dsi_report_n_rows(report); i++) {
        size_t n = strlen(text);
        print_row(dsi_report_row_at(report, i), text + n, sizeof text - n);
    }
    dsi_check_run_free(&run);
    dsi_report_free(fake->report);
    fake->report = report;
    return text;
}

const char *fake_finding(const struct fake *fake, const char *rule)
{
    for (size_t i = 0; i < dsi_report_n_findings(fake->report); i++) {
        struct dsi_finding finding = dsi_report_finding_at(fake->report, i);
        if (strcmp(finding.rule, rule) == 0)
            return finding.detail;
    }
    return NULL;
}
