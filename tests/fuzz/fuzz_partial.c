/* Partial files from anywhere, through all that merge does with them: taken apart, the
 * call, the skeleton of the dataset, the states of the checks, their end and the
 * report; and pass files, through what shards do that begin with them.
 *
 * An input is a partial file without what would keep the fuzzer out: two bytes
 * (little-endian) how long the head is without the version of the program, the rest of
 * the head, and what follows the head but for the checksum. The frame is made here. */
#include <stdlib.h>
#include <string.h>

#include "balance.h"
#include "labels.h"
#include "missing.h"
#include "outliers.h"
#include "partial.h"
#include "range.h"
#include "skeleton.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

extern const struct dsi_check dsi_check_readable, dsi_check_outlier_rows,
    dsi_check_dup_files, dsi_check_image_table;

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void add(struct dsi_bytes *to, const void *bytes, size_t n)
{
    must(dsi_bytes_append(to, bytes, n, NULL) == DSI_OK);
}

static void add_number(struct dsi_bytes *to, uint64_t number)
{
    must(dsi_bytes_append_u64(to, number, NULL) == DSI_OK);
}

static struct dsi_bytes frame(const uint8_t *data, size_t n)
{
    static const char program[] = DSI_VERSION;
    static const uint8_t none[DSI_PARTIAL_HASH_SIZE];
    const size_t n_program = sizeof program - 1;
    struct dsi_bytes file = {0};
    size_t n_head = n < 2 ? 0 : data[0] | (size_t)data[1] << 8;
    size_t n_rest = n < 2 ? 0 : n - 2;
    n_head = n_head < n_rest ? n_head : n_rest;
    add(&file,
        "\x89"
        "DSIP\r\n\x1a",
        8);
    add_number(&file, DSI_PARTIAL_VERSION);
    add_number(&file, 0);
    add_number(&file, sizeof(uint64_t) + n_program + n_head);
    add_number(&file, n_program);
    add(&file, program, n_program);
    if (n_rest)
        add(&file, data + 2, n_rest);
    add(&file, none, sizeof none);
    dsi_partial_seal(file.data, file.n);
    return file;
}

/* Of whichever check it is. */
struct parameters {
    struct dsi_balance_parameters balance;
    struct dsi_missing_parameters missing;
    struct dsi_range_parameters range;
    struct dsi_outlier_parameters outliers;
    struct dsi_dups_parameters dups;
    struct dsi_labels_parameters labels;
    struct dsi_sentinel sentinels[4];
};

static bool starts(const char *word, const char *with)
{
    return strncmp(word, with, strlen(with)) == 0;
}

static void take_method(const char *name, struct dsi_outlier_parameters *outliers)
{
    for (int m = 0; m < DSI_N_OUTLIER_METHODS; m++)
        if (starts(name, dsi_outlier_method_names[m]))
            outliers->method = (enum dsi_outlier_method)m;
}

/* An option, as far as the layout of a state depends on it. */
static void take_word(const char *word, struct parameters *p, struct dsi_check_run *run)
{
    const size_t most = sizeof p->sentinels / sizeof *p->sentinels;
    const char *tool = run->check->name;
    if (strcmp(word, "--pixels") == 0)
        p->balance.pixels = true;
    else if (strcmp(word, "--no-percentiles") == 0)
        p->range.no_percentiles = true;
    else if (starts(word, "--sentinel=") && p->missing.sentinels.n < most)
        p->missing.sentinels.n++;
    else if (starts(word, "--method="))
        take_method(word + strlen("--method="), &p->outliers);
    else if (strcmp(word, "--no-content") == 0)
        p->labels.content = NULL;
    else if (starts(word, "--near="))
        p->dups.near =
            strcmp(word, "--near=dhash") == 0 ? DSI_DUP_DHASH : DSI_DUP_PHASH;
    else if (strcmp(word, "--by=bytes") == 0 && strcmp(tool, "dups") == 0)
        run->check = &dsi_check_dup_files;
    else if (strcmp(word, "--all") == 0 && strcmp(tool, "images") == 0)
        run->check = &dsi_check_image_table;
    else if (strcmp(word, "--rows") == 0 && strcmp(tool, "outliers") == 0) {
        run->check = &dsi_check_outlier_rows;
        p->outliers.n_rows = 10;
    }
}

