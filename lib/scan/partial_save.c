/* Makes partial files: of the states of a shard, and of what a round begins with. */
#include "partial_layout.h"
#include "report_saved.h"
#include "skeleton.h"

#include <string.h>
#include <xxhash.h>

const char dsi_partial_magic[DSI_PARTIAL_VERSION_AT] = {'\x89', 'D',  'S',  'I',
                                                        'P',    '\r', '\n', '\x1a'};

void dsi_partial_checksum(const uint8_t *bytes, size_t n,
                          uint8_t checksum[DSI_PARTIAL_HASH_SIZE])
{
    XXH128_canonical_t canonical;
    _Static_assert(sizeof canonical == DSI_PARTIAL_HASH_SIZE, "128 bits");
    XXH128_canonicalFromHash(&canonical, XXH3_128bits(bytes, n));
    memcpy(checksum, canonical.digest, sizeof canonical);
}

void dsi_partial_seal(uint8_t *bytes, size_t n)
{
    if (n < DSI_PARTIAL_LEAST)
        return;
    for (int i = 0; i < 8; i++)
        bytes[DSI_PARTIAL_LENGTH_AT + i] = (uint8_t)((uint64_t)n >> (8 * i));
    size_t covered = n - DSI_PARTIAL_HASH_SIZE;
    dsi_partial_checksum(bytes, covered, bytes + covered);
}

/* --- the head --------------------------------------------------------------------- */

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

/* What all the checks look at in one round or another: the same in every round, though
 * some of them are done before others. */
