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
#include "npz_crc.h"
#include "npz_directory.h"
#include "npz_kept.h"
#include "records.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const struct dsi_format dsi_format_npy;

enum {
    SMALL_BYTES = 16 << 20,
    HEADER_BYTES = 128 << 10, /* more than any npy header takes */
    MAX_ARRAYS = 1 << 18,     /* fields are arrays as well */
};

enum way { STORED, WHOLE, KEPT, STREAM };

/* One array's way through a large deflated member. */
struct stream {
    pthread_mutex_t mutex;
    struct dsi_inflater *inflater; /* while its rows are read */
    struct dsi_source source;
};

struct member {
    enum way way;
    struct dsi_deflated place; /* of a stored one too */
    void *records;             /* the state of npy's reader */
    size_t first_array, n_arrays;
    struct dsi_source part; /* STORED; watched by crc */
    struct dsi_crc_pieces *crc;
    struct stream *streams; /* STREAM: one an array */
    size_t n_streams;
};

struct npz {
    struct dsi_zip_directory directory;
    struct member *members;
    size_t n_members;
    size_t *member_of; /* array */
    size_t capacity;   /* of arrays and member_of */
    struct dsi_kept kept;
    bool has_kept;
};

static int probe(const uint8_t *head, size_t n)
{
    bool same = n >= 4 && (memcmp(head, "PK\3\4", 4) == 0 ||
                           memcmp(head, "PK\5\6", 4) == 0); /* empty */
    return same ? 32 : 0;
}

/* --- which members are arrays
 * ---------------------------------------------------------- */

static bool is_array(const char *name)
{
    size_t n = strlen(name);
    return n >= 4 && strcmp(name + n - 4, ".npy") == 0;
}

/* Says what is not read, and fails when nothing is. */
static enum dsi_status check_names(struct dsi_file *file,
                                   const struct dsi_zip_directory *directory,
                                   struct dsi_error *err)
{
    const char *first = NULL;
    size_t n_others = 0;
    for (size_t i = 0; i < directory->n_members; i++)
        if (!is_array(directory->members[i].name)) {
            first = first ? first : directory->members[i].name;
            n_others++;
        }
    if (n_others && n_others == directory->n_members)
        return dsi_fail(err, DSI_ERR_UNSUPPORTED,
                        "a zip archive without arrays (no member is named *.npy; "
                        "there is '%.100s'): unpack it first",
                        first);
    if (n_others)
        dsi_warn(&file->warnings, DSI_OK,
                 "%zu member%s left out, for arrays are named *.npy: '%.60s'%s",
                 n_others, n_others == 1 ? "" : "s", first,
                 n_others == 1 ? "" : " and others");
    return DSI_OK;
}

static int by_name(const void *a, const void *b)
{
    const struct dsi_zip_member *const *x = a, *const *y = b;
    int order = strcmp((*x)->name, (*y)->name);
    return order ? order : *x < *y ? -1 : *x > *y;
}

/* Of members of one name the last is the one that numpy.load reads; says so, and marks
 * the others by taking their names. */
static enum dsi_status drop_duplicates(struct dsi_file *file,
                                       struct dsi_zip_directory *directory,
                                       struct dsi_error *err)
{
    size_t n = directory->n_members;
    struct dsi_zip_member **order = dsi_alloc_array(n, sizeof *order);
    if (!order)
        return dsi_fail_memory(err, n * sizeof *order);
    for (size_t i = 0; i < n; i++)
        order[i] = &directory->members[i];
    qsort(order, n, sizeof *order, by_name);
    for (size_t i = 0; i + 1 < n; i++) {
        if (strcmp(order[i]->name, order[i + 1]->name) != 0)
            continue;
        dsi_warn(&file->warnings, DSI_ERR_MALFORMED,
                 "'%.100s' is there more than once: the last is read, as by numpy.load",
                 order[i]->name);
        free(order[i]->name);
        order[i]->name = NULL;
    }
    free(order);
    return DSI_OK;
}

/* --- describing
 * ------------------------------------------------------------------------ */

