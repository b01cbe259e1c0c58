/* How the values of a group are told apart by channel: columns of a table, colours of
 * pictures, the named column of a file.
 *
 *   shape                  channels
 *   (), (N,)               one
 *   (N, F)                 F columns, "0" on
 *   (N, ..., C), C 1 to 4  C, the last axis (NHWC); 3-D only with C 3 or 4
 *   (N, C, ...), C 1 to 4  C, axis 1 (NCHW), for 4-D and more
 *   other 4-D and more     axis 1, as features of a network
 *   other 3-D              one: all values together
 *   pictures               by colour and depth: dsi_picture_channel_name
 *
 * A channel axis that was given wins. More than DSI_MAX_CHANNELS are one. */
#ifndef DSI_CHANNELS_H
#define DSI_CHANNELS_H

#include "block.h"
#include "values.h"

enum { DSI_MAX_CHANNELS = 65536, DSI_CHANNEL_NAME_SIZE = 64 };

/* --channel-axis; axis 0 is the sample's and no channel axis. */
enum dsi_channel_axis_choice {
    DSI_CHANNEL_AXIS_GUESSED,
    DSI_CHANNEL_AXIS_NONE, /* all values together */
    DSI_CHANNEL_AXIS_ANY, /* as NONE, or as it is told for others: it does not matter */
    DSI_CHANNEL_AXIS_GIVEN,
};

struct dsi_channel_axis {
    enum dsi_channel_axis_choice choice;
    int axis; /* GIVEN: from 1 on, or from the end, -1 being the last */
};

enum dsi_channels_kind {
    DSI_CHANNELS_NONE,     /* no values were opened */
    DSI_CHANNELS_ARRAY,    /* the axes of one array */
    DSI_CHANNELS_PICTURES, /* of any size and kind each */
};

/* Of a group, fixed when the dataset is opened. A new field is one of skeleton.c. */
struct dsi_channels {
    enum dsi_channels_kind kind;
    struct dsi_dtype dtype;    /* ARRAY: kind and size, as stored */
    int axis;                  /* ARRAY: of the channels; 0: none, all are one */
    uint64_t n;                /* how many; PICTURES: all there can be */
    uint64_t n_outer, n_inner; /* ARRAY: a sample is [n_outer][n][n_inner] */
    /* ARRAY: what the channels are called that are columns of a table, or the field of
     * a record; n of them; owned. NULL: they have numbers. */
    char **columns;
};

/* What the guess was, where there was one to make, for a note: "the last axis of (N,
 * 28, 28, 3) as channels (NHWC)". false: nothing to say. */
bool dsi_channels_assumed(const struct dsi_array *array,
                          const struct dsi_channel_axis *axis, char *text, size_t n);

/* DSI_ERR_USAGE when the array has no such axis. */
DSI_CHECKED enum dsi_status dsi_channels_of_array(const struct dsi_array *array,
                                                  const struct dsi_channel_axis *axis,
                                                  struct dsi_channels *channels,
                                                  struct dsi_error *err);

/* Those of pictures: grey, R, G, B, A of 8 bits; of 1 bit (grey1) and of 16 bits
 * (grey16, R16, ...); C, M, Y, K. */
struct dsi_channels dsi_channels_of_pictures(void);
enum dsi_picture_channel {
    DSI_PICTURE_GREY,
    DSI_PICTURE_R,
    DSI_PICTURE_G,
    DSI_PICTURE_B,
    DSI_PICTURE_A,
    DSI_PICTURE_C,
    DSI_PICTURE_M,
    DSI_PICTURE_Y,
    DSI_PICTURE_K,
    DSI_PICTURE_GREY1,
    DSI_PICTURE_GREY16,
    DSI_PICTURE_R16,
    DSI_PICTURE_G16,
    DSI_PICTURE_B16,
    DSI_PICTURE_A16,
    DSI_N_PICTURE_CHANNELS
};

/* The dtype values of a channel have once numbers were made of them: complex is a
 * float of half its size, text and strings float64, the rest as stored. kind DSI_VOID
 * for what has no numbers: times and opaque bytes. */
struct dsi_dtype dsi_channel_dtype(const struct dsi_channels *channels,
                                   uint64_t channel);

/* Tables of one dtype each that a group's values are kept in: one for an array, three
 * for pictures (8 bits, 1 bit, 16 bits), whose channels are numbered from 0. */
enum { DSI_MAX_CHANNEL_TABLES = 3 };
size_t dsi_channel_tables(const struct dsi_channels *channels);
struct dsi_channel_table {
    struct dsi_dtype dtype; /* VOID: no numbers */
    uint64_t first, n;      /* its channels among the group's */
};
struct dsi_channel_table dsi_channel_table(const struct dsi_channels *channels,
                                           size_t table);

/* What to do where values of a type are none to look at: text to end a sentence with,
 * "" where nothing helps. */
const char *dsi_dtype_advice(struct dsi_dtype dtype);

/* "channel 'x': " where it is one column with a name, else "". Returns text. */
enum { DSI_COLUMN_TITLE_SIZE = 128 };
const char *dsi_column_title(const struct dsi_channels *channels,
                             char text[DSI_COLUMN_TITLE_SIZE]);

/* Frees the names of columns. */
void dsi_channels_free(struct dsi_channels *channels);

/* "R", "0", or the name of the column; "all" where there are no channels. Returns
 * text. */
const char *dsi_channel_name(const struct dsi_channels *channels, uint64_t channel,
                             char text[DSI_CHANNEL_NAME_SIZE]);

/* A worker's room for values that had to be turned into numbers. Zero-initialise. */
struct dsi_channel_room {
    struct dsi_bytes numbers; /* magnitudes of complex, numbers of text */
    struct dsi_bytes skip;
    /* Texts of the block last viewed that are no numbers; where there are any, also how
     * many of each channel of the view. */
    uint64_t n_not_numbers;
    struct dsi_bytes not_numbers; /* uint64_t */
    uint32_t slots[4];            /* of a picture's channels */
};
void dsi_channel_room_free(struct dsi_channel_room *room);

/* Values to leave out because they stand for missing: --sentinel, the same for all. */
struct dsi_sentinel {
    double number; /* the nearest double */
    /* Written as a whole number of up to 64 bits, which is exact. */
    bool is_whole, is_negative;
    uint64_t size; /* without the sign */
};
struct dsi_sentinels {
    const struct dsi_sentinel *values;
    size_t n;
};

/* The bits of the value of the type that is the sentinel: of an integer type that very
 * number, of a float type the nearest. False: there is none. */
bool dsi_sentinel_bits(const struct dsi_sentinel *sentinel, struct dsi_dtype dtype,
                       uint64_t *bits);

/* The block's values by channel. *table is the channel table they belong to; values of
 * n_outer 0 when there are none (what could not be read, what has no numbers). Skipped
 * are the sentinels, the array's own missing values (_FillValue), empty texts, and
 * texts that are no numbers. */
DSI_CHECKED enum dsi_status
dsi_block_values(const struct dsi_block *block, const struct dsi_channels *channels,
                 const struct dsi_sentinels *sentinels, struct dsi_channel_room *room,
                 struct dsi_values *values, size_t *table, struct dsi_error *err);

#endif
