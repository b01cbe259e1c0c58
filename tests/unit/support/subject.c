#include "subject.h"

#include "balance.h"
#include "dups.h"
#include "faults.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* After the headers above, as cmocka asks. */
#include <cmocka.h>

#define SAMPLE(name) DSI_SOURCE "/samples/data/" name

/* --- datasets
 * -------------------------------------------------------------------------- */

static uint32_t mix(uint32_t x)
{
    x = (x ^ (x >> 16)) * 0x7feb352du;
    x = (x ^ (x >> 15)) * 0x846ca68bu;
    return x ^ (x >> 16);
}

static const char *make_labels(struct scratch *scratch)
{
    enum { N = 1000003 };
    int64_t *labels = malloc(N * sizeof *labels);
    assert_non_null(labels);
    for (uint32_t i = 0; i < N; i++) /* 0..9 mostly, now and then large and negative */
        labels[i] = mix(i) % 1000 ? mix(i) % 10 : (int64_t)mix(i + 7) - (1 << 30);
    const char *path = scratch_npy(scratch, "labels.npy", "'<i8'", false, "(1000003,)",
                                   labels, N * sizeof *labels);
    free(labels);
    return path;
}

static const char *make_floats(struct scratch *scratch)
{
    enum { N = 300000 };
    float *labels = malloc(N * sizeof *labels);
    assert_non_null(labels);
    for (uint32_t i = 0; i < N; i++)
        labels[i] = mix(i) % 5 ? (float)(mix(i) % 7) / 2 : strtof("nan", NULL);
    const char *path = scratch_npy(scratch, "floats.npy", "'<f4'", false, "(300000,)",
                                   labels, N * sizeof *labels);
    free(labels);
    return path;
}

/* A third of what its header promises. */
static const char *make_truncated(struct scratch *scratch)
{
    enum { N = 500000 };
    int64_t *labels = calloc(N, sizeof *labels);
    assert_non_null(labels);
    for (uint32_t i = 0; i < N; i++)
        labels[i] = mix(i) % 3;
    const char *path = scratch_npy(scratch, "truncated.npy", "'<i8'", false,
                                   "(1500000,)", labels, N * sizeof *labels);
    free(labels);
    return path;
}

static const char *make_records(struct scratch *scratch)
{
    enum { N = 100000, ITEM = 4 + 8 + 20 };
    uint8_t *records = calloc(N, ITEM);
    assert_non_null(records);
    for (uint32_t i = 0; i < N; i++) {
        uint32_t label = 'a' + mix(i) % 5;
        memcpy(records + (size_t)i * ITEM + 12, &label, 4);
        memcpy(records + (size_t)i * ITEM + 16, &label, mix(i) % 2 ? 4 : 0);
    }
    const char *path = scratch_npy(
        scratch, "records.npy", "[('id', '<i4'), ('score', '<f8'), ('label', '<U5')]",
        false, "(100000,)", records, (size_t)N * ITEM);
    free(records);
    return path;
}

static const char *make_table(struct scratch *scratch)
{
    static const char *const labels[] = {"rose",  "daisy", "\"a, b\"", "",
                                         "tulip", "10",    "é"};
    static const char *const splits[] = {"train", "train", "val", "test"};
    enum { N = 120000 }; /* of several blocks */
    struct dsi_bytes text = {0};
    char row[128];
    int n = snprintf(row, sizeof row, "path,label,split\n");
    assert_int_equal(dsi_bytes_append(&text, row, (size_t)n, NULL), DSI_OK);
    for (uint32_t i = 0; i < N; i++) {
        n = snprintf(row, sizeof row, "images/%u.png,%s,%s\n", i, labels[mix(i) % 7],
                     splits[mix(i + 1) % 4]);
        assert_int_equal(dsi_bytes_append(&text, row, (size_t)n, NULL), DSI_OK);
    }
    const char *path = scratch_write(scratch, "table.csv", text.data, text.n);
    dsi_bytes_free(&text);
    return path;
}

static const char *make_gzipped(struct scratch *scratch)
{
    enum { N = 3 << 20 };
    uint8_t *idx = calloc(N + 8, 1);
    assert_non_null(idx);
    memcpy(idx, "\0\0\x08\x01\x00\x30\x00\x00", 8);
    for (uint32_t i = 0; i < N; i++)
        idx[8 + i] = (uint8_t)(mix(i / 5) % 10);
    const char *path = scratch_gzip(scratch, "labels-idx1-ubyte.gz", idx, N + 8);
    free(idx);
    return path;
}

