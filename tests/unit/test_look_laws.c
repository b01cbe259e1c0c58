/* The laws of checks that look more than once: what each pass finds, what is planned
 * after it and the report at the end are the same bytes for any number of threads, for
 * any number of shards in each round, and whether states were kept in files in between.
 * Every check of dsi_checks that plans is tried, and one made here that takes many
 * looks. What is expected is never a number: it is the same bytes by another way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* After the four headers above, as cmocka asks. */
#include <cmocka.h>

#include "middle.h"
#include "partial.h"
#include "subject.h"

/* --- what is tried ---------------------------------------------------------------- */

static struct scratch scratch;

enum { N_NUMBERS = 120000, N_SUBJECTS = 4, MAX_CHECKS = 16 };
static struct subject subjects[N_SUBJECTS];
static struct variant variants[MAX_CHECKS];
static size_t n_variants;

static uint64_t draw(uint64_t *random)
{
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    return *random >> 11;
}

/* Near one another, so that many of their leading bits are the same. */
static double number_at(uint64_t *random)
{
    return 1023 + (double)(draw(random) % (UINT64_C(1) << 42)) * 0x1p-41;
}

static const char *write_numbers(const char *name, uint64_t seed)
{
    double *numbers = malloc(N_NUMBERS * sizeof *numbers);
    assert_non_null(numbers);
    for (size_t i = 0; i < N_NUMBERS; i++)
        numbers[i] = number_at(&seed);
    const char *path = scratch_npy(&scratch, name, "'<f8'", false, "(120000,)", numbers,
                                   N_NUMBERS * sizeof *numbers);
    free(numbers);
    return path;
}

/* 4 columns: near numbers, few, one with NaN and infinities, and one the same. */
static const char *write_table(const char *name, uint64_t seed)
{
    float *numbers = malloc(N_NUMBERS * sizeof *numbers);
    assert_non_null(numbers);
    for (size_t i = 0; i < N_NUMBERS; i += 4) {
        numbers[i] = (float)(number_at(&seed) * 1e4);
        numbers[i + 1] = (float)(draw(&seed) % 5);
        numbers[i + 2] = i % 3 ? (float)(draw(&seed) % 1000) / 7 : strtof("nan", NULL);
        numbers[i + 3] = 2;
    }
    numbers[6] = strtof("-inf", NULL);
    const char *path = scratch_npy(&scratch, name, "'<f4'", false, "(30000, 4)",
                                   numbers, N_NUMBERS * sizeof *numbers);
    free(numbers);
    return path;
}

static int make_all(void **state)
{
    (void)state;
    scratch_make(&scratch);
    subjects[0] =
        (struct subject){.title = "numbers", .inputs = {write_numbers("a.npy", 1)}};
    subjects[1] =
        (struct subject){.title = "table", .inputs = {write_table("b.npy", 1)}};
    subjects[2] = (struct subject){
        .title = "numbers and a table",
        .inputs = {write_numbers("c.npy", 2), write_table("d.npy", 2)}};
    subjects[3] = (struct subject){.title = "pictures",
                                   .inputs = {DSI_SOURCE "/samples/data/flowers"}};
    variants[n_variants++] =
        (struct variant){.title = "middle", .check = &check_middle};
    for (const struct dsi_check *const *c = dsi_checks; *c; c++) {
        assert_in_range(n_variants, 0, MAX_CHECKS - 1);
        if ((*c)->plan)
            variants[n_variants++] =
                (struct variant){.title = (*c)->name,
                                 .check = *c,
                                 .parameters = (*c)->default_parameters};
    }
    return 0;
}

static int remove_all(void **state)
{
    (void)state;
    scratch_remove(&scratch);
    return 0;
}

/* A check on a dataset, and what one thread makes of it. */
enum { MAX_PASSES = 8 };
struct trial {
    const struct subject *subject;
    const struct variant *variant;
    struct opened opened;
    size_t n_passes;
    struct dsi_bytes planned[MAX_PASSES]; /* the state after each pass was planned */
    struct dsi_bytes json;
};

static void must(enum dsi_status status, const struct trial *trial,
                 const struct dsi_error *err)
{
    if (status != DSI_OK)
        fail_msg("%s of %s: %s", trial->variant->title, trial->subject->title,
                 err->message);
}

