/* Takes partial files apart, and the states out of them. */
#include "partial_layout.h"
#include "report_saved.h"
#include "skeleton.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

/* --- taking apart ----------------------------------------------------------------- */

static enum dsi_status read_span(struct dsi_bytes_reader *in,
                                 struct dsi_bytes_reader *span, struct dsi_error *err)
{
    const char *text;
    size_t n;
    DSI_TRY(dsi_bytes_read_text(in, &text, &n, err));
    *span = (struct dsi_bytes_reader){.data = (const uint8_t *)text, .n = n};
    return DSI_OK;
}

static enum dsi_status refuse(struct dsi_error *err)
{
    return dsi_fail(err, DSI_ERR_MALFORMED, "a partial file that no shard would write");
}

static bool is_text(const struct dsi_bytes_reader *span, const char *text)
{
    return span->n == strlen(text) && (!span->n || !memcmp(span->data, text, span->n));
}

/* Magic, version, length and checksum: what follows was written by a program. */
static enum dsi_status check_frame(const uint8_t *bytes, size_t n,
                                   struct dsi_error *err)
{
    struct dsi_bytes_reader in = {.data = bytes, .n = n, .at = DSI_PARTIAL_VERSION_AT};
    uint8_t checksum[DSI_PARTIAL_HASH_SIZE];
    uint64_t version, n_bytes;
    size_t n_magic = n < sizeof dsi_partial_magic ? n : sizeof dsi_partial_magic;
    if (n == 0 || memcmp(bytes, dsi_partial_magic, n_magic) != 0)
        return dsi_fail(err, DSI_ERR_UNKNOWN_FORMAT,
                        "not a partial file (those of --partial are)");
    if (n < DSI_PARTIAL_LEAST)
        return dsi_fail(err, DSI_ERR_TRUNCATED, "cut short after %zu bytes", n);
    DSI_TRY(dsi_bytes_read_u64(&in, &version, err));
    if (version != DSI_PARTIAL_VERSION)
        return dsi_fail(err, DSI_ERR_UNSUPPORTED,
                        "of version %" PRIu64 " of the format, and this program reads "
                        "%d: merge with the program that made the shards",
                        version, DSI_PARTIAL_VERSION);
    DSI_TRY(dsi_bytes_read_u64(&in, &n_bytes, err));
    if (n < n_bytes)
        return dsi_fail(err, DSI_ERR_TRUNCATED, "cut short: %zu bytes of %" PRIu64, n,
                        n_bytes);
    dsi_partial_checksum(bytes, n - DSI_PARTIAL_HASH_SIZE, checksum);
    if (n > n_bytes ||
        memcmp(checksum, bytes + n - DSI_PARTIAL_HASH_SIZE, sizeof checksum) != 0)
        return dsi_fail(err, DSI_ERR_CRC, "damaged: its checksum does not match");
    return DSI_OK;
}

static enum dsi_status parse_head(struct dsi_partial *partial, struct dsi_error *err)
{
    struct dsi_bytes_reader in = partial->head, program;
    DSI_TRY(read_span(&in, &program, err));
    if (!is_text(&program, DSI_VERSION))
        return dsi_fail(err, DSI_ERR_UNSUPPORTED,
                        "made by dsinspect %.*s, and this is %s: merge with the "
                        "program that made the shards",
                        (int)(program.n < 40 ? program.n : 40), program.data,
                        DSI_VERSION);
    DSI_TRY(read_span(&in, &partial->tool, err));
    DSI_TRY(dsi_bytes_read_u64(&in, &partial->round, err));
    DSI_TRY(dsi_bytes_read_u64(&in, &partial->shard.n, err));
    DSI_TRY(read_span(&in, &partial->pass, err));
    DSI_TRY(read_span(&in, &partial->call, err));
    DSI_TRY(read_span(&in, &partial->question, err));
    DSI_TRY(read_span(&in, &partial->data, err));
    return in.at == in.n ? DSI_OK : refuse(err);
}

/* A shard of a later round began with a pass file, and a pass file comes after a round
 * that did, or after the first. */
static bool is_in_order(const struct dsi_partial *partial)
{
    const uint64_t first = dsi_partial_is_pass(partial) ? 2 : 1;
    const size_t n_pass = partial->round == first ? 0 : DSI_PARTIAL_HASH_SIZE;
    return partial->round >= first && partial->round <= DSI_MAX_ROUNDS &&
           partial->pass.n == n_pass;
}

enum dsi_status dsi_partial_parse(struct dsi_partial *partial, const void *bytes,
                                  size_t n, struct dsi_error *err)
{
    *partial = (struct dsi_partial){0};
    DSI_TRY(check_frame(bytes, n, err));
    struct dsi_bytes_reader in = {
        .data = bytes, .n = n - DSI_PARTIAL_HASH_SIZE, .at = DSI_PARTIAL_HEAD_AT};
    memcpy(partial->checksum, in.data + in.n, sizeof partial->checksum);
    DSI_TRY(read_span(&in, &partial->head, err));
    DSI_TRY(parse_head(partial, err));
    DSI_TRY(dsi_bytes_read_u64(&in, &partial->shard.index, err));
    const struct dsi_shard *shard = &partial->shard;
    uint64_t n_indices = dsi_partial_is_pass(partial) ? 1 : shard->n;
    if (shard->n > DSI_MAX_SHARDS || shard->index >= n_indices || !is_in_order(partial))
        return refuse(err);
    partial->states =
        (struct dsi_bytes_reader){.data = in.data + in.at, .n = in.n - in.at};
    return DSI_OK;
}

