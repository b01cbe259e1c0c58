#include "image.h"

#include <stdlib.h>
#include <string.h>

static enum dsi_status copy_text(const char *text, char **copy, struct dsi_error *err)
{
    if (!text || !*text)
        return DSI_OK;
    *copy = dsi_text_copy(text, strlen(text));
    return *copy ? DSI_OK : dsi_fail_memory(err, strlen(text) + 1);
}

enum dsi_status dsi_image_describe(struct dsi_file *file, struct dsi_image_size size,
                                   enum dsi_kind kind, uint32_t item_size,
                                   const char *filters, const char *note,
                                   struct dsi_error *err)
{
    struct dsi_array *array = dsi_alloc_zeroed(1, sizeof *array);
    if (!array)
        return dsi_fail_memory(err, sizeof *array);
    file->arrays = array;
    file->n_arrays = 1;
    array->dtype = (struct dsi_dtype){
        .kind = kind, .size = item_size, .big_endian = dsi_machine_is_big_endian()};
    array->n_dims = size.n_channels ? 3 : 2;
    array->shape[0] = size.height;
    array->shape[1] = size.width;
    array->shape[2] = size.n_channels;
    if (file->source->kind != DSI_SOURCE_STREAM)
        array->n_bytes_stored = file->source->n_bytes;
    DSI_TRY(copy_text(filters, &array->filters, err));
    DSI_TRY(copy_text(note, &array->note, err));
    return dsi_array_check(array, err);
}

enum dsi_status dsi_image_check_limits(const struct dsi_file *file,
                                       uint64_t n_decoder_bytes, struct dsi_error *err)
{
    const struct dsi_array *array = &file->arrays[0];
    const struct dsi_limits *limits = &file->options.limits;
    uint64_t height = array->shape[0], width = array->shape[1];
    uint64_t n_pixels = height * width; /* dsi_array_check proved the product */
    if (n_pixels > limits->max_pixels)
        return dsi_fail(err, DSI_ERR_LIMIT,
                        "%llu x %llu pixels, above the limit of %llu; raise it with "
                        "--limit-pixels",
                        (unsigned long long)width, (unsigned long long)height,
                        (unsigned long long)limits->max_pixels);
    uint64_t n_bytes = height * dsi_array_row_bytes(array);
    if (!dsi_add(n_bytes, n_decoder_bytes, &n_bytes))
        n_bytes = UINT64_MAX;
    if (n_bytes > limits->max_bytes)
        return dsi_fail(err, DSI_ERR_LIMIT,
                        "%llu x %llu pixels need %llu bytes to decode, above the limit "
                        "of %llu; raise it with --limit-bytes",
                        (unsigned long long)width, (unsigned long long)height,
                        (unsigned long long)n_bytes,
                        (unsigned long long)limits->max_bytes);
    return DSI_OK;
}

enum dsi_status dsi_image_reserve(const struct dsi_file *file, uint64_t n_rows,
                                  struct dsi_rows *rows, struct dsi_error *err)
{
    uint64_t n = n_rows * dsi_array_row_bytes(&file->arrays[0]);
    if (rows->values.capacity >= n)
        return DSI_OK;
    /* Nothing in there is wanted any more, so nothing need be copied. */
    dsi_bytes_free(&rows->values);
    rows->values = (struct dsi_bytes){.data = dsi_alloc_array(n, 1)};
    if (!rows->values.data)
        return dsi_fail_memory(err, n);
    rows->values.capacity = (size_t)n;
    return DSI_OK;
}

enum dsi_status dsi_image_input_start(struct dsi_image_input *in,
                                      struct dsi_source *source, struct dsi_rows *rows,
                                      struct dsi_error *err)
{
    DSI_TRY(dsi_bytes_reserve(&rows->scratch, DSI_IMAGE_INPUT_BYTES, err));
    *in = (struct dsi_image_input){.source = source,
                                   .buffer = rows->scratch.data,
                                   .capacity = DSI_IMAGE_INPUT_BYTES};
    return DSI_OK;
}

enum dsi_status dsi_image_input_fill(struct dsi_image_input *in, struct dsi_error *err)
{
    in->offset += in->n;
    in->n = in->at = 0;
    return dsi_source_read(in->source, in->offset, in->buffer, in->capacity, &in->n,
                           err);
}

void dsi_image_input_skip(struct dsi_image_input *in, uint64_t n)
{
    if (n <= in->n - in->at) {
        in->at += (size_t)n;
        return;
    }
    uint64_t to;
    if (!dsi_add(dsi_image_input_position(in), n, &to))
        to = UINT64_MAX;
    in->offset = to;
    in->n = in->at = 0;
}

enum dsi_status dsi_image_input_take(struct dsi_image_input *in, void *out, size_t n,
                                     struct dsi_error *err)
{
    uint8_t *to = out;
    while (n) {
        if (in->at == in->n) {
            DSI_TRY(dsi_image_input_fill(in, err));
            if (in->n == 0)
                return dsi_fail(err, DSI_ERR_TRUNCATED,
                                "ends at byte %llu; %zu more were expected",
                                (unsigned long long)in->offset, n);
        }
        size_t k = in->n - in->at;
        k = k < n ? k : n;
        memcpy(to, in->buffer + in->at, k);
        in->at += k;
        to += k;
        n -= k;
    }
    return DSI_OK;
}

uint64_t dsi_image_input_position(const struct dsi_image_input *in)
{
    return in->offset + in->at;
}
