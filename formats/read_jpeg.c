/* JPEG (ITU-T T.81), decoded by libjpeg-turbo with its defaults: accurate integer DCT
 * and smooth upsampling, so values equal djpeg's and Pillow's.
 *
 * Grey is (H, W), colour is RGB (H, W, 3). Four components are (H, W, 4), inverted: all
 * known writers follow Adobe and store ink as its complement, and Pillow too takes
 * every CMYK file for one of those.
 *
 * libjpeg answers the end of a file with a warning and grey; here it is an error, and
 * the rows before it are kept. */
#include "jpeg_frame.h"

#include <limits.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

/* Each scan passes over the whole picture however few bytes it has; a sensible file has
 * about ten. */
enum { MAX_SCANS = 500 };

static int probe(const uint8_t *head, size_t n)
{
    static const uint8_t signature[] = {0xff, 0xd8, 0xff};
    return n >= 3 && memcmp(head, signature, 3) == 0 ? 24 : 0;
}

static enum dsi_status open_jpeg(struct dsi_file *file, struct dsi_error *err)
{
    uint8_t buffer[DSI_SOURCE_START];
    struct dsi_image_input in = {
        .source = file->source, .buffer = buffer, .capacity = sizeof buffer};
    struct dsi_jpeg_frame *h = dsi_alloc_zeroed(1, sizeof *h);
    if (!h)
        return dsi_fail_memory(err, sizeof *h);
    file->state = h;
    DSI_TRY(dsi_jpeg_frame_find(&in, h, err));
    struct dsi_image_size size = {.width = h->width, .height = h->height};
    if (h->n_components > 1)
        size.n_channels = h->n_components;
    file->picture.is_ink = h->n_components == 4;
    file->picture.orientation = h->orientation;
    return dsi_image_describe(file, size, DSI_UINT, 1, dsi_jpeg_frame_coding(h),
                              h->n_components == 4 ? "CMYK" : NULL, err);
}

/* One read under way: everything that must outlive a longjmp out of libjpeg. */
struct decoder {
    struct jpeg_decompress_struct jpeg; /* client_data points back here */
    struct jpeg_error_mgr manager;
    struct jpeg_source_mgr input;
    struct jpeg_progress_mgr progress;
    jmp_buf env;
    const struct dsi_file *file;
    const struct dsi_jpeg_frame *header;
    struct dsi_rows *rows;
    struct dsi_error *err;
    enum dsi_status status; /* of the first failure */
    struct dsi_image_input in;
    uint64_t first, n;  /* rows asked for */
    uint64_t n_decoded; /* rows finished, from the top */
    uint64_t n_sound;   /* rows that came before the data ran out */
    bool scanning;      /* rows come out while the file goes in */
    bool ended;         /* the file did, without an EOI marker */
};

static struct decoder *decoder_of(j_common_ptr jpeg)
{
    return jpeg->client_data;
}

static enum dsi_status status_of(int code)
{
    switch (code) {
    case JERR_OUT_OF_MEMORY:
        return DSI_ERR_MEMORY;
    case JERR_NO_BACKING_STORE:
        return DSI_ERR_LIMIT;
    case JERR_SOF_UNSUPPORTED:
    case JERR_ARITH_NOTIMPL:
    case JERR_NOT_COMPILED:
    case JERR_CONVERSION_NOTIMPL:
    case JERR_BAD_PRECISION:
    case JERR_CCIR601_NOTIMPL:
    case JERR_FRACT_SAMPLE_NOTIMPL:
        return DSI_ERR_UNSUPPORTED;
    default:
        return DSI_ERR_MALFORMED;
    }
}

static _Noreturn void fail_truncated(struct decoder *d)
{
    d->status =
        dsi_fail(d->err, DSI_ERR_TRUNCATED, "premature end of JPEG file at byte %llu",
                 (unsigned long long)d->in.offset);
    longjmp(d->env, 1);
}

static _Noreturn void on_error(j_common_ptr jpeg)
{
    struct decoder *d = decoder_of(jpeg);
    char message[JMSG_LENGTH_MAX];
    jpeg->err->format_message(jpeg, message);
    enum dsi_status status = status_of(jpeg->err->msg_code);
    d->status = dsi_fail(d->err, status, "%s%s", message,
                         status == DSI_ERR_LIMIT ? "; raise --limit-bytes" : "");
    longjmp(d->env, 1);
}

static void on_message(j_common_ptr jpeg, int level)
{
    if (level >= 0)
        return; /* traces */
    struct decoder *d = decoder_of(jpeg);
    jpeg->err->num_warnings++;
    if (jpeg->err->msg_code == JWRN_HIT_MARKER) {
        if (d->n_decoded < d->n_sound)
            d->n_sound = d->n_decoded;
        if (d->ended)
            fail_truncated(d);
    }
    char message[JMSG_LENGTH_MAX] = "";
    if (d->rows->warnings.n < DSI_MAX_WARNINGS)
        jpeg->err->format_message(jpeg, message);
    dsi_warn(&d->rows->warnings, DSI_OK, "%s", message);
}

