/* Partial files in memory: what is saved is loaded, what is cut or changed is refused,
 * and what carries a true checksum over nonsense does no harm. Expected values are
 * those of the scan that was cut into shards. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* After the four headers above, as cmocka asks. */
#include <cmocka.h>

#include "faults.h"
#include "partial.h"
#include "scratch.h"
#include "skeleton.h"
#include "subject.h"

extern const struct dsi_check dsi_check_balance, dsi_check_readable;

static const struct subject splits = {.title = "splits",
                                      .inputs = {DSI_SOURCE "/samples/data/splits"}};
static const struct subject table = {.title = "table",
                                     .inputs = {DSI_SOURCE "/samples/data/labels.csv"}};

enum { N_RUNS = 2 };

static void must(enum dsi_status status, const struct dsi_error *err)
{
    if (status != DSI_OK)
        fail_msg("%s", err->message);
}

static enum dsi_status init_runs(struct dsi_check_run runs[N_RUNS],
                                 const struct dsi_dataset *dataset,
                                 struct dsi_error *err)
{
    runs[0] =
        (struct dsi_check_run){.check = &dsi_check_balance,
                               .parameters = dsi_check_balance.default_parameters};
    runs[1] = (struct dsi_check_run){.check = &dsi_check_readable};
    enum dsi_status status = dsi_check_run_init(&runs[0], dataset, err);
    return status == DSI_OK ? dsi_check_run_init(&runs[1], dataset, err) : status;
}

static void free_runs(struct dsi_check_run runs[N_RUNS])
{
    for (int i = 0; i < N_RUNS; i++)
        dsi_check_run_free(&runs[i]);
}

/* The partial file of a shard; an error is for want of memory. */
static enum dsi_status make(const struct subject *subject, struct dsi_shard shard,
                            struct dsi_bytes *file, struct dsi_error *err)
{
    char *words[] = {"balance", "--weights=balanced"};
    struct dsi_partial_file classes = {.option = "classes", .hash = "0123456789abcde"};
    const struct dsi_partial_call call = {
        .words = words, .n_words = 2, .files = &classes, .n_files = 1};
    const struct dsi_scan_options options = {.n_threads = 1, .shard = shard};
    struct dsi_check_run runs[N_RUNS] = {0};
    struct opened opened;
    *file = (struct dsi_bytes){0};
    DSI_TRY(subject_open(subject, DSI_NEED_LABELS, &opened, err));
    enum dsi_status status = dsi_report_input(opened.report, subject->inputs[0], err);
    if (status == DSI_OK)
        status = dsi_report_parameter(opened.report, "a", dsi_float(0.1), err);
    for (int i = 0; i < 2 && status == DSI_OK; i++)
        status = dsi_report_parameter_add(opened.report, "b", dsi_int(-i), err);
    if (status == DSI_OK)
        status = init_runs(runs, &opened.dataset, err);
    if (status == DSI_OK)
        status = dsi_scan(&opened.dataset, runs, N_RUNS, &options, err);
    const struct dsi_partial_source source = {.call = &call,
                                              .report = opened.report,
                                              .dataset = &opened.dataset,
                                              .shard = shard};
    if (status == DSI_OK)
        status = dsi_partial_save(&source, runs, N_RUNS, file, err);
    free_runs(runs);
    subject_close(&opened);
    return status;
}

static struct dsi_bytes made(const struct subject *subject, uint64_t index, uint64_t n)
{
    struct dsi_bytes file;
    struct dsi_error err;
    must(make(subject, (struct dsi_shard){index, n}, &file, &err), &err);
    return file;
}

static enum dsi_status print(struct dsi_check_run runs[N_RUNS],
                             struct dsi_report *report, struct dsi_bytes *json,
                             struct dsi_error *err)
{
    const struct dsi_write_options options = {0};
    for (int i = 0; i < N_RUNS; i++)
        DSI_TRY(runs[i].check->finish(runs[i].state, report, err));
    dsi_report_sort_findings(report);
    return dsi_writer_find("json")->write(report, &options, dsi_sink_to_bytes(json),
                                          err);
}

