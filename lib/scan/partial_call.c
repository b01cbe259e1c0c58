/* What a partial file says of the call it was made by, and whether two tell of one
 * scan. */
#include "partial.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void dsi_partial_call_free(struct dsi_partial_call *call)
{
    for (size_t i = 0; i < call->n_words; i++)
        free(call->words[i]);
    for (size_t i = 0; i < call->n_files; i++)
        free(call->files[i].option);
    free(call->words);
    free(call->files);
    *call = (struct dsi_partial_call){0};
}

static enum dsi_status refuse(struct dsi_error *err)
{
    return dsi_fail(err, DSI_ERR_MALFORMED, "the call of a tool that none would save");
}

static enum dsi_status load_words(struct dsi_bytes_reader *in,
                                  struct dsi_partial_call *call, struct dsi_error *err)
{
    uint64_t n;
    DSI_TRY(dsi_bytes_read_u64(in, &n, err));
    if (n == 0 || n > (in->n - in->at) / sizeof(uint64_t))
        return refuse(err);
    call->words = dsi_alloc_zeroed(n + 1, sizeof *call->words);
    if (!call->words)
        return dsi_fail_memory(err, n * sizeof *call->words);
    for (; call->n_words < n; call->n_words++)
        DSI_TRY(dsi_bytes_read_name(in, &call->words[call->n_words], err));
    return DSI_OK;
}

static enum dsi_status load_files(struct dsi_bytes_reader *in,
                                  struct dsi_partial_call *call, struct dsi_error *err)
{
    uint64_t n;
    DSI_TRY(dsi_bytes_read_u64(in, &n, err));
    if (n > (in->n - in->at) / sizeof(uint64_t))
        return refuse(err);
    call->files = dsi_alloc_zeroed(n, sizeof *call->files);
    if (!call->files)
        return dsi_fail_memory(err, n * sizeof *call->files);
    while (call->n_files < n) {
        struct dsi_partial_file *file = &call->files[call->n_files];
        const char *hash;
        size_t n_hash;
        DSI_TRY(dsi_bytes_read_name(in, &file->option, err));
        call->n_files++;
        DSI_TRY(dsi_bytes_read_text(in, &hash, &n_hash, err));
        if (n_hash != sizeof file->hash)
            return refuse(err);
        memcpy(file->hash, hash, n_hash);
    }
    return DSI_OK;
}

enum dsi_status dsi_partial_load_call(const struct dsi_partial *partial,
                                      struct dsi_partial_call *call,
                                      struct dsi_error *err)
{
    struct dsi_bytes_reader in = partial->call;
    *call = (struct dsi_partial_call){0};
    DSI_TRY(load_words(&in, call, err));
    DSI_TRY(load_files(&in, call, err));
    bool is_tool = strlen(call->words[0]) == partial->tool.n &&
                   memcmp(call->words[0], partial->tool.data, partial->tool.n) == 0;
    return in.at == in.n && is_tool ? DSI_OK : refuse(err);
}

/* --- comparing -------------------------------------------------------------------- */

static bool is_same(const struct dsi_bytes_reader *a, const struct dsi_bytes_reader *b)
{
    return a->n == b->n && (a->n == 0 || memcmp(a->data, b->data, a->n) == 0);
}

/* The first word of a that b has not; NULL. */
static const char *word_beyond(const struct dsi_partial_call *a,
                               const struct dsi_partial_call *b)
{
    for (size_t i = 0; i < a->n_words; i++) {
        bool is_there = false;
        for (size_t j = 0; j < b->n_words && !is_there; j++)
            is_there = strcmp(a->words[i], b->words[j]) == 0;
        if (!is_there)
            return a->words[i];
    }
    return NULL;
}

static enum dsi_status tell_calls(const struct dsi_partial_call *a,
                                  const struct dsi_partial_call *b,
                                  struct dsi_error *err)
{
    const char *more = word_beyond(b, a), *less = word_beyond(a, b);
    if (more && less)
        return dsi_fail(err, DSI_ERR_USAGE, "of other options: %s, not %s", more, less);
    if (more || less)
        return dsi_fail(err, DSI_ERR_USAGE, "of other options: %s %s",
                        more ? "with" : "without", more ? more : less);
    for (size_t i = 0; i < a->n_files && i < b->n_files; i++)
        if (memcmp(a->files[i].hash, b->files[i].hash, sizeof a->files[i].hash) != 0)
            return dsi_fail(err, DSI_ERR_USAGE, "the file of --%s was another one then",
                            b->files[i].option);
    return dsi_fail(err, DSI_ERR_USAGE, "of other options");
}

static enum dsi_status compare_calls(const struct dsi_partial *a,
                                     const struct dsi_partial *b, struct dsi_error *err)
{
    struct dsi_partial_call call_of_a = {0}, call_of_b = {0};
    if (is_same(&a->call, &b->call))
        return DSI_OK;
    enum dsi_status status = dsi_partial_load_call(a, &call_of_a, err);
    if (status == DSI_OK)
        status = dsi_partial_load_call(b, &call_of_b, err);
    if (status == DSI_OK)
        status = tell_calls(&call_of_a, &call_of_b, err);
    dsi_partial_call_free(&call_of_a);
    dsi_partial_call_free(&call_of_b);
    return status;
}

static int length(const struct dsi_bytes_reader *span)
{
    return (int)(span->n < 40 ? span->n : 40);
}

enum dsi_status dsi_partial_compare_scans(const struct dsi_partial *a,
                                          const struct dsi_partial *b,
                                          struct dsi_error *err)
{
    if (!is_same(&a->tool, &b->tool))
        return dsi_fail(err, DSI_ERR_USAGE, "of another tool: %.*s, not %.*s",
                        length(&b->tool), b->tool.data, length(&a->tool), a->tool.data);
    DSI_TRY(compare_calls(a, b, err));
    if (!is_same(&a->question, &b->question))
        return dsi_fail(err, DSI_ERR_USAGE,
                        "of other inputs, or of other values of --exclude or the "
                        "limits");
    if (!is_same(&a->data, &b->data))
        return dsi_fail(err, DSI_ERR_USAGE,
                        "of other data: the inputs changed in between, or could not "
                        "be read alike");
    return DSI_OK;
}

enum dsi_status dsi_partial_compare(const struct dsi_partial *a,
                                    const struct dsi_partial *b, struct dsi_error *err)
{
    if (is_same(&a->head, &b->head))
        return DSI_OK;
    bool is_one_tool = is_same(&a->tool, &b->tool);
    if (is_one_tool && a->round != b->round)
        return dsi_fail(err, DSI_ERR_USAGE,
                        "of round %" PRIu64 ", not of round %" PRIu64, b->round,
                        a->round);
    if (is_one_tool && a->shard.n != b->shard.n)
        return dsi_fail(err, DSI_ERR_USAGE,
                        "one of %" PRIu64 " shards, not of %" PRIu64, b->shard.n,
                        a->shard.n);
    DSI_TRY(dsi_partial_compare_scans(a, b, err));
    return dsi_fail(err, DSI_ERR_USAGE, "begun with another --pass file");
}
