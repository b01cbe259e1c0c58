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
#include "partial.h"
#include "skeleton.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

extern const struct dsi_check dsi_check_readable;

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

/* The check that the tool of the file's name ends with, with the parameters its words
 * ask for, as far as the layout of a state depends on them. */
static bool find_check(const struct dsi_partial_call *call,
                       struct dsi_balance_parameters *pixels, struct dsi_check_run *run)
{
    for (const struct dsi_check *const *c = dsi_checks; *c; c++) {
        if (strcmp((*c)->name, call->words[0]) != 0)
            continue;
        *run =
            (struct dsi_check_run){.check = *c, .parameters = (*c)->default_parameters};
        *pixels = dsi_balance_defaults;
        pixels->pixels = true;
        for (size_t i = 1; i < call->n_words; i++)
            if (strcmp(call->words[0], "balance") == 0 &&
                strcmp(call->words[i], "--pixels") == 0)
                run->parameters = pixels;
        return true;
    }
    return false;
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
    if (dsi_partial_merge(partial, dataset, runs, 2, &err) != DSI_OK ||
        dsi_check_runs_plan(runs, 2, &more, &err) != DSI_OK)
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
    struct dsi_balance_parameters pixels;
    struct dsi_check_run runs[2] = {{0}, {.check = &dsi_check_readable}};
    struct dsi_error err;
    if (dsi_partial_parse(&partial, bytes, n, &err) != DSI_OK)
        return;
    must(dsi_partial_compare(&partial, &partial, &err) == DSI_OK);
    if (dsi_partial_load_call(&partial, &call, &err) == DSI_OK &&
        find_check(&call, &pixels, &runs[0])) {
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
