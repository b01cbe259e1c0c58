#include "npz_directory.h"

#include "bytes.h"
#include "npz_end.h"
#include "npz_libzip.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LOCAL_BYTES = 30, /* of a local header, before its name */
    FLAG_ENCRYPTED = 1,
    FLAG_SIZES_FOLLOW = 8, /* a data descriptor, after the data */
    EXTRA_ZIP64 = 0x0001,
    EXTRA_UTF8_NAME = 0x7075,
    /* 258 bytes of one symbol that takes 2 bits; and the tail of the last byte. */
    MAX_DEFLATE_RATIO = 1032,
};

/* --- one member
 * ------------------------------------------------------------------------ */

enum dsi_status dsi_zip_member_fail(struct dsi_zip_member *member,
                                    enum dsi_status status, const char *reason,
                                    struct dsi_error *err)
{
    if (member->status != DSI_OK)
        return DSI_OK;
    member->reason = dsi_text_copy(reason, strlen(reason));
    if (!member->reason)
        return dsi_fail_memory(err, strlen(reason));
    member->status = status;
    return DSI_OK;
}

static const char *method_name(unsigned method)
{
    static const struct {
        unsigned method;
        const char *name;
    } names[] = {{1, "shrink"}, {6, "implode"},  {9, "deflate64"}, {12, "bzip2"},
                 {14, "LZMA"},  {20, "zstd"},    {93, "zstd"},     {94, "MP3"},
                 {95, "xz"},    {97, "WavPack"}, {98, "PPMd"},     {99, "AES"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].method == method)
            return names[i].name;
    return "unknown";
}

/* What the central directory says of it, by itself. */
static enum dsi_status check_directory(const zip_stat_t *st, struct dsi_error *err)
{
    uint64_t most;
    if (st->encryption_method != ZIP_EM_NONE)
        return dsi_fail(err, DSI_ERR_UNSUPPORTED,
                        "encrypted, which no numpy.load reads either");
    if (st->comp_method == ZIP_CM_STORE && st->comp_size != st->size)
        return dsi_fail(err, DSI_ERR_MALFORMED, "stored, but takes %llu bytes for %llu",
                        (unsigned long long)st->comp_size,
                        (unsigned long long)st->size);
    if (st->comp_method == ZIP_CM_STORE)
        return DSI_OK;
    if (st->comp_method != ZIP_CM_DEFLATE)
        return dsi_fail(err, DSI_ERR_UNSUPPORTED,
                        "compressed with %s (method %u); stored and deflate are read: "
                        "save it again with numpy.savez_compressed",
                        method_name(st->comp_method), st->comp_method);
    if (dsi_mul(st->comp_size, MAX_DEFLATE_RATIO, &most) && st->size > most)
        return dsi_fail(err, DSI_ERR_MALFORMED,
                        "%llu compressed bytes cannot hold the %llu that the "
                        "directory promises: deflate packs at most 1032 to one",
                        (unsigned long long)st->comp_size,
                        (unsigned long long)st->size);
    return DSI_OK;
}

/* What there is of the local header's extra fields. */
struct extras {
    uint64_t n_bytes, n_compressed; /* the header's, or zip64's where they stand in */
    const uint8_t *name;            /* one in UTF-8 that replaces the header's; NULL */
    size_t n_name;
};

static void read_extras(struct extras *x, const uint8_t *p, size_t n)
{
    while (n >= 4) {
        size_t id = dsi_zip_u16(p), size = dsi_zip_u16(p + 2), at = 4;
        if (size > n - 4)
            return;
        if (id == EXTRA_ZIP64) {
            if (x->n_bytes == UINT32_MAX && at + 8 <= size + 4) {
                x->n_bytes = dsi_zip_u64(p + at);
                at += 8;
            }
            if (x->n_compressed == UINT32_MAX && at + 8 <= size + 4)
                x->n_compressed = dsi_zip_u64(p + at);
        }
        if (id == EXTRA_UTF8_NAME && size > 5) {
            x->name = p + 4 + 5;
            x->n_name = size - 5;
        }
        p += 4 + size;
        n -= 4 + size;
    }
}

static bool is_name(const char *name, const uint8_t *other, size_t n)
{
    return strlen(name) == n && memcmp(name, other, n) == 0;
}

