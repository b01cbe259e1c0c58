/* Layout, all numbers u64 little-endian, a text its length and its bytes:
 *
 *     8 bytes of magic, the version of the format, the length of the file
 *     text head: text program, text tool, round, shards
 *                text call: words n, n texts, files n, n times (text option, text hash)
 *                text question: see report_saved.c
 *                text data: text fingerprint, blocks, the skeleton, the findings
 *     index of the shard, states n, n times (text check, text state)
 *     XXH3-128 of all before it, canonical */
#include "partial.h"

#include "report_saved.h"
#include "skeleton.h"

#include <inttypes.h>
#include <string.h>
#include <xxhash.h>

static const char magic[8] = {'\x89', 'D', 'S', 'I', 'P', '\r', '\n', '\x1a'};

enum {
    VERSION_AT = 8,
    LENGTH_AT = 16,
    HEAD_AT = 24,
    LEAST = HEAD_AT + DSI_PARTIAL_HASH_SIZE,
};

/* --- saving ----------------------------------------------------------------------- */

static enum dsi_status save_call(const struct dsi_partial_call *call,
                                 struct dsi_bytes *out, struct dsi_error *err)
{
    DSI_TRY(dsi_bytes_append_u64(out, call->n_words, err));
    for (size_t i = 0; i < call->n_words; i++)
        DSI_TRY(
            dsi_bytes_append_text(out, call->words[i], strlen(call->words[i]), err));
    DSI_TRY(dsi_bytes_append_u64(out, call->n_files, err));
    for (size_t i = 0; i < call->n_files; i++) {
        const struct dsi_partial_file *file = &call->files[i];
        DSI_TRY(dsi_bytes_append_text(out, file->option, strlen(file->option), err));
        DSI_TRY(dsi_bytes_append_text(out, file->hash, sizeof file->hash, err));
    }
    return DSI_OK;
}

static enum dsi_status save_data(const struct dsi_partial_source *source, unsigned need,
                                 struct dsi_bytes *out, struct dsi_error *err)
{
    uint8_t fingerprint[DSI_FINGERPRINT_SIZE];
    struct dsi_plan plan;
    DSI_TRY(dsi_plan_make(&plan, source->dataset, need, err));
    uint64_t n_blocks = plan.n_blocks;
    dsi_plan_free(&plan);
    DSI_TRY(dsi_dataset_fingerprint(source->dataset, need, fingerprint, err));
    DSI_TRY(dsi_bytes_append_text(out, fingerprint, sizeof fingerprint, err));
    DSI_TRY(dsi_bytes_append_u64(out, n_blocks, err));
    DSI_TRY(dsi_skeleton_save(source->dataset, out, err));
    return dsi_report_save_findings(source->report, out, err);
}

/* Appends section as a text, and empties it. */
static enum dsi_status end_section(struct dsi_bytes *section, enum dsi_status status,
                                   struct dsi_bytes *out, struct dsi_error *err)
{
    if (status == DSI_OK)
        status = dsi_bytes_append_text(out, section->data, section->n, err);
    section->n = 0;
    return status;
}

static enum dsi_status save_head(const struct dsi_partial_source *source, unsigned need,
                                 struct dsi_bytes *out, struct dsi_error *err)
{
    static const char program[] = DSI_VERSION;
    const char *tool = source->call->words[0];
    struct dsi_bytes section = {0};
    DSI_TRY(dsi_bytes_append_text(out, program, sizeof program - 1, err));
    DSI_TRY(dsi_bytes_append_text(out, tool, strlen(tool), err));
    DSI_TRY(dsi_bytes_append_u64(out, 1, err));
    DSI_TRY(dsi_bytes_append_u64(out, source->shard.n, err));
    enum dsi_status status = save_call(source->call, &section, err);
    status = end_section(&section, status, out, err);
    if (status == DSI_OK)
        status = dsi_report_save_question(source->report, &section, err);
    status = end_section(&section, status, out, err);
    if (status == DSI_OK)
        status = save_data(source, need, &section, err);
    status = end_section(&section, status, out, err);
    dsi_bytes_free(&section);
    return status;
}

static enum dsi_status save_states(const struct dsi_check_run *runs, size_t n_runs,
                                   struct dsi_bytes *out, struct dsi_error *err)
{
    struct dsi_bytes state = {0};
    enum dsi_status status = dsi_bytes_append_u64(out, n_runs, err);
    for (size_t i = 0; i < n_runs && status == DSI_OK; i++) {
        const char *name = runs[i].check->name;
        status = dsi_bytes_append_text(out, name, strlen(name), err);
        if (status == DSI_OK)
            status = runs[i].check->save(runs[i].state, &state, err);
        status = end_section(&state, status, out, err);
    }
    dsi_bytes_free(&state);
    return status;
}

