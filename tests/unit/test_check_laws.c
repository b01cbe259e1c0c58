/* The laws that every check obeys, whatever it counts: its state is a commutative
 * monoid that survives being saved, and its report is the same bytes for any number of
 * threads and of shards. Loops over dsi_checks, so that a new check is covered by being
 * listed. What is expected is never a number: it is the same bytes by another way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* After the four headers above, as cmocka asks. */
#include <cmocka.h>

#include "partial.h"
#include "sanitized.h"
#include "subject.h"

static struct scratch scratch;
static struct subject subjects[MAX_SUBJECTS];
static struct variant variants[MAX_VARIANTS];
static size_t n_subjects, n_variants;

static int make_all(void **state)
{
    (void)state;
    scratch_make(&scratch);
    n_subjects = subjects_make(&scratch, subjects);
    n_variants = variants_make(variants);
    return 0;
}

static int remove_all(void **state)
{
    (void)state;
    scratch_remove(&scratch);
    return 0;
}

static uint64_t draw(uint64_t *random)
{
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    return *random >> 11;
}

/* --- one check on one dataset
 * ---------------------------------------------------------- */

struct trial {
    const struct subject *subject;
    const struct variant *variant;
    struct opened opened;
    struct dsi_plan plan;
    bool in_order;                /* blocks must be loaded in order */
    struct dsi_bytes saved, json; /* what one state makes of all blocks, in order */
};

