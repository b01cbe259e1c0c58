#include "chunk_filters.h"

#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>

#include "fletcher32.h"
#include "lzf.h"
#include "shuffle.h"

enum filter_id { DEFLATE = 1, SHUFFLE = 2, FLETCHER32 = 3, LZF = 32000 };

enum {
    DEFLATE_MAX_RATIO = 1032, /* 2 bits may repeat 258 bytes */
    ADLER_BYTES = 4,
};

struct dsi_chunk_codec {
    struct libdeflate_decompressor *inflater;
    struct dsi_bytes scratch[2]; /* results of steps before the last, in turn */
};

struct dsi_chunk_codec *dsi_chunk_codec_new(void)
{
    struct dsi_chunk_codec *codec = dsi_alloc_zeroed(1, sizeof *codec);
    if (!codec)
        return NULL;
    codec->inflater = libdeflate_alloc_decompressor();
    if (!codec->inflater) {
        dsi_chunk_codec_free(codec);
        return NULL;
    }
    return codec;
}

void dsi_chunk_codec_free(struct dsi_chunk_codec *codec)
{
    if (!codec)
        return;
    libdeflate_free_decompressor(codec->inflater);
    dsi_bytes_free(&codec->scratch[0]);
    dsi_bytes_free(&codec->scratch[1]);
    free(codec);
}

/* --- what is to be undone --- */

static bool is_known(const struct dsi_hdf5_filter *filter)
{
    switch (filter->id) {
    case DEFLATE:
    case FLETCHER32:
    case LZF:
        return true;
    case SHUFFLE: /* libhdf5 too wants the size and nothing else */
        return filter->n_values == 1 && filter->values[0] >= 1 &&
               filter->values[0] <= UINT32_MAX;
    default:
        return false;
    }
}

bool dsi_chunk_filters_known(const struct dsi_hdf5_filter *filters, size_t n_filters)
{
    if (n_filters > DSI_HDF5_MAX_FILTERS)
        return false;
    for (size_t i = 0; i < n_filters; i++)
        if (!is_known(&filters[i]))
            return false;
    return true;
}

bool dsi_chunk_is_plain(const struct dsi_hdf5_filter *filters, size_t n_filters,
                        uint64_t skipped)
{
    (void)filters;
    for (size_t i = 0; i < n_filters; i++)
        if (i >= 64 || !(skipped >> i & 1))
            return false;
    return true;
}

/* One filter to undo. */
struct step {
    const struct dsi_hdf5_filter *filter;
    /* Bytes that undoing it must give. Only where a compressed form is compressed once
     * more is that unknown, and n_out the most it may be. */
    size_t n_out;
    bool is_exact;
};

static bool is_compression(const struct dsi_hdf5_filter *filter)
{
    return filter->id == DEFLATE || filter->id == LZF;
}

/* The most bytes that anybody needs to compress n: HDF5 never stores more than n and a
 * thousandth. A bomb inside is stopped here. */
static size_t max_compressed(size_t n)
{
    const size_t extra = n / 8 + 4096;
    return n > SIZE_MAX - extra ? SIZE_MAX : n + extra;
}

/* Lists the filters in the order of undoing them and works back from n_out what each
 * must give. *stored is what the first must be given. Returns how many. */
static size_t plan_steps(const struct dsi_stored_chunk *chunk, size_t n_out,
                         struct step steps[DSI_HDF5_MAX_FILTERS], struct step *stored)
{
    struct step next = {.n_out = n_out, .is_exact = true};
    size_t n = 0;
    for (size_t i = 0; i < chunk->n_filters; i++)
        n += !(chunk->skipped >> i & 1);
    for (size_t i = 0, k = n; i < chunk->n_filters; i++) {
        if (chunk->skipped >> i & 1)
            continue;
        next.filter = &chunk->filters[i];
        steps[--k] = next;
        if (is_compression(next.filter)) {
            next.n_out = max_compressed(next.n_out);
            next.is_exact = false;
        } else if (next.filter->id == FLETCHER32) {
            next.n_out += next.n_out <= SIZE_MAX - DSI_FLETCHER32_BYTES
                              ? DSI_FLETCHER32_BYTES
                              : 0;
        }
    }
    *stored = next;
    return n;
}