/* Also frees bytes. */
static void same_bytes(const struct trial *trial, struct dsi_bytes bytes,
                       const struct dsi_bytes *expected, const char *law)
{
    if (bytes.n != expected->n ||
        (bytes.n && memcmp(bytes.data, expected->data, bytes.n) != 0))
        fail_msg("%s of %s: %s", trial->variant->title, trial->subject->title, law);
    dsi_bytes_free(&bytes);
}

static struct dsi_check_run fresh(const struct trial *trial)
{
    struct dsi_error err;
    struct dsi_check_run run = {.check = trial->variant->check,
                                .parameters = trial->variant->parameters};
    must(dsi_check_run_init(&run, &trial->opened.dataset, &err), trial, &err);
    return run;
}

static struct dsi_bytes save(const struct trial *trial, const struct dsi_check_run *run)
{
    struct dsi_bytes bytes = {0};
    struct dsi_error err;
    must(run->check->save(run->state, &bytes, &err), trial, &err);
    return bytes;
}

static struct dsi_bytes json_of(const struct trial *trial, struct dsi_check_run *run)
{
    struct dsi_bytes json = {0};
    struct dsi_error err;
    must(state_to_json(run->check, run->state, &json, &err), trial, &err);
    return json;
}

static void scan(const struct trial *trial, struct dsi_check_run *run,
                 unsigned n_threads)
{
    const struct dsi_scan_options options = {.n_threads = n_threads};
    struct dsi_error err;
    must(dsi_scan(&trial->opened.dataset, run, 1, &options, &err), trial, &err);
}

static bool plan(const struct trial *trial, struct dsi_check_run *run)
{
    struct dsi_error err;
    bool more;
    must(dsi_check_runs_plan(run, 1, &more, &err), trial, &err);
    assert_int_equal(more, !run->is_done);
    return more;
}

static void begin(struct trial *trial, const struct subject *subject,
                  const struct variant *variant)
{
    struct dsi_error err;
    bool more = true;
    *trial = (struct trial){.subject = subject, .variant = variant};
    must(subject_open(subject, variant_need(variant), &trial->opened, &err), trial,
         &err);
    struct dsi_check_run run = fresh(trial);
    while (more) {
        assert_in_range(trial->n_passes, 0, MAX_PASSES - 1);
        scan(trial, &run, 1);
        more = plan(trial, &run);
        trial->planned[trial->n_passes++] = save(trial, &run);
    }
    trial->json = json_of(trial, &run);
    dsi_check_run_free(&run);
}

static void end(struct trial *trial)
{
    for (size_t i = 0; i < trial->n_passes; i++)
        dsi_bytes_free(&trial->planned[i]);
    dsi_bytes_free(&trial->json);
    subject_close(&trial->opened);
}

/* Every check is to have taken a second look at one of the datasets. */
static void try_all(void (*law)(const struct trial *trial))
{
    for (size_t v = 0; v < n_variants; v++) {
        size_t most = 0;
        for (size_t s = 0; s < N_SUBJECTS; s++) {
            struct trial trial;
            begin(&trial, &subjects[s], &variants[v]);
            law(&trial);
            most = trial.n_passes > most ? trial.n_passes : most;
            end(&trial);
        }
        assert_true(most > 1);
        if (variants[v].check == &check_middle)
            assert_int_equal(most, 4);
    }
}

/* --- one process ------------------------------------------------------------------ */

static void threads_are_unseen(const struct trial *trial)
{
    static const unsigned n_threads[] = {2, 3, 7};
    for (size_t i = 0; i < sizeof n_threads / sizeof *n_threads; i++) {
        struct dsi_check_run run = fresh(trial);
        for (size_t pass = 0; pass < trial->n_passes; pass++) {
            scan(trial, &run, n_threads[i]);
            assert_int_equal(plan(trial, &run), pass + 1 < trial->n_passes);
            same_bytes(trial, save(trial, &run), &trial->planned[pass],
                       "threads change no plan");
        }
        same_bytes(trial, json_of(trial, &run), &trial->json,
                   "threads change no report");
        dsi_check_run_free(&run);
    }
}

