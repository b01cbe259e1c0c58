/* The values of a block as numbers by channel. */
#include "channels.h"
#include "text_items.h"
#include "value_key.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void dsi_channel_room_free(struct dsi_channel_room *room)
{
    dsi_bytes_free(&room->numbers);
    dsi_bytes_free(&room->skip);
    dsi_bytes_free(&room->not_numbers);
}

/* --- as numbers ------------------------------------------------------------------- */

static enum dsi_status magnitudes(const void *data, uint64_t n, uint32_t size,
                                  struct dsi_channel_room *room, struct dsi_error *err)
{
    DSI_TRY(dsi_bytes_reserve(&room->numbers, n * (size / 2), err));
    if (size == 8) {
        const float *z = data;
        float *out = (void *)room->numbers.data;
        for (uint64_t i = 0; i < n; i++)
            out[i] = hypotf(z[2 * i], z[2 * i + 1]);
    } else {
        const double *z = data;
        double *out = (void *)room->numbers.data;
        for (uint64_t i = 0; i < n; i++)
            out[i] = hypot(z[2 * i], z[2 * i + 1]);
    }
    return DSI_OK;
}

/* A U value's ASCII; others are no digits, and stand as '?'. */
static size_t narrow(const uint32_t *points, size_t n, char *text)
{
    while (n && points[n - 1] == 0)
        n--;
    for (size_t i = 0; i < n; i++)
        text[i] = points[i] < 128 ? (char)points[i] : '?';
    return n;
}

enum { MAX_NARROW = 256 };

enum dsi_text_kind dsi_text_item_number(struct dsi_dtype dtype, const char *item,
                                        double *value)
{
    char text[MAX_NARROW];
    size_t n = dtype.size;
    if (dtype.kind == DSI_STRING) {
        const struct dsi_string *string = (const void *)item;
        return dsi_text_number(string->text, string->n, value);
    }
    if (dtype.kind == DSI_BYTES) {
        while (n && item[n - 1] == '\0')
            n--;
        return dsi_text_number(item, n, value);
    }
    n /= sizeof(uint32_t);
    n = narrow((const void *)item, n < MAX_NARROW ? n : MAX_NARROW, text);
    return dsi_text_number(text, n, value);
}

/* One more text of the channel is no number. */
static enum dsi_status count_not_number(struct dsi_channel_room *room, uint64_t channel,
                                        uint64_t n_channels, struct dsi_error *err)
{
    if (room->n_not_numbers++ == 0) {
        room->not_numbers.n = 0;
        DSI_TRY(
            dsi_bytes_reserve(&room->not_numbers, n_channels * sizeof(uint64_t), err));
        room->not_numbers.n = n_channels * sizeof(uint64_t);
        memset(room->not_numbers.data, 0, room->not_numbers.n);
    }
    ((uint64_t *)(void *)room->not_numbers.data)[channel]++;
    return DSI_OK;
}

/* Empty texts and those that are no numbers are skipped; words for missing are NaN. */
static enum dsi_status text_numbers(struct dsi_dtype dtype, const char *data,
                                    const struct dsi_values *shape,
                                    struct dsi_channel_room *room,
                                    struct dsi_error *err)
{
    const uint64_t n = dsi_values_n(shape);
    DSI_TRY(dsi_bytes_reserve(&room->numbers, n * sizeof(double), err));
    DSI_TRY(dsi_bytes_reserve(&room->skip, n, err));
    double *out = (void *)room->numbers.data;
    for (uint64_t i = 0; i < n; i++, data += dtype.size) {
        enum dsi_text_kind kind = dsi_text_item_number(dtype, data, &out[i]);
        room->skip.data[i] = kind == DSI_TEXT_OTHER || kind == DSI_TEXT_EMPTY;
        if (kind == DSI_TEXT_OTHER)
            DSI_TRY(count_not_number(room, i / shape->n_inner % shape->n_channels,
                                     shape->n_channels, err));
    }
    return DSI_OK;
}

/* --- what is skipped -------------------------------------------------------------- */

enum { MAX_PATTERNS = 64 };

/* Bits of the values that stand for missing. */
struct patterns {
    uint64_t bits[MAX_PATTERNS];
    size_t n;
};

static void add_pattern(struct patterns *patterns, uint64_t bits)
{
    if (patterns->n < MAX_PATTERNS)
        patterns->bits[patterns->n++] = bits;
}