static enum dsi_status reserve_arrays(struct dsi_file *file, size_t n,
                                      struct dsi_error *err)
{
    struct npz *npz = file->state;
    size_t want = file->n_arrays + n;
    if (want > MAX_ARRAYS)
        return dsi_fail(err, DSI_ERR_LIMIT, "more than %d arrays", MAX_ARRAYS);
    if (want <= npz->capacity)
        return DSI_OK;
    size_t capacity = npz->capacity * 2 > want ? npz->capacity * 2 : want;
    struct dsi_array *arrays =
        dsi_realloc_array(file->arrays, capacity, sizeof *arrays);
    if (!arrays)
        return dsi_fail_memory(err, capacity * sizeof *arrays);
    file->arrays = arrays;
    size_t *member_of = dsi_realloc_array(npz->member_of, capacity, sizeof *member_of);
    if (!member_of)
        return dsi_fail_memory(err, capacity * sizeof *member_of);
    npz->member_of = member_of;
    npz->capacity = capacity;
    return DSI_OK;
}

/* "x" of "x.npy", and "x.f" of its field f. */
static enum dsi_status name_array(struct dsi_array *array, const char *member_name,
                                  struct dsi_error *err)
{
    size_t n = strlen(member_name) - 4;
    size_t n_field = array->name ? strlen(array->name) + 1 : 0;
    char *name = dsi_alloc_array(n + n_field + 1, 1);
    if (!name)
        return dsi_fail_memory(err, n + n_field + 1);
    memcpy(name, member_name, n);
    name[n] = '\0';
    if (array->name) {
        name[n] = '.';
        memcpy(name + n + 1, array->name, n_field);
        free(array->name);
    }
    array->name = name;
    return DSI_OK;
}

/* A member that cannot be read, so that the others can. */
static enum dsi_status describe_bad(struct dsi_file *file, struct dsi_zip_member *from,
                                    struct dsi_error *err)
{
    struct npz *npz = file->state;
    DSI_TRY(reserve_arrays(file, 1, err));
    struct dsi_array *array = &file->arrays[file->n_arrays];
    *array = (struct dsi_array){.dtype.kind = DSI_VOID,
                                .n_bytes_stored = from->n_compressed,
                                .status = from->status,
                                .reason = from->reason};
    from->reason = NULL; /* the array's now */
    npz->member_of[file->n_arrays++] = npz->n_members - 1;
    return name_array(array, from->name, err);
}

/* The part of its member's compressed bytes that a field has by its size. */
static uint64_t share_of(const struct member *member, const struct dsi_array *array)
{
    if (member->way == STORED || member->n_arrays == 1)
        return member->way == STORED ? array->n_bytes_stored
                                     : member->place.n_compressed;
    double share = (double)array->n_bytes_stored / (double)member->place.n_bytes;
    return (uint64_t)(share * (double)member->place.n_compressed);
}

/* Which way its rows go, now that its header is known. */
static enum dsi_status choose_way(const struct dsi_file *file, struct member *member,
                                  struct dsi_error *err)
{
    uint64_t n = member->place.n_bytes, limit = file->options.limits.max_bytes;
    if (member->way == STORED)
        return DSI_OK;
    if (n <= SMALL_BYTES && n <= limit)
        member->way = WHOLE;
    else
        member->way = dsi_records_are_transposed(member->records) ? KEPT : STREAM;
    if (member->way == KEPT && n > limit)
        return dsi_fail(err, DSI_ERR_LIMIT,
                        "deflated and in Fortran order, it must be inflated whole, to "
                        "%llu bytes, more than the limit of %llu; raise it with "
                        "--limit-bytes",
                        (unsigned long long)n, (unsigned long long)limit);
    return DSI_OK;
}

static enum dsi_status start_streams(struct member *member, struct dsi_error *err)
{
    member->streams = dsi_alloc_zeroed(member->n_arrays, sizeof *member->streams);
    if (!member->streams)
        return dsi_fail_memory(err, member->n_arrays * sizeof *member->streams);
    for (size_t i = 0; i < member->n_arrays; i++) {
        if (pthread_mutex_init(&member->streams[i].mutex, NULL) != 0)
            return dsi_fail_memory(err, sizeof member->streams[i].mutex);
        member->n_streams++;
    }
    return DSI_OK;
}

