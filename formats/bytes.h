/* A growing run of bytes: saved states, arenas of names, decoded text. One owner, no
 * threads. Zero-initialise to start, dsi_bytes_free to end. */
#ifndef DSI_BYTES_H
#define DSI_BYTES_H

#include "status.h"

struct dsi_bytes {
    uint8_t *data;
    size_t n, capacity;
};

/* Makes room for n_more bytes after the n in use. DSI_ERR_MEMORY leaves it as it was.
 */
DSI_CHECKED enum dsi_status dsi_bytes_reserve(struct dsi_bytes *bytes, size_t n_more,
                                              struct dsi_error *err);
/* Makes bytes n long, its contents undefined and the old ones lost: for blocks that are
 * read again and again into the same buffer. Takes exactly n when it must grow, and
 * neither copies nor clears. DSI_ERR_MEMORY leaves it empty. */
DSI_CHECKED enum dsi_status dsi_bytes_claim(struct dsi_bytes *bytes, uint64_t n,
                                            struct dsi_error *err);
DSI_CHECKED enum dsi_status dsi_bytes_append(struct dsi_bytes *bytes, const void *data,
                                             size_t n, struct dsi_error *err);
/* Little-endian, as saved states are written. */
DSI_CHECKED enum dsi_status dsi_bytes_append_u64(struct dsi_bytes *bytes,
                                                 uint64_t value, struct dsi_error *err);
DSI_CHECKED enum dsi_status dsi_bytes_append_f64(struct dsi_bytes *bytes, double value,
                                                 struct dsi_error *err);
/* The length as u64, then the bytes. */
DSI_CHECKED enum dsi_status dsi_bytes_append_text(struct dsi_bytes *bytes,
                                                  const void *text, size_t n,
                                                  struct dsi_error *err);
void dsi_bytes_free(struct dsi_bytes *bytes);

/* Reads back what the functions above wrote; never past the end. A short or lying
 * buffer is DSI_ERR_MALFORMED. text points into the buffer and lives as long as it
 * does. */
struct dsi_bytes_reader {
    const uint8_t *data;
    size_t n, at;
};

DSI_CHECKED enum dsi_status dsi_bytes_read(struct dsi_bytes_reader *in, void *out,
                                           size_t n, struct dsi_error *err);
DSI_CHECKED enum dsi_status dsi_bytes_read_u64(struct dsi_bytes_reader *in,
                                               uint64_t *value, struct dsi_error *err);
DSI_CHECKED enum dsi_status dsi_bytes_read_f64(struct dsi_bytes_reader *in,
                                               double *value, struct dsi_error *err);
DSI_CHECKED enum dsi_status dsi_bytes_read_text(struct dsi_bytes_reader *in,
                                                const char **text, size_t *n,
                                                struct dsi_error *err);

/* As dsi_bytes_read_text, as a text of its own that the caller frees.
 * DSI_ERR_MALFORMED also for one with a NUL in it, which no name has. *name is set on
 * success alone. */
DSI_CHECKED enum dsi_status dsi_bytes_read_name(struct dsi_bytes_reader *in,
                                                char **name, struct dsi_error *err);

/* malloc, calloc and realloc of a count times a size; NULL when the product overflows
 * or exceeds the machine's memory, as when there is none left. Release with free. */
void *dsi_alloc_array(uint64_t n, size_t item_size);
void *dsi_alloc_zeroed(uint64_t n, size_t item_size);
void *dsi_realloc_array(void *old, uint64_t n, size_t item_size);

/* Room for one item more than n in an array of *capacity, which doubles where it must.
 * NULL, with all as it was, when memory is out. */
void *dsi_grow_array(void *old, size_t n, size_t *capacity, size_t item_size);

/* A private copy of n bytes with a NUL after them; NULL when memory is out. */
char *dsi_text_copy(const void *text, size_t n);

#endif