/* All that merge does with the bytes of files that go together; json may be NULL. */
static enum dsi_status merge(const struct dsi_bytes *files, size_t n,
                             struct dsi_bytes *json, struct dsi_error *err)
{
    struct dsi_column columns[10];
    struct dsi_partial first, partial;
    struct dsi_partial_call call = {0};
    struct dsi_check_run runs[N_RUNS] = {0};
    struct dsi_dataset dataset = {0};
    struct dsi_bytes printed = {0};
    for (int i = 0; i < 10; i++)
        columns[i] = (struct dsi_column){.name = "value"};
    DSI_TRY(dsi_partial_parse(&first, files[0].data, files[0].n, err));
    struct dsi_report *report = dsi_report_new("test", columns, 10);
    if (!report)
        return dsi_fail_memory(err, 0);
    enum dsi_status status = dsi_partial_load_call(&first, &call, err);
    if (status == DSI_OK)
        status = dsi_partial_load_dataset(&first, &dataset, report, err);
    if (status == DSI_OK)
        status = init_runs(runs, &dataset, err);
    for (size_t i = 0; i < n && status == DSI_OK; i++) {
        status = dsi_partial_parse(&partial, files[i].data, files[i].n, err);
        if (status == DSI_OK)
            status = dsi_partial_compare(&first, &partial, err);
        if (status == DSI_OK)
            status = dsi_partial_merge(&partial, &dataset, runs, N_RUNS, err);
    }
    if (status == DSI_OK)
        status = print(runs, report, json ? json : &printed, err);
    dsi_bytes_free(&printed);
    free_runs(runs);
    dsi_dataset_close(&dataset);
    dsi_partial_call_free(&call);
    dsi_report_free(report);
    return status;
}

/* --- what is saved is loaded ------------------------------------------------------ */

static void round_trip(const struct subject *subject)
{
    struct dsi_bytes whole = made(subject, 0, 1), one = {0}, all = {0}, files[5];
    struct dsi_error err;
    for (uint64_t i = 0; i < 5; i++)
        files[i] = made(subject, (3 * i + 1) % 5, 5);
    must(merge(&whole, 1, &one, &err), &err);
    must(merge(files, 5, &all, &err), &err);
    assert_int_equal(one.n, all.n);
    assert_memory_equal(one.data, all.data, one.n);
    assert_true(one.n > 500);
    for (int i = 0; i < 5; i++)
        dsi_bytes_free(&files[i]);
    dsi_bytes_free(&whole);
    dsi_bytes_free(&one);
    dsi_bytes_free(&all);
}

static void test_round_trip(void **state)
{
    (void)state;
    round_trip(&splits);
    round_trip(&table);
}

static void test_the_call(void **state)
{
    (void)state;
    struct dsi_bytes file = made(&splits, 2, 3);
    struct dsi_partial partial;
    struct dsi_partial_call call;
    struct dsi_error err;
    must(dsi_partial_parse(&partial, file.data, file.n, &err), &err);
    assert_int_equal(partial.shard.index, 2);
    assert_int_equal(partial.shard.n, 3);
    assert_int_equal(partial.round, 1);
    must(dsi_partial_load_call(&partial, &call, &err), &err);
    assert_int_equal(call.n_words, 2);
    assert_string_equal(call.words[0], "balance");
    assert_string_equal(call.words[1], "--weights=balanced");
    assert_null(call.words[2]);
    assert_int_equal(call.n_files, 1);
    assert_string_equal(call.files[0].option, "classes");
    assert_memory_equal(call.files[0].hash, "0123456789abcde", 16);
    dsi_partial_call_free(&call);
    dsi_bytes_free(&file);
}

static void test_the_skeleton(void **state)
{
    (void)state;
    struct opened opened;
    struct dsi_dataset loaded;
    struct dsi_bytes saved = {0}, again = {0};
    struct dsi_error err;
    must(subject_open(&splits, DSI_NEED_LABELS, &opened, &err), &err);
    must(dsi_skeleton_save(&opened.dataset, &saved, &err), &err);
    struct dsi_bytes_reader in = {.data = saved.data, .n = saved.n};
    must(dsi_skeleton_load(&loaded, &in, &err), &err);
    assert_int_equal(in.at, in.n);
    must(dsi_skeleton_save(&loaded, &again, &err), &err);
    assert_int_equal(saved.n, again.n);
    assert_memory_equal(saved.data, again.data, saved.n);
    assert_int_equal(loaded.n_groups, opened.dataset.n_groups);
    assert_true(loaded.has_splits);
    assert_int_equal(dsi_dataset_n_samples(&loaded),
                     dsi_dataset_n_samples(&opened.dataset));
    assert_string_equal(loaded.groups[0].classes[0],
                        opened.dataset.groups[0].classes[0]);
    dsi_dataset_close(&loaded);
    subject_close(&opened);
    dsi_bytes_free(&saved);
    dsi_bytes_free(&again);
}