static unsigned need_of(const struct dsi_check_run *runs, size_t n_runs)
{
    unsigned need = 0;
    for (size_t i = 0; i < n_runs; i++)
        need |= runs[i].check->need(runs[i].parameters);
    return need;
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

/* What the spans of a partial point into that is no file yet. */
struct sections {
    struct dsi_bytes call, question, data;
};

static void free_sections(struct sections *sections)
{
    dsi_bytes_free(&sections->call);
    dsi_bytes_free(&sections->question);
    dsi_bytes_free(&sections->data);
}

static struct dsi_bytes_reader span_of(const void *data, size_t n)
{
    return (struct dsi_bytes_reader){.data = data, .n = n};
}

/* The head that a shard's file has. Also on failure the caller frees sections, which
 * start empty. */
static enum dsi_status describe(const struct dsi_partial_source *source,
                                const struct dsi_check_run *runs, size_t n_runs,
                                struct sections *sections, struct dsi_partial *partial,
                                struct dsi_error *err)
{
    const char *tool = source->call->words[0];
    const struct dsi_partial *pass = source->pass;
    DSI_TRY(save_call(source->call, &sections->call, err));
    DSI_TRY(dsi_report_save_question(source->report, &sections->question, err));
    DSI_TRY(save_data(source, need_of(runs, n_runs), &sections->data, err));
    *partial = (struct dsi_partial){
        .shard = source->shard,
        .round = pass ? pass->round : 1,
        .tool = span_of(tool, strlen(tool)),
        .pass = span_of(pass ? pass->checksum : NULL, pass ? sizeof pass->checksum : 0),
        .call = span_of(sections->call.data, sections->call.n),
        .question = span_of(sections->question.data, sections->question.n),
        .data = span_of(sections->data.data, sections->data.n)};
    return DSI_OK;
}

static enum dsi_status append_span(struct dsi_bytes *out,
                                   const struct dsi_bytes_reader *span,
                                   struct dsi_error *err)
{
    return dsi_bytes_append_text(out, span->data, span->n, err);
}

static enum dsi_status save_head(const struct dsi_partial *partial,
                                 struct dsi_bytes *out, struct dsi_error *err)
{
    static const char program[] = DSI_VERSION;
    DSI_TRY(dsi_bytes_append_text(out, program, sizeof program - 1, err));
    DSI_TRY(append_span(out, &partial->tool, err));
    DSI_TRY(dsi_bytes_append_u64(out, partial->round, err));
    DSI_TRY(dsi_bytes_append_u64(out, partial->shard.n, err));
    DSI_TRY(append_span(out, &partial->pass, err));
    DSI_TRY(append_span(out, &partial->call, err));
    DSI_TRY(append_span(out, &partial->question, err));
    return append_span(out, &partial->data, err);
}

static enum dsi_status save_states(const struct dsi_partial *partial,
                                   const struct dsi_check_run *runs, size_t n_runs,
                                   struct dsi_bytes *out, struct dsi_error *err)
{
    struct dsi_bytes state = {0};
    enum dsi_status status = dsi_bytes_append_u64(out, n_runs, err);
    for (size_t i = 0; i < n_runs && status == DSI_OK; i++) {
        const char *name = runs[i].check->name;
        state.n = 0;
        status = dsi_bytes_append_text(out, name, strlen(name), err);
        if (status == DSI_OK)
            status = dsi_bytes_append_u64(out, runs[i].is_done, err);
        if (status == DSI_OK && !dsi_partial_is_elsewhere(partial, runs[i].is_done))
            status = runs[i].check->save(runs[i].state, &state, err);
        if (status == DSI_OK)
            status = dsi_bytes_append_text(out, state.data, state.n, err);
    }
    dsi_bytes_free(&state);
    return status;
}

static enum dsi_status save_file(const struct dsi_partial *partial,
                                 const struct dsi_check_run *runs, size_t n_runs,
                                 struct dsi_bytes *out, struct dsi_error *err)
{
    static const uint8_t none[DSI_PARTIAL_HASH_SIZE];
    const size_t start = out->n;
    struct dsi_bytes head = {0};
    DSI_TRY(dsi_bytes_append(out, dsi_partial_magic, sizeof dsi_partial_magic, err));
    DSI_TRY(dsi_bytes_append_u64(out, DSI_PARTIAL_VERSION, err));
    DSI_TRY(dsi_bytes_append_u64(out, 0, err)); /* the length, when it is known */
    enum dsi_status status = save_head(partial, &head, err);
    if (status == DSI_OK)
        status = dsi_bytes_append_text(out, head.data, head.n, err);
    dsi_bytes_free(&head);
    DSI_TRY(status);
    DSI_TRY(dsi_bytes_append_u64(out, partial->shard.index, err));
    DSI_TRY(save_states(partial, runs, n_runs, out, err));
    DSI_TRY(dsi_bytes_append(out, none, sizeof none, err));
    dsi_partial_seal(out->data + start, out->n - start);
    return DSI_OK;
}

enum dsi_status dsi_partial_save(const struct dsi_partial_source *source,
                                 const struct dsi_check_run *runs, size_t n_runs,
                                 struct dsi_bytes *out, struct dsi_error *err)
{
    struct sections sections = {0};
    struct dsi_partial partial;
    enum dsi_status status = describe(source, runs, n_runs, &sections, &partial, err);
    if (status == DSI_OK)
        status = save_file(&partial, runs, n_runs, out, err);
    free_sections(&sections);
    return status;
}

enum dsi_status dsi_partial_save_pass(const struct dsi_partial *of,
                                      const struct dsi_check_run *runs, size_t n_runs,
                                      struct dsi_bytes *out, struct dsi_error *err)
{
    struct dsi_partial pass = *of;
    pass.shard = (struct dsi_shard){0};
    pass.round++;
    return save_file(&pass, runs, n_runs, out, err);
}

enum dsi_status dsi_partial_check_pass(const struct dsi_partial *pass,
                                       const struct dsi_partial_source *source,
                                       const struct dsi_check_run *runs, size_t n_runs,
                                       struct dsi_error *err)
{
    struct sections sections = {0};
    struct dsi_partial shard;
    enum dsi_status status = describe(source, runs, n_runs, &sections, &shard, err);
    if (status == DSI_OK)
        status = dsi_partial_compare_scans(&shard, pass, err);
    free_sections(&sections);
    return status;
}
