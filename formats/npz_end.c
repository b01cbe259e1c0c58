#include "npz_end.h"

#include "bytes.h"

#include <stdlib.h>
#include <string.h>

enum {
    END_BYTES = 22,
    LOCATOR_BYTES = 20, /* zip64: stands before the end, and tells where this is: */
    END64_BYTES = 56,
    MAX_COMMENT = 65535,
    TAIL_BYTES = END64_BYTES + LOCATOR_BYTES + END_BYTES + MAX_COMMENT,
};

static bool is_signature(const uint8_t *p, char a, char b)
{
    return p[0] == 'P' && p[1] == 'K' && p[2] == (uint8_t)a && p[3] == (uint8_t)b;
}

/* The last signature that leaves room for an end, as zipfile takes it; n when there is
 * none. */
static size_t find_end(const uint8_t *tail, size_t n)
{
    for (size_t at = n < END_BYTES ? 0 : n - END_BYTES + 1; at-- > 0;)
        if (is_signature(tail + at, 5, 6))
            return at;
    return n;
}

/* What the directory's own offset falls short of where it must be by its size. */
static uint64_t start_of(uint64_t directory_end, uint64_t size, uint64_t offset)
{
    uint64_t before;
    if (!dsi_add(size, offset, &before) || before > directory_end)
        return 0; /* nonsense, which libzip will say */
    return directory_end - before;
}

/* tail is the last n bytes of the source, from tail_offset on. */
static enum dsi_status read_end(struct dsi_zip_end *end, const uint8_t *tail, size_t n,
                                size_t at, uint64_t tail_offset, struct dsi_error *err)
{
    const uint8_t *p = tail + at;
    uint64_t place = tail_offset + at;
    uint64_t n_members = dsi_zip_u16(p + 10), size = dsi_zip_u32(p + 12);
    uint64_t offset = dsi_zip_u32(p + 16);
    size_t n_comment = dsi_zip_u16(p + 20);
    if (n_comment > n - at - END_BYTES)
        return dsi_fail(err, DSI_ERR_TRUNCATED,
                        "a zip archive that ends inside its comment, %zu bytes early",
                        n_comment - (n - at - END_BYTES));
    if (at >= LOCATOR_BYTES + END64_BYTES && is_signature(p - LOCATOR_BYTES, 6, 7) &&
        is_signature(p - LOCATOR_BYTES - END64_BYTES, 6, 6)) {
        p -= LOCATOR_BYTES + END64_BYTES;
        place -= LOCATOR_BYTES + END64_BYTES;
        n_members = dsi_zip_u64(p + 32);
        size = dsi_zip_u64(p + 40);
        offset = dsi_zip_u64(p + 48);
    }
    end->n_members = n_members;
    end->start = start_of(place, size, offset);
    end->n_bytes = tail_offset + at + END_BYTES + n_comment - end->start;
    return DSI_OK;
}

enum dsi_status dsi_zip_end_read(struct dsi_zip_end *end, struct dsi_source *source,
                                 struct dsi_error *err)
{
    uint64_t n_all = source->n_bytes;
    size_t n = n_all < TAIL_BYTES ? (size_t)n_all : (size_t)TAIL_BYTES;
    uint8_t *tail = dsi_alloc_array(n, 1);
    if (!tail)
        return dsi_fail_memory(err, n);
    enum dsi_status status = dsi_source_read_all(source, n_all - n, tail, n, err);
    size_t at = status == DSI_OK ? find_end(tail, n) : n;
    if (status == DSI_OK && at == n)
        status = dsi_fail(err, DSI_ERR_TRUNCATED,
                          "a zip archive without its end, where the list of its "
                          "members stands: cut short, or never closed");
    if (status == DSI_OK)
        status = read_end(end, tail, n, at, n_all - n, err);
    free(tail);
    return status;
}