/* head is the local header with its name and extra fields. */
static enum dsi_status compare_header(const uint8_t *head, const zip_stat_t *st,
                                      const char *name, struct dsi_error *err)
{
    unsigned flags = dsi_zip_u16(head + 6);
    size_t n_name = dsi_zip_u16(head + 26);
    struct extras x = {.n_compressed = dsi_zip_u32(head + 18),
                       .n_bytes = dsi_zip_u32(head + 22)};
    read_extras(&x, head + LOCAL_BYTES + n_name, dsi_zip_u16(head + 28));
    const char *what = NULL;
    if (!is_name(name, head + LOCAL_BYTES, n_name) &&
        !(x.name && is_name(name, x.name, x.n_name)))
        what = "name";
    else if (flags & FLAG_ENCRYPTED)
        what = "encryption";
    else if (dsi_zip_u16(head + 8) != st->comp_method)
        what = "compression method";
    else if (!(flags & FLAG_SIZES_FOLLOW) &&
             (x.n_bytes != st->size || x.n_compressed != st->comp_size))
        what = "size";
    else if (!(flags & FLAG_SIZES_FOLLOW) && dsi_zip_u32(head + 14) != st->crc)
        what = "CRC-32";
    if (what)
        return dsi_fail(err, DSI_ERR_MALFORMED,
                        "the archive's directory and the header before the data differ "
                        "in the %s: which of them is right cannot be told",
                        what);
    return DSI_OK;
}

static enum dsi_status check_header(struct dsi_libzip *z, struct dsi_zip_member *member,
                                    const zip_stat_t *st, const char *name,
                                    struct dsi_bytes *head, struct dsi_error *err)
{
    uint8_t fixed[LOCAL_BYTES];
    uint64_t at = member->header_offset;
    DSI_TRY(dsi_source_read_all(&z->source, at, fixed, sizeof fixed, err));
    if (memcmp(fixed, "PK\3\4", 4) != 0)
        return dsi_fail(err, DSI_ERR_MALFORMED,
                        "at byte %llu, where the archive's directory points to, is no "
                        "member",
                        (unsigned long long)(z->source.offset + at));
    size_t n = LOCAL_BYTES + (size_t)dsi_zip_u16(fixed + 26) + dsi_zip_u16(fixed + 28);
    DSI_TRY(dsi_bytes_claim(head, n, err));
    DSI_TRY(dsi_source_read_all(&z->source, at, head->data, n, err));
    DSI_TRY(compare_header(head->data, st, name, err));
    member->data_offset = at + n;
    if (member->n_compressed > z->source.n_bytes - member->data_offset)
        return dsi_fail(err, DSI_ERR_MALFORMED,
                        "its %llu bytes reach beyond the end of the archive",
                        (unsigned long long)member->n_compressed);
    return DSI_OK;
}

/* A failure here is the member's own, unless it is the machine's. */
static enum dsi_status read_member(struct dsi_libzip *z, uint64_t index,
                                   struct dsi_zip_member *member,
                                   struct dsi_bytes *head, struct dsi_error *err)
{
    zip_stat_t st;
    struct dsi_error reason = {0};
    zip_stat_init(&st);
    const char *name = zip_get_name(z->zip, index, ZIP_FL_ENC_GUESS);
    if (!name)
        return dsi_libzip_fail(z, err);
    member->name = dsi_text_copy(name, strlen(name));
    if (!member->name)
        return dsi_fail_memory(err, strlen(name));
    const char *raw_name = zip_get_name(z->zip, index, ZIP_FL_ENC_RAW);
    if (!raw_name || zip_stat_index(z->zip, index, 0, &st) != 0)
        return dsi_libzip_fail(z, err);
    member->n_compressed = st.comp_size;
    member->n_bytes = st.size;
    member->crc = st.crc;
    member->is_deflated = st.comp_method == ZIP_CM_DEFLATE;

    enum dsi_status status = check_directory(&st, &reason);
    struct dsi_error elsewhere = {0};
    enum dsi_status found =
        dsi_libzip_find(z, index, &member->header_offset, &elsewhere);
    member->has_header = found == DSI_OK;
    if (status == DSI_OK && found != DSI_OK)
        reason = elsewhere;
    if (status == DSI_OK)
        status = found;
    if (status == DSI_OK)
        status = check_header(z, member, &st, raw_name, head, &reason);
    if (status == DSI_OK)
        return DSI_OK;
    if (dsi_status_is_data(status))
        return dsi_zip_member_fail(member, status, reason.message, err);
    return dsi_fail(err, status, "%s", reason.message);
}

/* --- all members
 * ----------------------------------------------------------------------- */

