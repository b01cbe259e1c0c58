/* What the program and the process that runs libhdf5 say to each other.
 *
 * libhdf5 crashes and hangs on malformed files, so it runs in a process of its own, the
 * helper (formats/hdf5/), which may open nothing and may use little. The program keeps
 * the file open; the helper tells where in it the values are, and the program reads and
 * decodes them itself, in parallel. What cannot be had that way (variable strings,
 * filters that only libhdf5 has, odd numbers) the helper reads, and puts into memory
 * that both share.
 *
 * A message is its type, the length of its body, and the body, whose parts are written
 * as saved states are (bytes.h). The program trusts nothing it receives. The helper is
 * one thread and answers requests in their order:
 *
 *   OPEN   version, flags, limit, path     ▶ DATASET and WARNING messages, END
 *   CHUNKS dataset, first, n               ▶ CHUNKS messages that add up to n, END
 *   ROWS   dataset, field, first, n, room  ▶ ROWS
 *
 * Attributes are told of where OPEN asks for them, as datasets are: ATTRIBUTE is their
 * DATASET, and ATTRIBUTE_ROWS their ROWS.
 *
 * or ERROR in place of the rest of the answer. */
#ifndef DSI_HDF5_PROTOCOL_H
#define DSI_HDF5_PROTOCOL_H

#include "records.h"

enum {
    /* The helper's descriptors. */
    DSI_HDF5_FD_CONTROL = 3, /* a stream socket; its end is the helper's */
    DSI_HDF5_FD_FILE = 4,    /* the HDF5 file, open for reading; a regular file */
    DSI_HDF5_FD_ROWS = 5,    /* memory for ROWS; each request says how large it is */

    DSI_HDF5_MAX_BODY = 16 << 20, /* of one message, in bytes */
    DSI_HDF5_MAX_CHUNKS = 65536,  /* in one CHUNKS message */
    DSI_HDF5_MAX_FILTERS = 32,    /* as many as libhdf5 allows */
    DSI_HDF5_MAX_FILTER_VALUES = 16,
};

enum dsi_hdf5_type {
    DSI_HDF5_OPEN = 1,
    DSI_HDF5_CHUNKS, /* request and answer */
    DSI_HDF5_ROWS,   /* request and answer */
    DSI_HDF5_DATASET,
    DSI_HDF5_WARNING,
    DSI_HDF5_END,
    DSI_HDF5_ERROR,
    DSI_HDF5_ATTRIBUTE,
    DSI_HDF5_ATTRIBUTE_ROWS, /* request; ROWS answers it */
    DSI_HDF5_LAST_TYPE = DSI_HDF5_ATTRIBUTE_ROWS
};

/* --- messages
 * --------------------------------------------------------------------------- */

/* Sends body as one message, with sendmsg; retries short writes, never raises SIGPIPE.
 * DSI_ERR_WRITE. */
DSI_CHECKED enum dsi_status dsi_hdf5_send(int fd, enum dsi_hdf5_type type,
                                          const struct dsi_bytes *body,
                                          struct dsi_error *err);

enum { DSI_HDF5_HEAD_BYTES = 8 }; /* type and length of body, as uint32_t */

/* Takes a message's head apart. DSI_ERR_MALFORMED: no type there is, or too long. */
DSI_CHECKED enum dsi_status dsi_hdf5_head(const uint8_t head[DSI_HDF5_HEAD_BYTES],
                                          enum dsi_hdf5_type *type, size_t *n_body,
                                          struct dsi_error *err);

/* --- requests
 * --------------------------------------------------------------------------- */

enum { DSI_HDF5_FOLLOW_EXTERNAL = 1, DSI_HDF5_ATTRIBUTES = 2, DSI_HDF5_ALL_FLAGS = 3 };

struct dsi_hdf5_open {
    uint64_t flags;
    uint64_t max_bytes; /* dsi_limits.max_bytes: what one row or chunk may decode to */
    const char *path;   /* of the file, for links relative to it; may be empty */
    size_t n_path;
};

struct dsi_hdf5_chunks_request {
    const char *dataset; /* its path, as DATASET gave it */
    size_t n_dataset;
    uint64_t first, n; /* chunks, numbered in C order of their grid */
};

