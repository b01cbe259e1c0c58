/* What a file format must offer, and the list of formats.
 *
 * A file holds arrays (an image is one array, a CSV has one a column, an npz one a
 * member). Opening describes them from headers alone; reading delivers rows, the slices
 * along axis 0, in C order and the machine's byte order. A 0-d array has one row.
 *
 * A reader is one file read_x.c with a `const struct dsi_format dsi_format_x` at its
 * foot, and one line in the list of formats.c. */
#ifndef DSI_READER_H
#define DSI_READER_H

#include "bytes.h"
#include "dtype.h"
#include "source.h"

enum {
    DSI_MAX_DIMS = 64,    /* NumPy 2's limit */
    DSI_PROBE_BYTES = 64, /* what a probe is shown */
};

/* How much a file may ask for before it is refused with DSI_ERR_LIMIT. */
struct dsi_limits {
    uint64_t
        max_bytes; /* decoded bytes of one image or row, decoder's memory included */
    uint64_t max_pixels; /* width x height of one image */
};

/* 256 MiB; 178,956,970 pixels, where Pillow too calls an image a decompression bomb. */
extern const struct dsi_limits dsi_limits_default;

/* Helper processes that wait for work (HDF5's reader), a few of them at most, shared by
 * all files that are opened with it. Any number of threads may use it at once. NULL
 * when memory is out; freed, and the processes ended, after the last of the files. */
struct dsi_helpers;
struct dsi_helpers *dsi_helpers_new(void);
void dsi_helpers_free(struct dsi_helpers *helpers); /* NULL is fine */

struct dsi_open_options {
    struct dsi_limits limits;
    /* Palette images: false delivers the indices, as numpy.asarray(PIL.Image) does and
     * as masks mean them; true delivers the colours, as RGB or RGBA. */
    bool expand_palette;
    /* NumPy's name of a type to take |V items of the same size for ("bfloat16"); NULL.
     */
    const char *as_dtype;
    /* HDF5: external links, external storage, virtual datasets and filter plugins are
     * refused, for they read files nobody named or run code; true allows them. */
    bool follow_external;
    /* HDF5: the attributes of files, groups and datasets are arrays, too. */
    bool attributes;
    /* Borrowed; NULL: each file that needs any keeps its own. */
    struct dsi_helpers *helpers;
};

/* The name of an integer value: a member of an enumeration, a class. */
struct dsi_value_name {
    int64_t value;
    char *name;
};

struct dsi_array {
    char *name; /* member, dataset, field or column; NULL: the file is the array */
    /* The end of name, behind the '@', of what is an attribute of the object that the
     * name begins with; NULL: it is none. */
    const char *attribute;
    struct dsi_dtype dtype;
    int n_dims;
    uint64_t shape[DSI_MAX_DIMS];
    /* Rows must be read in ascending order by one thread at a time; they may be
     * skipped. */
    bool sequential;
    /* Rows that are decoded together: to read n of these at a time, from a multiple of
     * n on, costs least. 0 or 1: any rows cost the same. */
    uint64_t n_rows_together;
    /* Bytes of the largest piece of them that can only be had whole, a chunk; 0: not
     * known. Reading so much at a time takes no more memory than reading less. */
    uint64_t n_bytes_together;
    /* Numbers that stand in the file one after another, in C order, from this byte on:
     * dsi_file_read_values takes any of them, however long a row is. */
    bool is_in_order;
    uint64_t values_at;
    /* HDF5: has no dataspace, and so no shape; it is told of as (0,). */
    bool is_null;
    bool is_constant;        /* nothing was ever stored: every row is as row 0 is */
    uint64_t n_bytes_stored; /* bytes in the file, compressed as they are */
    /* Of the rows, how many at the end are known not to be in the file, whatever its
     * header says; 0 when all are there and where only reading will tell (a stream). */
    uint64_t n_rows_missing;

