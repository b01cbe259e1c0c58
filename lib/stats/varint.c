#include "varint.h"

enum dsi_status dsi_varint_append(struct dsi_bytes *out, uint64_t value,
                                  struct dsi_error *err)
{
    uint8_t spelled[10];
    size_t n = 0;
    for (; value >= 0x80; value >>= 7)
        spelled[n++] = (uint8_t)(value | 0x80);
    spelled[n++] = (uint8_t)value;
    return dsi_bytes_append(out, spelled, n, err);
}

enum dsi_status dsi_varint_read(struct dsi_bytes_reader *in, uint64_t *value,
                                struct dsi_error *err)
{
    uint64_t sum = 0;
    for (unsigned shift = 0;; shift += 7) {
        uint8_t byte;
        DSI_TRY(dsi_bytes_read(in, &byte, 1, err));
        const bool is_last = byte < 0x80;
        /* The tenth byte holds the 64th bit alone; a last byte of 0 is left out. */
        if ((shift == 63 && byte > 1) || (is_last && byte == 0 && shift > 0))
            return dsi_fail(err, DSI_ERR_MALFORMED, "a number that is misspelled");
        sum |= (uint64_t)(byte & 0x7f) << shift;
        if (is_last)
            break;
    }
    *value = sum;
    return DSI_OK;
}