enum dsi_status dsi_partial_save(const struct dsi_partial_source *source,
                                 const struct dsi_check_run *runs, size_t n_runs,
                                 struct dsi_bytes *out, struct dsi_error *err)
{
    static const uint8_t none[DSI_PARTIAL_HASH_SIZE];
    const size_t start = out->n;
    struct dsi_bytes head = {0};
    DSI_TRY(dsi_bytes_append(out, magic, sizeof magic, err));
    DSI_TRY(dsi_bytes_append_u64(out, DSI_PARTIAL_VERSION, err));
    DSI_TRY(dsi_bytes_append_u64(out, 0, err)); /* the length, when it is known */
    enum dsi_status status =
        save_head(source, dsi_check_runs_need(runs, n_runs), &head, err);
    status = end_section(&head, status, out, err);
    dsi_bytes_free(&head);
    DSI_TRY(status);
    DSI_TRY(dsi_bytes_append_u64(out, source->shard.index, err));
    DSI_TRY(save_states(runs, n_runs, out, err));
    DSI_TRY(dsi_bytes_append(out, none, sizeof none, err));
    dsi_partial_seal(out->data + start, out->n - start);
    return DSI_OK;
}

static void checksum_of(const uint8_t *bytes, size_t n,
                        uint8_t checksum[DSI_PARTIAL_HASH_SIZE])
{
    XXH128_canonical_t canonical;
    _Static_assert(sizeof canonical == DSI_PARTIAL_HASH_SIZE, "128 bits");
    XXH128_canonicalFromHash(&canonical, XXH3_128bits(bytes, n));
    memcpy(checksum, canonical.digest, sizeof canonical);
}

void dsi_partial_seal(uint8_t *bytes, size_t n)
{
    if (n < LEAST)
        return;
    for (int i = 0; i < 8; i++)
        bytes[LENGTH_AT + i] = (uint8_t)((uint64_t)n >> (8 * i));
    size_t covered = n - DSI_PARTIAL_HASH_SIZE;
    checksum_of(bytes, covered, bytes + covered);
}

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
    struct dsi_bytes_reader in = {.data = bytes, .n = n, .at = VERSION_AT};
    uint8_t checksum[DSI_PARTIAL_HASH_SIZE];
    uint64_t version, n_bytes;
    size_t n_magic = n < sizeof magic ? n : sizeof magic;
    if (n == 0 || memcmp(bytes, magic, n_magic) != 0)
        return dsi_fail(err, DSI_ERR_UNKNOWN_FORMAT,
                        "not a partial file (those of --partial are)");
    if (n < LEAST)
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
    checksum_of(bytes, n - DSI_PARTIAL_HASH_SIZE, checksum);
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
    DSI_TRY(read_span(&in, &partial->call, err));
    DSI_TRY(read_span(&in, &partial->question, err));
    DSI_TRY(read_span(&in, &partial->data, err));
    if (in.at != in.n)
        return refuse(err);
    if (partial->round != 1)
        return dsi_fail(err, DSI_ERR_UNSUPPORTED,
                        "of round %" PRIu64 ", and this program merges round 1 alone",
                        partial->round);
    return DSI_OK;
}

enum dsi_status dsi_partial_parse(struct dsi_partial *partial, const void *bytes,
                                  size_t n, struct dsi_error *err)
{
    *partial = (struct dsi_partial){0};
    DSI_TRY(check_frame(bytes, n, err));
    struct dsi_bytes_reader in = {
        .data = bytes, .n = n - DSI_PARTIAL_HASH_SIZE, .at = HEAD_AT};
    memcpy(partial->checksum, in.data + in.n, sizeof partial->checksum);
    DSI_TRY(read_span(&in, &partial->head, err));
    DSI_TRY(parse_head(partial, err));
    DSI_TRY(dsi_bytes_read_u64(&in, &partial->shard.index, err));
    const struct dsi_shard *shard = &partial->shard;
    if (shard->n == 0 || shard->n > DSI_MAX_SHARDS || shard->index >= shard->n)
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

/* One state at a time is in memory beside those merged into. */
static enum dsi_status merge_state(const struct dsi_bytes_reader *saved,
                                   const struct dsi_dataset *dataset,
                                   struct dsi_check_run *into, struct dsi_error *err)
{
    struct dsi_check_run run = {.check = into->check, .parameters = into->parameters};
    struct dsi_bytes_reader in = *saved;
    DSI_TRY(dsi_check_run_init(&run, dataset, err));
    enum dsi_status status = run.check->load(run.state, &in, err);
    if (status == DSI_OK && in.at != in.n)
        status = refuse(err);
    if (status == DSI_OK)
        status = into->check->merge(into->state, run.state, err);
    dsi_check_run_free(&run);
    return status;
}

enum dsi_status dsi_partial_merge(const struct dsi_partial *partial,
                                  const struct dsi_dataset *dataset,
                                  struct dsi_check_run *runs, size_t n_runs,
                                  struct dsi_error *err)
{
    struct dsi_bytes_reader in = partial->states, name, state;
    uint64_t n;
    DSI_TRY(dsi_bytes_read_u64(&in, &n, err));
    if (n != n_runs)
        return refuse(err);
    for (size_t i = 0; i < n_runs; i++) {
        DSI_TRY(read_span(&in, &name, err));
        DSI_TRY(read_span(&in, &state, err));
        if (!is_text(&name, runs[i].check->name))
            return refuse(err);
        DSI_TRY(merge_state(&state, dataset, &runs[i], err));
    }
    return in.at == in.n ? DSI_OK : refuse(err);
}