    /* Why its values cannot be read though it can be described, and DSI_OK when they
     * can. dsi_file_read of it fails with that status and reason. */
    enum dsi_status status;
    char *reason; /* NULL: they can; owned by the file */

    /* What integer values are called, ascending by value: class names. Owned by the
     * file. */
    struct dsi_value_name *value_names;
    size_t n_value_names;
    /* Values side by side, as they are delivered. fill: the one value of what was never
     * written, or none. missing: those that stand for missing (_FillValue). */
    struct dsi_bytes fill, missing;

    /* Text for people, each NULL when there is nothing to say; owned by the file. */
    char *chunks, *filters, *note;
};

/* Something odd that did not stop a reader: libjpeg's "premature end of file", a CRC of
 * an ancillary chunk, bytes after the end. Becomes a finding of that rule. */
struct dsi_warning {
    enum dsi_status
        status; /* DSI_ERR_TRUNCATED, DSI_ERR_CRC, ... or DSI_OK: "decoder" */
    char message[200];
};

enum {
    DSI_MAX_WARNINGS = 8
}; /* of one file or one read; further ones are only counted */

struct dsi_warnings {
    struct dsi_warning first[DSI_MAX_WARNINGS];
    uint64_t n; /* may exceed DSI_MAX_WARNINGS */
};

void dsi_warn(struct dsi_warnings *warnings, enum dsi_status status, const char *format,
              ...) DSI_PRINTF(3, 4);

/* Rows as delivered, in buffers that one thread owns and uses again and again. */
struct dsi_rows {
    struct dsi_bytes
        values; /* n_rows x row items, C order; struct dsi_string for strings */
    struct dsi_bytes text; /* what the strings point into */
    /* One byte a value, not 0 where the file was never written; empty: none is told. */
    struct dsi_bytes unwritten;
    struct dsi_bytes scratch; /* for the reader */
    uint64_t n_rows;          /* rows delivered: fewer than asked for only on failure */
    struct dsi_warnings warnings;
};

void dsi_rows_free(struct dsi_rows *rows);

/* How a picture is meant, beyond its dtype and shape. */
struct dsi_picture_facts {
    bool is_palette; /* in the file; what is delivered may be the colours */
    bool is_ink;     /* four channels that are C, M, Y, K */
    /* How it has to be turned to stand upright: EXIF's Orientation, 1 (it does) to 8.
     * 0: the file does not tell. Values are delivered as they lie in the file. */
    unsigned orientation;
};

struct dsi_file {
    const struct dsi_format *format;
    struct dsi_source *source; /* borrowed; must outlive the file */
    const char *path; /* what it is called, while it is opened; NULL: nothing */
    struct dsi_open_options options;
    struct dsi_array *arrays;
    size_t n_arrays;
    struct dsi_picture_facts picture; /* of an image */
    struct dsi_warnings warnings;     /* of opening */
    void *state;                      /* the reader's own */
};

struct dsi_format {
    const char *name;            /* "npy", "png": the word users see */
    const char *const *suffixes; /* lower case with the dot, NULL-terminated */
    bool is_image;               /* one file is one sample: (H, W) or (H, W, C) */
    bool
        has_no_signature; /* text: believed only where the suffix claims nothing else */
    /* Its signature may stand further on than a probe sees (HDF5 behind a user block):
     * tried by open where the suffix claims the format and no probe matches. */
    bool may_start_late;

    /* How many leading bits of a file match this format's signature; 0 is no. head
     * holds the first n <= DSI_PROBE_BYTES bytes. The format with the most bits reads
     * the file. */
    int (*probe)(const uint8_t *head, size_t n);

    /* Reads headers; fills file->arrays, n_arrays and state, all zero before. On
     * failure the caller calls close, which must cope with whatever was set. */
    enum dsi_status (*open)(struct dsi_file *file, struct dsi_error *err);