bool dsi_sentinel_bits(const struct dsi_sentinel *sentinel, struct dsi_dtype dtype,
                       uint64_t *bits)
{
    const bool is_signed = dtype.kind == DSI_INT;
    if (isnan(sentinel->number) || dsi_key_bits(dtype) == 0)
        return false;
    if (!sentinel->is_whole || (!is_signed && dtype.kind != DSI_UINT))
        return dsi_key_bits_of_double(dtype, sentinel->number, bits);
    const uint64_t all = UINT64_MAX >> (64 - 8 * dtype.size);
    const uint64_t most = is_signed ? all >> 1 : all; /* and one more below 0 */
    const uint64_t least = is_signed ? most + 1 : 0;
    if (sentinel->size > (sentinel->is_negative ? least : most))
        return false;
    *bits = (sentinel->is_negative ? 0 - sentinel->size : sentinel->size) & all;
    return true;
}

static void add_number(struct patterns *patterns, struct dsi_dtype dtype,
                       const struct dsi_sentinel *sentinel)
{
    uint64_t bits;
    if (dsi_sentinel_bits(sentinel, dtype, &bits))
        add_pattern(patterns, bits);
    if (sentinel->number == 0 && dtype.kind == DSI_FLOAT)
        add_pattern(patterns, UINT64_C(1) << (dtype.size * 8 - 1)); /* -0 */
}

static void find_patterns(const struct dsi_array *array, struct dsi_dtype dtype,
                          const struct dsi_sentinels *sentinels,
                          struct patterns *patterns)
{
    patterns->n = 0;
    for (size_t i = 0; sentinels && i < sentinels->n; i++)
        add_number(patterns, dtype, &sentinels->values[i]);
    if (array->dtype.kind != dtype.kind || array->dtype.size != dtype.size)
        return;
    for (size_t at = 0; at + dtype.size <= array->missing.n; at += dtype.size) {
        uint64_t bits = 0;
        memcpy((char *)&bits +
                   (dsi_machine_is_big_endian() ? sizeof bits - dtype.size : 0),
               array->missing.data + at, dtype.size);
        add_pattern(patterns, bits);
    }
}

#define DEFINE_MARK(name, type)                                                  \
    static uint64_t name(const type *data, uint64_t n, const struct patterns *p, \
                         uint8_t *skip)                                          \
    {                                                                            \
        uint64_t n_marked = 0;                                                   \
        for (size_t k = 0; k < p->n; k++) {                                      \
            const type bits = (type)p->bits[k];                                  \
            for (uint64_t i = 0; i < n; i++) {                                   \
                n_marked += data[i] == bits;                                     \
                skip[i] |= data[i] == bits;                                      \
            }                                                                    \
        }                                                                        \
        return n_marked;                                                         \
    }

DEFINE_MARK(mark8, uint8_t)
DEFINE_MARK(mark16, uint16_t)
DEFINE_MARK(mark32, uint32_t)
DEFINE_MARK(mark64, uint64_t)

static uint64_t mark(struct dsi_dtype dtype, const void *data, uint64_t n,
                     const struct patterns *patterns, uint8_t *skip)
{
    switch (dtype.size) {
    case 1:
        return mark8(data, n, patterns, skip);
    case 2:
        return mark16(data, n, patterns, skip);
    case 4:
        return mark32(data, n, patterns, skip);
    default:
        return mark64(data, n, patterns, skip);
    }
}

static enum dsi_status skip_missing(const struct dsi_array *array,
                                    const struct dsi_sentinels *sentinels,
                                    struct dsi_channel_room *room,
                                    struct dsi_values *values, struct dsi_error *err)
{
    struct patterns patterns;
    const uint64_t n = dsi_values_n(values);
    find_patterns(array, values->dtype, sentinels, &patterns);
    if (patterns.n == 0)
        return DSI_OK;
    if (!values->skip) {
        DSI_TRY(dsi_bytes_reserve(&room->skip, n, err));
        memset(room->skip.data, 0, n);
    }
    uint64_t n_marked =
        mark(values->dtype, values->data, n, &patterns, room->skip.data);
    if (n_marked)
        values->skip = room->skip.data;
    return DSI_OK;
}

/* --- views ------------------------------------------------------------------------ */