/* --- undoing one --- */

/* What one step works on: bytes in, and room for what it gives. */
struct work {
    const uint8_t *in;
    size_t n_in;
    uint8_t *out;
    size_t n_out; /* room, then how many there are */
    bool is_exact;
};

/* True when the deflated data are sound and only the sum after them is not. Decodes for
 * a second time: libdeflate does not tell a broken stream from a wrong sum. */
static bool is_sum_wrong(struct libdeflate_decompressor *inflater,
                         const struct work *work, size_t room)
{
    const uint8_t *head = work->in;
    size_t n_used, n_out;
    if (work->n_in < 2 + ADLER_BYTES || (head[0] << 8 | head[1]) % 31 != 0 ||
        (head[0] & 15) != 8 || head[0] >> 4 > 7 || (head[1] & 32))
        return false;
    return libdeflate_deflate_decompress_ex(
               inflater, head + 2, work->n_in - 2 - ADLER_BYTES, work->out, room,
               &n_used, &n_out) == LIBDEFLATE_SUCCESS;
}

static enum dsi_status undo_deflate(struct libdeflate_decompressor *inflater,
                                    struct work *work, struct dsi_error *err)
{
    size_t room = work->n_out;
    switch (libdeflate_zlib_decompress(inflater, work->in, work->n_in, work->out, room,
                                       work->is_exact ? NULL : &work->n_out)) {
    case LIBDEFLATE_SUCCESS:
        return DSI_OK;
    case LIBDEFLATE_SHORT_OUTPUT:
        return dsi_fail(err, DSI_ERR_MALFORMED,
                        "deflate: inflates to fewer than %zu bytes", room);
    case LIBDEFLATE_INSUFFICIENT_SPACE:
        return dsi_fail(err, DSI_ERR_MALFORMED,
                        "deflate: inflates to more than %zu bytes", room);
    case LIBDEFLATE_BAD_DATA:
    default:
        if (is_sum_wrong(inflater, work, room))
            return dsi_fail(err, DSI_ERR_CRC, "deflate: the Adler-32 does not match");
        return dsi_fail(err, DSI_ERR_MALFORMED, "deflate: the stream is broken");
    }
}

static enum dsi_status undo_lzf(struct work *work, struct dsi_error *err)
{
    size_t room = work->n_out;
    if (!dsi_lzf_decode(work->in, work->n_in, work->out, room, &work->n_out))
        return dsi_fail(err, DSI_ERR_MALFORMED, "lzf: broken, or more than %zu bytes",
                        room);
    if (work->is_exact && work->n_out != room)
        return dsi_fail(err, DSI_ERR_MALFORMED, "lzf: gives %zu bytes instead of %zu",
                        work->n_out, room);
    return DSI_OK;
}

static enum dsi_status check_fletcher32(const struct work *work, size_t *n_data,
                                        struct dsi_error *err)
{
    if (work->n_in < DSI_FLETCHER32_BYTES)
        return dsi_fail(err, DSI_ERR_MALFORMED, "fletcher32: no room for the checksum");
    *n_data = work->n_in - DSI_FLETCHER32_BYTES;
    const uint8_t *tail = work->in + *n_data;
    uint32_t sum = dsi_fletcher32(work->in, *n_data), stored = 0;
    for (int i = 0; i < DSI_FLETCHER32_BYTES; i++)
        stored |= (uint32_t)tail[i] << (8 * i);
    if (stored != sum && stored != dsi_fletcher32_of_old(sum))
        return dsi_fail(err, DSI_ERR_CRC,
                        "fletcher32: the checksum is %08x and %08x is stored",
                        (unsigned)sum, (unsigned)stored);
    return DSI_OK;
}

static enum dsi_status undo_shuffle(const struct dsi_hdf5_filter *filter,
                                    struct work *work, struct dsi_error *err)
{
    if (work->n_in > work->n_out) /* what is stored, where its size is not known */
        return dsi_fail(err, DSI_ERR_MALFORMED, "shuffle: more than %zu bytes",
                        work->n_out);
    dsi_unshuffle((size_t)filter->values[0], work->in, work->n_in, work->out);
    work->n_out = work->n_in;
    return DSI_OK;
}