static const char *make_masks(struct scratch *scratch)
{
    enum { N = 40, SIDE = 300 };
    uint8_t *masks = malloc((size_t)N * SIDE * SIDE);
    assert_non_null(masks);
    for (uint32_t i = 0; i < N * SIDE * SIDE; i++)
        masks[i] = (uint8_t)(mix(i) % 50 ? mix(i / 64) % 4 : 255);
    const char *path = scratch_npy(scratch, "masks.npy", "'|u1'", false,
                                   "(40, 300, 300)", masks, (size_t)N * SIDE * SIDE);
    free(masks);
    return path;
}

/* Class folders, pictures two folders deep, and what goes wrong with them. */
static const char *make_tree(struct scratch *scratch)
{
    uint8_t pixels[48];
    char name[64];
    for (uint32_t i = 0; i < 48; i++)
        pixels[i] = (uint8_t)i;
    for (uint32_t i = 0; i < 60; i++) {
        snprintf(name, sizeof name, "tree/%c/%u/%u.%s", 'a' + mix(i) % 4, mix(i) % 3, i,
                 i % 7 ? "png" : "JPG");
        scratch_png(scratch, name, 8, 6, pixels);
    }
    scratch_folder(scratch, "tree/empty");
    scratch_write(scratch, "tree/a/none.png", "", 0);
    scratch_write(scratch, "tree/a/short.png", "\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR", 16);
    scratch_write(scratch, "tree/b/text.png", "not a picture\n", 14);
    scratch_write(scratch, "tree/b/animation.gif", "GIF89a", 6);
    scratch_write(scratch, "tree/c/names.csv", "a,b\n1,2\n3,4\n", 12);
    scratch_link(scratch, "tree/c/gone.png", "nowhere.png");
    scratch_link(scratch, "tree/c/up", "..");
    return scratch_path(scratch, "tree");
}

size_t subjects_make(struct scratch *scratch, struct subject subjects[MAX_SUBJECTS])
{
    const struct subject all[] = {
        {.title = "flowers", .inputs = {SAMPLE("flowers")}},
        {.title = "splits", .inputs = {SAMPLE("splits")}},
        {.title = "two trees", .inputs = {SAMPLE("flowers"), SAMPLE("splits")}},
        {.title = "masks", .inputs = {SAMPLE("masks")}, .is_masks = true},
        {.title = "a mask", .inputs = {SAMPLE("masks/mask_0.png")}, .is_masks = true},
        {.title = "folder of all", .inputs = {SAMPLE("")}},
        {.title = "features", .inputs = {SAMPLE("features.npy")}},
        {.title = "features with labels",
         .inputs = {SAMPLE("features.npy")},
         .labels = SAMPLE("labels.npy")},
        {.title = "labels", .inputs = {SAMPLE("labels.npy")}},
        {.title = "idx", .inputs = {SAMPLE("labels-idx1-ubyte")}},
        {.title = "manifest", .inputs = {SAMPLE("labels.csv")}},
        {.title = "field", .inputs = {SAMPLE("structured.npy:label")}},
        {.title = "pictures",
         .inputs = {SAMPLE("flowers/daisy/daisy_07.jpg"),
                    SAMPLE("flowers/rose/rose_05.jpg")}},
        {.title = "many labels", .inputs = {make_labels(scratch)}},
        {.title = "floats", .inputs = {make_floats(scratch)}},
        {.title = "truncated", .inputs = {make_truncated(scratch)}},
        {.title = "records", .inputs = {make_records(scratch)}},
        {.title = "table", .inputs = {make_table(scratch)}},
        {.title = "gzipped", .inputs = {make_gzipped(scratch)}},
        {.title = "mask array", .inputs = {make_masks(scratch)}, .is_masks = true},
        {.title = "faulty tree", .inputs = {make_tree(scratch)}, .is_masks = true},
    };
    size_t n = sizeof all / sizeof *all;
    assert_in_range(n, 1, MAX_SUBJECTS);
    memcpy(subjects, all, sizeof all);
    return n;
}

