#include "npz_inflate.h"

#include "npz_crc.h"

#include <isa-l/igzip_lib.h>
#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>

enum {
    WINDOW_BYTES = 64 << 10,
    FIRST_BYTES = 4096,   /* of compressed: a header needs no more */
    MAX_OUTPUT = 1 << 30, /* of one call: avail_out has 32 bits */
    WASTE_BYTES = 64 << 10,
};

struct dsi_inflater {
    struct inflate_state inflate;
    struct dsi_deflated deflated;
    uint64_t n_in;     /* compressed bytes read so far */
    uint64_t position; /* bytes delivered so far */
    uint64_t limit;    /* of what a source delivers */
    uint32_t crc;
    bool ended;
    struct dsi_error error; /* DSI_OK: none so far */
    uint8_t window[WINDOW_BYTES], waste[WASTE_BYTES];
};

struct dsi_inflater *dsi_inflater_new(void)
{
    return dsi_alloc_array(1, sizeof(struct dsi_inflater));
}

void dsi_inflater_free(struct dsi_inflater *inflater)
{
    free(inflater);
}

void dsi_inflater_start(struct dsi_inflater *in, const struct dsi_deflated *deflated)
{
    isal_inflate_init(&in->inflate);
    in->inflate.crc_flag = ISAL_DEFLATE;
    in->deflated = *deflated;
    in->limit = UINT64_MAX;
    in->n_in = in->position = 0;
    in->crc = 0;
    in->ended = false;
    in->error.status = DSI_OK;
    in->error.message[0] = '\0';
}

/* --- piece by piece
 * -------------------------------------------------------------------- */

/* *dry is true when there are no more compressed bytes. */
static enum dsi_status need_input(struct dsi_inflater *in, bool *dry,
                                  struct dsi_error *err)
{
    *dry = false;
    if (in->inflate.avail_in)
        return DSI_OK;
    uint64_t left = in->deflated.n_compressed - in->n_in;
    size_t n = in->n_in ? WINDOW_BYTES : FIRST_BYTES;
    n = left < n ? (size_t)left : n;
    if (n)
        DSI_TRY(dsi_source_read_all(in->deflated.source, in->deflated.offset + in->n_in,
                                    in->window, n, err));
    in->n_in += n;
    in->inflate.next_in = in->window;
    in->inflate.avail_in = (uint32_t)n;
    *dry = n == 0;
    return DSI_OK;
}

static const char *reason_of(int code)
{
    switch (code) {
    case ISAL_INVALID_BLOCK:
        return "invalid block";
    case ISAL_INVALID_SYMBOL:
        return "invalid symbol";
    case ISAL_INVALID_LOOKBACK:
        return "a reference to before the start";
    default:
        return "cannot be inflated";
    }
}

/* One call of the inflater; *made is what it delivered. */
static enum dsi_status inflate_some(struct dsi_inflater *in, uint8_t *out, size_t n,
                                    size_t *made, struct dsi_error *err)
{
    struct inflate_state *z = &in->inflate;
    bool dry;
    DSI_TRY(need_input(in, &dry, err));
    uint32_t room = n < MAX_OUTPUT ? (uint32_t)n : (uint32_t)MAX_OUTPUT;
    z->next_out = out;
    z->avail_out = room;
    int code = isal_inflate(z);
    *made = room - z->avail_out;
    if (code < 0)
        return dsi_fail(err, DSI_ERR_MALFORMED,
                        "deflate: %s, about compressed byte %llu of %llu",
                        reason_of(code), (unsigned long long)(in->n_in - z->avail_in),
                        (unsigned long long)in->deflated.n_compressed);
    in->ended = z->block_state == ISAL_BLOCK_FINISH && *made < room;
    if (dry && *made == 0 && !in->ended)
        return dsi_fail(err, DSI_ERR_MALFORMED,
                        "deflate: the compressed data end after %llu bytes, inside "
                        "a block",
                        (unsigned long long)in->deflated.n_compressed);
    return DSI_OK;
}

void dsi_inflater_read(struct dsi_inflater *in, void *buffer, size_t n, size_t *got)
{
    *got = 0;
    uint64_t left = in->deflated.n_bytes - in->position;
    n = left < n ? (size_t)left : n;
    while (*got < n && !in->ended && in->error.status == DSI_OK) {
        size_t made = 0;
        in->error.status =
            inflate_some(in, (uint8_t *)buffer + *got, n - *got, &made, &in->error);
        *got += made;
    }
    in->crc = libdeflate_crc32(in->crc, buffer, *got);
    in->position += *got;
    if (in->ended && *got < n)
        in->error.status = dsi_fail(
            &in->error, DSI_ERR_MALFORMED,
            "inflates to %llu bytes, but the archive's directory says %llu",
            (unsigned long long)in->position, (unsigned long long)in->deflated.n_bytes);
}

