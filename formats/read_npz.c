/* NumPy's .npz: a zip archive of .npy members, each of which is read by npy's reader
 * from a source of its own.
 *
 *   stored                 read where it stands, by many threads
 *   deflated, small        inflated whole for the rows of one read, members in parallel
 *   deflated, larger       inflated forwards, piece by piece, array by array
 *   the same in Fortran    inflated whole and kept, up to the limit
 *
 * Every member's CRC-32 is checked when its last row is read, whoever read the others
 * (of a stored member it reads again what nobody has): a read that does not come to the
 * last row says nothing of it. */
#include "npz_members.h"

#include <stdlib.h>
#include <string.h>

extern const struct dsi_format dsi_format_npy;

static int probe(const uint8_t *head, size_t n)
{
    bool same = n >= 4 && (memcmp(head, "PK\3\4", 4) == 0 ||
                           memcmp(head, "PK\5\6", 4) == 0); /* empty */
    return same ? 32 : 0;
}

static enum dsi_status open_npz(struct dsi_file *file, struct dsi_error *err)
{
    if (file->source->kind == DSI_SOURCE_STREAM)
        return dsi_fail(err, DSI_ERR_UNSUPPORTED,
                        "an .npz archive is read from its end, which a pipe does not "
                        "show: save it to a file");
    struct dsi_npz *npz = file->state = dsi_alloc_zeroed(1, sizeof *npz);
    if (!npz)
        return dsi_fail_memory(err, sizeof *npz);
    DSI_TRY(dsi_kept_start(&npz->kept, err));
    npz->has_kept = true;
    return dsi_npz_members_open(file, err);
}

/* --- reading
 * --------------------------------------------------------------------------- */

/* Rows of one read: all that a way needs to know. */
struct wanted {
    struct dsi_file *file;
    struct dsi_npz_member *member;
    size_t index; /* of the array, in the member */
    uint64_t first, n;
    bool to_the_end; /* the last row that is there is one of them */
    struct dsi_rows *rows;
};

/* Has npy's reader take them from the source. */
static enum dsi_status read_from(const struct wanted *w, struct dsi_source *source,
                                 struct dsi_error *err)
{
    struct dsi_file npy = {.format = &dsi_format_npy,
                           .source = source,
                           .options = w->file->options,
                           .arrays = w->file->arrays + w->member->first_array,
                           .n_arrays = w->member->n_arrays,
                           .state = w->member->records};
    return dsi_format_npy.read(&npy, w->index, w->first, w->n, w->rows, err);
}

/* Why bytes are missing or damaged says more than that some are missing; and is said
 * with the last row where it concerns no row at all. */
static enum dsi_status settle(const struct wanted *w, enum dsi_status status,
                              const struct dsi_error *of_bytes, struct dsi_error *err)
{
    if (of_bytes->status == DSI_OK || (status == DSI_OK && !w->to_the_end))
        return status;
    return dsi_fail(err, of_bytes->status, "%s", of_bytes->message);
}

static enum dsi_status read_stored(const struct wanted *w, struct dsi_error *err)
{
    const struct dsi_deflated *place = &w->member->place;
    struct dsi_source unwatched;
    uint32_t crc;
    DSI_TRY(read_from(w, &w->member->part, err));
    if (!w->to_the_end)
        return DSI_OK;
    dsi_source_of_part(&unwatched, place->source, place->offset, place->n_bytes, NULL);
    DSI_TRY(dsi_crc_of_all(w->member->crc, &unwatched, place->n_bytes, &crc, err));
    return dsi_crc_check(crc, place->crc, err);
}

/* The whole member for this read alone. npz arrays hold no strings, so that the text's
 * buffer is free for what is compressed. */