enum dsi_status subject_open(const struct subject *subject, unsigned need,
                             struct opened *opened, struct dsi_error *err)
{
    static const struct dsi_column none[] = {{"-", false}};
    struct dsi_dataset_options options = {
        .need = need, .open.limits = dsi_limits_default, .labels = subject->labels};
    *opened = (struct opened){.report = dsi_report_new("law", none, 1)};
    if (!opened->report)
        return dsi_fail_memory(err, 0);
    enum dsi_status status =
        dsi_dataset_open(&opened->dataset, subject->inputs, subject->inputs[1] ? 2 : 1,
                         &options, opened->report, err);
    if (status != DSI_OK)
        dsi_report_free(opened->report);
    return status;
}

void subject_close(struct opened *opened)
{
    dsi_dataset_close(&opened->dataset);
    dsi_report_free(opened->report);
}

/* --- checks
 * ---------------------------------------------------------------------------- */

enum { MANY_SAMPLES = 20000 };

/* It takes long where there are many. */
static bool keeps_samples(const struct dsi_check *check)
{
    extern const struct dsi_check dsi_check_dups, dsi_check_dup_files, dsi_check_labels,
        dsi_check_images, dsi_check_image_table;
    return check == &dsi_check_dups || check == &dsi_check_dup_files ||
           check == &dsi_check_labels || check == &dsi_check_images ||
           check == &dsi_check_image_table;
}

size_t variants_make(struct variant variants[MAX_VARIANTS])
{
    static const int64_t ignored[] = {255};
    static const char *const declared[] = {"2",     "0",   "daisy", "1",
                                           "tulip", "cat", "7",     "none"};
    static struct dsi_balance_parameters pixels, classes;
    static struct dsi_dups_parameters spilling, verifying;
    extern const struct dsi_check dsi_check_balance, dsi_check_dups;
    pixels = classes = dsi_balance_defaults;
    pixels.pixels = true;
    pixels.ignored = ignored;
    pixels.n_ignored = 1;
    pixels.weighting = DSI_WEIGHT_MEDIAN_FREQUENCY;
    classes.declared = declared;
    classes.n_declared = sizeof declared / sizeof *declared;
    classes.weighting = DSI_WEIGHT_BALANCED;
    spilling = dsi_dups_defaults;
    spilling.max_memory = 0;
    spilling.near = DSI_DUP_PHASH;
    spilling.distance = 8;
    spilling.across = spilling.omit_first = true;
    verifying = spilling;
    verifying.verify = true;
    verifying.across = verifying.omit_first = false;
    size_t n = 0;
    for (const struct dsi_check *const *c = dsi_checks; *c; c++) {
        assert_in_range(n, 0, MAX_VARIANTS - 5);
        const struct variant alone = {
            .title = (*c)->name, .check = *c, .parameters = (*c)->default_parameters};
        variants[n] = variants[n + 1] = alone;
        if (keeps_samples(*c))
            variants[n].max_samples = variants[n + 1].max_samples = MANY_SAMPLES;
        variants[n + 1].also_need = DSI_NEED_HEADER | DSI_NEED_VALUES;
        n += 2;
    }
    variants[n++] = (struct variant){.title = "balance of pixels",
                                     .check = &dsi_check_balance,
                                     .parameters = &pixels,
                                     .masks_only = true};
    variants[n++] = (struct variant){.title = "balance of declared classes",
                                     .check = &dsi_check_balance,
                                     .parameters = &classes};
    variants[n++] = (struct variant){.title = "dups in no memory",
                                     .check = &dsi_check_dups,
                                     .parameters = &spilling,
                                     .max_samples = MANY_SAMPLES};
    variants[n++] = (struct variant){.title = "dups, verified",
                                     .check = &dsi_check_dups,
                                     .parameters = &verifying,
                                     .reads_again = true,
                                     .max_samples = MANY_SAMPLES};
    return n;
}

unsigned variant_need(const struct variant *variant)
{
    return variant->check->need(variant->parameters) | variant->also_need;
}

/* --- a check that only needs
 * ----------------------------------------------------------- */

static unsigned need_of_rider(const void *parameters)
{
    return *(const unsigned *)parameters;
}