static enum dsi_status undo(struct dsi_chunk_codec *codec,
                            const struct dsi_hdf5_filter *filter, struct work *work,
                            struct dsi_error *err)
{
    switch (filter->id) {
    case DEFLATE:
        return undo_deflate(codec->inflater, work, err);
    case LZF:
        return undo_lzf(work, err);
    case SHUFFLE:
        return undo_shuffle(filter, work, err);
    case FLETCHER32: /* the last: the sizes of all steps before it are known */
        DSI_TRY(check_fletcher32(work, &work->n_out, err));
        memcpy(work->out, work->in, work->n_out);
        return DSI_OK;
    default: /* check_filters saw to it */
        return dsi_fail(err, DSI_ERR_UNSUPPORTED, "filter %llu",
                        (unsigned long long)filter->id);
    }
}

/* --- undoing all --- */

/* How many bytes a step can give: no more than its filter can make of its input. */
static size_t room_for(const struct step *step, size_t n_in)
{
    uint64_t ratio = step->filter->id == DEFLATE ? DEFLATE_MAX_RATIO
                     : step->filter->id == LZF   ? DSI_LZF_MAX_RATIO
                                                 : 1;
    uint64_t most;
    if (step->is_exact || !dsi_mul(n_in, ratio, &most) || most > step->n_out)
        return step->n_out;
    return (size_t)most;
}

/* To out, or to where there is room when out is NULL, and takes its result for the next
 * step's input. */
static enum dsi_status undo_step(struct dsi_chunk_codec *codec, const struct step *step,
                                 uint8_t *out, struct work *work, struct dsi_error *err)
{
    if (!out && step->filter->id == FLETCHER32) /* the data are where they are */
        return check_fletcher32(work, &work->n_in, err);
    work->is_exact = step->is_exact;
    work->n_out = room_for(step, work->n_in);
    work->out = out;
    if (!out) {
        struct dsi_bytes *scratch = &codec->scratch[work->in == codec->scratch[0].data];
        /* One byte at least, so that there is always somewhere to point to. */
        DSI_TRY(dsi_bytes_claim(scratch, work->n_out ? work->n_out : 1, err));
        work->out = scratch->data;
    }
    DSI_TRY(undo(codec, step->filter, work, err));
    work->in = work->out;
    work->n_in = work->n_out;
    return DSI_OK;
}

/* Those that were not applied need not be known. */
static enum dsi_status check_filters(const struct dsi_stored_chunk *chunk,
                                     struct dsi_error *err)
{
    if (chunk->n_filters > DSI_HDF5_MAX_FILTERS)
        return dsi_fail(err, DSI_ERR_UNSUPPORTED, "%zu filters", chunk->n_filters);
    for (size_t i = 0; i < chunk->n_filters; i++)
        if (!(chunk->skipped >> i & 1) && !is_known(&chunk->filters[i]))
            return dsi_fail(err, DSI_ERR_UNSUPPORTED, "filter %llu is not undone here",
                            (unsigned long long)chunk->filters[i].id);
    return DSI_OK;
}

enum dsi_status dsi_chunk_decode(struct dsi_chunk_codec *codec,
                                 const struct dsi_stored_chunk *chunk, uint8_t *out,
                                 size_t n_out, struct dsi_error *err)
{
    struct step steps[DSI_HDF5_MAX_FILTERS], stored;
    struct work work = {.in = chunk->bytes, .n_in = chunk->n_bytes};

    DSI_TRY(check_filters(chunk, err));
    size_t n_steps = plan_steps(chunk, n_out, steps, &stored);
    if (stored.is_exact && stored.n_out != chunk->n_bytes)
        return dsi_fail(err, DSI_ERR_MALFORMED, "%zu bytes are stored where %zu belong",
                        chunk->n_bytes, stored.n_out);
    if (n_steps == 0 && n_out)
        memcpy(out, chunk->bytes, n_out);
    for (size_t k = 0; k < n_steps; k++)
        DSI_TRY(undo_step(codec, &steps[k], k + 1 == n_steps ? out : NULL, &work, err));
    return DSI_OK;
}