static void must(enum dsi_status status, const struct trial *trial,
                 const struct dsi_error *err)
{
    if (status != DSI_OK)
        fail_msg("%s of %s: %s", trial->variant->title, trial->subject->title,
                 err->message);
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

/* Also frees bytes. */
static void same_bytes(const struct trial *trial, struct dsi_bytes bytes,
                       const struct dsi_bytes *expected, const char *law)
{
    bool same = bytes.n == expected->n &&
                (bytes.n == 0 || memcmp(bytes.data, expected->data, bytes.n) == 0);
    if (!same)
        fail_msg("%s of %s: %s: %.*s\ninstead of\n%.*s", trial->variant->title,
                 trial->subject->title, law, (int)(bytes.n < 4000 ? bytes.n : 4000),
                 (const char *)bytes.data,
                 (int)(expected->n < 4000 ? expected->n : 4000),
                 (const char *)expected->data);
    dsi_bytes_free(&bytes);
}

/* The state saves as it should, and finishes as it should; frees it. */
static void same_state(const struct trial *trial, struct dsi_check_run *run,
                       const char *law)
{
    struct dsi_bytes json = {0};
    struct dsi_error err;
    same_bytes(trial, save(trial, run), &trial->saved, law);
    must(state_to_json(run->check, run->state, &json, &err), trial, &err);
    same_bytes(trial, json, &trial->json, law);
    dsi_check_run_free(run);
}

static void fold(const struct trial *trial, uint64_t block, struct dsi_loader *loader,
                 struct dsi_check_run *run)
{
    struct dsi_block loaded;
    struct dsi_error err;
    must(dsi_plan_load(&trial->plan, block, loader, &loaded, &err), trial, &err);
    must(dsi_check_runs_update(run, 1, &loaded, &err), trial, &err);
}

/* False where the dataset cannot be opened for the check, or has no block for it. */
static bool begin(struct trial *trial, const struct subject *subject,
                  const struct variant *variant)
{
    struct dsi_error err;
    unsigned need = variant_need(variant);
    *trial = (struct trial){.subject = subject, .variant = variant};
    if (variant->masks_only && !subject->is_masks)
        return false;
    must(subject_open(subject, need, &trial->opened, &err), trial, &err);
    const struct dsi_dataset *dataset = &trial->opened.dataset;
    must(dsi_plan_make(&trial->plan, dataset, need, &err), trial, &err);
    if (trial->plan.n_blocks == 0 ||
        (variant->max_samples &&
         dsi_dataset_n_samples(dataset) > variant->max_samples)) {
        dsi_plan_free(&trial->plan);
        subject_close(&trial->opened);
        return false;
    }
    for (size_t p = 0; p < dataset->n_parts; p++)
        trial->in_order |=
            dataset->parts[p].layout->is_sequential(&dataset->parts[p], need);
    struct dsi_loader loader = {0};
    struct dsi_check_run run = fresh(trial);
    for (uint64_t b = 0; b < trial->plan.n_blocks; b++)
        fold(trial, b, &loader, &run);
    trial->saved = save(trial, &run);
    must(state_to_json(run.check, run.state, &trial->json, &err), trial, &err);
    dsi_check_run_free(&run);
    dsi_loader_free(&loader);
    return true;
}

static void end(struct trial *trial)
{
    dsi_bytes_free(&trial->saved);
    dsi_bytes_free(&trial->json);
    dsi_plan_free(&trial->plan);
    subject_close(&trial->opened);
}

/* Tries every check on every dataset it can be tried on, and demands that there is one
 * with blocks for each check. */
static void try_all(void (*law)(const struct trial *trial))
{
    for (size_t v = 0; v < n_variants; v++) {
        size_t n_tried = 0;
        for (size_t s = 0; s < n_subjects; s++) {
            struct trial trial;
            if (!begin(&trial, &subjects[s], &variants[v]))
                continue;
            law(&trial);
            end(&trial);
            n_tried++;
        }
        if (n_tried == 0)
            fail_msg("no dataset to try %s on", variants[v].title);
    }
}

/* --- laws
 * ------------------------------------------------------------------------------ */

static struct dsi_check_run loaded(const struct trial *trial)
{
    struct dsi_check_run run = fresh(trial);
    struct dsi_error err;
    struct dsi_bytes_reader in = {.data = trial->saved.data, .n = trial->saved.n};
    must(run.check->load(run.state, &in, &err), trial, &err);
    assert_int_equal(in.at, in.n);
    return run;
}

static void load_of_save(const struct trial *trial)
{
    struct dsi_check_run run = loaded(trial);
    same_state(trial, &run, "load(save(x)) is x");
}

static void fresh_is_identity(const struct trial *trial)
{
    struct dsi_error err;
    struct dsi_check_run left = loaded(trial), right = fresh(trial);
    must(left.check->merge(left.state, right.state, &err), trial, &err);
    same_state(trial, &left, "merge(x, fresh) is x");
    left = loaded(trial);
    must(left.check->merge(right.state, left.state, &err), trial, &err);
    dsi_check_run_free(&left);
    same_state(trial, &right, "merge(fresh, x) is x");
}

/* The numbers of the blocks in an order drawn at random. */
static uint64_t *shuffled(const struct trial *trial, uint64_t *random)
{
    uint64_t n = trial->plan.n_blocks;
    uint64_t *order = dsi_alloc_array(n, sizeof *order);
    assert_non_null(order);
    for (uint64_t i = 0; i < n; i++) {
        uint64_t place = trial->in_order ? i : draw(random) % (i + 1);
        order[i] = order[place];
        order[place] = i;
    }
    return order;
}

static void group_at_random(const struct trial *trial, uint64_t seed)
{
    enum { MAX_STATES = 12 };
    struct dsi_check_run states[MAX_STATES];
    struct dsi_loader loader = {0};
    struct dsi_error err;
    uint64_t random = seed;
    size_t n = 1 + draw(&random) % MAX_STATES;
    for (size_t i = 0; i < n; i++)
        states[i] = fresh(trial);
    uint64_t *order = shuffled(trial, &random);
    for (uint64_t b = 0; b < trial->plan.n_blocks; b++)
        fold(trial, order[b], &loader, &states[draw(&random) % n]);
    for (; n > 1; n--) {
        size_t into = draw(&random) % n, from = draw(&random) % (n - 1);
        from += from >= into;
        must(states[into].check->merge(states[into].state, states[from].state, &err),
             trial, &err);
        dsi_check_run_free(&states[from]);
        states[from] = states[n - 1];
    }
    same_state(trial, &states[0], "any grouping and order of merges is the same");
    free(order);
    dsi_loader_free(&loader);
}

static void grouping_is_free(const struct trial *trial)
{
    for (uint64_t seed = 1; seed <= (SANITIZED ? 2 : 4); seed++)
        group_at_random(trial, seed * 0x9e3779b97f4a7c15u);
}

static void threads_are_unseen(const struct trial *trial)
{
    static const unsigned n_threads[] = {2, 16, 1, 3, 7};
    for (size_t i = 0; i < (SANITIZED ? 2 : sizeof n_threads / sizeof *n_threads);
         i++) {
        struct dsi_check_run run;
        struct dsi_error err;
        must(variant_scan(trial->variant, &trial->opened.dataset, n_threads[i], &run,
                          &err),
             trial, &err);
        same_state(trial, &run, "threads change nothing");
    }
}

/* --- shards
 * ---------------------------------------------------------------------------- */

enum { MAX_SHARDS = 9 };

/* The file of one shard, made from inputs opened for it alone. */
static struct dsi_bytes scan_shard(const struct trial *trial, struct dsi_shard shard,
                                   unsigned n_threads)
{
    char *words[] = {(char *)trial->variant->check->name};
    const struct dsi_partial_call call = {.words = words, .n_words = 1};
    struct dsi_bytes bytes = {0};
    struct dsi_check_run run;
    struct opened opened;
    struct dsi_error err;
    must(subject_open(trial->subject, variant_need(trial->variant), &opened, &err),
         trial, &err);
    must(variant_scan_shard(trial->variant, &opened.dataset, n_threads, shard, &run,
                            &err),
         trial, &err);
    const struct dsi_partial_source source = {.call = &call,
                                              .report = opened.report,
                                              .dataset = &opened.dataset,
                                              .shard = shard};
    must(dsi_partial_save(&source, &run, 1, &bytes, &err), trial, &err);
    dsi_check_run_free(&run);
    subject_close(&opened);
    return bytes;
}

static void parse(const struct trial *trial, const struct dsi_bytes *bytes,
                  struct dsi_partial *partial)
{
    struct dsi_error err;
    must(dsi_partial_parse(partial, bytes->data, bytes->n, &err), trial, &err);
}

/* Merges the files in the order they are in, on a skeleton of the dataset, with none of
 * its inputs. */
static void merge_shards(const struct trial *trial, const struct dsi_bytes *files,
                         size_t n)
{
    static const struct dsi_column none[] = {{"-", false}};
    struct dsi_report *report = dsi_report_new("law", none, 1);
    struct dsi_dataset skeleton;
    struct dsi_partial first, partial;
    struct dsi_error err;
    assert_non_null(report);
    parse(trial, &files[0], &first);
    must(dsi_partial_load_dataset(&first, &skeleton, report, &err), trial, &err);
    assert_int_equal(dsi_report_n_findings(report),
                     dsi_report_n_findings(trial->opened.report));
    struct dsi_check_run run = {.check = trial->variant->check,
                                .parameters = trial->variant->parameters};
    must(dsi_check_run_init(&run, &skeleton, &err), trial, &err);
    for (size_t i = 0; i < n; i++) {
        parse(trial, &files[i], &partial);
        must(dsi_partial_compare(&first, &partial, &err), trial, &err);
        must(dsi_partial_merge(&partial, &skeleton, &run, 1, &err), trial, &err);
    }
    same_state(trial, &run, "shards are one scan");
    dsi_dataset_close(&skeleton);
    dsi_report_free(report);
}

static void shard_in(const struct trial *trial, uint64_t n, uint64_t *random)
{
    struct dsi_bytes files[MAX_SHARDS];
    for (size_t i = 0; i < n; i++) {
        size_t place = draw(random) % (i + 1);
        const struct dsi_shard shard = {.index = i, .n = n};
        files[i] = files[place];
        files[place] = scan_shard(trial, shard, (unsigned)(1 + i % 3));
    }
    merge_shards(trial, files, n);
    for (size_t i = 0; i < n; i++)
        dsi_bytes_free(&files[i]);
}

static void shards_are_unseen(const struct trial *trial)
{
    static const uint64_t n_shards[] = {1, 3, 2, 5, MAX_SHARDS};
    uint64_t random = 0x9e3779b97f4a7c15u;
    if (trial->variant->reads_again)
        return;
    for (size_t i = 0; i < (SANITIZED ? 2 : sizeof n_shards / sizeof *n_shards); i++)
        shard_in(trial, n_shards[i], &random);
}

static void same_shard_is_same_bytes(const struct trial *trial)
{
    const struct dsi_shard shard = {.index = 1, .n = 3};
    struct dsi_bytes one = scan_shard(trial, shard, 1);
    same_bytes(trial, scan_shard(trial, shard, 7), &one, "threads leave no trace");
    dsi_bytes_free(&one);
}

/* --- further looks
 * --------------------------------------------------------------------- */

static bool plan_next(const struct trial *trial, struct dsi_check_run *run)
{
    struct dsi_error err;
    bool more = false;
    if (run->check->plan)
        must(run->check->plan(run->state, &more, &err), trial, &err);
    return more;
}

/* A fresh state that takes part in the look that planned is at: told by it, or by what
 * it saves. */
static struct dsi_check_run taking_part(const struct trial *trial,
                                        const struct dsi_check_run *planned,
                                        bool is_told)
{
    struct dsi_check_run run = fresh(trial);
    struct dsi_bytes saved = save(trial, planned);
    struct dsi_bytes_reader in = {.data = saved.data, .n = saved.n};
    struct dsi_error err;
    if (is_told)
        must(run.check->adopt(run.state, planned->state, &err), trial, &err);
    else
        must(run.check->load(run.state, &in, &err), trial, &err);
    same_bytes(trial, save(trial, &run), &saved, "a look begins as it was planned");
    dsi_bytes_free(&saved);
    return run;
}

/* One look by one state, and by two that share the blocks. */
static void look_apart(const struct trial *trial, struct dsi_check_run *whole,
                       struct dsi_check_run parts[2])
{
    struct dsi_loader loader = {0};
    struct dsi_block block;
    struct dsi_error err;
    for (int i = 0; i < 2; i++)
        parts[i] = taking_part(trial, whole, i == 0);
    for (uint64_t b = 0; b < trial->plan.n_blocks; b++) {
        must(dsi_plan_load(&trial->plan, b, &loader, &block, &err), trial, &err);
        must(dsi_check_runs_update(whole, 1, &block, &err), trial, &err);
        must(dsi_check_runs_update(&parts[b % 2], 1, &block, &err), trial, &err);
    }
    dsi_loader_free(&loader);
}

static void looks_are_passes(const struct trial *trial)
{
    struct dsi_check_run whole = loaded(trial), parts[2];
    struct dsi_bytes json = {0};
    struct dsi_error err;
    bool more = plan_next(trial, &whole);
    while (more) {
        struct dsi_bytes saved;
        look_apart(trial, &whole, parts);
        must(whole.check->merge(parts[1].state, parts[0].state, &err), trial, &err);
        dsi_check_run_free(&parts[0]);
        saved = save(trial, &whole);
        same_bytes(trial, save(trial, &parts[1]), &saved, "parts of a look add up");
        dsi_bytes_free(&saved);
        more = plan_next(trial, &whole);
        assert_int_equal(plan_next(trial, &parts[1]), more);
        saved = save(trial, &whole);
        same_bytes(trial, save(trial, &parts[1]), &saved, "looks are planned alike");
        dsi_bytes_free(&saved);
        dsi_check_run_free(&parts[1]);
    }
    must(state_to_json(whole.check, whole.state, &json, &err), trial, &err);
    dsi_bytes_free(&json);
    dsi_check_run_free(&whole);
}

/* --- damage
 * ---------------------------------------------------------------------------- */

/* Loads n bytes that are not what was saved; a check may refuse them, or take them for
 * another state, which can then be used as any. */
static void load_damaged(const struct trial *trial, const uint8_t *bytes, size_t n)
{
    struct dsi_check_run run = fresh(trial), into = fresh(trial);
    struct dsi_bytes json = {0}, saved = {0};
    struct dsi_error err;
    struct dsi_bytes_reader in = {.data = bytes, .n = n};
    if (run.check->load(run.state, &in, &err) == DSI_OK) {
        must(run.check->save(run.state, &saved, &err), trial, &err);
        (void)!into.check->merge(into.state, run.state, &err);
        (void)!state_to_json(run.check, run.state, &json, &err);
    }
    dsi_bytes_free(&json);
    dsi_bytes_free(&saved);
    dsi_check_run_free(&into);
    dsi_check_run_free(&run);
}

static void cut_is_refused(const struct trial *trial, size_t n)
{
    struct dsi_check_run run = fresh(trial);
    struct dsi_error err = {0};
    struct dsi_bytes_reader in = {.data = trial->saved.data, .n = n};
    assert_int_equal(run.check->load(run.state, &in, &err), DSI_ERR_MALFORMED);
    assert_int_equal(err.status, DSI_ERR_MALFORMED);
    assert_true(err.message[0] != '\0');
    dsi_check_run_free(&run);
}

static void damage_is_no_crash(const struct trial *trial)
{
    size_t n = trial->saved.n;
    if (n == 0 || n > 1 << 20)
        return;
    uint64_t random = 0x2545f4914f6cdd1d;
    uint8_t *copy = malloc(n);
    assert_non_null(copy);
    int n_rounds = n < 10000 ? 60 : 6;
    for (int round = 0; round < n_rounds; round++) {
        cut_is_refused(trial, draw(&random) % n);
        memcpy(copy, trial->saved.data, n);
        /* Anywhere, or at the head, where the counts stand. */
        size_t reach = round % 2 || n < 64 ? n : 64;
        for (uint64_t k = draw(&random) % 4; k < 4; k++)
            copy[draw(&random) % reach] =
                round % 3 ? (uint8_t)draw(&random) : (uint8_t)255;
        load_damaged(trial, copy, n);
    }
    free(copy);
}

static void test_saved_states_load(void **state)
{
    (void)state;
    try_all(load_of_save);
}

static void test_fresh_is_the_identity(void **state)
{
    (void)state;
    try_all(fresh_is_identity);
}

static void test_any_grouping(void **state)
{
    (void)state;
    try_all(grouping_is_free);
}

static void test_any_number_of_threads(void **state)
{
    (void)state;
    try_all(threads_are_unseen);
}

static void test_any_number_of_shards(void **state)
{
    (void)state;
    try_all(shards_are_unseen);
}

static void test_partial_files_are_canonical(void **state)
{
    (void)state;
    try_all(same_shard_is_same_bytes);
}

static void test_further_looks(void **state)
{
    (void)state;
    try_all(looks_are_passes);
}

static void test_damaged_states(void **state)
{
    (void)state;
    try_all(damage_is_no_crash);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_saved_states_load),
        cmocka_unit_test(test_fresh_is_the_identity),
        cmocka_unit_test(test_any_grouping),
        cmocka_unit_test(test_any_number_of_threads),
        cmocka_unit_test(test_any_number_of_shards),
        cmocka_unit_test(test_partial_files_are_canonical),
        cmocka_unit_test(test_further_looks),
        cmocka_unit_test(test_damaged_states),
    };
    return cmocka_run_group_tests(tests, make_all, remove_all);
}
