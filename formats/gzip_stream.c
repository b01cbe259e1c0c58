#include "gzip_stream.h"

#include <string.h>

enum {
    WITH_GZIP_HEADER = 16 + MAX_WBITS, /* inflateInit2's way to ask for gzip */
    MAX_OUTPUT = 1 << 30,              /* of one call: avail_out has 32 bits */
};

enum dsi_status dsi_gzip_start(struct dsi_gzip *gzip, struct dsi_source *source,
                               struct dsi_error *err)
{
    gzip->source = source;
    if (inflateInit2(&gzip->inflater, WITH_GZIP_HEADER) != Z_OK)
        return dsi_fail_memory(err, 1 << 15);
    gzip->started = true;
    return DSI_OK;
}

enum dsi_status dsi_gzip_rewind(struct dsi_gzip *gzip, struct dsi_error *err)
{
    if (inflateReset(&gzip->inflater) != Z_OK)
        return dsi_fail(err, DSI_ERR_READ, "the decompressor cannot start again");
    gzip->position = gzip->offset = 0;
    gzip->inflater.avail_in = 0;
    gzip->ended = gzip->surplus = false;
    return DSI_OK;
}

/* Reads on when fewer than n compressed bytes are at hand; fewer stay only at the end.
 */
static enum dsi_status need_input(struct dsi_gzip *gzip, size_t n,
                                  struct dsi_error *err)
{
    z_stream *z = &gzip->inflater;
    if (z->avail_in >= n)
        return DSI_OK;
    size_t kept = z->avail_in, got;
    if (kept)
        memmove(gzip->window, z->next_in, kept);
    DSI_TRY(dsi_source_read(gzip->source, gzip->offset, gzip->window + kept,
                            sizeof gzip->window - kept, &got, err));
    gzip->offset += got;
    z->next_in = gzip->window;
    z->avail_in = (uInt)(kept + got);
    return DSI_OK;
}

/* One member is done: is there another? */
static enum dsi_status end_member(struct dsi_gzip *gzip, struct dsi_error *err)
{
    z_stream *z = &gzip->inflater;
    DSI_TRY(need_input(gzip, 2, err));
    if (z->avail_in >= 2 && z->next_in[0] == 0x1f && z->next_in[1] == 0x8b) {
        inflateReset(z); /* fails only for a stream that was never started */
        return DSI_OK;
    }
    gzip->ended = true;
    gzip->surplus = z->avail_in > 0;
    return DSI_OK;
}

static enum dsi_status fail_inflate(const struct dsi_gzip *gzip, int code,
                                    struct dsi_error *err)
{
    const char *reason = gzip->inflater.msg ? gzip->inflater.msg : "unknown error";
    unsigned long long at = gzip->offset - gzip->inflater.avail_in;
    if (code == Z_MEM_ERROR)
        return dsi_fail_memory(err, 1 << 15);
    /* zlib's words for a wrong checksum: there is no code of its own for it. */
    if (strcmp(reason, "incorrect data check") == 0 ||
        strcmp(reason, "incorrect length check") == 0 ||
        strcmp(reason, "header crc mismatch") == 0)
        return dsi_fail(err, DSI_ERR_CRC,
                        "gzip: %s at byte %llu: what it holds is damaged", reason, at);
    if (code == Z_NEED_DICT)
        reason = "a preset dictionary is needed";
    return dsi_fail(err, DSI_ERR_MALFORMED, "gzip: %s at byte %llu", reason, at);
}

/* One call of inflate; *made is what it delivered. */
static enum dsi_status inflate_some(struct dsi_gzip *gzip, uint8_t *out, size_t n,
                                    size_t *made, struct dsi_error *err)
{
    z_stream *z = &gzip->inflater;
    *made = 0;
    DSI_TRY(need_input(gzip, 1, err));
    uInt room = n < MAX_OUTPUT ? (uInt)n : MAX_OUTPUT;
    bool dry = z->avail_in == 0;
    z->next_out = out;
    z->avail_out = room;
    int code = inflate(z, Z_NO_FLUSH);
    *made = room - z->avail_out;
    if (code == Z_STREAM_END)
        return end_member(gzip, err);
    if (code == Z_BUF_ERROR || (code == Z_OK && dry && *made == 0)) {
        if (!dry)
            return DSI_OK; /* it only wants more input */
        return dsi_fail(err, DSI_ERR_TRUNCATED,
                        "gzip: the file ends at byte %llu, inside its compressed data",
                        (unsigned long long)gzip->offset);
    }
    return code == Z_OK ? DSI_OK : fail_inflate(gzip, code, err);
}

enum dsi_status dsi_gzip_read(struct dsi_gzip *gzip, void *buffer, size_t n,
                              size_t *got, struct dsi_error *err)
{
    enum dsi_status status = DSI_OK;
    *got = 0;
    while (*got < n && !gzip->ended && status == DSI_OK) {
        size_t made;
        status = inflate_some(gzip, (uint8_t *)buffer + *got, n - *got, &made, err);
        *got += made;
    }
    gzip->position += *got;
    return status;
}

void dsi_gzip_stop(struct dsi_gzip *gzip)
{
    if (gzip->started)
        inflateEnd(&gzip->inflater);
    gzip->started = false;
}