static enum dsi_status read_whole(const struct wanted *w, struct dsi_error *err)
{
    struct dsi_rows *rows = w->rows;
    struct dsi_bytes whole =
        rows->scratch; /* npy's reader wants a scratch of its own */
    struct dsi_error of_bytes = {0};
    struct dsi_source source;
    rows->scratch = (struct dsi_bytes){0};
    enum dsi_status status =
        dsi_inflate_whole(&w->member->place, &whole, &rows->text, &of_bytes);
    rows->text.n = 0;
    dsi_source_of_bytes(&source, whole.data, whole.n);
    if (status == DSI_OK || dsi_status_is_data(status))
        status = settle(w, read_from(w, &source, err), &of_bytes, err);
    else
        status = dsi_fail(err, status, "%s", of_bytes.message);
    dsi_bytes_free(&rows->scratch);
    rows->scratch = whole;
    return status;
}

static enum dsi_status read_kept(const struct wanted *w, struct dsi_error *err)
{
    struct dsi_npz *npz = w->file->state;
    const struct dsi_kept_item *item;
    struct dsi_source source;
    DSI_TRY(dsi_kept_get(&npz->kept, &w->member->place, &item, err));
    dsi_source_of_bytes(&source, item->bytes.data, item->bytes.n);
    enum dsi_status status = settle(w, read_from(w, &source, err), &item->error, err);
    dsi_kept_let_go(&npz->kept, item);
    return status;
}

/* Goes on where the last read ended; the inflater goes when there is nothing more to
 * read, so that as many are held as arrays are being read. */
static enum dsi_status read_stream(const struct wanted *w,
                                   struct dsi_npz_stream *stream, struct dsi_error *err)
{
    struct dsi_error of_bytes = {0};
    if (!stream->inflater) {
        stream->inflater = dsi_inflater_new();
        if (!stream->inflater)
            return dsi_fail_memory(err, 1 << 17);
        dsi_inflater_start(stream->inflater, &w->member->place);
        dsi_inflater_source(stream->inflater, UINT64_MAX, &stream->source);
    }
    enum dsi_status status = read_from(w, &stream->source, err);
    if (w->to_the_end)
        of_bytes.status = dsi_inflater_finish(stream->inflater, &of_bytes);
    else
        of_bytes.status = dsi_inflater_status(stream->inflater, &of_bytes);
    status = settle(w, status, &of_bytes, err);
    if (status != DSI_OK || w->to_the_end) {
        dsi_inflater_free(stream->inflater);
        stream->inflater = NULL;
    }
    return status;
}

static enum dsi_status read_npz(struct dsi_file *file, size_t index, uint64_t first,
                                uint64_t n, struct dsi_rows *rows,
                                struct dsi_error *err)
{
    struct dsi_npz *npz = file->state;
    const struct dsi_array *array = &file->arrays[index];
    uint64_t n_rows = dsi_array_n_rows(array);
    struct wanted w = {.file = file,
                       .member = &npz->members[npz->member_of[index]],
                       .first = first,
                       .n = n,
                       .to_the_end = first + n >= n_rows - array->n_rows_missing,
                       .rows = rows};
    w.index = index - w.member->first_array;
    switch (w.member->way) {
    case DSI_NPZ_STORED:
        return read_stored(&w, err);
    case DSI_NPZ_KEPT:
        return read_kept(&w, err);
    case DSI_NPZ_WHOLE:
        return n == n_rows ? read_whole(&w, err) : read_kept(&w, err);
    case DSI_NPZ_STREAM:
        break;
    }
    /* Two parts of a dataset may have the same labels. */
    struct dsi_npz_stream *stream = &w.member->streams[w.index];
    pthread_mutex_lock(&stream->mutex);
    enum dsi_status status = read_stream(&w, stream, err);
    pthread_mutex_unlock(&stream->mutex);
    return status;
}

static void close_npz(struct dsi_file *file)
{
    struct dsi_npz *npz = file->state;
    if (!npz)
        return;
    dsi_npz_members_close(npz);
    if (npz->has_kept)
        dsi_kept_stop(&npz->kept);
    free(npz);
}

static const char *const suffixes[] = {".npz", NULL};

const struct dsi_format dsi_format_npz = {
    .name = "npz",
    .suffixes = suffixes,
    .may_start_late = true,
    .probe = probe,
    .open = open_npz,
    .read = read_npz,
    .close = close_npz,
};