/* The arrays of npy's reader become the file's, with what the archive adds to them. */
static enum dsi_status take_arrays(struct dsi_file *file, struct dsi_file *npy,
                                   struct member *member, const char *name,
                                   struct dsi_error *err)
{
    struct npz *npz = file->state;
    member->first_array = file->n_arrays;
    member->n_arrays = npy->n_arrays;
    DSI_TRY(reserve_arrays(file, npy->n_arrays, err));
    for (size_t i = 0; i < member->n_arrays; i++) {
        struct dsi_array *array = &file->arrays[file->n_arrays];
        *array = npy->arrays[i];
        npy->arrays[i] = (struct dsi_array){0};
        npz->member_of[file->n_arrays++] = npz->n_members - 1;
        DSI_TRY(name_array(array, name, err));
        array->n_bytes_stored = share_of(member, array);
        array->sequential = member->way == STREAM;
        if (member->way == WHOLE)
            array->n_rows_together = dsi_array_n_rows(array);
        if (member->way != STORED &&
            !(array->filters = dsi_text_copy("deflate", strlen("deflate"))))
            return dsi_fail_memory(err, strlen("deflate"));
    }
    return member->way == STREAM ? start_streams(member, err) : DSI_OK;
}

static void copy_warnings(struct dsi_warnings *into, const struct dsi_warnings *from,
                          const char *name)
{
    for (uint64_t i = 0; i < from->n && i < DSI_MAX_WARNINGS; i++)
        dsi_warn(into, from->first[i].status, "'%.60s': %s", name,
                 from->first[i].message);
}

/* Has npy's reader describe what the source holds. A failure of the data is the
 * member's own. */
static enum dsi_status describe_npy(struct dsi_file *file, struct member *member,
                                    struct dsi_zip_member *from,
                                    struct dsi_source *source,
                                    const struct dsi_inflater *inflater,
                                    struct dsi_error *err)
{
    struct dsi_file npy;
    struct dsi_error reason = {0};
    enum dsi_status status =
        dsi_file_open(&npy, source, &file->options, &dsi_format_npy, &reason);
    bool is_open = status == DSI_OK;
    if (is_open) {
        member->records = npy.state;
        npy.state = NULL;
        status = choose_way(file, member, &reason);
    } else if (inflater && dsi_inflater_status(inflater, &reason) != DSI_OK) {
        status = reason.status;
    }
    bool is_readable = status == DSI_OK;
    if (is_readable)
        status = take_arrays(file, &npy, member, from->name, err);
    else if (dsi_status_is_data(status))
        status = dsi_zip_member_fail(from, status, reason.message, err);
    else
        status = dsi_fail(err, status, "%s", reason.message);
    if (is_readable)
        copy_warnings(&file->warnings, &npy.warnings, from->name);
    if (is_open)
        dsi_file_close(&npy);
    return status;
}

static void see(void *state, uint64_t offset, const void *bytes, size_t n)
{
    dsi_crc_add(state, offset, bytes, n);
}

/* The member as it stands in the archive. */
static enum dsi_status start_stored(struct member *member, struct dsi_error *err)
{
    struct dsi_crc_pieces *crc = dsi_alloc_zeroed(1, sizeof *crc);
    if (!crc)
        return dsi_fail_memory(err, sizeof *crc);
    enum dsi_status status = dsi_crc_start(crc, err);
    if (status != DSI_OK) {
        free(crc);
        return status;
    }
    member->crc = crc;
    dsi_source_of_part(&member->part, member->place.source, member->place.offset,
                       member->place.n_bytes,
                       &(struct dsi_watch){.seen = see, .state = crc});
    return DSI_OK;
}

