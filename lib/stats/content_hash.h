/* What a sample holds, in 128 bits: samples of the same dtype, shape and values have
 * the same hash, whatever file they came out of, and others do not.
 *
 * Hashed by XXH3-128 are the values as readers deliver them, in C order and the
 * machine's byte order, bit by bit: 0 and -0 are two values, and so are NaNs of other
 * bits. The seed stands for dtype and shape. Of 10^9 different samples two have the
 * same hash with a probability of 10^-21; against who makes them to, it is no guard. */
#ifndef DSI_CONTENT_HASH_H
#define DSI_CONTENT_HASH_H

#include "reader.h"

struct dsi_content_hash {
    uint64_t high, low;
};

enum { DSI_CONTENT_HEADER_SIZE = DSI_DTYPE_NAME_SIZE + 8 * (1 + DSI_MAX_DIMS) };

/* What samples have in common that are rows of one array. */
struct dsi_content {
    struct dsi_dtype dtype;
    uint64_t n_items; /* values of one sample */
    uint64_t seed;
    uint8_t header[DSI_CONTENT_HEADER_SIZE]; /* dtype and shape, as bytes */
    size_t n_header;
};

/* Of samples of that shape; n_dims 0: single values. The byte order in which a dtype is
 * stored does not matter. Cheap, but not to be done for each row. */
struct dsi_content dsi_content_of(struct dsi_dtype dtype, int n_dims,
                                  const uint64_t *shape);

/* Of each row of an array (a picture's rows are no samples: use the next). */
struct dsi_content dsi_content_of_rows(const struct dsi_array *array);
/* Of all of an array as one sample: a picture. */
struct dsi_content dsi_content_of_whole(const struct dsi_array *array);

/* The hash of one sample: n_items values, side by side. */
struct dsi_content_hash dsi_content_hash(const struct dsi_content *content,
                                         const void *values);

/* Appends the sample itself to bytes: dtype, shape and values, such that samples of the
 * same content, and no others, have the same bytes. DSI_ERR_MEMORY. */
DSI_CHECKED enum dsi_status dsi_content_append(const struct dsi_content *content,
                                               const void *values,
                                               struct dsi_bytes *bytes,
                                               struct dsi_error *err);
/* Whether n bytes are what dsi_content_append makes of the sample. */
bool dsi_content_is(const struct dsi_content *content, const void *values,
                    const uint8_t *bytes, size_t n);

#endif
