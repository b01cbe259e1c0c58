#include "channels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_GUESSED = 4 }; /* channels of a picture */

static bool may_be_colours(uint64_t n)
{
    return n >= 1 && n <= MAX_GUESSED;
}

static int guess_axis(const struct dsi_array *array)
{
    const int last = array->n_dims - 1;
    if (array->n_dims == 2)
        return 1;
    if (array->n_dims == 3)
        return array->shape[2] == 3 || array->shape[2] == 4 ? 2 : 0;
    if (array->n_dims < 3)
        return 0;
    return may_be_colours(array->shape[last]) ? last : 1;
}

static enum dsi_status given_axis(const struct dsi_array *array, int axis, int *channel,
                                  struct dsi_error *err)
{
    *channel = axis < 0 ? axis + array->n_dims : axis;
    if (*channel >= 1 && *channel < array->n_dims)
        return DSI_OK;
    if (*channel == 0 && array->n_dims)
        return dsi_fail(err, DSI_ERR_USAGE,
                        "--channel-axis=%d: axis 0 is that of the samples", axis);
    return dsi_fail(err, DSI_ERR_USAGE,
                    "--channel-axis=%d: the array has %d axes, 0 to %d", axis,
                    array->n_dims, array->n_dims - 1);
}

static enum dsi_status choose_axis(const struct dsi_array *array,
                                   const struct dsi_channel_axis *axis, int *channel,
                                   struct dsi_error *err)
{
    const enum dsi_channel_axis_choice choice =
        axis ? axis->choice : DSI_CHANNEL_AXIS_GUESSED;
    *channel = 0;
    if (choice == DSI_CHANNEL_AXIS_GIVEN)
        DSI_TRY(given_axis(array, axis->axis, channel, err));
    else if (choice == DSI_CHANNEL_AXIS_GUESSED)
        *channel = guess_axis(array);
    if (*channel && array->shape[*channel] > DSI_MAX_CHANNELS) {
        if (choice == DSI_CHANNEL_AXIS_GIVEN)
            return dsi_fail(err, DSI_ERR_LIMIT,
                            "--channel-axis=%d has %llu channels; at most %d are told "
                            "apart",
                            axis->axis, (unsigned long long)array->shape[*channel],
                            DSI_MAX_CHANNELS);
        *channel = 0;
    }
    return DSI_OK;
}

enum dsi_status dsi_channels_of_array(const struct dsi_array *array,
                                      const struct dsi_channel_axis *axis,
                                      struct dsi_channels *channels,
                                      struct dsi_error *err)
{
    *channels = (struct dsi_channels){
        .kind = DSI_CHANNELS_ARRAY,
        .dtype = {.kind = array->dtype.kind, .size = array->dtype.size},
        .n = 1};
    DSI_TRY(choose_axis(array, axis, &channels->axis, err));
    channels->n_outer = channels->n_inner = 1;
    for (int i = 1; i < array->n_dims; i++) {
        if (i == channels->axis)
            channels->n = array->shape[i];
        else if (i < channels->axis)
            channels->n_outer *= array->shape[i];
        else
            channels->n_inner *= array->shape[i];
    }
    return DSI_OK;
}

/* "(N, 28, 28, 3)". */
static void print_shape(const struct dsi_array *array, char *text, size_t n)
{
    size_t at = (size_t)snprintf(text, n, "(N");
    for (int i = 1; i < array->n_dims && at < n; i++)
        at += (size_t)snprintf(text + at, n - at, ", %llu",
                               (unsigned long long)array->shape[i]);
    if (at < n)
        snprintf(text + at, n - at, ")");
}

bool dsi_channels_assumed(const struct dsi_array *array,
                          const struct dsi_channel_axis *axis, char *text, size_t n)
{
    char shape[128];
    int channel;
    struct dsi_error ignored;
    if (axis->choice != DSI_CHANNEL_AXIS_GUESSED || array->n_dims < 2 ||
        choose_axis(array, axis, &channel, &ignored) != DSI_OK)
        return false;
    print_shape(array, shape, sizeof shape);
    if (array->n_dims == 2 && channel)
        return false; /* the columns of a table need no guess */
    if (channel)
        snprintf(text, n,
                 "axis %d of %s taken for the channels; --channel-axis=N says another, "
                 "none that there is none",
                 channel, shape);
    else
        snprintf(text, n,
                 "all values of %s taken for one channel; --channel-axis=N tells "
                 "channels apart",
                 shape);
    return true;
}

/* --- pictures --------------------------------------------------------------------- */

enum { N_PICTURE_TABLES = 3, TABLE_8 = 0, TABLE_1, TABLE_16 };