static int by_offset(const void *a, const void *b)
{
    const struct dsi_zip_member *const *x = a, *const *y = b;
    uint64_t p = (*x)->header_offset, q = (*y)->header_offset;
    return p < q ? -1 : p > q;
}

/* Where its bytes end; those that are unreadable for another reason have a header at
 * the least. */
static uint64_t end_of(const struct dsi_zip_member *member)
{
    if (!member->has_header)
        return 0;
    return member->status == DSI_OK ? member->data_offset + member->n_compressed
                                    : member->header_offset + LOCAL_BYTES;
}

/* Members that share bytes: so are bombs made that unpack to more than deflate allows,
 * and none of them is what it seems. */
static enum dsi_status check_overlaps(struct dsi_zip_directory *directory,
                                      struct dsi_error *err)
{
    size_t n = directory->n_members, furthest = 0;
    struct dsi_zip_member **order = dsi_alloc_array(n, sizeof *order);
    enum dsi_status status = order ? DSI_OK : dsi_fail_memory(err, n * sizeof *order);
    bool *overlaps = dsi_alloc_zeroed(n, sizeof *overlaps);
    if (status == DSI_OK && !overlaps)
        status = dsi_fail_memory(err, n);
    for (size_t i = 0; i < n && status == DSI_OK; i++)
        order[i] = &directory->members[i];
    if (status == DSI_OK)
        qsort(order, n, sizeof *order, by_offset);
    for (size_t i = 1; i < n && status == DSI_OK; i++) {
        if (order[i]->has_header && order[i]->header_offset < end_of(order[furthest]))
            overlaps[i] = overlaps[furthest] = true;
        if (end_of(order[i]) > end_of(order[furthest]))
            furthest = i;
    }
    for (size_t i = 0; i < n && status == DSI_OK; i++)
        if (overlaps[i])
            status = dsi_zip_member_fail(
                order[i], DSI_ERR_MALFORMED,
                "shares bytes of the archive with another member", err);
    free(overlaps);
    free(order);
    return status;
}

static enum dsi_status read_members(struct dsi_libzip *z,
                                    struct dsi_zip_directory *directory,
                                    uint64_t n_members, struct dsi_error *err)
{
    struct dsi_bytes head = {0};
    enum dsi_status status = DSI_OK;
    zip_int64_t n = zip_get_num_entries(z->zip, 0);
    if (n < 0 || (uint64_t)n != n_members)
        return dsi_fail(err, DSI_ERR_MALFORMED,
                        "the zip archive has two ends that differ, with %lld and %llu "
                        "members",
                        (long long)n, (unsigned long long)n_members);
    directory->members = dsi_alloc_zeroed(n_members, sizeof *directory->members);
    if (!directory->members)
        return dsi_fail_memory(err, n_members * sizeof *directory->members);
    for (uint64_t i = 0; i < n_members && status == DSI_OK; i++) {
        directory->n_members++;
        status = read_member(z, i, &directory->members[i], &head, err);
    }
    dsi_bytes_free(&head);
    return status == DSI_OK ? check_overlaps(directory, err) : status;
}

enum dsi_status dsi_zip_directory_read(struct dsi_zip_directory *directory,
                                       struct dsi_source *source, struct dsi_error *err)
{
    struct dsi_zip_end end;
    *directory = (struct dsi_zip_directory){0};
    DSI_TRY(dsi_zip_end_read(&end, source, err));
    if (end.n_members == 0)
        return DSI_OK;
    if (end.n_members > DSI_ZIP_MAX_MEMBERS)
        return dsi_fail(err, DSI_ERR_LIMIT, "%llu members; at most %d are read",
                        (unsigned long long)end.n_members, DSI_ZIP_MAX_MEMBERS);
    struct dsi_libzip *z = dsi_alloc_zeroed(1, sizeof *z);
    if (!z)
        return dsi_fail_memory(err, sizeof *z);
    enum dsi_status status = dsi_libzip_open(z, source, end.start, end.n_bytes, err);
    if (status == DSI_OK) {
        status = read_members(z, directory, end.n_members, err);
        dsi_libzip_close(z);
    }
    for (size_t i = 0; i < directory->n_members; i++) {
        directory->members[i].header_offset += end.start;
        directory->members[i].data_offset += end.start;
    }
    free(z);
    return status;
}

void dsi_zip_directory_free(struct dsi_zip_directory *directory)
{
    for (size_t i = 0; i < directory->n_members; i++) {
        free(directory->members[i].name);
        free(directory->members[i].reason);
    }
    free(directory->members);
    *directory = (struct dsi_zip_directory){0};
}