/* --- loading ---------------------------------------------------------------------- */

enum dsi_status dsi_partial_load_dataset(const struct dsi_partial *partial,
                                         struct dsi_dataset *dataset,
                                         struct dsi_report *report,
                                         struct dsi_error *err)
{
    struct dsi_bytes_reader question = partial->question, data = partial->data,
                            fingerprint;
    uint64_t n_blocks;
    DSI_TRY(dsi_report_load_question(report, &question, err));
    DSI_TRY(read_span(&data, &fingerprint, err));
    DSI_TRY(dsi_bytes_read_u64(&data, &n_blocks, err));
    DSI_TRY(dsi_skeleton_load(dataset, &data, err));
    enum dsi_status status = dsi_report_load_findings(report, &data, err);
    if (status == DSI_OK && (data.at != data.n || question.at != question.n))
        status = refuse(err);
    if (status != DSI_OK)
        dsi_dataset_close(dataset);
    return status;
}

/* One state as it was saved. */
struct saved_state {
    struct dsi_bytes_reader bytes;
    bool is_done;
};

static enum dsi_status read_state(struct dsi_bytes_reader *in,
                                  const struct dsi_check_run *run,
                                  struct saved_state *saved, struct dsi_error *err)
{
    struct dsi_bytes_reader name;
    uint64_t is_done;
    DSI_TRY(read_span(in, &name, err));
    DSI_TRY(dsi_bytes_read_u64(in, &is_done, err));
    DSI_TRY(read_span(in, &saved->bytes, err));
    saved->is_done = is_done;
    return is_text(&name, run->check->name) && is_done <= 1 ? DSI_OK : refuse(err);
}

/* Into a fresh state. */
static enum dsi_status load_state(const struct saved_state *saved,
                                  struct dsi_check_run *run, struct dsi_error *err)
{
    struct dsi_bytes_reader in = saved->bytes;
    DSI_TRY(run->check->load(run->state, &in, err));
    return in.at == in.n ? DSI_OK : refuse(err);
}

/* One state at a time is in memory beside those merged into. */
static enum dsi_status merge_state(const struct saved_state *saved,
                                   const struct dsi_dataset *dataset,
                                   struct dsi_check_run *into, struct dsi_error *err)
{
    struct dsi_check_run run = {.check = into->check, .parameters = into->parameters};
    DSI_TRY(dsi_check_run_init(&run, dataset, err));
    enum dsi_status status = load_state(saved, &run, err);
    if (status == DSI_OK)
        status = into->check->merge(into->state, run.state, err);
    dsi_check_run_free(&run);
    return status;
}

/* A fresh state is the identity of the first pass alone: in a later one the first of
 * the saved states, which knows what the pass looks for, takes its place. */
static enum dsi_status take_state(const struct dsi_partial *partial,
                                  const struct saved_state *saved,
                                  const struct dsi_dataset *dataset,
                                  struct dsi_check_run *run, struct dsi_error *err)
{
    const unsigned n_passes = (unsigned)partial->round - 1;
    const bool is_first = run->n_passes != n_passes;
    if (!is_first && saved->is_done != run->is_done)
        return refuse(err); /* in the first round none is done */
    run->n_passes = n_passes;
    run->is_done = saved->is_done;
    if (dsi_partial_is_elsewhere(partial, saved->is_done))
        return saved->bytes.n ? refuse(err) : DSI_OK;
    if (is_first || saved->is_done)
        return load_state(saved, run, err);
    return merge_state(saved, dataset, run, err);
}

static enum dsi_status take_states(const struct dsi_partial *partial,
                                   const struct dsi_dataset *dataset,
                                   struct dsi_check_run *runs, size_t n_runs,
                                   struct dsi_error *err)
{
    struct dsi_bytes_reader in = partial->states;
    struct saved_state saved;
    uint64_t n;
    DSI_TRY(dsi_bytes_read_u64(&in, &n, err));
    if (n != n_runs)
        return refuse(err);
    for (size_t i = 0; i < n_runs; i++) {
        DSI_TRY(read_state(&in, &runs[i], &saved, err));
        DSI_TRY(take_state(partial, &saved, dataset, &runs[i], err));
    }
    return in.at == in.n ? DSI_OK : refuse(err);
}

enum dsi_status dsi_partial_merge(const struct dsi_partial *partial,
                                  const struct dsi_dataset *dataset,
                                  struct dsi_check_run *runs, size_t n_runs,
                                  struct dsi_error *err)
{
    assert(!dsi_partial_is_pass(partial));
    return take_states(partial, dataset, runs, n_runs, err);
}

/* --- rounds ----------------------------------------------------------------------- */

enum dsi_status dsi_partial_begin_pass(const struct dsi_partial *pass,
                                       struct dsi_check_run *runs, size_t n_runs,
                                       struct dsi_error *err)
{
    assert(dsi_partial_is_pass(pass));
    return take_states(pass, NULL, runs, n_runs, err);
}
