#include "npz_members.h"

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
    struct dsi_npz *npz = file->state;
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
    struct dsi_npz *npz = file->state;
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
static uint64_t share_of(const struct dsi_npz_member *member,
                         const struct dsi_array *array)
{
    if (member->way == DSI_NPZ_STORED || member->n_arrays == 1)
        return member->way == DSI_NPZ_STORED ? array->n_bytes_stored
                                             : member->place.n_compressed;
    double share = (double)array->n_bytes_stored / (double)member->place.n_bytes;
    return (uint64_t)(share * (double)member->place.n_compressed);
}

/* Which way its rows go, now that its header is known. */
static enum dsi_status choose_way(const struct dsi_file *file,
                                  struct dsi_npz_member *member, struct dsi_error *err)
{
    uint64_t n = member->place.n_bytes, limit = file->options.limits.max_bytes;
    if (member->way == DSI_NPZ_STORED)
        return DSI_OK;
    if (n <= SMALL_BYTES && n <= limit)
        member->way = DSI_NPZ_WHOLE;
    else
        member->way =
            dsi_records_are_transposed(member->records) ? DSI_NPZ_KEPT : DSI_NPZ_STREAM;
    if (member->way == DSI_NPZ_KEPT && n > limit)
        return dsi_fail(err, DSI_ERR_LIMIT,
                        "deflated and in Fortran order, it must be inflated whole, to "
                        "%llu bytes, more than the limit of %llu; raise it with "
                        "--limit-bytes",
                        (unsigned long long)n, (unsigned long long)limit);
    return DSI_OK;
}

static enum dsi_status start_streams(struct dsi_npz_member *member,
                                     struct dsi_error *err)
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
                                   struct dsi_npz_member *member, const char *name,
                                   struct dsi_error *err)
{
    struct dsi_npz *npz = file->state;
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
        array->sequential = member->way == DSI_NPZ_STREAM;
        if (member->way == DSI_NPZ_WHOLE)
            array->n_rows_together = dsi_array_n_rows(array);
        if (member->way != DSI_NPZ_STORED &&
            !(array->filters = dsi_text_copy("deflate", strlen("deflate"))))
            return dsi_fail_memory(err, strlen("deflate"));
    }
    return member->way == DSI_NPZ_STREAM ? start_streams(member, err) : DSI_OK;
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
static enum dsi_status
describe_npy(struct dsi_file *file, struct dsi_npz_member *member,
             struct dsi_zip_member *from, struct dsi_source *source,
             const struct dsi_inflater *inflater, struct dsi_error *err)
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
static enum dsi_status start_stored(struct dsi_npz_member *member,
                                    struct dsi_error *err)
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
    struct dsi_npz *npz = file->state;
    struct dsi_npz_member *member = &npz->members[npz->n_members++];
    struct dsi_source head, *source = &member->part;
    *member = (struct dsi_npz_member){.way = from->is_deflated ? DSI_NPZ_WHOLE
                                                               : DSI_NPZ_STORED,
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
    struct dsi_npz *npz = file->state;
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

enum dsi_status dsi_npz_members_open(struct dsi_file *file, struct dsi_error *err)
{
    struct dsi_npz *npz = file->state;
    DSI_TRY(dsi_zip_directory_read(&npz->directory, file->source, err));
    DSI_TRY(check_names(file, &npz->directory, err));
    DSI_TRY(drop_duplicates(file, &npz->directory, err));
    DSI_TRY(open_members(file, err));
    dsi_zip_directory_free(&npz->directory);
    return DSI_OK;
}

static void close_member(struct dsi_npz_member *member)
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

void dsi_npz_members_close(struct dsi_npz *npz)
{
    for (size_t i = 0; i < npz->n_members; i++)
        close_member(&npz->members[i]);
    free(npz->members);
    free(npz->member_of);
    dsi_zip_directory_free(&npz->directory);
}