/* The state after `pass` passes, from its bytes. */
static struct dsi_check_run loaded(const struct trial *trial, size_t pass)
{
    struct dsi_check_run run = fresh(trial);
    const struct dsi_bytes *bytes = &trial->planned[pass - 1];
    struct dsi_bytes_reader in = {.data = bytes->data, .n = bytes->n};
    struct dsi_error err;
    must(run.check->load(run.state, &in, &err), trial, &err);
    assert_int_equal(in.at, in.n);
    run.n_passes = (unsigned)pass;
    run.is_done = pass == trial->n_passes;
    return run;
}

static void saved_plans_go_on(const struct trial *trial)
{
    for (size_t pass = 1; pass <= trial->n_passes; pass++) {
        struct dsi_check_run run = loaded(trial, pass);
        same_bytes(trial, save(trial, &run), &trial->planned[pass - 1],
                   "load(save(plan)) is the plan");
        for (size_t i = pass; i < trial->n_passes; i++) {
            scan(trial, &run, 2);
            (void)plan(trial, &run);
            same_bytes(trial, save(trial, &run), &trial->planned[i],
                       "a loaded plan goes on as the plan");
        }
        same_bytes(trial, json_of(trial, &run), &trial->json,
                   "a loaded plan ends as the plan");
        dsi_check_run_free(&run);
    }
}

/* What has taken a plan over and seen nothing changes nothing, merged either way. */
static void adopted_is_identity(const struct trial *trial)
{
    struct dsi_error err;
    for (size_t pass = 1; pass < trial->n_passes; pass++) {
        struct dsi_check_run run = loaded(trial, pass), none = fresh(trial);
        must(none.check->adopt(none.state, run.state, &err), trial, &err);
        scan(trial, &run, 1);
        struct dsi_bytes folded = save(trial, &run);
        must(run.check->merge(run.state, none.state, &err), trial, &err);
        same_bytes(trial, save(trial, &run), &folded, "merge(x, adopted) is x");
        must(none.check->merge(none.state, run.state, &err), trial, &err);
        same_bytes(trial, save(trial, &none), &folded, "merge(adopted, x) is x");
        dsi_bytes_free(&folded);
        dsi_check_run_free(&none);
        dsi_check_run_free(&run);
    }
}

/* --- shards in rounds ------------------------------------------------------------- */

enum { MAX_SHARDS = 5 };

/* The file of a shard, made from inputs opened for it alone; pass: what its round
 * begins with, or NULL. */
static struct dsi_bytes scan_shard(const struct trial *trial, struct dsi_shard shard,
                                   const struct dsi_partial *pass, unsigned n_threads)
{
    char *words[] = {(char *)trial->variant->check->name};
    const struct dsi_partial_call call = {.words = words, .n_words = 1};
    const struct dsi_scan_options options = {.n_threads = n_threads, .shard = shard};
    struct dsi_bytes bytes = {0};
    struct trial own = {.subject = trial->subject, .variant = trial->variant};
    struct dsi_error err;
    must(subject_open(own.subject, variant_need(own.variant), &own.opened, &err), trial,
         &err);
    struct dsi_check_run run = fresh(&own);
    const struct dsi_partial_source source = {.call = &call,
                                              .report = own.opened.report,
                                              .dataset = &own.opened.dataset,
                                              .shard = shard,
                                              .pass = pass};
    if (pass) {
        must(dsi_partial_check_pass(pass, &source, &run, 1, &err), trial, &err);
        must(dsi_partial_begin_pass(pass, &run, 1, &err), trial, &err);
    }
    must(dsi_scan(&own.opened.dataset, &run, 1, &options, &err), trial, &err);
    must(dsi_partial_save(&source, &run, 1, &bytes, &err), trial, &err);
    dsi_check_run_free(&run);
    subject_close(&own.opened);
    return bytes;
}

static struct dsi_partial parsed(const struct trial *trial,
                                 const struct dsi_bytes *bytes)
{
    struct dsi_partial partial;
    struct dsi_error err;
    must(dsi_partial_parse(&partial, bytes->data, bytes->n, &err), trial, &err);
    return partial;
}

/* A round of n shards, merged in any order on a skeleton. Returns the pass file of the
 * next round; where none is needed, holds the report against the trial's, and nothing
 * is returned. */