static enum dsi_status open_member(struct dsi_file *file, struct dsi_zip_member *from,
                                   struct dsi_inflater *inflater, struct dsi_error *err)
{
    struct npz *npz = file->state;
    struct member *member = &npz->members[npz->n_members++];
    struct dsi_source head, *source = &member->part;
    *member = (struct member){.way = from->is_deflated ? WHOLE : STORED,
                              .place = {.source = file->source,
                                        .offset = from->data_offset,
                                        .n_compressed = from->n_compressed,
                                        .n_bytes = from->n_bytes,
                                        .crc = from->crc}};
    if (from->status == DSI_OK) {
        if (from->is_deflated) {
            source = &head;
            dsi_inflater_start(inflater, &member->place);
            dsi_inflater_source(inflater, HEADER_BYTES, source);
        } else {
            DSI_TRY(start_stored(member, err));
        }
        DSI_TRY(describe_npy(file, member, from, source,
                             from->is_deflated ? inflater : NULL, err));
    }
    return from->status == DSI_OK ? DSI_OK : describe_bad(file, from, err);
}

static enum dsi_status open_members(struct dsi_file *file, struct dsi_error *err)
{
    struct npz *npz = file->state;
    struct dsi_zip_directory *directory = &npz->directory;
    npz->members = dsi_alloc_zeroed(directory->n_members, sizeof *npz->members);
    if (!npz->members)
        return dsi_fail_memory(err, directory->n_members * sizeof *npz->members);
    struct dsi_inflater *inflater = dsi_inflater_new();
    enum dsi_status status = inflater ? DSI_OK : dsi_fail_memory(err, 1 << 17);
    for (size_t i = 0; i < directory->n_members && status == DSI_OK; i++) {
        struct dsi_zip_member *member = &directory->members[i];
        if (member->name && is_array(member->name))
            status = open_member(file, member, inflater, err);
    }
    dsi_inflater_free(inflater);
    return status;
}

static enum dsi_status open_npz(struct dsi_file *file, struct dsi_error *err)
{
    if (file->source->kind == DSI_SOURCE_STREAM)
        return dsi_fail(err, DSI_ERR_UNSUPPORTED,
                        "an .npz archive is read from its end, which a pipe does not "
                        "show: save it to a file");
    struct npz *npz = file->state = dsi_alloc_zeroed(1, sizeof *npz);
    if (!npz)
        return dsi_fail_memory(err, sizeof *npz);
    DSI_TRY(dsi_kept_start(&npz->kept, err));
    npz->has_kept = true;
    DSI_TRY(dsi_zip_directory_read(&npz->directory, file->source, err));
    DSI_TRY(check_names(file, &npz->directory, err));
    DSI_TRY(drop_duplicates(file, &npz->directory, err));
    DSI_TRY(open_members(file, err));
    dsi_zip_directory_free(&npz->directory);
    return DSI_OK;
}

/* --- reading
 * --------------------------------------------------------------------------- */

/* Rows of one read: all that a way needs to know. */
struct wanted {
    struct dsi_file *file;
    struct member *member;
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
    struct npz *npz = w->file->state;
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
static enum dsi_status read_stream(const struct wanted *w, struct stream *stream,
                                   struct dsi_error *err)
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
    if (status == DSI_OK && w->to_the_end)
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
    struct npz *npz = file->state;
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
    case STORED:
        return read_stored(&w, err);
    case KEPT:
        return read_kept(&w, err);
    case WHOLE:
        return n == n_rows ? read_whole(&w, err) : read_kept(&w, err);
    case STREAM:
        break;
    }
    /* Two parts of a dataset may have the same labels. */
    struct stream *stream = &w.member->streams[w.index];
    pthread_mutex_lock(&stream->mutex);
    enum dsi_status status = read_stream(&w, stream, err);
    pthread_mutex_unlock(&stream->mutex);
    return status;
}

static void close_member(struct member *member)
{
    struct dsi_file npy = {.state = member->records};
    dsi_format_npy.close(&npy);
    if (member->crc)
        dsi_crc_stop(member->crc);
    free(member->crc);
    for (size_t i = 0; i < member->n_streams; i++) {
        dsi_inflater_free(member->streams[i].inflater);
        pthread_mutex_destroy(&member->streams[i].mutex);
    }
    free(member->streams);
}

static void close_npz(struct dsi_file *file)
{
    struct npz *npz = file->state;
    if (!npz)
        return;
    for (size_t i = 0; i < npz->n_members; i++)
        close_member(&npz->members[i]);
    free(npz->members);
    free(npz->member_of);
    dsi_zip_directory_free(&npz->directory);
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