struct dsi_hdf5_rows_request {
    const char *dataset;
    size_t n_dataset;
    uint64_t field; /* number, as in DATASET */
    uint64_t first, n;
    uint64_t room; /* bytes of the shared memory */
    /* ATTRIBUTE_ROWS: its name; dataset is the path of the object that has it. NULL: it
     * is ROWS. */
    const char *attribute;
    size_t n_attribute;
};

/* Append to body. */
DSI_CHECKED enum dsi_status dsi_hdf5_write_open(struct dsi_bytes *body,
                                                const struct dsi_hdf5_open *open,
                                                struct dsi_error *err);
DSI_CHECKED enum dsi_status
dsi_hdf5_write_chunks_request(struct dsi_bytes *body,
                              const struct dsi_hdf5_chunks_request *request,
                              struct dsi_error *err);
/* Of ROWS or of ATTRIBUTE_ROWS. */
DSI_CHECKED enum dsi_status
dsi_hdf5_write_rows_request(struct dsi_bytes *body,
                            const struct dsi_hdf5_rows_request *request,
                            struct dsi_error *err);

/* Read what the above wrote; texts point into body. DSI_ERR_MALFORMED. */
DSI_CHECKED enum dsi_status dsi_hdf5_read_open(struct dsi_bytes_reader *body,
                                               struct dsi_hdf5_open *open,
                                               struct dsi_error *err);
DSI_CHECKED enum dsi_status
dsi_hdf5_read_chunks_request(struct dsi_bytes_reader *body,
                             struct dsi_hdf5_chunks_request *request,
                             struct dsi_error *err);
DSI_CHECKED enum dsi_status
dsi_hdf5_read_rows_request(struct dsi_bytes_reader *body,
                           struct dsi_hdf5_rows_request *request,
                           struct dsi_error *err);
DSI_CHECKED enum dsi_status
dsi_hdf5_read_attribute_rows_request(struct dsi_bytes_reader *body,
                                     struct dsi_hdf5_rows_request *request,
                                     struct dsi_error *err);

/* --- answers
 * ---------------------------------------------------------------------------- */

enum dsi_hdf5_layout {
    DSI_HDF5_UNWRITTEN,  /* no byte of it was ever stored: every value is the fill */
    DSI_HDF5_CONTIGUOUS, /* at address */
    DSI_HDF5_CHUNKED,    /* CHUNKS tells where */
    DSI_HDF5_INDIRECT,   /* compact, external, virtual, attributes: by ROWS alone */
    DSI_HDF5_NULL,       /* has no values and no shape, and is told of as (0,) */
};

struct dsi_hdf5_filter {
    uint64_t id; /* HDF Group's registry: 1 deflate, 2 shuffle, ... */
    uint64_t n_values;
    uint64_t values[DSI_HDF5_MAX_FILTER_VALUES]; /* the client data */
    char name[40];                               /* for people */
};

/* How strings of a fixed length end. */
enum dsi_hdf5_padding {
    DSI_HDF5_NUL_PADDED,
    DSI_HDF5_NUL_TERMINATED, /* what follows the first NUL means nothing */
    DSI_HDF5_SPACE_PADDED,
};

/* A field of the dataset's elements, or the element itself. */
struct dsi_hdf5_field {
    /* As stored; where by_rows, as ROWS delivers it, in the machine's order. Offsets
     * and distances are within the stored element. */
    struct dsi_field field;
    bool by_rows; /* its bytes mean something to libhdf5 alone: only ROWS delivers it */
    bool is_bool; /* an enumeration of FALSE 0 and TRUE 1, delivered as DSI_BOOL */
    enum dsi_hdf5_padding padding;
    /* Delivered values side by side, in the machine's byte order; empty: none. Strings
     * of variable length have none. */
    struct dsi_bytes fill;              /* one value; none: zeros */
    struct dsi_bytes missing;           /* any number: _FillValue and missing_value */
    struct dsi_value_name *value_names; /* ascending by value */
    size_t n_value_names;
    enum dsi_status status; /* why its values cannot be read, or DSI_OK */
    char *reason;           /* NULL: they can */
    char *note;             /* for people; NULL */
};

struct dsi_hdf5_dataset {
    char *path; /* from the root, with the slash; no NUL in it */
    /* Its name, and path is that of the object that has it; NULL: it is a dataset. */
    char *attribute;
    int n_dims; /* of the dataspace */
    uint64_t shape[DSI_MAX_DIMS];
    uint64_t n_bytes_stored;
    uint64_t element_bytes; /* one stored element, all its fields */