static struct dsi_bytes make_round(const struct trial *trial, size_t n,
                                   const struct dsi_bytes *begun_with, uint64_t *random)
{
    static const struct dsi_column none[] = {{"-", false}};
    struct dsi_bytes files[MAX_SHARDS], next = {0};
    struct dsi_partial pass = {0}, first;
    struct trial own = {.subject = trial->subject, .variant = trial->variant};
    struct dsi_error err;
    if (begun_with)
        pass = parsed(trial, begun_with);
    for (size_t i = 0; i < n; i++) {
        const size_t place = draw(random) % (i + 1);
        files[i] = files[place];
        files[place] = scan_shard(trial, (struct dsi_shard){i, n},
                                  begun_with ? &pass : NULL, (unsigned)(1 + i % 3));
    }
    own.opened.report = dsi_report_new("law", none, 1);
    assert_non_null(own.opened.report);
    first = parsed(trial, &files[0]);
    must(dsi_partial_load_dataset(&first, &own.opened.dataset, own.opened.report, &err),
         trial, &err);
    struct dsi_check_run run = fresh(&own);
    for (size_t i = 0; i < n; i++) {
        const struct dsi_partial partial = parsed(trial, &files[i]);
        must(dsi_partial_compare(&first, &partial, &err), trial, &err);
        must(dsi_partial_merge(&partial, &own.opened.dataset, &run, 1, &err), trial,
             &err);
    }
    const bool more = plan(trial, &run);
    same_bytes(trial, save(trial, &run), &trial->planned[run.n_passes - 1],
               "shards change no plan");
    if (more)
        must(dsi_partial_save_pass(&first, &run, 1, &next, &err), trial, &err);
    else
        same_bytes(trial, json_of(trial, &run), &trial->json, "shards are one scan");
    for (size_t i = 0; i < n; i++)
        dsi_bytes_free(&files[i]);
    dsi_check_run_free(&run);
    subject_close(&own.opened);
    return next;
}

/* Rounds of other numbers of shards each. The pass files are those of one shard. */
static void rounds_are_unseen(const struct trial *trial)
{
    uint64_t random = 0x9e3779b97f4a7c15u;
    struct dsi_bytes begun_with = {0};
    for (size_t round = 0; round < trial->n_passes; round++) {
        const struct dsi_bytes *pass = round ? &begun_with : NULL;
        struct dsi_bytes one = make_round(trial, 1, pass, &random),
                         many = make_round(trial, 2 + round % (MAX_SHARDS - 1), pass,
                                           &random);
        assert_int_equal(one.n > 0, round + 1 < trial->n_passes);
        same_bytes(trial, one, &many, "any number of shards makes one pass file");
        dsi_bytes_free(&begun_with);
        begun_with = many;
    }
    assert_int_equal(begun_with.n, 0);
}

/* --- what does not go together ---------------------------------------------------- */

/* The status of a shard that begins with these bytes for its pass file, and why. */
static enum dsi_status begin_with(const struct trial *trial,
                                  const struct dsi_bytes *bytes, struct dsi_error *err)
{
    char *words[] = {(char *)trial->variant->check->name};
    const struct dsi_partial_call call = {.words = words, .n_words = 1};
    struct dsi_partial pass;
    DSI_TRY(dsi_partial_parse(&pass, bytes->data, bytes->n, err));
    if (!dsi_partial_is_pass(&pass))
        return dsi_fail(err, DSI_ERR_USAGE, "the file of a shard");
    struct dsi_check_run run = fresh(trial);
    const struct dsi_partial_source source = {.call = &call,
                                              .report = trial->opened.report,
                                              .dataset = &trial->opened.dataset,
                                              .shard = {0, 1},
                                              .pass = &pass};
    enum dsi_status status = dsi_partial_check_pass(&pass, &source, &run, 1, err);
    if (status == DSI_OK)
        status = dsi_partial_begin_pass(&pass, &run, 1, err);
    dsi_check_run_free(&run);
    return status;
}

static struct dsi_bytes first_pass_file(const struct trial *trial)
{
    uint64_t random = 1;
    return make_round(trial, 2, NULL, &random);
}

/* Cut anywhere, or a bit turned anywhere (a few hundred places), it is refused; with
 * its checksum made true it is refused or taken for another plan, and no harm done. */