static const void *parameters_of(const struct dsi_check *check,
                                 const struct parameters *p)
{
    return strcmp(check->name, "balance") == 0    ? (const void *)&p->balance
           : strcmp(check->name, "missing") == 0  ? (const void *)&p->missing
           : strcmp(check->name, "range") == 0    ? (const void *)&p->range
           : strcmp(check->name, "outliers") == 0 ? (const void *)&p->outliers
           : strcmp(check->name, "labels") == 0   ? (const void *)&p->labels
           : starts(check->name, "dup")           ? (const void *)&p->dups
                                                  : check->default_parameters;
}

/* The check that the tool is named after, with the parameters its words ask for. */
static bool find_check(const struct dsi_partial_call *call, struct parameters *p,
                       struct dsi_check_run *run)
{
    *p = (struct parameters){.balance = dsi_balance_defaults,
                             .missing = dsi_missing_defaults,
                             .range = dsi_range_defaults,
                             .outliers = dsi_outlier_defaults,
                             .dups = dsi_dups_defaults,
                             .labels = dsi_labels_defaults};
    p->dups.has_one_look = true;
    p->dups.distance = 4;
    p->missing.sentinels.values = p->sentinels;
    for (const struct dsi_check *const *c = dsi_checks; *c; c++) {
        if (strcmp((*c)->name, call->words[0]) != 0)
            continue;
        *run = (struct dsi_check_run){.check = *c};
        for (size_t i = 1; i < call->n_words; i++)
            take_word(call->words[i], p, run);
        run->parameters = parameters_of(run->check, p);
        return true;
    }
    return false;
}

/* The state saved and loaded, which must be the same bytes, and merged into itself, as
 * if another shard had found the same; false where they do not go together. */
static bool merge_again(const struct dsi_dataset *dataset, struct dsi_check_run *run)
{
    struct dsi_check_run other = {.check = run->check, .parameters = run->parameters};
    struct dsi_bytes saved = {0}, again = {0};
    struct dsi_error err;
    must(run->check->save(run->state, &saved, &err) == DSI_OK);
    must(dsi_check_run_init(&other, dataset, &err) == DSI_OK);
    struct dsi_bytes_reader in = {.data = saved.data, .n = saved.n};
    must(run->check->load(other.state, &in, &err) == DSI_OK && in.at == in.n);
    must(run->check->save(other.state, &again, &err) == DSI_OK);
    must(saved.n == again.n && memcmp(saved.data, again.data, saved.n) == 0);
    const bool is_merged = run->check->merge(run->state, other.state, &err) == DSI_OK;
    dsi_check_run_free(&other);
    dsi_bytes_free(&saved);
    dsi_bytes_free(&again);
    return is_merged;
}

static void finish(struct dsi_check_run runs[2], struct dsi_report *report)
{
    const struct dsi_write_options options = {0};
    struct dsi_bytes json = {0};
    struct dsi_error err;
    for (int i = 0; i < 2; i++)
        if (runs[i].check->finish(runs[i].state, report, &err) != DSI_OK)
            return;
    dsi_report_sort_findings(report);
    must(dsi_writer_find("json")->write(report, &options, dsi_sink_to_bytes(&json),
                                        &err) == DSI_OK);
    dsi_bytes_free(&json);
}