    enum dsi_hdf5_layout layout;
    uint64_t address; /* CONTIGUOUS: from the start of the file */
    /* CHUNKED, and for people UNWRITTEN and INDIRECT too: n_dims extents, none of them
     * 0; or all 0 where there are no chunks. */
    uint64_t chunk[DSI_MAX_DIMS];
    bool edges_are_unfiltered;       /* CHUNKED: partial chunks skip all filters */
    struct dsi_hdf5_filter *filters; /* in the order they were applied when written */
    size_t n_filters;

    struct dsi_hdf5_field *fields; /* at least one */
    size_t n_fields;
};

/* Checks as it reads, so that what it delivers can be relied on: texts without NUL,
 * counts and types that exist (of no size none; no DSI_UNICODE), fields of values that
 * do not overlap, within the element where their bytes are read, DSI_MAX_DIMS axes at
 * most, shapes whose product dsi_array_check takes, also with the element's size. What
 * a message cannot say by these rules the helper sends a WARNING of. On failure nothing
 * is left to free. */
DSI_CHECKED enum dsi_status dsi_hdf5_read_dataset(struct dsi_bytes_reader *body,
                                                  struct dsi_hdf5_dataset *dataset,
                                                  struct dsi_error *err);
/* The same for what ATTRIBUTE says: by ROWS alone. */
DSI_CHECKED enum dsi_status dsi_hdf5_read_attribute(struct dsi_bytes_reader *body,
                                                    struct dsi_hdf5_dataset *attribute,
                                                    struct dsi_error *err);
/* Of DATASET or of ATTRIBUTE. */
DSI_CHECKED enum dsi_status
dsi_hdf5_write_dataset(struct dsi_bytes *body, const struct dsi_hdf5_dataset *dataset,
                       struct dsi_error *err);
void dsi_hdf5_dataset_free(struct dsi_hdf5_dataset *dataset);

/* Where one chunk is stored. */
struct dsi_hdf5_chunk {
    uint64_t address; /* from the start of the file; UINT64_MAX: never written */
    uint64_t n_bytes; /* as stored */
    uint64_t skipped; /* bit i: filter i was not applied to it */
};

/* Body of CHUNKS: the chunks of the request, in order, in one or several messages. */
DSI_CHECKED enum dsi_status dsi_hdf5_write_chunks(struct dsi_bytes *body,
                                                  const struct dsi_hdf5_chunk *chunks,
                                                  size_t n, struct dsi_error *err);
/* Reads at most room of them. DSI_ERR_MALFORMED when there are more, or none. */
DSI_CHECKED enum dsi_status dsi_hdf5_read_chunks(struct dsi_bytes_reader *body,
                                                 struct dsi_hdf5_chunk *chunks,
                                                 size_t room, size_t *n,
                                                 struct dsi_error *err);

/* Body of ROWS. The shared memory then holds n_bytes: the values of n_rows rows side by
 * side, in C order, as the field's dtype has them: in the byte order it names. n_rows
 * may be fewer than were asked for. For strings of variable length: for
 * each value the end of its text as uint64_t, counted from the start of the first text,
 * and then the texts. Where room is too small, n_rows is 0 and n_bytes what it takes to
 * hold one row at least. */
struct dsi_hdf5_rows {
    uint64_t n_rows, n_bytes;
};
DSI_CHECKED enum dsi_status dsi_hdf5_write_rows(struct dsi_bytes *body,
                                                const struct dsi_hdf5_rows *rows,
                                                struct dsi_error *err);
DSI_CHECKED enum dsi_status dsi_hdf5_read_rows(struct dsi_bytes_reader *body,
                                               struct dsi_hdf5_rows *rows,
                                               struct dsi_error *err);

/* Body of ERROR and of WARNING: a status (never DSI_OK for ERROR) and what happened. */
DSI_CHECKED enum dsi_status dsi_hdf5_write_error(struct dsi_bytes *body,
                                                 enum dsi_status status,
                                                 const char *message,
                                                 struct dsi_error *err);
/* message gets what was sent, whose own status is in message->status. */
DSI_CHECKED enum dsi_status dsi_hdf5_read_error(struct dsi_bytes_reader *body,
                                                struct dsi_error *message,
                                                struct dsi_error *err);

#endif