/* Hand-made plans: every block is in one shard, and in order. */
static void test_shards_cover_the_plan(void **state)
{
    (void)state;
    static const uint64_t n_blocks[] = {0, 1, 2, 7, 64, 1000, UINT64_MAX};
    static const uint64_t n_shards[] = {1, 2, 3, 64, 65536};
    for (size_t b = 0; b < sizeof n_blocks / sizeof *n_blocks; b++)
        for (size_t s = 0; s < sizeof n_shards / sizeof *n_shards; s++) {
            const struct dsi_plan plan = {.n_blocks = n_blocks[b]};
            uint64_t first, end, last = 0, least = UINT64_MAX, most = 0;
            for (uint64_t i = 0; i < n_shards[s]; i++) {
                dsi_plan_shard(&plan, (struct dsi_shard){i, n_shards[s]}, &first, &end);
                assert_int_equal(first, last);
                assert_true(end >= first);
                least = end - first < least ? end - first : least;
                most = end - first > most ? end - first : most;
                last = end;
            }
            assert_int_equal(last, n_blocks[b]);
            assert_true(most - least <= 1);
        }
}

/* --- what is damaged is refused --------------------------------------------------- */

static void test_every_cut_is_refused(void **state)
{
    (void)state;
    struct dsi_bytes file = made(&splits, 0, 2);
    struct dsi_partial partial;
    for (size_t n = 0; n < file.n; n++) {
        struct dsi_error err = {0};
        /* A copy of its own, so that a sanitizer sees a look beyond it. */
        uint8_t *cut = malloc(n ? n : 1);
        assert_non_null(cut);
        memcpy(cut, file.data, n);
        assert_int_equal(dsi_partial_parse(&partial, cut, n, &err),
                         n == 0 ? DSI_ERR_UNKNOWN_FORMAT : DSI_ERR_TRUNCATED);
        assert_true(err.message[0] != '\0');
        free(cut);
    }
    dsi_bytes_free(&file);
}

static void test_every_flip_is_refused(void **state)
{
    (void)state;
    struct dsi_bytes file = made(&table, 1, 2);
    struct dsi_partial partial;
    struct dsi_error err;
    for (size_t i = 0; i < file.n * 8; i++) {
        uint8_t bit = (uint8_t)(1 << i % 8);
        file.data[i / 8] ^= bit;
        assert_int_not_equal(dsi_partial_parse(&partial, file.data, file.n, &err),
                             DSI_OK);
        file.data[i / 8] ^= bit;
    }
    must(dsi_partial_parse(&partial, file.data, file.n, &err), &err);
    dsi_bytes_free(&file);
}

/* The checksum made true again: any status will do, and no harm. */
static void test_nonsense_with_a_true_checksum(void **state)
{
    (void)state;
    const struct subject *const subjects[] = {&splits, &table};
    for (size_t s = 0; s < 2; s++) {
        struct dsi_bytes file = made(subjects[s], 0, 1), copy = {0};
        struct dsi_error err;
        size_t n_refused = 0;
        must(dsi_bytes_append(&copy, file.data, file.n, &err), &err);
        for (size_t i = 0; i < file.n; i++) {
            static const uint8_t masks[] = {1, 0x80, 0xff};
            for (size_t m = 0; m < sizeof masks; m++) {
                copy.data[i] ^= masks[m];
                dsi_partial_seal(copy.data, copy.n);
                n_refused += merge(&copy, 1, NULL, &err) != DSI_OK;
                memcpy(copy.data, file.data, file.n);
            }
        }
        assert_in_range(n_refused, file.n / 4, 3 * file.n - 1);
        dsi_bytes_free(&file);
        dsi_bytes_free(&copy);
    }
}

/* --- two files -------------------------------------------------------------------- */

