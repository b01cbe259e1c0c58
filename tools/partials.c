#include "partials.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* --- one file --------------------------------------------------------------------- */

/* bytes must be empty; the caller frees them. */
static enum dsi_status read_partial(const char *path, struct dsi_bytes *bytes,
                                    struct dsi_partial *partial, struct dsi_error *err)
{
    DSI_TRY(dsi_partial_read(path, bytes, err));
    DSI_TRY(dsi_partial_parse(partial, bytes->data, bytes->n, err));
    if (!dsi_partial_is_pass(partial))
        return DSI_OK;
    return dsi_fail(err, DSI_ERR_USAGE,
                    "no shard, but what those of round %" PRIu64 " begin with (--pass)",
                    partial->round);
}

/* The first file of use, which all others are held against. */
static bool is_first(const struct dsi_partials *partials)
{
    return partials->first.data == NULL;
}

/* Which file, counted from 1, has shard i; 0: none yet. */
struct seen {
    size_t *files; /* one a shard; NULL until the first file of use */
};

static enum dsi_status take_first(struct dsi_partials *partials, struct seen *seen,
                                  struct dsi_bytes *bytes,
                                  const struct dsi_partial *partial,
                                  struct dsi_error *err)
{
    seen->files = dsi_alloc_zeroed(partial->shard.n, sizeof *seen->files);
    if (!seen->files)
        return dsi_fail_memory(err, partial->shard.n * sizeof *seen->files);
    partials->first = *bytes;
    partials->of_first = *partial;
    *bytes = (struct dsi_bytes){0};
    return DSI_OK;
}

static enum dsi_status look_at(struct dsi_partials *partials, size_t i,
                               struct seen *seen, struct dsi_error *err)
{
    struct dsi_bytes bytes = {0};
    struct dsi_partial partial;
    struct dsi_error reason;
    const char *const *names = partials->inputs.names;
    enum dsi_status status = read_partial(names[i], &bytes, &partial, err);
    if (status == DSI_OK)
        memcpy(partials->checksums[i], partial.checksum, sizeof partial.checksum);
    if (status == DSI_OK && is_first(partials)) {
        status = take_first(partials, seen, &bytes, &partial, err);
    } else if (status == DSI_OK) {
        status = dsi_partial_compare(&partials->of_first, &partial, &reason);
        if (status != DSI_OK)
            dsi_fail(err, status, "does not go with the first file: %s",
                     reason.message);
    }
    dsi_bytes_free(&bytes);
    DSI_TRY(status);
    size_t *file = &seen->files[partial.shard.index];
    if (*file)
        return dsi_fail(err, DSI_ERR_USAGE,
                        "the same shard as %s, %" PRIu64 " of %" PRIu64,
                        names[*file - 1], partial.shard.index + 1, partial.shard.n);
    *file = i + 1;
    return DSI_OK;
}

/* --- all of them ------------------------------------------------------------------ */

/* "2, 5-7" of the shards without a file, cut where it gets long. */
static bool list_missing(const struct seen *seen, uint64_t n, struct dsi_bytes *list)
{
    enum { ENOUGH = 400 };
    for (uint64_t i = 0; i < n; i++) {
        uint64_t end = i;
        while (end < n && !seen->files[end])
            end++;
        if (end == i)
            continue;
        const char *comma = list->n ? ", " : "";
        if (list->n > ENOUGH)
            return dsi_bytes_printf(list, NULL, ", ...") == DSI_OK;
        enum dsi_status status =
            end - i == 1 ? dsi_bytes_printf(list, NULL, "%s%" PRIu64, comma, i + 1)
                         : dsi_bytes_printf(list, NULL, "%s%" PRIu64 "-%" PRIu64, comma,
                                            i + 1, end);
        if (status != DSI_OK)
            return false;
        i = end;
    }
    return true;
}

static bool are_complete(const struct dsi_partials *partials, const struct seen *seen,
                         const char *tool)
{
    uint64_t n = partials->of_first.shard.n, n_missing = 0;
    struct dsi_bytes list = {0};
    struct dsi_error err;
    for (uint64_t i = 0; i < n; i++)
        n_missing += !seen->files[i];
    if (n_missing == 0)
        return true;
    if (list_missing(seen, n, &list))
        dsi_fail(&err, DSI_ERR_USAGE,
                 "%" PRIu64 " of the %" PRIu64 " shards %s missing: %.*s", n_missing, n,
                 n_missing == 1 ? "is" : "are", (int)list.n, (const char *)list.data);
    else
        dsi_fail_memory(&err, list.n);
    dsi_tool_error(tool, NULL, &err);
    dsi_bytes_free(&list);
    return false;
}

bool dsi_partials_open(struct dsi_partials *partials, const char *tool)
{
    struct seen seen = {0};
    struct dsi_error err;
    size_t n = partials->inputs.n;
    bool are_fine = true;
    partials->checksums = dsi_alloc_array(n, sizeof *partials->checksums);
    if (!partials->checksums) {
        dsi_tool_say(tool, NULL, "out of memory");
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (look_at(partials, i, &seen, &err) == DSI_OK)
            continue;
        dsi_tool_error(tool, partials->inputs.names[i], &err);
        are_fine = false;
    }
    are_fine = are_fine && are_complete(partials, &seen, tool);
    free(seen.files);
    return are_fine;
}

void dsi_partials_close(struct dsi_partials *partials)
{
    dsi_inputs_free(&partials->inputs);
    dsi_bytes_free(&partials->first);
    free(partials->checksums);
    *partials = (struct dsi_partials){0};
}

static enum dsi_status merge_file(const struct dsi_partials *partials, size_t i,
                                  const struct dsi_dataset *dataset,
                                  struct dsi_check_run *runs, size_t n_runs,
                                  struct dsi_error *err)
{
    struct dsi_bytes bytes = {0};
    struct dsi_partial partial;
    enum dsi_status status =
        read_partial(partials->inputs.names[i], &bytes, &partial, err);
    if (status == DSI_OK &&
        memcmp(partial.checksum, partials->checksums[i], sizeof partial.checksum) != 0)
        status = dsi_fail(err, DSI_ERR_READ, "it was written anew just now");
    if (status == DSI_OK)
        status = dsi_partial_merge(&partial, dataset, runs, n_runs, err);
    dsi_bytes_free(&bytes);
    return status;
}

enum dsi_status dsi_partials_merge(const struct dsi_partials *partials,
                                   const struct dsi_dataset *dataset,
                                   struct dsi_check_run *runs, size_t n_runs,
                                   struct dsi_error *err)
{
    for (size_t i = 0; i < partials->inputs.n; i++) {
        struct dsi_error reason;
        enum dsi_status status =
            merge_file(partials, i, dataset, runs, n_runs, &reason);
        if (status != DSI_OK)
            return dsi_fail(err, status, "%s: %s", partials->inputs.names[i],
                            reason.message);
    }
    return DSI_OK;
}