/* A shard's states merged and planned; what the next round begins with is read back. */
static bool end_round(const struct dsi_partial *partial,
                      const struct dsi_dataset *dataset, struct dsi_check_run runs[2])
{
    struct dsi_bytes next = {0};
    struct dsi_partial pass;
    struct dsi_error err;
    bool more;
    if (dsi_partial_merge(partial, dataset, runs, 2, &err) != DSI_OK)
        return false;
    for (int i = 0; i < 2; i++)
        if (!runs[i].is_done && !merge_again(dataset, &runs[i]))
            return false;
    if (dsi_check_runs_plan(runs, 2, &more, &err) != DSI_OK)
        return false;
    if (!more || partial->round == DSI_MAX_ROUNDS)
        return true;
    must(dsi_partial_save_pass(partial, runs, 2, &next, &err) == DSI_OK);
    must(dsi_partial_parse(&pass, next.data, next.n, &err) == DSI_OK);
    must(dsi_partial_is_pass(&pass) && pass.round == partial->round + 1);
    dsi_bytes_free(&next);
    return true;
}

/* What a worker does that begins with a pass file and is given no block. */
static bool begin_round(const struct dsi_partial *pass,
                        const struct dsi_dataset *dataset, struct dsi_check_run runs[2])
{
    struct dsi_error err;
    if (dsi_partial_begin_pass(pass, runs, 2, &err) != DSI_OK)
        return false;
    for (int i = 0; i < 2; i++) {
        struct dsi_check_run own = {.check = runs[i].check,
                                    .parameters = runs[i].parameters};
        if (runs[i].is_done || !runs[i].check->plan)
            continue;
        must(dsi_check_run_init(&own, dataset, &err) == DSI_OK);
        must(own.check->adopt(own.state, runs[i].state, &err) == DSI_OK);
        must(own.check->merge(own.state, runs[i].state, &err) == DSI_OK);
        dsi_check_run_free(&own);
    }
    return true;
}

static void merge(const struct dsi_partial *partial, struct dsi_check_run runs[2],
                  struct dsi_report *report)
{
    struct dsi_dataset dataset;
    struct dsi_bytes saved = {0};
    struct dsi_error err;
    if (dsi_partial_load_dataset(partial, &dataset, report, &err) != DSI_OK)
        return;
    must(dsi_skeleton_save(&dataset, &saved, &err) == DSI_OK);
    dsi_bytes_free(&saved);
    bool is_fine = true;
    for (int i = 0; i < 2; i++)
        is_fine &= dsi_check_run_init(&runs[i], &dataset, &err) == DSI_OK;
    must(is_fine);
    if (dsi_partial_is_pass(partial) ? begin_round(partial, &dataset, runs)
                                     : end_round(partial, &dataset, runs))
        finish(runs, report);
    for (int i = 0; i < 2; i++)
        dsi_check_run_free(&runs[i]);
    dsi_dataset_close(&dataset);
}

static void load(const uint8_t *bytes, size_t n)
{
    enum { COLUMNS = 32 };
    struct dsi_column columns[COLUMNS];
    struct dsi_partial partial;
    struct dsi_partial_call call = {0};
    struct parameters parameters;
    struct dsi_check_run runs[2] = {{0}, {.check = &dsi_check_readable}};
    struct dsi_error err;
    if (dsi_partial_parse(&partial, bytes, n, &err) != DSI_OK)
        return;
    must(dsi_partial_compare(&partial, &partial, &err) == DSI_OK);
    if (dsi_partial_load_call(&partial, &call, &err) == DSI_OK &&
        find_check(&call, &parameters, &runs[0])) {
        for (int i = 0; i < COLUMNS; i++)
            columns[i] = (struct dsi_column){.name = "value"};
        struct dsi_report *report =
            dsi_report_new("fuzz", columns, runs[0].check->n_columns);
        must(report);
        merge(&partial, runs, report);
        dsi_report_free(report);
    }
    dsi_partial_call_free(&call);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct dsi_bytes file = frame(data, n);
    load(data, n);
    load(file.data, file.n);
    dsi_bytes_free(&file);
    return 0;
}