static enum dsi_status init_rider(void *state, const struct dsi_dataset *dataset,
                                  const void *parameters, struct dsi_error *err)
{
    (void)state, (void)dataset, (void)parameters, (void)err;
    return DSI_OK;
}

static enum dsi_status update_rider(void *state, const struct dsi_block *block,
                                    struct dsi_error *err)
{
    (void)state, (void)block, (void)err;
    return DSI_OK;
}

static enum dsi_status merge_rider(void *into, const void *from, struct dsi_error *err)
{
    (void)into, (void)from, (void)err;
    return DSI_OK;
}

static void destroy_rider(void *state)
{
    (void)state;
}

static const struct dsi_check rider = {.name = "rider",
                                       .need = need_of_rider,
                                       .state_size = 1,
                                       .init = init_rider,
                                       .update = update_rider,
                                       .merge = merge_rider,
                                       .destroy = destroy_rider};

/* --- from dataset to bytes
 * ------------------------------------------------------------- */

enum dsi_status variant_scan_shard(const struct variant *variant,
                                   const struct dsi_dataset *dataset,
                                   unsigned n_threads, struct dsi_shard shard,
                                   struct dsi_check_run *run, struct dsi_error *err)
{
    struct dsi_scan_options options = {.n_threads = n_threads, .shard = shard};
    struct dsi_check_run runs[2] = {
        {.check = variant->check, .parameters = variant->parameters},
        {.check = &rider, .parameters = &variant->also_need}};
    enum dsi_status status = dsi_check_run_init(&runs[0], dataset, err);
    if (status == DSI_OK)
        status = dsi_check_run_init(&runs[1], dataset, err);
    if (status == DSI_OK)
        status = dsi_scan(dataset, runs, 2, &options, err);
    if (status != DSI_OK)
        dsi_check_run_free(&runs[0]);
    dsi_check_run_free(&runs[1]);
    *run = runs[0];
    return status;
}

enum dsi_status variant_scan(const struct variant *variant,
                             const struct dsi_dataset *dataset, unsigned n_threads,
                             struct dsi_check_run *run, struct dsi_error *err)
{
    return variant_scan_shard(variant, dataset, n_threads, (struct dsi_shard){0}, run,
                              err);
}

/* Of as many columns as the check's rows have; what they are called is its tool's
 * affair.
 */
static struct dsi_report *new_report(const struct dsi_check *check)
{
    enum { MAX_COLUMNS = 32 };
    struct dsi_column columns[MAX_COLUMNS];
    assert_in_range(check->n_columns, 0, MAX_COLUMNS);
    for (size_t i = 0; i < check->n_columns; i++)
        columns[i] = (struct dsi_column){.name = "value"};
    return dsi_report_new(check->name, columns, check->n_columns);
}

static enum dsi_status print(struct dsi_report *report, struct dsi_bytes *json,
                             struct dsi_error *err)
{
    const struct dsi_write_options options = {0};
    dsi_report_sort_findings(report);
    return dsi_writer_find("json")->write(report, &options, dsi_sink_to_bytes(json),
                                          err);
}

enum dsi_status state_to_json(const struct dsi_check *check, void *state,
                              struct dsi_bytes *json, struct dsi_error *err)
{
    struct dsi_report *report = new_report(check);
    if (!report)
        return dsi_fail_memory(err, 0);
    enum dsi_status status = check->finish(state, report, err);
    if (status == DSI_OK)
        status = print(report, json, err);
    dsi_report_free(report);
    return status;
}

enum dsi_status subject_to_json(const struct subject *subject,
                                const struct variant *variant, unsigned n_threads,
                                struct dsi_bytes *json, struct dsi_error *err)
{
    struct opened opened;
    struct dsi_check_run run = {0};
    *json = (struct dsi_bytes){0};
    DSI_TRY(subject_open(subject, variant_need(variant), &opened, err));
    enum dsi_status status = DSI_OK;
    if (opened.dataset.n_parts > 0) {
        status = variant_scan(variant, &opened.dataset, n_threads, &run, err);
        if (status == DSI_OK)
            status = state_to_json(variant->check, run.state, json, err);
        dsi_check_run_free(&run);
    }
    if (status == DSI_OK)
        status = print(opened.report, json, err);
    subject_close(&opened);
    if (status != DSI_OK)
        dsi_bytes_free(json);
    return status;
}
