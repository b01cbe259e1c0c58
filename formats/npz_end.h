/* The end of a zip archive, from which it is read. */
#ifndef DSI_NPZ_END_H
#define DSI_NPZ_END_H

#include "source.h"

struct dsi_zip_end {
    uint64_t n_members;
    /* Where the archive starts in the source, and its length: what is before it and
     * after it is somebody else's. */
    uint64_t start, n_bytes;
};

/* DSI_ERR_TRUNCATED when there is none within what a comment may take, or it is not
 * all there. */
DSI_CHECKED enum dsi_status dsi_zip_end_read(struct dsi_zip_end *end,
                                             struct dsi_source *source,
                                             struct dsi_error *err);

static inline uint16_t dsi_zip_u16(const uint8_t *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t dsi_zip_u32(const uint8_t *p)
{
    return dsi_zip_u16(p) | (uint32_t)dsi_zip_u16(p + 2) << 16;
}

static inline uint64_t dsi_zip_u64(const uint8_t *p)
{
    return dsi_zip_u32(p) | (uint64_t)dsi_zip_u32(p + 4) << 32;
}

#endif
