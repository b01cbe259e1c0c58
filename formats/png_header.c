#include "png_header.h"
#include "exif.h"

#include <string.h>
#include <zlib.h>

enum { N_COLOURS = 7, IHDR_BYTES = 13 };

static const uint8_t signature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

/* Bit b: depth b may be had with that colour type (the standard's table 11.1). */
static const uint32_t depths[N_COLOURS] = {
    [DSI_PNG_GREY] = 1U << 1 | 1U << 2 | 1U << 4 | 1U << 8 | 1U << 16,
    [DSI_PNG_RGB] = 1U << 8 | 1U << 16,
    [DSI_PNG_PALETTE] = 1U << 1 | 1U << 2 | 1U << 4 | 1U << 8,
    [DSI_PNG_GREY_ALPHA] = 1U << 8 | 1U << 16,
    [DSI_PNG_RGB_ALPHA] = 1U << 8 | 1U << 16,
};

static const unsigned channels[N_COLOURS] = {
    [DSI_PNG_GREY] = 1,       [DSI_PNG_RGB] = 3,       [DSI_PNG_PALETTE] = 1,
    [DSI_PNG_GREY_ALPHA] = 2, [DSI_PNG_RGB_ALPHA] = 4,
};

static uint32_t big32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

int dsi_png_header_match(const uint8_t *head, size_t n)
{
    int match = 0;
    while (match < 8 && (size_t)match < n && head[match] == signature[match])
        match++;
    return match < 4 ? 0 : 8 * match;
}

static enum dsi_status check_header(const struct dsi_png_header *h, const uint8_t *ihdr,
                                    struct dsi_error *err)
{
    if (h->width == 0 || h->height == 0)
        return dsi_fail(err, DSI_ERR_MALFORMED, "%u x %u pixels: an image has some",
                        h->width, h->height);
    if (h->width > INT32_MAX || h->height > INT32_MAX)
        return dsi_fail(err, DSI_ERR_MALFORMED,
                        "%u x %u pixels: beyond what PNG allows", h->width, h->height);
    if (h->colour >= N_COLOURS || h->depth > 16 || !(depths[h->colour] >> h->depth & 1))
        return dsi_fail(err, DSI_ERR_MALFORMED, "no colour type %u of %u bits exists",
                        h->colour, h->depth);
    if (ihdr[10] != 0 || ihdr[11] != 0 || ihdr[12] > 1)
        return dsi_fail(err, DSI_ERR_MALFORMED,
                        "unknown compression %u, filter %u or interlace %u method",
                        ihdr[10], ihdr[11], ihdr[12]);
    return DSI_OK;
}

enum dsi_status dsi_png_header_read(struct dsi_image_input *in,
                                    struct dsi_png_header *h, struct dsi_error *err)
{
    uint8_t sig[sizeof signature], chunk[8 + IHDR_BYTES + 4];
    DSI_TRY(dsi_image_input_take(in, sig, sizeof sig, err));
    if (memcmp(sig, signature, sizeof sig) != 0)
        return dsi_fail(err, DSI_ERR_MALFORMED, "not a PNG signature%s",
                        memcmp(sig, signature, 4) == 0
                            ? ": its line ends were changed, as by a transfer as text"
                            : "");
    DSI_TRY(dsi_image_input_take(in, chunk, sizeof chunk, err));
    if (memcmp(chunk + 4, "CgBI", 4) == 0)
        return dsi_fail(err, DSI_ERR_UNSUPPORTED,
                        "Apple's variant of PNG (CgBI), not PNG itself");
    if (memcmp(chunk + 4, "IHDR", 4) != 0 || big32(chunk) != IHDR_BYTES)
        return dsi_fail(err, DSI_ERR_MALFORMED,
                        "does not begin with a sound IHDR chunk");
    if (crc32(0, chunk + 4, 4 + IHDR_BYTES) != big32(chunk + 8 + IHDR_BYTES))
        return dsi_fail(err, DSI_ERR_CRC, "IHDR: CRC error");
    const uint8_t *ihdr = chunk + 8;
    h->width = big32(ihdr);
    h->height = big32(ihdr + 4);
    h->depth = ihdr[8];
    h->colour = ihdr[9];
    h->interlaced = ihdr[12] == 1;
    DSI_TRY(check_header(h, ihdr, err));
    h->n_channels = channels[h->colour];
    return DSI_OK;
}

enum dsi_status dsi_png_header_walk(struct dsi_image_input *in,
                                    struct dsi_png_chunks *chunks,
                                    struct dsi_error *err)
{
    uint8_t chunk[8];
    *chunks = (struct dsi_png_chunks){0};
    for (;;) {
        DSI_TRY(dsi_image_input_take(in, chunk, sizeof chunk, err));
        const uint32_t n = big32(chunk);
        const uint64_t start = dsi_image_input_position(in);
        const char *name = (const char *)chunk + 4;
        if (memcmp(name, "IDAT", 4) == 0 || memcmp(name, "IEND", 4) == 0)
            return DSI_OK;
        if (memcmp(name, "tRNS", 4) == 0)
            chunks->has_trns = true;
        if (memcmp(name, "eXIf", 4) == 0)
            DSI_TRY(dsi_exif_orientation(in, n, &chunks->orientation, err));
        const uint64_t n_used = dsi_image_input_position(in) - start;
        dsi_image_input_skip(in, (uint64_t)n + 4 - n_used);
    }
}