enum dsi_status dsi_inflater_status(const struct dsi_inflater *in,
                                    struct dsi_error *err)
{
    return in->error.status == DSI_OK
               ? DSI_OK
               : dsi_fail(err, in->error.status, "%s", in->error.message);
}

/* After the last byte that was promised, there must be the end. */
static void check_end(struct dsi_inflater *in)
{
    uint8_t more;
    size_t made = 0;
    while (!in->ended && made == 0 && in->error.status == DSI_OK)
        in->error.status = inflate_some(in, &more, 1, &made, &in->error);
    if (made)
        in->error.status =
            dsi_fail(&in->error, DSI_ERR_MALFORMED,
                     "inflates to more than the %llu bytes of the archive's directory",
                     (unsigned long long)in->deflated.n_bytes);
}

enum dsi_status dsi_inflater_finish(struct dsi_inflater *in, struct dsi_error *err)
{
    size_t got;
    do
        dsi_inflater_read(in, in->waste, sizeof in->waste, &got);
    while (got);
    if (in->error.status == DSI_OK)
        check_end(in);
    if (in->error.status == DSI_OK)
        in->error.status = dsi_crc_check(in->crc, in->deflated.crc, &in->error);
    return dsi_inflater_status(in, err);
}

/* --- as a source
 * ----------------------------------------------------------------------- */

static enum dsi_status feed_read(void *state, void *buffer, size_t n, size_t *got,
                                 struct dsi_error *err)
{
    (void)err;
    struct dsi_inflater *in = state;
    uint64_t left = in->position < in->limit ? in->limit - in->position : 0;
    dsi_inflater_read(in, buffer, left < n ? (size_t)left : n, got);
    return DSI_OK;
}

static enum dsi_status feed_restart(void *state, struct dsi_error *err)
{
    (void)err;
    struct dsi_inflater *in = state;
    struct dsi_deflated deflated = in->deflated;
    uint64_t limit = in->limit;
    dsi_inflater_start(in, &deflated);
    in->limit = limit;
    return DSI_OK;
}

void dsi_inflater_source(struct dsi_inflater *in, uint64_t limit,
                         struct dsi_source *source)
{
    struct dsi_feed feed = {.read = feed_read, .restart = feed_restart, .state = in};
    in->limit = limit;
    dsi_source_of_feed(source, &feed, in->deflated.n_bytes);
}

/* --- whole
 * ----------------------------------------------------------------------------- */

/* Bit by bit, to have what comes before the damage, and to know what it is. */
static enum dsi_status salvage(const struct dsi_deflated *deflated,
                               struct dsi_bytes *out, struct dsi_error *err)
{
    struct dsi_inflater *in = dsi_inflater_new();
    if (!in)
        return dsi_fail_memory(err, sizeof *in);
    dsi_inflater_start(in, deflated);
    dsi_inflater_read(in, out->data, (size_t)deflated->n_bytes, &out->n);
    enum dsi_status status = dsi_inflater_finish(in, err);
    dsi_inflater_free(in);
    return status;
}

static enum dsi_status inflate_at_once(const struct dsi_deflated *deflated,
                                       struct dsi_bytes *out,
                                       const struct dsi_bytes *compressed,
                                       bool *is_sound, struct dsi_error *err)
{
    struct libdeflate_decompressor *decompressor = libdeflate_alloc_decompressor();
    if (!decompressor)
        return dsi_fail_memory(err, 1 << 14);
    *is_sound = libdeflate_deflate_decompress(
                    decompressor, compressed->data, (size_t)deflated->n_compressed,
                    out->data, (size_t)deflated->n_bytes, NULL) == LIBDEFLATE_SUCCESS;
    libdeflate_free_decompressor(decompressor);
    return DSI_OK;
}

enum dsi_status dsi_inflate_whole(const struct dsi_deflated *deflated,
                                  struct dsi_bytes *out, struct dsi_bytes *compressed,
                                  struct dsi_error *err)
{
    size_t got;
    bool is_sound = false;
    out->n = 0;
    /* One byte more than may be needed: there is always somewhere to write to. */
    DSI_TRY(dsi_bytes_claim(out, deflated->n_bytes + 1, err));
    out->n = 0;
    DSI_TRY(dsi_bytes_claim(compressed, deflated->n_compressed + 1, err));
    DSI_TRY(dsi_source_read(deflated->source, deflated->offset, compressed->data,
                            (size_t)deflated->n_compressed, &got, err));
    if (got == deflated->n_compressed)
        DSI_TRY(inflate_at_once(deflated, out, compressed, &is_sound, err));
    if (!is_sound)
        return salvage(deflated, out, err);
    out->n = (size_t)deflated->n_bytes;
    return dsi_crc_check(libdeflate_crc32(0, out->data, out->n), deflated->crc, err);
}