static void differ(const struct dsi_bytes *a, const struct dsi_bytes *b,
                   const char *words)
{
    struct dsi_partial of_a, of_b;
    struct dsi_error err;
    must(dsi_partial_parse(&of_a, a->data, a->n, &err), &err);
    must(dsi_partial_parse(&of_b, b->data, b->n, &err), &err);
    assert_int_equal(dsi_partial_compare(&of_a, &of_b, &err), DSI_ERR_USAGE);
    if (!strstr(err.message, words))
        fail_msg("'%s' says nothing of '%s'", err.message, words);
}

static void test_foreign_files(void **state)
{
    (void)state;
    struct dsi_bytes a = made(&splits, 0, 2), b = made(&splits, 0, 3),
                     c = made(&table, 1, 2);
    differ(&a, &b, "one of 3 shards, not of 2");
    differ(&a, &c, "of other inputs");
    dsi_bytes_free(&a);
    dsi_bytes_free(&b);
    dsi_bytes_free(&c);
}

/* --- no memory -------------------------------------------------------------------- */

static void test_every_allocation_fails(void **state)
{
    (void)state;
    struct dsi_bytes file, whole = made(&splits, 0, 1);
    struct dsi_error err;
    uint64_t nth = 0;
    enum dsi_status status = DSI_ERR_MEMORY;
    while (status == DSI_ERR_MEMORY) {
        faults_fail_allocation(++nth);
        status = make(&splits, (struct dsi_shard){0, 2}, &file, &err);
        faults_reset();
        dsi_bytes_free(&file);
    }
    must(status, &err);
    assert_true(nth > 20);
    status = DSI_ERR_MEMORY;
    for (nth = 0; status == DSI_ERR_MEMORY;) {
        faults_fail_allocation(++nth);
        status = merge(&whole, 1, NULL, &err);
        faults_reset();
    }
    must(status, &err);
    assert_true(nth > 20);
    dsi_bytes_free(&whole);
}

/* --- files ------------------------------------------------------------------------ */

static void test_hashes_of_files(void **state)
{
    (void)state;
    /* XXH3-128 of nothing, as xxhash's own test vectors have it (xxhsum -H2). */
    static const uint8_t of_nothing[DSI_PARTIAL_HASH_SIZE] = {
        0x99, 0xaa, 0x06, 0xd3, 0x01, 0x47, 0x98, 0xd8,
        0x60, 0x01, 0xc3, 0x24, 0x46, 0x8d, 0x49, 0x7f};
    struct scratch scratch;
    uint8_t hash[DSI_PARTIAL_HASH_SIZE], other[DSI_PARTIAL_HASH_SIZE];
    struct dsi_bytes bytes = {0};
    struct dsi_error err;
    scratch_make(&scratch);
    const char *empty = scratch_write(&scratch, "empty", "", 0);
    must(dsi_partial_hash_file(empty, hash, &err), &err);
    assert_memory_equal(hash, of_nothing, sizeof hash);
    uint8_t *large = calloc(1, 65536 * 2); /* two pieces, and the end found anew */
    assert_non_null(large);
    const char *zeros = scratch_write(&scratch, "zeros", large, 65536 * 2);
    must(dsi_partial_hash_file(zeros, hash, &err), &err);
    large[65536 * 2 - 1] = 1;
    const char *one = scratch_write(&scratch, "one", large, 65536 * 2);
    must(dsi_partial_hash_file(one, other, &err), &err);
    assert_memory_not_equal(hash, other, sizeof hash);
    assert_int_equal(dsi_partial_read(zeros, &bytes, &err), DSI_ERR_UNKNOWN_FORMAT);
    assert_int_equal(dsi_partial_read(empty, &bytes, &err), DSI_ERR_UNKNOWN_FORMAT);
    assert_null(bytes.data);
    free(large);
    scratch_remove(&scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_the_call),
        cmocka_unit_test(test_the_skeleton),
        cmocka_unit_test(test_shards_cover_the_plan),
        cmocka_unit_test(test_every_cut_is_refused),
        cmocka_unit_test(test_every_flip_is_refused),
        cmocka_unit_test(test_nonsense_with_a_true_checksum),
        cmocka_unit_test(test_foreign_files),
        cmocka_unit_test(test_every_allocation_fails),
        cmocka_unit_test(test_hashes_of_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