static void on_progress(j_common_ptr jpeg)
{
    struct decoder *d = decoder_of(jpeg);
    if (d->jpeg.input_scan_number <= MAX_SCANS)
        return;
    d->status = dsi_fail(d->err, DSI_ERR_LIMIT,
                         "more than %d scans: slow to decode by design", MAX_SCANS);
    longjmp(d->env, 1);
}

static void on_start(j_decompress_ptr jpeg)
{
    (void)jpeg;
}

/* At the end of the file: in a single Huffman scan libjpeg is fed an EOI marker, and a
 * warning tells whether it still lacked data. Everything else ends at once: after
 * several scans no row is known to be whole, and arithmetic decoding never lacks data.
 */
static boolean on_fill(j_decompress_ptr jpeg)
{
    static const JOCTET eoi[] = {0xff, JPEG_EOI};
    struct decoder *d = jpeg->client_data;
    d->status = dsi_image_input_fill(&d->in, d->err);
    if (d->status != DSI_OK)
        longjmp(d->env, 1);
    d->input.next_input_byte = d->in.buffer;
    d->input.bytes_in_buffer = d->in.n;
    if (d->in.n == 0) {
        if (!d->scanning || jpeg->arith_code)
            fail_truncated(d);
        d->ended = true;
        d->input.next_input_byte = eoi;
        d->input.bytes_in_buffer = sizeof eoi;
    }
    return TRUE;
}

static void on_skip(j_decompress_ptr jpeg, long n)
{
    struct decoder *d = jpeg->client_data;
    if (n <= 0)
        return;
    if ((size_t)n <= d->input.bytes_in_buffer) {
        d->input.next_input_byte += n;
        d->input.bytes_in_buffer -= (size_t)n;
        return;
    }
    if (d->ended)
        fail_truncated(d);
    d->in.at = d->in.n - d->input.bytes_in_buffer;
    dsi_image_input_skip(&d->in, (uint64_t)n);
    d->input.bytes_in_buffer = 0;
}

/* The only setjmp: whatever libjpeg call in step fails comes back here. */
static bool run(struct decoder *d, void (*step)(struct decoder *))
{
    if (setjmp(d->env))
        return false;
    step(d);
    return true;
}

static void start(struct decoder *d)
{
    uint64_t limit = d->file->options.limits.max_bytes;
    d->jpeg.err = jpeg_std_error(&d->manager);
    d->manager.error_exit = on_error;
    d->manager.emit_message = on_message;
    d->jpeg.client_data = d;
    jpeg_create_decompress(&d->jpeg);
    d->jpeg.mem->max_memory_to_use = limit < LONG_MAX ? (long)limit : LONG_MAX;
    d->input = (struct jpeg_source_mgr){.init_source = on_start,
                                        .fill_input_buffer = on_fill,
                                        .skip_input_data = on_skip,
                                        .resync_to_restart = jpeg_resync_to_restart,
                                        .term_source = on_start};
    d->jpeg.src = &d->input;
    d->progress.progress_monitor = on_progress;
    d->jpeg.progress = &d->progress;
    jpeg_read_header(&d->jpeg, TRUE);
}

/* 8 x 8 blocks of all components, padded to whole MCUs as libjpeg keeps them when
 * padded, else those that must be in the file. */
static uint64_t count_blocks(const struct jpeg_decompress_struct *jpeg, bool padded)
{
    uint64_t n = 0;
    uint64_t mcu_width = 8U * (unsigned)jpeg->max_h_samp_factor;
    uint64_t mcu_height = 8U * (unsigned)jpeg->max_v_samp_factor;
    uint64_t n_across = (jpeg->image_width + mcu_width - 1) / mcu_width;
    uint64_t n_down = (jpeg->image_height + mcu_height - 1) / mcu_height;
    for (int i = 0; i < jpeg->num_components; i++) {
        const jpeg_component_info *c = &jpeg->comp_info[i];
        n += padded
                 ? n_across * n_down * (unsigned)(c->h_samp_factor * c->v_samp_factor)
                 : (uint64_t)c->width_in_blocks * c->height_in_blocks;
    }
    return n;
}

/* The frame again, as libjpeg understood it, against what was described. A block takes
 * at least one bit of Huffman code, so a file can be too short for its frame: no memory
 * is taken for that. */
static enum dsi_status check_frame(const struct decoder *d)
{
    const struct jpeg_decompress_struct *jpeg = &d->jpeg;
    const struct dsi_source *source = d->file->source;
    const struct dsi_jpeg_frame *h = d->header;
    if (jpeg->image_width != h->width || jpeg->image_height != h->height ||
        jpeg->num_components != (int)h->n_components)
        return dsi_fail(d->err, DSI_ERR_MALFORMED,
                        "the file changed since it was opened");
    if (!jpeg->arith_code && source->kind != DSI_SOURCE_STREAM &&
        count_blocks(jpeg, false) / 8 > source->n_bytes)
        return dsi_fail(d->err, DSI_ERR_TRUNCATED,
                        "%u x %u pixels cannot come from a file of %llu bytes",
                        h->width, h->height, (unsigned long long)source->n_bytes);
    return DSI_OK;
}