    /* Delivers rows [first, first + n) of file->arrays[array]. values and text start
     * empty, and never grow beyond what the rows need. On DSI_ERR_TRUNCATED and the
     * like, rows->n_rows sound rows are there all the same. Called from many threads at
     * once, each with its own rows, unless the array is sequential. */
    enum dsi_status (*read)(struct dsi_file *file, size_t array, uint64_t first,
                            uint64_t n, struct dsi_rows *rows, struct dsi_error *err);

    /* Of a table of text columns, all of as many rows: as read, but delivers all
     * columns side by side, one string a column and row. NULL for other formats. */
    enum dsi_status (*read_table)(struct dsi_file *file, uint64_t first, uint64_t n,
                                  struct dsi_rows *rows, struct dsi_error *err);

    /* Frees state. The arrays are freed by dsi_file_close. */
    void (*close)(struct dsi_file *file);
};

extern const struct dsi_format *const dsi_formats[]; /* NULL-terminated */

/* The format whose probe matches most, or NULL. */
const struct dsi_format *dsi_format_of_content(const uint8_t *head, size_t n);

/* The format that claims the suffix of path (any case), or NULL. */
const struct dsi_format *dsi_format_of_suffix(const char *path);

/* Probes the source and opens it with the reader found; format, when not NULL, is used
 * without probing. DSI_ERR_UNKNOWN_FORMAT when no reader recognises the content. On
 * failure there is nothing to close. */
DSI_CHECKED enum dsi_status dsi_file_open(struct dsi_file *file,
                                          struct dsi_source *source,
                                          const struct dsi_open_options *options,
                                          const struct dsi_format *format,
                                          struct dsi_error *err);

/* As dsi_file_open without a format, for what is called path. Content decides what a
 * file is, whatever it is called; but text has no signature, and text in a file named
 * as of a format that has one (the page of an error saved as .jpg) is no table:
 * DSI_ERR_MALFORMED. */
DSI_CHECKED enum dsi_status
dsi_file_open_named(struct dsi_file *file, struct dsi_source *source, const char *path,
                    const struct dsi_open_options *options, struct dsi_error *err);

/* As dsi_format.read, after checking the range and clearing rows. */
DSI_CHECKED enum dsi_status dsi_file_read(struct dsi_file *file, size_t array,
                                          uint64_t first, uint64_t n,
                                          struct dsi_rows *rows, struct dsi_error *err);

/* As dsi_file_read, but of values [first, first + n) in C order instead of rows, which
 * rows->n_rows then counts; of an array that is_in_order. */
DSI_CHECKED enum dsi_status dsi_file_read_values(struct dsi_file *file, size_t array,
                                                 uint64_t first, uint64_t n,
                                                 struct dsi_rows *rows,
                                                 struct dsi_error *err);

/* As dsi_file_read, of all columns of a table: one whose format has read_table, and
 * that has columns. */
DSI_CHECKED enum dsi_status dsi_file_read_table(struct dsi_file *file, uint64_t first,
                                                uint64_t n, struct dsi_rows *rows,
                                                struct dsi_error *err);
void dsi_file_close(struct dsi_file *file);

/* Frees n names and the list; NULL is fine. */
void dsi_value_names_free(struct dsi_value_name *names, size_t n);

/* The array of that name; SIZE_MAX when there is none. */
size_t dsi_file_find(const struct dsi_file *file, const char *name);

uint64_t dsi_array_n_rows(const struct dsi_array *array); /* shape[0]; 1 for 0-d */

/* Values in one row, and bytes; the product of a described array's shape never
 * overflows (readers check it with dsi_array_check before they describe it). */
uint64_t dsi_array_row_items(const struct dsi_array *array);
uint64_t dsi_array_row_bytes(const struct dsi_array *array);

/* DSI_ERR_MALFORMED when the shape's product times the item size exceeds INT64_MAX. */
DSI_CHECKED enum dsi_status dsi_array_check(const struct dsi_array *array,
                                            struct dsi_error *err);

#endif