static bool is_jpeg(const struct dsi_block *block)
{
    return block->file && strcmp(block->file->format->name, "jpeg") == 0;
}

/* The channels of a picture among those of its table. */
static size_t picture_slots(const struct dsi_block *block, uint64_t n_channels,
                            uint32_t slots[4])
{
    static const uint32_t of_8[][4] = {
        {DSI_PICTURE_GREY},
        {DSI_PICTURE_GREY, DSI_PICTURE_A},
        {DSI_PICTURE_R, DSI_PICTURE_G, DSI_PICTURE_B},
        {DSI_PICTURE_R, DSI_PICTURE_G, DSI_PICTURE_B, DSI_PICTURE_A},
        {DSI_PICTURE_C, DSI_PICTURE_M, DSI_PICTURE_Y, DSI_PICTURE_K}};
    const struct dsi_array *array = block->values_array;
    const bool is_cmyk = n_channels == 4 && is_jpeg(block);
    memcpy(slots, of_8[is_cmyk ? 4 : n_channels - 1], 4 * sizeof *slots);
    /* Grey, R, G, B, A stand in the same order at 16 bits. */
    return array->dtype.kind == DSI_BOOL ? 1 : array->dtype.size == 2 ? 2 : 0;
}

static void view_picture(const struct dsi_block *block, struct dsi_channel_room *room,
                         struct dsi_values *values, size_t *table)
{
    const struct dsi_array *array = block->values_array;
    const uint64_t n_channels = array->n_dims > 2 ? array->shape[2] : 1;
    if (array->n_dims < 2 || n_channels == 0 || n_channels > 4)
        return;
    *table = picture_slots(block, n_channels, room->slots);
    values->dtype =
        dsi_channel_table(&(struct dsi_channels){.kind = DSI_CHANNELS_PICTURES}, *table)
            .dtype;
    values->data = block->values;
    values->n_outer = array->shape[0] * array->shape[1];
    values->n_channels = n_channels;
    values->channels = room->slots;
    values->n_outer_each = values->n_outer ? values->n_outer : 1;
}

static enum dsi_status view_array(const struct dsi_block *block,
                                  const struct dsi_channels *channels,
                                  struct dsi_channel_room *room,
                                  struct dsi_values *values, struct dsi_error *err)
{
    const struct dsi_dtype dtype = block->values_array->dtype;
    const struct dsi_channel_table table = dsi_channel_table(channels, 0);
    if (table.dtype.kind == DSI_VOID)
        return DSI_OK;
    values->dtype = table.dtype;
    values->data = block->values;
    values->n_outer =
        channels->n_outer * (block->values_are_one ? 1 : block->n_samples);
    values->n_channels = channels->n;
    values->n_inner = channels->n_inner;
    values->n_outer_each = channels->n_outer ? channels->n_outer : 1;
    values->times = block->values_are_one ? block->n_samples : 1;
    if (dtype.kind == table.dtype.kind)
        return DSI_OK;
    const uint64_t n = dsi_values_n(values);
    if (dtype.kind == DSI_COMPLEX) {
        DSI_TRY(magnitudes(block->values, n, dtype.size, room, err));
    } else {
        DSI_TRY(text_numbers(dtype, block->values, values, room, err));
        values->skip = room->skip.data;
    }
    values->data = room->numbers.data;
    return DSI_OK;
}

enum dsi_status
dsi_block_values(const struct dsi_block *block, const struct dsi_channels *channels,
                 const struct dsi_sentinels *sentinels, struct dsi_channel_room *room,
                 struct dsi_values *values, size_t *table, struct dsi_error *err)
{
    *values = (struct dsi_values){.n_inner = 1,
                                  .times = 1,
                                  .n_outer_each = 1,
                                  .first_sample = block->first_sample};
    *table = 0;
    room->n_not_numbers = 0;
    if (!block->values_array || block->n_samples == 0 ||
        channels->kind == DSI_CHANNELS_NONE)
        return DSI_OK;
    if (channels->kind == DSI_CHANNELS_PICTURES)
        view_picture(block, room, values, table);
    else
        DSI_TRY(view_array(block, channels, room, values, err));
    if (dsi_values_n(values) == 0) {
        values->n_outer = 0;
        return DSI_OK;
    }
    return skip_missing(block->values_array, sentinels, room, values, err);
}
