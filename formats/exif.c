#include "exif.h"

#include <string.h>

enum {
    HEADER_BYTES = 8,
    ENTRY_BYTES = 12,
    TAG_ORIENTATION = 0x0112,
    TYPE_SHORT = 3,
    TYPE_LONG = 4, /* by some writers */
};

/* A block that is read forwards. */
struct block {
    struct dsi_image_input *in;
    uint64_t n_left;
    bool is_big_endian;
};

static uint32_t number(const struct block *block, const uint8_t *p, int n)
{
    uint32_t value = 0;
    for (int i = 0; i < n; i++)
        value = value << 8 | p[block->is_big_endian ? i : n - 1 - i];
    return value;
}

/* *ok is false at the end of the block. */
static enum dsi_status take(struct block *block, void *out, size_t n, bool *ok,
                            struct dsi_error *err)
{
    *ok = n <= block->n_left;
    if (!*ok)
        return DSI_OK;
    block->n_left -= n;
    return dsi_image_input_take(block->in, out, n, err);
}

/* To the first directory, whose number of entries it reads. */
static enum dsi_status find_directory(struct block *block, uint32_t *n_entries,
                                      bool *ok, struct dsi_error *err)
{
    uint8_t header[HEADER_BYTES], count[2];
    DSI_TRY(take(block, header, sizeof header, ok, err));
    if (!*ok)
        return DSI_OK;
    block->is_big_endian = header[0] == 'M';
    const uint32_t at = number(block, header + 4, 4);
    *ok = (memcmp(header, "MM", 2) == 0 || memcmp(header, "II", 2) == 0) &&
          number(block, header + 2, 2) == 42 && at >= HEADER_BYTES &&
          at - HEADER_BYTES <= block->n_left;
    if (!*ok)
        return DSI_OK;
    dsi_image_input_skip(block->in, at - HEADER_BYTES);
    block->n_left -= at - HEADER_BYTES;
    DSI_TRY(take(block, count, sizeof count, ok, err));
    *n_entries = *ok ? number(block, count, 2) : 0;
    return DSI_OK;
}

enum dsi_status dsi_exif_orientation(struct dsi_image_input *in, uint64_t n,
                                     unsigned *orientation, struct dsi_error *err)
{
    struct block block = {.in = in, .n_left = n};
    uint32_t n_entries = 0;
    bool ok;
    DSI_TRY(find_directory(&block, &n_entries, &ok, err));
    for (uint32_t i = 0; ok && i < n_entries; i++) {
        uint8_t entry[ENTRY_BYTES]; /* tag, type, count, value or where it is */
        DSI_TRY(take(&block, entry, sizeof entry, &ok, err));
        if (!ok || number(&block, entry, 2) != TAG_ORIENTATION)
            continue;
        const uint32_t type = number(&block, entry + 2, 2);
        const uint32_t value = number(&block, entry + 8, type == TYPE_LONG ? 4 : 2);
        if ((type == TYPE_SHORT || type == TYPE_LONG) && value >= 1 && value <= 8)
            *orientation = value;
        return DSI_OK;
    }
    return DSI_OK;
}