/* Takes the memory of one read, after holding it and libjpeg's own against the limits:
 * strips of rows, and every coefficient of a picture that comes in several scans. */
static enum dsi_status reserve(struct decoder *d)
{
    enum { STRIP_ROWS = 128, BLOCK_BYTES = 64 * sizeof(JCOEF) };
    uint64_t row_bytes = dsi_array_row_bytes(&d->file->arrays[0]);
    uint64_t own = STRIP_ROWS * row_bytes + UINT64_C(192) * 1024;
    if (jpeg_has_multiple_scans(&d->jpeg))
        own += count_blocks(&d->jpeg, true) * BLOCK_BYTES;
    DSI_TRY(dsi_image_check_limits(d->file, own, d->err));
    /* One row more, for those that nobody asked for. */
    return dsi_image_reserve(d->file, d->n + (d->first > 0), d->rows, d->err);
}

static void start_rows(struct decoder *d)
{
    d->jpeg.out_color_space = d->header->n_components == 1   ? JCS_GRAYSCALE
                              : d->header->n_components == 3 ? JCS_RGB
                                                             : JCS_CMYK;
    jpeg_start_decompress(&d->jpeg);
    d->scanning = true;
}

/* Reads the next rows to where they belong, those that nobody asked for behind the
 * others. Two at once, for so many come of a row of halved colours, and libjpeg keeps
 * none back for the next call. A call reads the data it lacks before it hands out rows,
 * so all before it are counted when a file ends early. */
static void decode_rows(struct decoder *d, size_t row_bytes)
{
    enum { AT_ONCE = 2 };
    const bool wanted = d->n_decoded >= d->first;
    const uint64_t left = wanted ? d->first + d->n - d->n_decoded : 1;
    uint8_t *values = d->rows->values.data;
    values += (wanted ? d->n_decoded - d->first : d->n) * row_bytes;
    JSAMPROW to[AT_ONCE] = {values, values + (left > 1 ? row_bytes : 0)};
    const JDIMENSION n = jpeg_read_scanlines(&d->jpeg, to, left > 1 ? AT_ONCE : 1);
    d->n_decoded += n;
    if (wanted && d->header->n_components == 4)
        for (size_t i = 0; i < n * row_bytes; i++)
            values[i] ^= 0xff;
}

static void decode(struct decoder *d)
{
    const size_t row_bytes = (size_t)dsi_array_row_bytes(&d->file->arrays[0]);
    start_rows(d);
    while (d->n_decoded < d->first + d->n)
        decode_rows(d, row_bytes);
    if (d->n_decoded < d->header->height)
        return; /* more rows follow that nobody asked for */
    jpeg_finish_decompress(&d->jpeg);
    if (d->ended)
        d->status = dsi_fail(d->err, DSI_ERR_TRUNCATED,
                             "premature end of JPEG file: no EOI marker");
}

/* Counts the rows that can be trusted: those before a file ended too early; of several
 * scans that did not all arrive, none. */
static void deliver(struct decoder *d)
{
    uint64_t sound = d->n_decoded;
    if (d->status == DSI_ERR_TRUNCATED && d->n_sound < sound)
        sound = d->n_sound;
    d->rows->n_rows = sound > d->first ? sound - d->first : 0;
    d->rows->values.n =
        (size_t)(d->rows->n_rows * dsi_array_row_bytes(&d->file->arrays[0]));
}

static enum dsi_status read_jpeg(struct dsi_file *file, size_t array, uint64_t first,
                                 uint64_t n, struct dsi_rows *rows,
                                 struct dsi_error *err)
{
    (void)array;
    struct decoder d = {.file = file,
                        .header = file->state,
                        .rows = rows,
                        .err = err,
                        .first = first,
                        .n = n,
                        .n_sound = UINT64_MAX};
    d.status = dsi_image_input_start(&d.in, file->source, rows, err);
    if (d.status != DSI_OK || !run(&d, start))
        goto out;
    d.status = check_frame(&d);
    if (d.status == DSI_OK)
        d.status = reserve(&d);
    if (d.status != DSI_OK)
        goto out;
    run(&d, decode);
    deliver(&d);
out:
    jpeg_destroy_decompress(&d.jpeg);
    return d.status;
}

static void close_jpeg(struct dsi_file *file)
{
    free(file->state);
}

static const char *const suffixes[] = {".jpg", ".jpeg", NULL};

const struct dsi_format dsi_format_jpeg = {
    .name = "jpeg",
    .suffixes = suffixes,
    .is_image = true,
    .probe = probe,
    .open = open_jpeg,
    .read = read_jpeg,
    .close = close_jpeg,
};