static void damaged_passes_are_refused(const struct trial *trial)
{
    struct dsi_bytes pass = first_pass_file(trial), copy = {0};
    uint64_t random = 3;
    struct dsi_error err;
    must(dsi_bytes_append(&copy, pass.data, pass.n, &err), trial, &err);
    for (int i = 0; pass.n && i < 300; i++) {
        const size_t at = draw(&random) % pass.n;
        const uint8_t bit = (uint8_t)(1 << draw(&random) % 8);
        copy.n = at;
        assert_int_not_equal(begin_with(trial, &copy, &err), DSI_OK);
        assert_true(err.message[0] != '\0');
        copy.n = pass.n;
        copy.data[at] ^= bit;
        assert_int_not_equal(begin_with(trial, &copy, &err), DSI_OK);
        dsi_partial_seal(copy.data, copy.n);
        (void)!begin_with(trial, &copy, &err);
        memcpy(copy.data, pass.data, pass.n);
    }
    if (pass.n)
        must(begin_with(trial, &copy, &err), trial, &err);
    dsi_bytes_free(&copy);
    dsi_bytes_free(&pass);
}

/* One check's pass file is not another's, nor one dataset's another's. */
static void test_foreign_passes(void **state)
{
    (void)state;
    struct trial a, b, other;
    struct dsi_error err;
    begin(&a, &subjects[0], &variants[0]);
    begin(&b, &subjects[1], &variants[1]);
    begin(&other, &subjects[0], &variants[1]);
    struct dsi_bytes of_a = first_pass_file(&a), of_b = first_pass_file(&b);
    must(begin_with(&a, &of_a, &err), &a, &err);
    assert_int_equal(begin_with(&other, &of_a, &err), DSI_ERR_USAGE);
    assert_non_null(strstr(err.message, "of another tool: middle"));
    assert_int_equal(begin_with(&other, &of_b, &err), DSI_ERR_USAGE);
    assert_non_null(strstr(err.message, "of other"));
    dsi_bytes_free(&of_a);
    dsi_bytes_free(&of_b);
    end(&a);
    end(&b);
    end(&other);
}

/* Other values of the same shape in a later look: an error, and no wrong number. */
static void test_data_that_changes(void **state)
{
    (void)state;
    for (size_t v = 0; v < n_variants; v++)
        for (size_t pass = 1; pass < 3; pass++) {
            struct trial trial;
            struct dsi_error err;
            const struct subject subject = {.title = "changing",
                                            .inputs = {write_numbers("e.npy", 1)}};
            begin(&trial, &subject, &variants[v]);
            if (pass < trial.n_passes) {
                struct dsi_check_run run = loaded(&trial, pass);
                const struct dsi_scan_options options = {.n_threads = 2};
                struct opened changed;
                bool more;
                (void)write_numbers("e.npy", 77);
                must(subject_open(&subject, variant_need(&variants[v]), &changed, &err),
                     &trial, &err);
                enum dsi_status status =
                    dsi_scan(&changed.dataset, &run, 1, &options, &err);
                if (status == DSI_OK)
                    status = dsi_check_runs_plan(&run, 1, &more, &err);
                assert_int_equal(status, DSI_ERR_MALFORMED);
                assert_string_equal(err.message, "the data changed while it was read");
                dsi_check_run_free(&run);
                subject_close(&changed);
            }
            end(&trial);
        }
}

static void test_threads(void **state)
{
    (void)state;
    try_all(threads_are_unseen);
}

static void test_saved_plans(void **state)
{
    (void)state;
    try_all(saved_plans_go_on);
}

static void test_adopted_is_the_identity(void **state)
{
    (void)state;
    try_all(adopted_is_identity);
}

static void test_rounds_of_shards(void **state)
{
    (void)state;
    try_all(rounds_are_unseen);
}

static void test_damaged_passes(void **state)
{
    (void)state;
    try_all(damaged_passes_are_refused);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_saved_plans),
        cmocka_unit_test(test_adopted_is_the_identity),
        cmocka_unit_test(test_rounds_of_shards),
        cmocka_unit_test(test_damaged_passes),
        cmocka_unit_test(test_foreign_passes),
        cmocka_unit_test(test_data_that_changes),
    };
    return cmocka_run_group_tests(tests, make_all, remove_all);
}