static const char *const picture_names[DSI_N_PICTURE_CHANNELS] = {
    [DSI_PICTURE_GREY] = "grey",     [DSI_PICTURE_R] = "R",
    [DSI_PICTURE_G] = "G",           [DSI_PICTURE_B] = "B",
    [DSI_PICTURE_A] = "A",           [DSI_PICTURE_C] = "C",
    [DSI_PICTURE_M] = "M",           [DSI_PICTURE_Y] = "Y",
    [DSI_PICTURE_K] = "K",           [DSI_PICTURE_GREY1] = "grey1",
    [DSI_PICTURE_GREY16] = "grey16", [DSI_PICTURE_R16] = "R16",
    [DSI_PICTURE_G16] = "G16",       [DSI_PICTURE_B16] = "B16",
    [DSI_PICTURE_A16] = "A16",
};

static const struct dsi_channel_table picture_tables[N_PICTURE_TABLES] = {
    [TABLE_8] = {.dtype = {.kind = DSI_UINT, .size = 1},
                 .first = DSI_PICTURE_GREY,
                 .n = DSI_PICTURE_GREY1},
    [TABLE_1] = {.dtype = {.kind = DSI_BOOL, .size = 1},
                 .first = DSI_PICTURE_GREY1,
                 .n = 1},
    [TABLE_16] = {.dtype = {.kind = DSI_UINT, .size = 2},
                  .first = DSI_PICTURE_GREY16,
                  .n = DSI_N_PICTURE_CHANNELS - DSI_PICTURE_GREY16},
};

struct dsi_channels dsi_channels_of_pictures(void)
{
    return (struct dsi_channels){.kind = DSI_CHANNELS_PICTURES,
                                 .n = DSI_N_PICTURE_CHANNELS};
}

/* --- both ------------------------------------------------------------------------- */

/* Texts of no bytes (|S0) spell nothing, however many a header of a few bytes claims.
 */
static struct dsi_dtype numbers_of(struct dsi_dtype dtype)
{
    dtype.big_endian = false;
    if (dtype.size == 0)
        return (struct dsi_dtype){.kind = DSI_VOID};
    switch (dtype.kind) {
    case DSI_BOOL:
    case DSI_INT:
    case DSI_UINT:
    case DSI_FLOAT:
    case DSI_BFLOAT:
        return dtype;
    case DSI_COMPLEX:
        return (struct dsi_dtype){.kind = DSI_FLOAT, .size = dtype.size / 2};
    case DSI_BYTES:
    case DSI_UNICODE:
    case DSI_STRING:
        return (struct dsi_dtype){.kind = DSI_FLOAT, .size = 8};
    case DSI_DATETIME:
    case DSI_TIMEDELTA:
    case DSI_VOID:
        break;
    }
    return (struct dsi_dtype){.kind = DSI_VOID};
}

size_t dsi_channel_tables(const struct dsi_channels *channels)
{
    return channels->kind == DSI_CHANNELS_PICTURES ? N_PICTURE_TABLES
           : channels->kind == DSI_CHANNELS_ARRAY  ? 1
                                                   : 0;
}

struct dsi_channel_table dsi_channel_table(const struct dsi_channels *channels,
                                           size_t table)
{
    if (channels->kind == DSI_CHANNELS_PICTURES)
        return picture_tables[table];
    return (struct dsi_channel_table){
        .dtype = numbers_of(channels->dtype), .first = 0, .n = channels->n};
}

struct dsi_dtype dsi_channel_dtype(const struct dsi_channels *channels,
                                   uint64_t channel)
{
    for (size_t t = 0; t < dsi_channel_tables(channels); t++) {
        struct dsi_channel_table table = dsi_channel_table(channels, t);
        if (channel >= table.first && channel - table.first < table.n)
            return table.dtype;
    }
    return (struct dsi_dtype){.kind = DSI_VOID};
}

const char *dsi_dtype_advice(struct dsi_dtype dtype)
{
    const bool may_be_bfloat = dtype.kind == DSI_VOID && dtype.size == 2;
    return may_be_bfloat ? "; if they are bfloat16, say --as-dtype=bfloat16" : "";
}

void dsi_channels_free(struct dsi_channels *channels)
{
    for (uint64_t i = 0; channels->columns && i < channels->n; i++)
        free(channels->columns[i]);
    free(channels->columns);
    channels->columns = NULL;
}

const char *dsi_column_title(const struct dsi_channels *channels,
                             char text[DSI_COLUMN_TITLE_SIZE])
{
    *text = '\0';
    if (channels->columns && channels->n == 1)
        snprintf(text, DSI_COLUMN_TITLE_SIZE,
                 "channel '%.100s': ", channels->columns[0]);
    return text;
}

const char *dsi_channel_name(const struct dsi_channels *channels, uint64_t channel,
                             char text[DSI_CHANNEL_NAME_SIZE])
{
    if (channels->kind == DSI_CHANNELS_PICTURES)
        return channel < DSI_N_PICTURE_CHANNELS ? picture_names[channel] : "";
    if (channels->columns)
        return channel < channels->n ? channels->columns[channel] : "";
    if (channels->axis == 0)
        return "all";
    snprintf(text, DSI_CHANNEL_NAME_SIZE, "%llu", (unsigned long long)channel);
    return text;
}
